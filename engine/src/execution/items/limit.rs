//! Limits that are computed: seconds, and those of a Map state (concurrency, tolerated failures, items and batch
//! sizes).

use serde_json::Value;

use crate::expr::{ExprError, Expression, Located, jsonata};
use crate::limits;

/// A value that must be a whole number.
pub(in crate::execution) fn whole_number(
    located: &Located<Expression>,
    value: &Value,
) -> Result<i64, ExprError> {
    let number = match value {
        // A double with a zero fraction is a whole number too; casting saturates.
        Value::Number(number) => number.as_i64().or_else(|| {
            number.as_f64().filter(|double| double.fract() == 0.0).map(|double| double as i64)
        }),
        other => text(located, other).and_then(|text| text.parse().ok()),
    };
    number.ok_or_else(|| not_a_number(located, value, "integer"))
}

/// A value that must be a number of seconds, for the field `name`.
///
/// JSONata's texts were measured by tiny-asl-machine for `TimeoutSeconds`. That a path's value is treated as that of
/// the other paths to limits is our guess: a path that finds nothing is (recording
/// `invalid_jsonpath.ST_INVALID_JSONPATH_IN_TIMEOUTSECONDSPATH`).
pub(in crate::execution) fn seconds(
    located: &Located<Expression>,
    name: &str,
    value: &Value,
) -> Result<u64, ExprError> {
    let number = whole_number(located, value)?;
    match u64::try_from(number).ok().filter(|seconds| *seconds <= limits::SECONDS_MAX) {
        Some(seconds) => Ok(seconds),
        None => {
            let max = limits::SECONDS_MAX;
            let cause = format!("{name} must be between 0 and {max} but was: {number}");
            Err(match &located.item {
                Expression::Jsonata(_) => ExprError::query(cause, Some(located.field.clone())),
                Expression::Path(_) | Expression::Intrinsic(_) => ExprError::runtime(cause),
            })
        }
    }
}

/// A value that must be a number, such as a percentage.
pub(in crate::execution) fn percentage(
    located: &Located<Expression>,
    value: &Value,
) -> Result<f64, ExprError> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        other => text(located, other).and_then(|text| text.parse().ok()),
    };
    number.ok_or_else(|| not_a_number(located, value, "float"))
}

/// A path may find a text that reads as a number (recordings `reference_in_map_state_max_items_path.*`).
/// JSONata is strict (measured by tiny-asl-machine for `TimeoutSeconds`).
fn text<'a>(located: &Located<Expression>, value: &'a Value) -> Option<&'a str> {
    match located.item {
        Expression::Jsonata(_) => None,
        Expression::Path(_) | Expression::Intrinsic(_) => value.as_str(),
    }
}

/// Recordings `max_concurrency_path` and `map_state_tolerated_failure_percentage_path`: texts are printed
/// without their own quotation marks.
fn not_a_number(located: &Located<Expression>, value: &Value, kind: &str) -> ExprError {
    let source = match &located.item {
        Expression::Path(path) => path.source(),
        Expression::Intrinsic(call) => call.source(),
        Expression::Jsonata(expression) if kind == "integer" => {
            return jsonata::not_an_integer(expression.source(), &located.field, value);
        }
        Expression::Jsonata(expression) => {
            return jsonata::unexpected_type(expression.source(), &located.field, "number", value);
        }
    };
    let printed = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    ExprError::runtime(format!(
        "The {} field refers to value \"{printed}\" which is not a valid {kind}: {source}",
        located.field
    ))
}

/// How many failed items a Map Run tolerates.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::execution) struct Tolerance {
    pub(in crate::execution) count: Option<u64>,
    pub(in crate::execution) percentage: Option<f64>,
}

impl Tolerance {
    /// Checks computed limits (recordings `map_state_tolerated_failure_percentage_path`).
    pub(in crate::execution) fn checked(
        count: Option<i64>,
        percentage: Option<f64>,
    ) -> Result<Self, ExprError> {
        let count = match count.map(u64::try_from) {
            None => None,
            Some(Ok(count)) => Some(count),
            Some(Err(_)) => {
                return Err(ExprError::runtime("ToleratedFailureCount cannot be negative."));
            }
        };
        if percentage.is_some_and(|percentage| !(0.0..=100.0).contains(&percentage)) {
            return Err(ExprError::runtime(
                "ToleratedFailurePercentage must be between 0 and 100.",
            ));
        }
        Ok(Self { count, percentage })
    }

