//! Events as `GetExecutionHistory` prints them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::event::{
    AssignedVariable, EventDetails, Failure, HistoryEvent, TaskResource, TaskScheduledDetails,
    WorkScheduledDetails,
};
use crate::data::Payload;

/// A whole history: `{"events": [...]}`, without paging.
#[must_use]
pub fn history_to_json(events: &[HistoryEvent]) -> Value {
    json!({"events": events.iter().map(event_to_json).collect::<Vec<_>>()})
}

/// One event. Payloads are JSON text in strings; the timestamp is in seconds with a fraction, as the wire
/// protocol has it.
#[must_use]
pub fn event_to_json(event: &HistoryEvent) -> Value {
    let mut map = Map::new();
    map.insert("timestamp".into(), json!(event.timestamp.as_millis() as f64 / 1_000.0));
    map.insert("type".into(), event.details.type_name().into());
    map.insert("id".into(), event.id.into());
    map.insert("previousEventId".into(), event.previous_event_id.into());
    if let Some((key, details)) = details(&event.details) {
        map.insert(key.into(), Value::Object(details));
    }
    Value::Object(map)
}

/// The key and object of the details, for the event types that have any.
fn details(event: &EventDetails) -> Option<(&'static str, Map<String, Value>)> {
    use EventDetails as E;
    let object = Object::default();
    Some(match event {
        E::ExecutionStarted { input, role_arn } => (
            "executionStartedEventDetails",
            object.data("input", input).text("roleArn", role_arn).0,
        ),
        E::ExecutionSucceeded { output } => {
            ("executionSucceededEventDetails", object.data("output", output).0)
        }
        E::ExecutionFailed(failure) => ("executionFailedEventDetails", object.failure(failure).0),
        // Present even when the caller gave neither (recording `stop_execution`).
        E::ExecutionAborted(failure) => ("executionAbortedEventDetails", object.failure(failure).0),
        E::ExecutionTimedOut(failure) => {
            ("executionTimedOutEventDetails", object.failure(failure).0)
        }
        E::ExecutionRedriven { redrive_count } => {
            ("executionRedrivenEventDetails", object.number("redriveCount", *redrive_count).0)
        }
        E::StateEntered { name, input, .. } => {
            ("stateEnteredEventDetails", object.text("name", name).data("input", input).0)
        }
        E::StateExited { name, output, assigned, .. } => (
            "stateExitedEventDetails",
            object.text("name", name).data("output", output).assigned(assigned).0,
        ),
        E::TaskScheduled(details) => {
            ("taskScheduledEventDetails", object.task_scheduled(details).0)
        }
        E::TaskStarted(resource) => ("taskStartedEventDetails", object.resource(resource).0),
        E::TaskStartFailed { resource, failure } => {
            ("taskStartFailedEventDetails", object.resource(resource).failure(failure).0)
        }
        E::TaskSubmitted { resource, output } => {
            ("taskSubmittedEventDetails", object.resource(resource).data("output", output).0)
        }
        E::TaskSubmitFailed { resource, failure } => {
            ("taskSubmitFailedEventDetails", object.resource(resource).failure(failure).0)
        }
        E::TaskSucceeded { resource, output } => {
            ("taskSucceededEventDetails", object.resource(resource).data("output", output).0)
        }
        E::TaskFailed { resource, failure } => {
            ("taskFailedEventDetails", object.resource(resource).failure(failure).0)
        }
        E::TaskTimedOut { resource, failure } => {
            ("taskTimedOutEventDetails", object.resource(resource).failure(failure).0)
        }
        E::LambdaFunctionScheduled(details) => {
            ("lambdaFunctionScheduledEventDetails", object.work_scheduled(details).0)
        }
        E::LambdaFunctionScheduleFailed(failure) => {
            ("lambdaFunctionScheduleFailedEventDetails", object.failure(failure).0)
        }
        E::LambdaFunctionStartFailed(failure) => {
            ("lambdaFunctionStartFailedEventDetails", object.failure(failure).0)
        }
        E::LambdaFunctionSucceeded { output } => {
            ("lambdaFunctionSucceededEventDetails", object.data("output", output).0)
        }
        E::LambdaFunctionFailed(failure) => {
            ("lambdaFunctionFailedEventDetails", object.failure(failure).0)
        }
        E::LambdaFunctionTimedOut(failure) => {
            ("lambdaFunctionTimedOutEventDetails", object.failure(failure).0)
        }
        E::ActivityScheduled(details) => {
            ("activityScheduledEventDetails", object.work_scheduled(details).0)
        }
        E::ActivityScheduleFailed(failure) => {
            ("activityScheduleFailedEventDetails", object.failure(failure).0)
        }
        // Present even without a name (recording `activity_task_no_worker_name`).
        E::ActivityStarted { worker_name } => (
            "activityStartedEventDetails",
            object.optional_text("workerName", worker_name.as_ref()).0,
        ),
        E::ActivitySucceeded { output } => {
            ("activitySucceededEventDetails", object.data("output", output).0)
        }
        E::ActivityFailed(failure) => ("activityFailedEventDetails", object.failure(failure).0),
        E::ActivityTimedOut(failure) => ("activityTimedOutEventDetails", object.failure(failure).0),
        E::MapStateStarted { length } => {
            ("mapStateStartedEventDetails", object.number("length", *length).0)
        }
        E::MapIterationStarted { name, index } => {
            ("mapIterationStartedEventDetails", object.text("name", name).number("index", *index).0)
        }
        E::MapIterationSucceeded { name, index } => (
            "mapIterationSucceededEventDetails",
            object.text("name", name).number("index", *index).0,
        ),
        E::MapIterationFailed { name, index } => {
            ("mapIterationFailedEventDetails", object.text("name", name).number("index", *index).0)
        }
        E::MapIterationAborted { name, index } => {
            ("mapIterationAbortedEventDetails", object.text("name", name).number("index", *index).0)
        }
        E::MapRunStarted { map_run_arn } => {
            ("mapRunStartedEventDetails", object.text("mapRunArn", map_run_arn).0)
        }
        E::MapRunFailed(failure) => ("mapRunFailedEventDetails", object.failure(failure).0),
        E::MapRunRedriven { map_run_arn, redrive_count } => (
            "mapRunRedrivenEventDetails",
            object.text("mapRunArn", map_run_arn).number("redriveCount", *redrive_count).0,
        ),
        E::EvaluationFailed { error, cause, location, state } => (
            "evaluationFailedEventDetails",
            object
                .text("error", error)
                .text("cause", cause)
                .optional_text("location", location.as_ref())
                .text("state", state)
                .0,
        ),
        E::WaitStateAborted
        | E::TaskStateAborted
        | E::LambdaFunctionStarted
        | E::ParallelStateStarted
        | E::ParallelStateSucceeded
        | E::ParallelStateFailed
        | E::ParallelStateAborted
        | E::MapStateSucceeded
        | E::MapStateFailed
        | E::MapStateAborted
        | E::MapRunSucceeded
        | E::MapRunAborted => return None,
    })
}

