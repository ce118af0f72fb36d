//! Comparing what operations answered with what the steps of their case expect.

use serde_json::{Value, json};

use super::Verdict;
use super::operation::{error_of, observed};
use super::wildcard::Matcher;
use crate::case::{Case, StepExpect};
use crate::engine::Operation;

/// Members that AWS gave answers after some of the cases were recorded: since when, as year-month-day.
const ADDED: [(&str, &str); 6] = [
    ("redriveCount", "2023-11-15"),
    ("redriveStatus", "2023-11-15"),
    ("redriveStatusReason", "2023-11-15"),
    ("encryptionConfiguration", "2024-07-25"),
    ("variableReferences", "2024-11-22"),
    ("stateMachineVersionArn", "2023-06-22"),
];

pub(super) fn compare(case: &Case, seen: &[Option<Operation>]) -> Verdict {
    let steps = case.steps.as_deref().unwrap_or_default();
    if steps.len() != seen.len() {
        return Verdict::Fail(format!("it has {} steps, and {} came", steps.len(), seen.len()));
    }
    let recorded = recorded(case);
    let mut matcher = Matcher::new(&case.placeholders);
    for (number, (step, seen)) in steps.iter().zip(seen).enumerate() {
        let (Some(expect), Some(seen)) = (&step.expect, seen) else { continue };
        let expected = wanted(expect);
        let found = match &seen.answer {
            Some(answer) => forget(&expected, step.part(answer), recorded.as_deref()),
            None => observed(seen),
        };
        if let Some(difference) = matcher.compare(&expected, &found) {
            return Verdict::Fail(format!("step {} ({}) {difference}", number + 1, step.op));
        }
    }
    Verdict::Pass
}

/// The answer, or `{"code", "message"}` of an error.
fn wanted(expect: &StepExpect) -> Value {
    if let Some(error) = expect.error.as_ref().filter(|error| error.is_object()) {
        return json!({"code": error["code"], "message": error["message"]});
    }
    let error = expect.response.as_str().and_then(error_of);
    error.map_or_else(|| expect.response.clone(), |error| json!(error))
}

/// The day a case was recorded, as year-month-day.
fn recorded(case: &Case) -> Option<String> {
    let (day, _) = case.recorded.as_deref()?.split_once(',')?;
    let mut parts: Vec<&str> = day.split('-').collect();
    parts.reverse();
    Some(parts.join("-"))
}

/// The answer without members that AWS added after the day of the recording.
fn forget(expected: &Value, found: &Value, day: Option<&str>) -> Value {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let is_later = |key: &str| {
                let was_there = |since: &str| day.is_none_or(|day| day >= since);
                ADDED.iter().any(|(member, since)| *member == key && !was_there(since))
            };
            let kept = found
                .iter()
                .filter(|(key, _)| expected.contains_key(*key) || !is_later(key))
                .map(|(key, value)| {
                    let expected = expected.get(key).unwrap_or(&Value::Null);
                    (key.clone(), forget(expected, value, day))
                });
            Value::Object(kept.collect())
        }
        (Value::Array(expected), Value::Array(found)) => {
            let each = found.iter().enumerate().map(|(index, value)| {
                forget(expected.get(index).unwrap_or(&Value::Null), value, day)
            });
            each.collect()
        }
        _ => found.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::OperationError;

    fn case(recorded: Option<&str>, response: Value) -> Case {
        let step =
            json!([{"op": "describe_execution", "request": {}, "expect": {"response": response}}]);
        Case {
            recorded: recorded.map(str::to_owned),
            steps: serde_json::from_value(step).expect("are steps"),
            ..Case::default()
        }
    }

    fn answered(answer: Value) -> [Option<Operation>; 1] {
        [Some(Operation { answer: Some(answer), error: None })]
    }

    #[test]
    fn members_that_came_later_are_not_missed_in_old_recordings() {
        let seen = answered(json!({"status": "RUNNING", "redriveCount": 0}));
        let verdict = |recorded| compare(&case(recorded, json!({"status": "RUNNING"})), &seen);
        assert_eq!(verdict(Some("14-11-2023, 10:00:00")), Verdict::Pass);
        for recorded in [Some("15-11-2023, 10:00:00"), None] {
            assert!(matches!(verdict(recorded), Verdict::Fail(_)), "{recorded:?}");
        }
    }

    #[test]
    fn errors_are_compared_by_code_and_message() {
        let text = "An error occurred (InvalidName) when calling the CreateActivity operation: bad";
        let error = |message: &str| {
            let error = OperationError { code: "InvalidName".into(), message: message.into() };
            [Some(Operation { answer: None, error: Some(error) })]
        };
        let case = case(None, text.into());
        assert_eq!(compare(&case, &error("bad")), Verdict::Pass);
        for wrong in [error("worse"), answered(json!({}))] {
            assert!(matches!(compare(&case, &wrong), Verdict::Fail(_)), "{wrong:?}");
        }
    }

    #[test]
    fn a_step_that_was_not_sent_is_not_judged() {
        assert_eq!(compare(&case(None, json!({"a": 1})), &[None]), Verdict::Pass);
        assert!(matches!(compare(&case(None, json!({"a": 1})), &[]), Verdict::Fail(_)));
    }
}
