//! The Choice state and its comparison operators.
//!
//! The first rule that matches decides. An operand of another type than the operator's makes a comparison
//! false, never an error (recordings `choice_operators`).

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::Mutation;
use super::core::{Execution, View};
use super::flow::Flow;
use super::thread::ThreadId;
use crate::asl::{
    ChoiceRule, ChoiceState, Comparison, Condition, Operand, OperandType, QueryLanguage, Relation,
    StateId, Transition, TypeTest, WildcardPattern,
};
use crate::data::{Payload, Timestamp};
use crate::expr::{ExprError, Expression, JsonPath, Scope, jsonata};

impl Execution {
    pub(super) fn choose(&mut self, id: ThreadId, choice: &ChoiceState) {
        match self.choice_flow(id, choice) {
            Ok((flow, next)) => self.leave_state(id, flow, Transition::Next(next)),
            Err(error) => self.interpreter_failed(id, error),
        }
    }

    fn choice_flow(
        &self,
        id: ThreadId,
        choice: &ChoiceState,
    ) -> Result<(Flow, StateId), ExprError> {
        let thread = &self.threads[id];
        let effective =
            self.effective_input(thread, &choice.flow, View::of(thread.input.value()))?;
        let view = View::of(effective.value());
        let mut chosen = None;
        for rule in &choice.choices {
            let held = self.evaluate(thread, view, |scope| holds(&rule.condition, scope, self));
            let held = match held {
                Err(_) if self.planted(Mutation::ChoiceMissingIsFalse) => false,
                held => held?,
            };
            if held {
                chosen = Some(rule);
                if !self.planted(Mutation::ChoiceLastMatch) {
                    break;
                }
            }
        }
        if self.planted(Mutation::ChoiceIgnoresDefault) {
            chosen = chosen.or(choice.choices.last());
        }
        let Some(next) = chosen.map(|rule| rule.next).or(choice.default) else {
            // Not States.NoChoiceMatched, although the specification says so (measured on AWS).
            return Err(ExprError::runtime(
                "Failed to transition out of the state. The state does not point to a next state.",
            ));
        };
        let flow = match chosen {
            Some(rule) => self.rule_flow(id, choice, rule, effective)?,
            None => self.pass_on(thread, &choice.flow, effective)?,
        };
        Ok((flow, next))
    }

    /// A rule that matched brings its own `Assign` and `Output`; the state's belong to `Default`.
    fn rule_flow(
        &self,
        id: ThreadId,
        choice: &ChoiceState,
        rule: &ChoiceRule,
        effective: Payload,
    ) -> Result<Flow, ExprError> {
        let thread = &self.threads[id];
        let view = View::of(effective.value());
        let assigned = self.assigned(thread, rule.assign.as_ref(), view)?;
        let output = match (thread.current().query_language, &rule.output) {
            (QueryLanguage::Jsonata, Some(template)) => self.template(thread, template, view)?,
            (QueryLanguage::Jsonata, None) => effective,
            (QueryLanguage::JsonPath, _) => {
                let view = View::of(thread.input.value());
                self.json_path_output(thread, &choice.flow, effective, view)?
            }
        };
        Ok(Flow { output, assigned })
    }
}

