//! What an endpoint showed, in the words of the case: events of activities and of tokens that were handed over, as
//! those of the tasks that they stood for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use stepclock_engine::asl::Resource;

use super::stand_in::{Manner, StandIn, TaskName, Tasks};
use super::tasks::{details, kind, previous};
use super::watch::Watched;

/// The history with the events of every stand-in as those of what it stood for.
///
/// What an activity does not tell of a task is known from the case: which service was called, and what it said when
/// it took the request.
pub(super) fn restore(
    execution: &Watched,
    task_of: &dyn Fn(&Watched, &Value) -> Option<TaskName>,
    tasks: &Tasks,
    region: &str,
) -> Vec<Value> {
    let history = &execution.history;
    let mut stood: BTreeMap<u64, (&StandIn, u64)> = BTreeMap::new();
    let mut restored = Vec::with_capacity(history.len());
    for event in history {
        let id = event["id"].as_u64().unwrap_or_default();
        let before = previous(history, event).and_then(|before| before["id"].as_u64());
        let found = match rest_of(kind(event)) {
            None => None,
            Some((_, "Scheduled")) => {
                task_of(execution, event).and_then(|name| Some((tasks.get(&name)?, id)))
            }
            Some(_) => before.and_then(|before| stood.get(&before).copied()),
        };
        let Some((stand_in, scheduled)) = found else {
            restored.push(event.clone());
            continue;
        };
        stood.insert(id, (stand_in, scheduled));
        let submitted = execution.submitted.get(&scheduled);
        restored.push(restored_event(event, stand_in, region, submitted));
    }
    restored
}

/// What an event of a stand-in begins with, and what it says of the task.
fn rest_of(kind: &str) -> Option<(&'static str, &str)> {
    let of = |prefix: &'static str| {
        let rest = kind.strip_prefix(prefix)?;
        let is_of_task = !rest.starts_with("State");
        is_of_task.then_some((prefix, rest))
    };
    of("Activity").or_else(|| of("Task"))
}

fn restored_event(
    event: &Value,
    stand_in: &StandIn,
    region: &str,
    submitted: Option<&String>,
) -> Value {
    let Some((_, rest)) = rest_of(kind(event)) else { return event.clone() };
    if matches!(stand_in.resource, Resource::Activity { .. }) {
        return event.clone();
    }
    let mut details = details(event).as_object().cloned().unwrap_or_default();
    if rest == "Scheduled" && stand_in.manner == Manner::Token {
        unwrap(&mut details);
    }
    let prefix = match &stand_in.resource {
        Resource::Activity { .. } => "Activity",
        Resource::Lambda { .. } => {
            details.shift_remove("workerName");
            details.shift_remove("heartbeatInSeconds");
            "LambdaFunction"
        }
        Resource::Integration(integration) => {
            details.shift_remove("workerName");
            details.insert("resource".to_owned(), (*integration.resource).into());
            details.insert("resourceType".to_owned(), (*integration.resource_type).into());
            if rest == "Scheduled" {
                details.insert("region".to_owned(), region.into());
                if let Some(input) = details.shift_remove("input") {
                    details.insert("parameters".to_owned(), input);
                }
                details.shift_remove("inputDetails");
            }
            if rest == "Submitted"
                && let Some(submitted) = submitted
            {
                details.insert("output".to_owned(), submitted.as_str().into());
            }
            "Task"
        }
    };
    under(event, &format!("{prefix}{rest}"), details)
}

/// What the case's Task would send, out of what was sent along with its token.
fn unwrap(details: &mut Map<String, Value>) {
    let Some(parameters) = details.get("parameters").and_then(Value::as_str) else { return };
    let Ok(parameters) = serde_json::from_str::<Value>(parameters) else { return };
    let given = parameters["Input"]["given"].to_string();
    details.insert("parameters".to_owned(), given.into());
}

