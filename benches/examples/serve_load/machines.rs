//! The machines that are run.

use serde_json::{Value, json};

/// One Pass after the other.
pub(crate) fn passes(count: usize) -> Value {
    let states = (0..count).map(|index| {
        let state = match index + 1 == count {
            true => json!({"Type": "Pass", "End": true}),
            false => json!({"Type": "Pass", "Next": format!("P{}", index + 1)}),
        };
        (format!("P{index}"), state)
    });
    json!({"StartAt": "P0", "States": states.collect::<serde_json::Map<_, _>>()})
}

/// An inline Map over so many items.
pub(crate) fn map(items: usize) -> Value {
    let items: Vec<usize> = (0..items).collect();
    json!({"StartAt": "I", "States": {
        "I": {"Type": "Pass", "Result": items, "Next": "M"},
        "M": {"Type": "Map", "End": true, "ItemProcessor": passes(1)}}})
}

/// A Parallel with so many branches.
pub(crate) fn parallel(branches: usize) -> Value {
    let branch = |index| {
        let name = format!("B{index}");
        json!({"StartAt": name, "States": {name.clone(): {"Type": "Pass", "End": true}}})
    };
    let branches: Vec<Value> = (0..branches).map(branch).collect();
    json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": branches}}})
}

/// A Wait until the moment in the input.
pub(crate) fn waits() -> Value {
    json!({"StartAt": "W", "States": {
        "W": {"Type": "Wait", "TimestampPath": "$.until", "Next": "P"},
        "P": {"Type": "Pass", "End": true}}})
}

/// A Wait of nearly a year.
pub(crate) fn sleeps() -> Value {
    // A day less than what an execution may take.
    json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 31_449_600, "End": true}}})
}

/// A short Wait, as executions have that somebody else is to do something for.
pub(crate) fn pauses() -> Value {
    json!({"StartAt": "W", "States": {
        "W": {"Type": "Wait", "Seconds": 2, "Next": "P"}, "P": {"Type": "Pass", "End": true}}})
}

/// A task of an activity.
pub(crate) fn works(activity: &str) -> Value {
    json!({"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": activity, "End": true}}})
}

/// A request to start one.
pub(crate) fn start(machine: &str) -> Value {
    json!({"stateMachineArn": machine, "input": r#"{"items": [1]}"#})
}
