//! Comparing an execution with what its case expects.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::history::{compare_history, compare_types};
use super::wildcard::Matcher;
use crate::case::Case;
use crate::engine::{CauseComparison, Comparison, Execution, HistoryComparison, TimingComparison};

/// The reason why the observation does not match; `None` when it does.
pub(super) fn compare(case: &Case, comparison: Comparison, seen: &Execution) -> Option<String> {
    let expect = &case.expect;
    let mut matcher = Matcher::new(&case.placeholders);
    if let Some(expected) = &expect.history
        && comparison.history == HistoryComparison::Full
        && let Some(difference) = compare_history(case, expected, &seen.history, &mut matcher)
    {
        return Some(difference.to_string());
    }
    if let Some(expected) = &expect.history
        && matches!(comparison.history, HistoryComparison::Structure | HistoryComparison::Types)
        && let Some(difference) = compare_types(case, expected, &seen.history)
    {
        return Some(difference);
    }
    let mut fields: BTreeMap<&str, (Value, Value)> = BTreeMap::new();
    let mut field = |name, expected: &Option<Value>, found: Value| {
        if let Some(expected) = expected {
            fields.insert(name, (expected.clone(), found));
        }
    };
    field("status", &expect.status.clone().map(Value::from), seen.status.as_str().into());
    field("output", &expect.output, seen.output_as_expected().unwrap_or(Value::Null));
    field("error", &expect.error, json!(seen.error));
    if comparison.causes == CauseComparison::Exact {
        field("cause", &expect.cause, json!(seen.cause));
    }
    field("response", &expect.response, seen.sync_answer.clone().unwrap_or(Value::Null));
    if comparison.history == HistoryComparison::Full {
        field("end event", &expect.end_event, seen.end_event());
    }
    if comparison.history != HistoryComparison::Ignored {
        let types: Vec<_> = seen.history.iter().map(|event| &event["type"]).collect();
        field("events", &expect.events.as_ref().map(|events| json!(events)), json!(types));
    }
    if comparison.timing == TimingComparison::Exact {
        let duration = json!(seen.duration_ms());
        field("duration", &expect.duration_ms.map(Value::from), duration);
    }
    for (name, (expected, found)) in fields {
        let (expected, found) = comparable(name, expected, found);
        if let Some(difference) = matcher.compare(&expected, &found) {
            return Some(format!("{name} {difference}"));
        }
    }
    None
}

/// Leaves out what no recording evidences: dates and billed durations.
fn comparable(name: &str, mut expected: Value, mut found: Value) -> (Value, Value) {
    if name == "response" {
        for value in [&mut expected, &mut found] {
            if let Value::Object(map) = value {
                map.shift_remove("billingDetails");
                map.shift_remove("startDate");
                map.shift_remove("stopDate");
            }
        }
    }
    // The output itself may be any JSON; a string expectation is the output's text.
    if name == "output" && !expected.is_object() && !expected.is_string() {
        found = found.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(found);
    }
    (expected, found)
}
