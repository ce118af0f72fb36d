//! What an endpoint showed, in the names of the case: ARNs and names of the run, and the events of tasks that
//! activities stood for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use stepclock_engine::asl::Resource;

use super::rewrite::Tasks;
use super::tasks::{kind, previous, state_of};

/// Texts to put in the place of others, longest first.
pub(super) type Names = Vec<(String, String)>;

/// A value with all names replaced.
pub(super) fn rename(value: &Value, names: &Names) -> Value {
    let mut text = value.to_string();
    for (from, to) in names {
        text = text.replace(from.as_str(), to);
    }
    serde_json::from_str(&text).unwrap_or_else(|_| value.clone())
}

/// Moves every date of an answer or an event by so many milliseconds.
pub(super) fn shift(mut value: Value, by_ms: i64) -> Value {
    for member in ["startDate", "stopDate", "timestamp"] {
        if let Some(seconds) = value.get(member).and_then(Value::as_f64) {
            let millis = (seconds * 1_000.0).round() + by_ms as f64;
            value[member] = (millis / 1_000.0).into();
        }
    }
    value
}

/// The history with the events of activities that stood for something else under that one's names.
///
/// An activity tells less of a task than an integration does, so details stay as the activity's are; they are
/// renamed with their event, and only the types are meant to be compared.
pub(super) fn restore(history: &[Value], tasks: &Tasks) -> Vec<Value> {
    let mut prefixes: BTreeMap<u64, &'static str> = BTreeMap::new();
    let mut restored = Vec::with_capacity(history.len());
    for event in history {
        let Some(rest) = kind(event).strip_prefix("Activity") else {
            restored.push(event.clone());
            continue;
        };
        let before = previous(history, event).and_then(|before| before["id"].as_u64());
        let prefix = match before.and_then(|before| prefixes.get(&before).copied()) {
            Some(prefix) => prefix,
            None => {
                let state = state_of(history, event).unwrap_or_default();
                tasks.get(&state).map_or("Activity", prefix_of)
            }
        };
        if let Some(id) = event["id"].as_u64() {
            prefixes.insert(id, prefix);
        }
        restored.push(under(event, rest, prefix));
    }
    restored
}

const fn prefix_of(resource: &Resource) -> &'static str {
    match resource {
        Resource::Lambda { .. } => "LambdaFunction",
        Resource::Activity { .. } => "Activity",
        Resource::Integration(_) => "Task",
    }
}

fn under(event: &Value, rest: &str, prefix: &str) -> Value {
    let mut first = prefix.to_owned();
    first[..1].make_ascii_lowercase();
    let members = event.as_object().into_iter().flatten().map(|(key, value)| {
        match key.strip_prefix("activity") {
            Some(key) => (format!("{first}{key}"), value.clone()),
            None if key == "type" => (key.clone(), format!("{prefix}{rest}").into()),
            None => (key.clone(), value.clone()),
        }
    });
    Value::Object(members.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_of_activities_are_named_after_what_they_stood_for() {
        let event =
            |id: u64, kind: &str| json!({"id": id, "previousEventId": id - 1, "type": kind});
        let mut history = vec![event(1, "TaskStateEntered")];
        history[0]["stateEnteredEventDetails"] = json!({"name": "T"});
        history.push(event(2, "ActivityScheduled"));
        history.push(event(3, "ActivityStarted"));
        history.push(event(4, "ActivityFailed"));
        history[3]["activityFailedEventDetails"] = json!({"error": "E"});
        for (arn, prefix, details) in [
            ("arn:aws:lambda:r:a:function:f", "LambdaFunction", "lambdaFunctionFailedEventDetails"),
            ("arn:aws:states:::sns:publish", "Task", "taskFailedEventDetails"),
            ("arn:aws:states:r:a:activity:a", "Activity", "activityFailedEventDetails"),
        ] {
            let resource = Resource::parse(arn).expect("is an ARN");
            let restored = restore(&history, &Tasks::from([("T".to_owned(), resource)]));
            let types: Vec<_> = restored[1..].iter().map(kind).collect();
            let expected = ["Scheduled", "Started", "Failed"].map(|rest| format!("{prefix}{rest}"));
            assert_eq!(types, expected);
            assert_eq!(restored[3][details]["error"], "E");
        }
    }
}