/// Whether a condition holds.
fn holds(
    condition: &Condition,
    scope: &Scope<'_>,
    execution: &Execution,
) -> Result<bool, ExprError> {
    match condition {
        Condition::Literal(value) => Ok(*value),
        Condition::Not(inner) => Ok(!holds(inner, scope, execution)?),
        Condition::And(all) => {
            for inner in all {
                if !holds(inner, scope, execution)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Condition::Or(any) => {
            for inner in any {
                if holds(inner, scope, execution)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Condition::Compare { variable, comparison } => {
            compare(variable, comparison, scope, execution)
        }
        Condition::Expression(located) => match located.evaluate(scope)?.into_owned() {
            Value::Bool(value) => Ok(value),
            other => match &located.item {
                Expression::Jsonata(expression) => Err(jsonata::unexpected_type(
                    expression.source(),
                    &located.field,
                    "boolean",
                    &other,
                )),
                _ => Err(ExprError::runtime(format!("Condition is not a boolean: {other}"))),
            },
        },
    }
}

fn compare(
    variable: &JsonPath,
    comparison: &Comparison,
    scope: &Scope<'_>,
    execution: &Execution,
) -> Result<bool, ExprError> {
    let found = variable.find(scope);
    if let Comparison::Is(TypeTest::Present, expected) = comparison {
        let nulls = !execution.planted(Mutation::ChoicePresentNeedsValue);
        return Ok(found.is_some_and(|value| nulls || !value.is_null()) == *expected);
    }
    let Some(left) = found else { return Err(missing(variable)) };
    Ok(match comparison {
        Comparison::Is(test, expected) => is_type(*test, &left) == *expected,
        Comparison::StringMatches(pattern) => {
            left.as_str().is_some_and(|text| matches(pattern, text))
        }
        Comparison::BooleanEquals(operand) => {
            let right = operand_value(operand, scope)?;
            left.is_boolean() && *left == *right
        }
        Comparison::Ordered { operand_type, relation, operand } => {
            let right = operand_value(operand, scope)?;
            order(*operand_type, &left, &right).is_some_and(|order| {
                relation_holds(*relation, order)
                    && !(order.is_eq()
                        && *relation != Relation::Equals
                        && execution.planted(Mutation::ChoiceOrEqualsIsStrict))
            })
        }
    })
}

fn operand_value<'a>(operand: &'a Operand, scope: &Scope<'a>) -> Result<Cow<'a, Value>, ExprError> {
    match operand {
        Operand::Literal(value) => Ok(Cow::Borrowed(value)),
        Operand::Path(path) => path.find(scope).ok_or_else(|| missing(path)),
    }
}

/// AWS fails on a path that finds nothing; the text is the one its users report, a recording would
/// settle it.
fn missing(path: &JsonPath) -> ExprError {
    ExprError::runtime(format!(
        "Invalid path '{}': The choice state's condition path references an invalid value.",
        path.source()
    ))
}

fn is_type(test: TypeTest, value: &Value) -> bool {
    match test {
        TypeTest::Null => value.is_null(),
        TypeTest::Present => true,
        TypeTest::Numeric => value.is_number(),
        TypeTest::String => value.is_string(),
        TypeTest::Boolean => value.is_boolean(),
        TypeTest::Timestamp => timestamp(value).is_some(),
    }
}

/// Nanoseconds since the Unix epoch.
fn timestamp(value: &Value) -> Option<i128> {
    Timestamp::parse_nanoseconds(value.as_str()?).ok()
}

/// How two values of the operator's type compare; `None` when either is of another type.
fn order(operand_type: OperandType, left: &Value, right: &Value) -> Option<Ordering> {
    match operand_type {
        // Code units, not a locale (recordings `choice_operators`).
        OperandType::String => Some(left.as_str()?.cmp(right.as_str()?)),
        OperandType::Numeric => number_order(left.as_number()?, right.as_number()?),
        OperandType::Timestamp => Some(timestamp(left)?.cmp(&timestamp(right)?)),
    }
}

fn number_order(left: &Number, right: &Number) -> Option<Ordering> {
    let integer = |number: &Number| {
        number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
    };
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn relation_holds(relation: Relation, order: Ordering) -> bool {
    match relation {
        Relation::Equals => order.is_eq(),
        Relation::LessThan => order.is_lt(),
        Relation::GreaterThan => order.is_gt(),
        Relation::LessThanEquals => order.is_le(),
        Relation::GreaterThanEquals => order.is_ge(),
    }
}

/// Matches a text against literal parts with anything between them, in time linear in the text for each
/// part.
fn matches(pattern: &WildcardPattern, text: &str) -> bool {
    let (first, rest) = match pattern.parts.split_first() {
        None => return text.is_empty(),
        Some((only, [])) => return text == &**only,
        Some(split) => split,
    };
    let (last, middle) = rest.split_last().expect("the pattern has at least two parts here");
    let Some(mut text) = text.strip_prefix(&**first) else { return false };
    for part in middle {
        match text.find(&**part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(&**last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pattern(parts: &[&str]) -> WildcardPattern {
        WildcardPattern { parts: parts.iter().map(|part| (*part).into()).collect() }
    }

    #[test]
    fn wildcards() {
        assert!(matches(&pattern(&["log-", ".txt"]), "log-2026.txt"));
        assert!(!matches(&pattern(&["log-", ".txt"]), "log-2026.tx"));
        assert!(matches(&pattern(&["", "a", ""]), "xax"));
        assert!(!matches(&pattern(&["ab", "ba"]), "aba"), "the parts may not overlap");
        assert!(matches(&pattern(&["exact"]), "exact"));
        assert!(!matches(&pattern(&["exact"]), "exactly"));
    }

    #[test]
    fn numbers_compare_by_value() {
        let order = |a, b| order(OperandType::Numeric, &a, &b);
        assert_eq!(order(json!(0), json!(0.0)), Some(Ordering::Equal));
        assert_eq!(
            order(json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64)),
            Some(Ordering::Greater)
        );
        assert_eq!(order(json!("1"), json!(1)), None);
    }

    #[test]
    fn timestamps_compare_across_offsets() {
        let order = order(
            OperandType::Timestamp,
            &json!("2026-01-01T02:00:00+02:00"),
            &json!("2026-01-01T00:00:00Z"),
        );
        assert_eq!(order, Some(Ordering::Equal));
    }
}
