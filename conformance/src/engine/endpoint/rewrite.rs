//! A case's definition as it is sent: every task becomes one of an activity of its own, so that the adapter can
//! answer it.

use std::collections::BTreeMap;

use serde_json::Value;
use stepclock_engine::asl::{IntegrationPattern, Resource};

use crate::case::{Case, Kind, Machine, State, WorkflowTypeName};
use crate::engine::reference::CaseWorker;

/// What an outcome that depends on the moment or on chance shows itself by.
const UNSTEADY: [&str; 14] = [
    "$uuid",
    "$random",
    "States.UUID",
    "States.MathRandom",
    "JitterStrategy",
    "StartTime",
    "EnteredTime",
    "RedriveTime",
    "$now",
    "$millis",
    "\"Timestamp\"",
    "\"TimestampPath\"",
    "$toMillis()",
    // The output names the children that failed, and when they did.
    "ToleratedFailure",
];

/// The resource of every Task of a definition, by state.
pub(super) type Tasks = BTreeMap<String, Resource>;

/// Why an execution cannot be run on an endpoint, if so.
pub(super) fn unrunnable(case: &Case) -> Option<String> {
    let definition = match &case.definition {
        Some(definition) => definition.to_string(),
        None => return Some("it has no definition".to_owned()),
    };
    let express = case.workflow_type == Some(WorkflowTypeName::Express);
    let expects_events = case.expect.events.is_some() || case.expect.history.is_some();
    if !case.faults.is_empty() {
        return Some("its faults need a simulated world".to_owned());
    }
    if !case.machines.is_empty() {
        return Some("machines that its tasks start are not set up on an endpoint".to_owned());
    }
    if case.kind == Kind::ExpressAsync || (express && case.kind != Kind::Sync && expects_events) {
        return Some("no operation tells what an EXPRESS execution did".to_owned());
    }
    let has_objects = ["\"ItemReader\"", "\"ResultWriter\""];
    if !case.resources.s3.is_empty() || has_objects.iter().any(|field| definition.contains(field)) {
        return Some("its objects would have to be in S3".to_owned());
    }
    if let Some(unsteady) = UNSTEADY.iter().find(|unsteady| definition.contains(*unsteady)) {
        return Some(format!("what comes of {unsteady} depends on the moment or on chance"));
    }
    CaseWorker::refuses(case)
}

/// The tasks that must become activities.
///
/// # Errors
/// Why one of them cannot.
pub(super) fn tasks(case: &Case) -> Result<Tasks, String> {
    let Some(definition) = &case.definition else { return Ok(Tasks::new()) };
    let machine = Machine::new(definition);
    let tasks = machine.states().filter(|state| state.kind() == "Task");
    tasks.map(|state| Ok((state.name.to_owned(), playable(case, state)?))).collect()
}

fn playable(case: &Case, state: &State<'_>) -> Result<Resource, String> {
    let name = state.name;
    let resource = state.text("Resource").and_then(Resource::parse);
    let resource = resource.ok_or_else(|| format!("state `{name}` has no resource"))?;
    if case.workflow_type == Some(WorkflowTypeName::Express) {
        return Err("EXPRESS workflows have no activities".to_owned());
    }
    if state.distributed > 0 {
        return Err(format!("the tasks of `{name}` are in executions of their own"));
    }
    match &resource {
        Resource::Activity { arn } => {
            // In a recording, an activity of which no task was ever scheduled had been deleted.
            let exists = case.resources.activities.is_none()
                || case.workers.is_some()
                || case.tasks.iter().any(|task| task.resource.as_deref() == Some(arn));
            return match exists {
                true => Ok(resource),
                false => Err(format!("the activity of `{name}` must not exist")),
            };
        }
        Resource::Integration(integration)
            if integration.pattern != IntegrationPattern::RequestResponse =>
        {
            return Err(format!(
                "no activity can stand for `{name}`: an activity is not told what was submitted"
            ));
        }
        Resource::Lambda { .. } | Resource::Integration(_) => {}
    }
    for field in ["HeartbeatSeconds", "HeartbeatSecondsPath", "Credentials"] {
        if state.field(field).is_some() {
            return Err(format!("{field} of `{name}` means something else to an activity"));
        }
    }
    Ok(resource)
}

