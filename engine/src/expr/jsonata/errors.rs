//! What AWS says when an expression fails.

use std::sync::Arc;

use serde_json::Value;

use crate::expr::ExprError;

/// Why an evaluation stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// An error of the language, with jsonata-js's code and message.
    #[error(". {code}: {message}")]
    Thrown {
        /// Such as `T1006`.
        code: String,
        /// Without the code.
        message: String,
    },
    /// Too deep. AWS's words, measured by the floci project; so are those of the other two limits.
    #[error(
        ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
    )]
    Depth,
    /// Too long.
    #[error(": Expression evaluation timeout: Check for infinite loop")]
    Steps,
    /// Too large.
    #[error(": Expression evaluation memory limit exceeded: Check for excessive memory usage")]
    Memory,
}

/// The types AWS names in its message about a result of the wrong type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultType {
    /// `true` or `false`.
    Boolean,
    /// Any number.
    Number,
    /// Text.
    String,
    /// An object.
    Object,
    /// An array.
    Array,
    /// `null`.
    Null,
}

impl ResultType {
    /// As AWS's message spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Object => "object",
            Self::Array => "array",
            Self::Null => "null",
        }
    }

    /// The type of a value.
    #[must_use]
    pub const fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

/// The error for an expression whose result has another type than its field takes.
///
/// The text is recorded for `Items` (`base_scenarios.map_state_items_eval_jsonata_fail.*`), and was measured by
/// tiny-asl-machine for `TimeoutSeconds`, which says `number`. That the other fields (`Condition`, `Timestamp`,
/// `Error`, …) share it is our guess; a recording of one of them would settle it.
#[must_use]
pub fn unexpected_type(
    source: &str,
    field: &Arc<str>,
    expected: &str,
    actual: &Value,
) -> ExprError {
    let found = ResultType::of(actual).as_str();
    failure(
        source,
        field,
        format_args!(
            " returned an unexpected result type. Expected '{expected}', but was '{found}' for value: {actual}"
        ),
    )
}

/// The error for a result that is no whole number; measured by tiny-asl-machine for `TimeoutSeconds`.
#[must_use]
pub fn not_an_integer(source: &str, field: &Arc<str>, value: &Value) -> ExprError {
    if !value.is_number() {
        return unexpected_type(source, field, "number", value);
    }
    let cause = format!("The {field} field cannot be parsed as an integer: {value}");
    ExprError::query(cause, Some(Arc::clone(field)))
}

/// Nothing came out (recordings `assign_reference_variables.undefined_reference.*`).
pub(super) fn undefined(source: &str, field: &Arc<str>) -> ExprError {
    failure(source, field, format_args!(" returned nothing (undefined)."))
}

/// A function came out (recording `base_scenarios.map_state_items_eval_jsonata_fail.function`).
pub(super) fn unsupported(source: &str, field: &Arc<str>) -> ExprError {
    failure(source, field, format_args!(" returned an unsupported result type."))
}

/// The evaluation stopped (recording `math_operations_jsonata.math_random_seeded`).
pub(super) fn threw(source: &str, field: &Arc<str>, fault: &Fault) -> ExprError {
    failure(source, field, format_args!(" threw an error during evaluation{fault}"))
}

fn failure(source: &str, field: &Arc<str>, what: std::fmt::Arguments<'_>) -> ExprError {
    let cause =
        format!("The JSONata expression '{source}' specified for the field '{field}'{what}");
    ExprError::query(cause, Some(Arc::clone(field)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_result_of_the_wrong_type_is_named_with_its_value() {
        let field = Arc::from("Items");
        let cause = |actual: &Value| unexpected_type("e", &field, "array", actual).cause;
        let head = "The JSONata expression 'e' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was ";
        for (actual, tail) in [
            (json!(1), "'number' for value: 1"),
            (json!("string"), "'string' for value: \"string\""),
            (json!(true), "'boolean' for value: true"),
            (json!(null), "'null' for value: null"),
            (json!({"foo": "bar"}), "'object' for value: {\"foo\":\"bar\"}"),
        ] {
            assert_eq!(cause(&actual), format!("{head}{tail}"));
        }
    }
}