/// The event under another type, with these details.
fn under(event: &Value, kind: &str, details: Map<String, Value>) -> Value {
    let mut key = format!("{kind}EventDetails");
    key[..1].make_ascii_lowercase();
    let members = event.as_object().into_iter().flatten();
    let mut members: Map<String, Value> = members
        .filter(|(key, _)| !key.ends_with("EventDetails"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    members["type"] = kind.into();
    if !details.is_empty() {
        members.insert(key, details.into());
    }
    members.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stand_in(arn: &str, manner: Manner) -> Tasks {
        let resource = Resource::parse(arn).expect("is an ARN");
        let task = StandIn { resource, manner, jsonata: false };
        Tasks::from([(("m".to_owned(), "T".to_owned()), task)])
    }

    fn alone(_: &Watched, _: &Value) -> Option<TaskName> {
        Some(("m".to_owned(), "T".to_owned()))
    }

    fn event(id: u64, kind: &str, key: &str, details: Value) -> Value {
        json!({"id": id, "previousEventId": id - 1, "type": kind, key: details})
    }

    fn watched(history: Vec<Value>) -> Watched {
        Watched {
            arn: String::new(),
            machine: "m".to_owned(),
            history,
            submitted: BTreeMap::from([(2, "{\"MessageId\":\"1\"}".to_owned())]),
            heartbeats_ms: BTreeMap::new(),
        }
    }

    #[test]
    fn events_of_activities_are_named_after_what_they_stood_for() {
        let execution = watched(vec![
            event(1, "TaskStateEntered", "stateEnteredEventDetails", json!({"name": "T"})),
            event(2, "ActivityScheduled", "activityScheduledEventDetails", json!({"input": "{}"})),
            event(3, "ActivityStarted", "activityStartedEventDetails", json!({"workerName": "w"})),
            event(4, "ActivityFailed", "activityFailedEventDetails", json!({"error": "E"})),
        ]);
        for (arn, prefix, details) in [
            ("arn:aws:lambda:r:a:function:f", "LambdaFunction", "lambdaFunctionFailedEventDetails"),
            ("arn:aws:states:::sns:publish", "Task", "taskFailedEventDetails"),
            ("arn:aws:states:r:a:activity:a", "Activity", "activityFailedEventDetails"),
        ] {
            let restored = restore(&execution, &alone, &stand_in(arn, Manner::Activity), "r");
            let types: Vec<_> = restored[1..].iter().map(kind).collect();
            let expected = ["Scheduled", "Started", "Failed"].map(|rest| format!("{prefix}{rest}"));
            assert_eq!(types, expected);
            assert_eq!(restored[3][details]["error"], "E");
        }
    }

    #[test]
    fn what_was_sent_along_with_a_token_comes_out_again() {
        let call = json!({"resource": "startExecution.waitForTaskToken", "resourceType": "states"});
        let mut scheduled = call.clone();
        let parameters =
            json!({"StateMachineArn": "h", "Input": {"token": "t", "given": {"Q": 1}}});
        scheduled["parameters"] = parameters.to_string().into();
        let mut submitted = call.clone();
        submitted["output"] = "{\"ExecutionArn\":\"e\"}".into();
        let execution = watched(vec![
            event(1, "TaskStateEntered", "stateEnteredEventDetails", json!({"name": "T"})),
            event(2, "TaskScheduled", "taskScheduledEventDetails", scheduled),
            event(3, "TaskStarted", "taskStartedEventDetails", call),
            event(4, "TaskSubmitted", "taskSubmittedEventDetails", submitted),
        ]);
        let arn = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
        let restored = restore(&execution, &alone, &stand_in(arn, Manner::Token), "r");
        let scheduled = &restored[1]["taskScheduledEventDetails"];
        assert_eq!(scheduled["parameters"], "{\"Q\":1}");
        assert_eq!(scheduled["resource"], "sendMessage.waitForTaskToken");
        let submitted = &restored[3]["taskSubmittedEventDetails"];
        assert_eq!(submitted["output"], "{\"MessageId\":\"1\"}");
        assert_eq!(submitted["resourceType"], "sqs");
    }
}