/// The definition with the resources of its Tasks replaced, by state.
pub(super) fn rewrite(definition: &Value, activities: &BTreeMap<String, String>) -> Value {
    match definition {
        Value::Object(members) => {
            let rewritten = members.iter().map(|(key, value)| {
                let value = match (key.as_str(), value) {
                    ("States", Value::Object(states)) => {
                        let states = states.iter().map(|(name, state)| {
                            (name.clone(), state_on_the_wire(name, state, activities))
                        });
                        Value::Object(states.collect())
                    }
                    _ => value.clone(),
                };
                (key.clone(), value)
            });
            Value::Object(rewritten.collect())
        }
        other => other.clone(),
    }
}

fn state_on_the_wire(name: &str, state: &Value, activities: &BTreeMap<String, String>) -> Value {
    let mut state = state.clone();
    if let (Some(arn), Some(resource)) = (activities.get(name), state.get_mut("Resource")) {
        *resource = arn.as_str().into();
    }
    for processor in ["ItemProcessor", "Iterator"] {
        if let Some(graph) = state.get_mut(processor) {
            *graph = rewrite(graph, activities);
        }
    }
    if let Some(branches) = state.get_mut("Branches").and_then(Value::as_array_mut) {
        for graph in branches {
            *graph = rewrite(graph, activities);
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(definition: Value) -> Case {
        Case { definition: Some(definition), ..Case::default() }
    }

    fn task(resource: &str) -> Value {
        json!({"Type": "Task", "Resource": resource, "End": true})
    }

    fn alone(resource: &str) -> Value {
        json!({"StartAt": "T", "States": {"T": task(resource)}})
    }

    #[test]
    fn nested_tasks_become_activities_and_data_stays() {
        let lambda = "arn:aws:lambda:us-east-1:123456789012:function:f";
        let inner = alone(lambda);
        let definition = |inner: &Value| {
            json!({"StartAt": "M", "States": {
                "M": {"Type": "Map", "ItemProcessor": inner, "Next": "P"},
                "P": {"Type": "Pass", "Result": {"States": {"T": {"Resource": "data"}}}, "End": true},
            }})
        };
        let case = case(definition(&inner));
        let tasks = tasks(&case).expect("can be played");
        assert_eq!(tasks.keys().collect::<Vec<_>>(), ["T"]);
        let activities = BTreeMap::from([("T".to_owned(), "an:activity".to_owned())]);
        let found = rewrite(&definition(&inner), &activities);
        assert_eq!(found, definition(&alone("an:activity")));
    }

    #[test]
    fn tasks_that_no_activity_can_play_are_named() {
        for (resource, part) in [
            ("arn:aws:states:::states:startExecution.sync:2", "submitted"),
            ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "submitted"),
        ] {
            let reason = tasks(&case(alone(resource))).expect_err("cannot be played");
            assert!(reason.contains(part), "{reason}");
        }
        let mut express = case(alone("arn:aws:states:::lambda:invoke"));
        assert!(tasks(&express).is_ok());
        express.workflow_type = Some(WorkflowTypeName::Express);
        assert!(tasks(&express).is_err());
    }

    #[test]
    fn what_depends_on_the_moment_is_not_run() {
        let steady = json!({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}});
        assert_eq!(unrunnable(&case(steady)), None);
        let wait = json!({"Type": "Wait", "TimestampPath": "$", "End": true});
        let reason = unrunnable(&case(json!({"StartAt": "W", "States": {"W": wait}})));
        assert!(reason.is_some_and(|reason| reason.contains("moment")));
    }
}
