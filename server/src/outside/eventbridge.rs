//! What the optimised integration of EventBridge does besides calling PutEvents.

use serde_json::{Map, Value};
use stepclock_engine::data::Payload;

use super::json::as_text;
use crate::hub::OutsideEnd;

/// Details may be JSON values, and the execution and its state machine are among the resources of every entry.
pub(super) fn complete_entries(parameters: &mut Value, execution_arn: &str) {
    let entries = parameters.get_mut("Entries").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten() {
        as_text(entry, "Detail");
        let Some(entry) = entry.as_object_mut() else { continue };
        let resources = entry.entry("Resources").or_insert_with(|| Value::Array(Vec::new()));
        if let Some(resources) = resources.as_array_mut() {
            resources.push(execution_arn.into());
            resources.extend(machine_of(execution_arn).map(Value::String));
        }
    }
}

fn machine_of(execution_arn: &str) -> Option<String> {
    let parts: Vec<&str> = execution_arn.split(':').collect();
    let machine = parts.get(6)?.split('/').next()?;
    let base = parts.get(..5)?.join(":");
    Some(format!("{base}:stateMachine:{machine}"))
}

/// One entry that failed fails the task (recording `events_task_service.put_events_malformed_detail`).
pub(super) fn judge(result: Map<String, Value>) -> OutsideEnd {
    let failed = result.get("FailedEntryCount").and_then(Value::as_u64).unwrap_or(0);
    let result = Value::Object(result);
    match failed {
        0 => Ok(Payload::new(result)),
        _ => Err(("EventBridge.FailedEntry".into(), result.to_string().into())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_name_the_execution() {
        let mut parameters = json!({"Entries": [{"Detail": {"a": 1}, "Resources": ["x"]}]});
        let arn = "arn:aws:states:us-east-1:123456789012:execution:m:e";
        complete_entries(&mut parameters, arn);
        let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
        let expected =
            json!({"Entries": [{"Detail": "{\"a\":1}", "Resources": ["x", arn, machine]}]});
        assert_eq!(parameters, expected);
    }
}
