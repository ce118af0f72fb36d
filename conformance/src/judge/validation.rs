//! Comparing a verdict on a definition with what its case expects.

use serde_json::{Value, json};

use super::Verdict;
use super::wildcard::Matcher;
use crate::case::Case;
use crate::engine::Validation;

pub(super) fn compare(case: &Case, seen: &Validation) -> Verdict {
    let Some(response) = &case.expect.response else {
        return Verdict::Fail("it expects nothing".to_owned());
    };
    let mut matcher = Matcher::new(&case.placeholders);
    let difference = if case.op.as_deref().is_none_or(|op| op.starts_with("validate")) {
        matcher.compare(response, &seen.answer)
    } else {
        match definition_message(&case.expect.error, response) {
            Some(expected) => {
                let found = seen.definition_error.as_deref().map_or(Value::Null, Value::from);
                matcher.compare(&expected, &found)
            }
            None => {
                return Verdict::Skip(
                    "the operation failed for another reason than the definition".to_owned(),
                );
            }
        }
    };
    difference.map_or(Verdict::Pass, |difference| Verdict::Fail(difference.to_string()))
}

/// The message of an `InvalidDefinition` error, or `null` when the operation succeeded; `None` when it failed
/// for another reason.
fn definition_message(error: &Option<Value>, response: &Value) -> Option<Value> {
    if let Some(error) = error.as_ref().filter(|error| error.is_object()) {
        return (error["code"] == json!("InvalidDefinition")).then(|| error["message"].clone());
    }
    match response {
        Value::String(text) => {
            let at = text.find("Invalid State Machine Definition")?;
            Some(text[at..].into())
        }
        _ => Some(Value::Null),
    }
}
