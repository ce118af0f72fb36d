//! The answers AWS's API gives about a definition.

use serde_json::{Map, Value, json};

use super::compile::Compiled;
use super::diagnostic::{Diagnostic, Severity};

/// Most diagnostics one answer holds, and how many it holds when nothing is asked for.
const DIAGNOSTICS_MAX: usize = 100;

/// The answer of `ValidateStateMachineDefinition`: findings of at least this severity, no more than
/// `max_results` of them (0 means 100).
#[must_use]
pub fn validation_answer(compiled: &Compiled, max_results: usize, severity: Severity) -> Value {
    let max_results = if max_results == 0 { DIAGNOSTICS_MAX } else { max_results };
    let mut found = compiled.diagnostics.iter().filter(|found| found.severity <= severity);
    let shown: Vec<Value> = found.by_ref().take(max_results).map(diagnostic).collect();
    let result = if compiled.definition.is_some() { "OK" } else { "FAIL" };
    json!({"result": result, "diagnostics": shown, "truncated": found.next().is_some()})
}

fn diagnostic(found: &Diagnostic) -> Value {
    let severity = match found.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
    };
    let mut object = Map::new();
    object.insert("severity".to_owned(), severity.into());
    object.insert("code".to_owned(), found.code.as_str().into());
    object.insert("message".to_owned(), found.message.as_str().into());
    if let Some(location) = &found.location {
        object.insert("location".to_owned(), location.as_str().into());
    }
    Value::Object(object)
}

/// The message of `CreateStateMachine` and `UpdateStateMachine` for a definition they refuse; `None` for
/// one they take.
#[must_use]
pub fn definition_error(compiled: &Compiled) -> Option<String> {
    if compiled.definition.is_some() {
        return None;
    }
    let errors: Vec<String> = compiled
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    Some(format!("Invalid State Machine Definition: '{}'", errors.join(", ")))
}
