//! Arithmetic that leaves the numbers JSON can write.
//!
//! jsonata-js gives an infinity or NaN, which AWS writes as a string (`1/0` and `1e308 * 10` are
//! `"Infinity"`, `[1/0]` is `["Infinity"]`: measured on AWS by the floci project), while the library fails or
//! gives `null`. So an operation whose value is part of the result as it is, is made a call to a function of
//! ours that gives the string. One whose value is used further is left alone: there jsonata-js fails as well,
//! at the use.

use jlens_core::{Error, HostCall, HostFunction};
use serde_json::Value;

use crate::expr::jsonata::numbers;

/// The name of the function; no one writes such a name by accident.
pub(super) const NAME: &str = "stepclock_arithmetic";

/// The function: left, operator, right.
pub(super) fn function() -> HostFunction {
    HostFunction::new(3, compute).without_input()
}

fn compute(arguments: &[Option<Value>], call: &HostCall<'_>) -> Result<Option<Value>, Error> {
    let operator = arguments.get(1).and_then(Option::as_ref).and_then(Value::as_str).unwrap_or("/");
    let operand = |index: usize, code: &str| match arguments.get(index).and_then(Option::as_ref) {
        None if call.function(index).is_none() => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        _ => Err(Error::new(code).with("token", operator)),
    };
    let (Some(left), Some(right)) = (operand(0, "T2001")?, operand(2, "T2002")?) else {
        return Ok(None);
    };
    Ok(Some(numbers::from_f64(match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "%" => left % right,
        _ => left / right,
    })))
}
