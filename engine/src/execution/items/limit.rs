//! Limits of a Map state that are computed: concurrency, tolerated failures, items and batch sizes.

use serde_json::Value;

use crate::expr::{ExprError, Expression, Located, jsonata};

/// A value that must be a whole number; a text that reads as one will do (recording
/// `reference_in_map_state_max_items_path.MAP_STATE_REFERENCE_IN_MAX_PER_BATCH_PATH`).
pub(in crate::execution) fn whole_number(
    located: &Located<Expression>,
    value: &Value,
) -> Result<i64, ExprError> {
    let number = match value {
        Value::Number(number) => {
            // JSONata's whole numbers are integers already; a double with a zero fraction is one too.
            number.as_i64().or_else(|| {
                number.as_f64().filter(|double| double.fract() == 0.0).map(|double| double as i64)
            })
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| not_a_number(located, value, "integer"))
}

/// A value that must be a percentage.
pub(in crate::execution) fn percentage(
    located: &Located<Expression>,
    value: &Value,
) -> Result<f64, ExprError> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| not_a_number(located, value, "float"))
}

/// Recordings `max_concurrency_path` and `map_state_tolerated_failure_percentage_path`.
fn not_a_number(located: &Located<Expression>, value: &Value, kind: &str) -> ExprError {
    let printed = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match &located.item {
        Expression::Path(path) => ExprError::runtime(format!(
            "The {} field refers to value \"{printed}\" which is not a valid {kind}: {}",
            located.field,
            path.source()
        )),
        Expression::Jsonata(expression) => {
            jsonata::unexpected_type(expression.source(), &located.field, "number", value)
        }
        Expression::Intrinsic(call) => ExprError::runtime(format!(
            "The {} field refers to value \"{printed}\" which is not a valid {kind}: {}",
            located.field,
            call.source()
        )),
    }
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
