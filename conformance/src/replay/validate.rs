//! Judging a case that is a definition.

use serde_json::{Value, json};
use stepclock_engine::asl::{Severity, WorkflowType, compile, definition_error, validation_answer};

use super::{Observed, Replayed, Verdict};
use crate::case::{Case, WorkflowTypeName};
use crate::compare::Matcher;

/// Diagnostics that `ValidateStateMachineDefinition` gives at most.
const DIAGNOSTICS_MAX: usize = 100;

pub(super) fn run(case: &Case) -> Replayed {
    let text = match (&case.definition_text, &case.definition) {
        (Some(text), _) => text.clone(),
        (None, Some(definition)) => definition.to_string(),
        (None, None) => return Replayed::skip("it has no definition"),
    };
    let workflow_type = match case.workflow_type {
        Some(WorkflowTypeName::Express) => WorkflowType::Express,
        _ => WorkflowType::Standard,
    };
    let compiled = compile(&text, workflow_type);
    let answer = validation_answer(&compiled, DIAGNOSTICS_MAX, Severity::Warning);
    let observed = Observed::Validation {
        result: answer["result"].clone(),
        diagnostics: answer["diagnostics"].clone(),
    };
    let Some(response) = &case.expect.response else {
        return Replayed::fail("it expects nothing", Some(observed));
    };
    let mut matcher = Matcher::new(&case.placeholders);
    let difference = if case.op.as_deref().is_none_or(|op| op.starts_with("validate")) {
        matcher.compare(response, &answer)
    } else {
        match definition_message(&case.expect.error, response) {
            Some(expected) => {
                let found = definition_error(&compiled).map_or(Value::Null, Value::from);
                matcher.compare(&expected, &found)
            }
            None => {
                return Replayed::skip(
                    "the operation failed for another reason than the definition",
                );
            }
        }
    };
    match difference {
        None => Replayed { verdict: Verdict::Pass, observed: Some(observed) },
        Some(difference) => Replayed::fail(difference.to_string(), Some(observed)),
    }
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