/// A details object under construction.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn text(mut self, key: &str, text: &Arc<str>) -> Self {
        self.0.insert(key.into(), Value::String(text.to_string()));
        self
    }

    fn optional_text(self, key: &str, text: Option<&Arc<str>>) -> Self {
        match text {
            Some(text) => self.text(key, text),
            None => self,
        }
    }

    fn number(mut self, key: &str, number: u64) -> Self {
        self.0.insert(key.into(), number.into());
        self
    }

    fn optional_number(self, key: &str, number: Option<u64>) -> Self {
        match number {
            Some(number) => self.number(key, number),
            None => self,
        }
    }

    /// A payload under `key`, and whether it was cut under `keyDetails`.
    fn data(mut self, key: &str, payload: &Payload) -> Self {
        self.0.insert(key.into(), Value::String(payload.text().to_owned()));
        self.0.insert(format!("{key}Details"), json!({"truncated": false}));
        self
    }

    fn failure(self, failure: &Failure) -> Self {
        self.optional_text("error", failure.error.as_ref())
            .optional_text("cause", failure.cause.as_ref())
    }

    fn resource(self, resource: &TaskResource) -> Self {
        self.text("resourceType", &resource.resource_type).text("resource", &resource.resource)
    }

    fn credentials(mut self, role_arn: Option<&Arc<str>>) -> Self {
        if let Some(role_arn) = role_arn {
            self.0.insert("taskCredentials".into(), json!({"roleArn": **role_arn}));
        }
        self
    }

    fn task_scheduled(mut self, details: &TaskScheduledDetails) -> Self {
        self = self.resource(&details.resource).text("region", &details.region);
        self.0.insert("parameters".into(), Value::String(details.parameters.text().to_owned()));
        self.optional_number("timeoutInSeconds", details.timeout_seconds)
            .optional_number("heartbeatInSeconds", details.heartbeat_seconds)
            .credentials(details.credentials_role_arn.as_ref())
    }

    fn work_scheduled(self, details: &WorkScheduledDetails) -> Self {
        self.text("resource", &details.resource)
            .data("input", &details.input)
            .optional_number("timeoutInSeconds", details.timeout_seconds)
            .optional_number("heartbeatInSeconds", details.heartbeat_seconds)
            .credentials(details.credentials_role_arn.as_ref())
    }

    /// Variables a state set: each value is JSON text in a string (recording `cross_account_lambda_task`).
    fn assigned(mut self, assigned: &[AssignedVariable]) -> Self {
        if !assigned.is_empty() {
            let variables: Map<String, Value> = assigned
                .iter()
                .map(|(name, value)| (name.to_string(), Value::String(value.text().to_owned())))
                .collect();
            self.0.insert("assignedVariables".into(), Value::Object(variables));
            self.0.insert("assignedVariablesDetails".into(), json!({"truncated": false}));
        }
        self
    }
}
