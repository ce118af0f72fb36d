//! The functions on numbers.

use serde_json::Value;

use super::{Arguments, Fault, within_32_bits};
use crate::expr::{Scope, java};

/// Rounds each operand half up before adding (measured); operands and sum have 32 bits.
pub(super) fn add(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let operand = |index| {
        let number = arguments.value(index).as_f64().ok_or(Fault::Arguments)?;
        within_32_bits((number + 0.5).floor())
    };
    let sum = operand(0)? + operand(1)?;
    i32::try_from(sum).map(Value::from).map_err(|_| Fault::Arguments)
}

/// An integer from the first (included) to the second (excluded) number. With a seed it is the first that
/// Java's generator draws (measured: 1, 100 and seed 42 give 63).
pub(super) fn random(arguments: &Arguments<'_, '_>, scope: &Scope<'_>) -> Result<Value, Fault> {
    let (start, end) = (arguments.integer(0)?, arguments.integer(1)?);
    let width = u64::try_from(end - start).ok().filter(|width| *width > 0);
    let width = width.ok_or(Fault::Arguments)?;
    let offset = match arguments.values.get(2) {
        // A range wider than 2^31 is out of the generator's reach; what AWS draws then is not known.
        Some(_) => java::Random::new(arguments.integer(2)?).below(width.min(1 << 31)),
        None => scope.random.borrow_mut().below(width),
    };
    Ok(Value::from(start + offset as i64))
}