    /// Whether so many failures of so many items are too many. Either limit trips by itself; without any,
    /// one failure is too many.
    pub(in crate::execution) fn exceeded(self, failed: u64, total: u64) -> bool {
        if failed == 0 {
            return false;
        }
        let share = 100.0 * failed as f64 / total.max(1) as f64;
        match (self.count, self.percentage) {
            (None, None) => true,
            (count, percentage) => {
                count.is_some_and(|count| failed > count)
                    || percentage.is_some_and(|percentage| share > percentage)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{JsonPath, Jsonata};
    use serde_json::json;

    fn at(field: &str, item: Expression) -> Located<Expression> {
        Located { field: field.into(), item }
    }

    fn path(field: &str) -> Located<Expression> {
        at(field, Expression::Path(JsonPath::parse("$.p").expect("is a path")))
    }

    #[test]
    fn numbers_that_paths_find() {
        let count = path("MaxItemsPath");
        for (value, number) in [(json!(2), 2), (json!("2"), 2), (json!(-1), -1), (json!(3.0), 3)] {
            assert_eq!(whole_number(&count, &value), Ok(number));
        }
        assert_eq!(percentage(&path("P"), &json!("1.5")), Ok(1.5));
    }

    /// Recordings `max_concurrency_path.*` and `map_state_tolerated_failure_percentage_path.*`.
    #[test]
    fn what_is_no_number_on_a_path() {
        let field = path("MaxConcurrencyPath");
        for (value, printed) in [(json!("NoNumber"), "NoNumber"), (json!({}), "{}")] {
            let cause = whole_number(&field, &value).expect_err("is no number").cause;
            assert_eq!(
                cause,
                format!(
                    "The MaxConcurrencyPath field refers to value \"{printed}\" which is not a valid \
                     integer: $.p"
                )
            );
        }
        assert!(whole_number(&field, &json!(1.5)).is_err());
        let cause = percentage(&path("ToleratedFailurePercentagePath"), &json!({}));
        assert_eq!(
            cause.expect_err("is no number").cause,
            "The ToleratedFailurePercentagePath field refers to value \"{}\" which is not a valid \
             float: $.p"
        );
    }

    #[test]
    fn jsonata_is_strict() {
        let expression = Jsonata::compile("$x").expect("is JSONata");
        let field = at("MaxConcurrency", Expression::Jsonata(expression));
        assert_eq!(whole_number(&field, &json!(4)), Ok(4));
        let cause = whole_number(&field, &json!("4")).expect_err("is a text").cause;
        assert!(cause.ends_with("Expected 'number', but was 'string' for value: \"4\""), "{cause}");
        let cause = whole_number(&field, &json!(1.5)).expect_err("is a fraction").cause;
        assert_eq!(cause, "The MaxConcurrency field cannot be parsed as an integer: 1.5");
    }

    #[test]
    fn seconds_have_bounds() {
        let field = path("TimeoutSecondsPath");
        for (value, expected) in [(json!(0), 0), (json!("7"), 7), (json!(99_999_999), 99_999_999)] {
            assert_eq!(seconds(&field, "TimeoutSeconds", &value), Ok(expected));
        }
        for bad in [-1, 100_000_000] {
            let error = seconds(&field, "TimeoutSeconds", &json!(bad)).expect_err("out of bounds");
            let cause = format!("TimeoutSeconds must be between 0 and 99999999 but was: {bad}");
            assert_eq!(error, ExprError::runtime(cause));
        }
    }

    #[test]
    fn tolerance() {
        let none = Tolerance::default();
        assert!(!none.exceeded(0, 10));
        assert!(none.exceeded(1, 10));
        let count = Tolerance { count: Some(2), percentage: None };
        assert!(!count.exceeded(2, 3));
        assert!(count.exceeded(3, 300));
        let all = Tolerance { count: None, percentage: Some(100.0) };
        assert!(!all.exceeded(10, 10));
        let both = Tolerance { count: Some(5), percentage: Some(10.0) };
        assert!(both.exceeded(2, 10), "the percentage trips by itself");
    }

    #[test]
    fn computed_limits_are_checked() {
        let cause =
            |count, percentage| Tolerance::checked(count, percentage).expect_err("bad").cause;
        assert_eq!(cause(Some(-1), None), "ToleratedFailureCount cannot be negative.");
        for bad in [-1.0, 100.1, -1.1, f64::NAN] {
            let cause = cause(None, Some(bad));
            assert_eq!(cause, "ToleratedFailurePercentage must be between 0 and 100.");
        }
    }
}
