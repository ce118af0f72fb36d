//! Integrations the world has itself: nested executions, and answering tasks by their tokens.
//!
//! Shapes and texts are those of the recordings `start_execution_sync`, `sfn_start_execution_sync`,
//! `start_execution_no_such_arn` and `sfn_send_task_outcome_with_no_such_token`; that of a name used twice is
//! from a report of 2022-06-15 at dev.classmethod.jp.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::error::WorldError;
use super::machine::StartRequest;
use super::record::{ExecutionKey, ExecutionRecord};
use super::worker::{Answer, Outcome as AnswerOutcome};
use super::world::World;
use crate::asl::{Integration, IntegrationPattern, Resource, WorkflowType};
use crate::data::{Payload, PayloadError};
use crate::execution::{Input, Outcome, TaskId, TaskRequest};

/// How long the name of an execution that has ended is not given again: 90 days.
const NAME_KEPT_MS: i64 = 90 * 24 * 3_600 * 1_000;

impl World {
    /// Answers a task by an integration of the world; `None` when it has none for it.
    pub(super) fn integrate(&mut self, key: ExecutionKey, request: &TaskRequest) -> Option<Answer> {
        let Resource::Integration(integration) = &request.resource else { return None };
        match (&*integration.resource_type, &*integration.action) {
            ("states", "startExecution") => Some(self.start_nested(key, request, integration)),
            ("aws-sdk:sfn", "sendTaskSuccess" | "sendTaskFailure" | "sendTaskHeartbeat") => {
                Some(self.send_task(request, &integration.action))
            }
            _ => None,
        }
    }

    fn start_nested(
        &mut self,
        key: ExecutionKey,
        request: &TaskRequest,
        integration: &Integration,
    ) -> Answer {
        let parameters = request.parameters.value();
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let arn = text("StateMachineArn").unwrap_or_default();
        let input = match parameters.get("Input") {
            None => Ok(Payload::empty_object()),
            Some(Value::String(text)) => Payload::parse(text),
            Some(other) => Ok(Payload::new(other.clone())),
        };
        let input = match input {
            Ok(input) => input,
            Err(PayloadError::Text(error)) => {
                return refused("StepFunctions.InvalidExecutionInputException", &error.to_string());
            }
            Err(error) => {
                return refused("StepFunctions.InvalidExecutionInputException", &error.to_string());
            }
        };
        let start = StartRequest {
            machine: arn.into(),
            input,
            name: text("Name").map(Arc::from),
            execution_arn: None,
            synchronous: false,
        };
        let nested = match self.namesake(&start) {
            Some((nested, _)) if self.is_same_start(nested, &start.input) => nested,
            Some((_, execution_arn)) => {
                let problem = format!("Execution Already Exists: '{execution_arn}'");
                return service_refused("ExecutionAlreadyExists", &problem);
            }
            None => match self.start(start) {
                Ok(nested) => nested,
                Err(_) => {
                    let problem = format!("State Machine Does Not Exist: '{arn}'");
                    return service_refused("StateMachineDoesNotExist", &problem);
                }
            },
        };
        let record = self.execution(nested);
        let started = Payload::new(json!({
            "ExecutionArn": *record.config().execution_arn,
            "StartDate": record.started().as_millis(),
        }));
        match integration.pattern {
            IntegrationPattern::RequestResponse => Answer::succeeded(started),
            IntegrationPattern::WaitForTaskToken => {
                Answer { submitted: Some(started), ..Answer::at_once(AnswerOutcome::Never) }
            }
            IntegrationPattern::RunJob => {
                // `.sync:2` gives the nested output as JSON, `.sync` as text.
                let parsed = integration.resource.ends_with(":2");
                self.records[nested.0].waited_for_by.push((key, request.task, parsed));
                self.records[key.0].waits_for.insert(request.task, nested);
                Answer { submitted: Some(started), ..Answer::at_once(AnswerOutcome::Never) }
            }
        }
    }

    /// The execution of a Standard workflow that has this name, unless it ended long ago, and its ARN.
    fn namesake(&self, start: &StartRequest) -> Option<(ExecutionKey, Arc<str>)> {
        let (name, machine) = (start.name.as_ref()?, self.machine(&start.machine)?);
        if machine.workflow_type == WorkflowType::Express {
            return None;
        }
        let (key, record) = self.executions().find(|(_, record)| {
            let config = record.config();
            record.parent.is_none()
                && config.name == *name
                && config.state_machine_arn == machine.arn
                && record.stopped().is_none_or(|stopped| self.now() < stopped + NAME_KEPT_MS)
        })?;
        Some((key, record.config().execution_arn.clone()))
    }

    /// Whether starting an execution that is running once more only gives it back.
    fn is_same_start(&self, key: ExecutionKey, input: &Payload) -> bool {
        let record = self.execution(key);
        record.outcome().is_none() && record.input().value() == input.value()
    }

    /// Tells the tasks that wait for an execution how it ended.
    pub(super) fn tell_waiting(&mut self, key: ExecutionKey) {
        for (waiting, task, parsed) in std::mem::take(&mut self.records[key.0].waited_for_by) {
            self.records[waiting.0].waits_for.remove(&task);
            let input = job_ended(&self.records[key.0], task, parsed);
            if self.records[waiting.0].submitted_jobs.remove(&task) {
                self.push_answer(waiting, task, input);
            } else {
                // It ended in the moment it was started in; `TaskSubmitted` comes first all the same (recording
                // `start_execution_sync_delegate_failure`).
                self.records[waiting.0].ended_jobs.insert(task, input);
            }
        }
    }

    fn send_task(&mut self, request: &TaskRequest, action: &str) -> Answer {
        let parameters = request.parameters.value();
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let token = text("TaskToken").unwrap_or_default();
        let (error, cause) = (text("Error").map(Arc::from), text("Cause").map(Arc::from));
        let output = match parameters.get("Output") {
            Some(Value::String(text)) => Payload::parse(text),
            Some(other) => Ok(Payload::new(other.clone())),
            None => Ok(Payload::empty_object()),
        };
        let Ok(output) = output else {
            return refused("Sfn.InvalidOutputException", "Invalid Output: 'Invalid JSON'");
        };
        let answered = self.answer_token(token, |task| match action {
            "sendTaskSuccess" => Input::TaskSucceeded { task, output },
            "sendTaskFailure" => Input::TaskFailed { task, error, cause },
            _ => Input::TaskHeartbeat { task },
        });
        match answered {
            Ok(()) => Answer::succeeded(Payload::empty_object()),
            Err(WorldError::UnknownToken(_)) => refused(
                "Sfn.InvalidTokenException",
                "Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: \
                 00000000-0000-4000-8000-000000000000) (SDK Attempt Count: 1)",
            ),
            Err(_) => refused(
                "Sfn.TaskTimedOutException",
                "Task Timed Out: 'Provided task does not exist anymore' (Service: Sfn, Status Code: \
                 400, Request ID: 00000000-0000-4000-8000-000000000000) (SDK Attempt Count: 1)",
            ),
        }
    }
}

/// A refusal in the words of the service's API.
fn service_refused(code: &str, problem: &str) -> Answer {
    let cause = format!(
        "{problem} (Service: AWSStepFunctions; Status Code: 400; Error Code: {code}; Request ID: \
         00000000-0000-4000-8000-000000000000; Proxy: null)"
    );
    refused(&format!("StepFunctions.{code}Exception"), &cause)
}

fn refused(error: &str, cause: &str) -> Answer {
    Answer::failed(error, cause)
}

/// The end of a nested execution, as the task that waited for it sees it: what `DescribeExecution` says.
///
/// A failure's text is the same for `.sync` and `.sync:2`, and the error is States.TaskFailed whatever the
/// nested execution's own (measured by floci).
fn job_ended(record: &ExecutionRecord, task: TaskId, parsed: bool) -> Input {
    let config = record.config();
    let mut map = Map::new();
    let succeeded = matches!(record.outcome(), Some(Outcome::Succeeded { .. }));
    let data = |payload: &Payload| match parsed && succeeded {
        true => payload.value().clone(),
        false => Value::String(payload.text().to_owned()),
    };
    let included = json!({"Included": true});
    match record.outcome() {
        Some(Outcome::Succeeded { output }) => {
            map.insert("Output".into(), data(output));
            map.insert("OutputDetails".into(), included.clone());
        }
        Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) => {
            for (key, text) in [("Cause", cause), ("Error", error)] {
                if let Some(text) = text {
                    map.insert(key.into(), text.to_string().into());
                }
            }
        }
        Some(Outcome::TimedOut) | None => {}
    }
    map.insert("ExecutionArn".into(), config.execution_arn.to_string().into());
    map.insert("Input".into(), data(record.input()));
    map.insert("InputDetails".into(), included);
    map.insert("Name".into(), config.name.to_string().into());
    let (status, reason) = record.redrive_status();
    map.insert("RedriveCount".into(), record.redrives.into());
    map.insert("RedriveStatus".into(), status.into());
    if let Some(reason) = reason {
        map.insert("RedriveStatusReason".into(), reason.into());
    }
    map.insert("StartDate".into(), record.started().as_millis().into());
    map.insert("StateMachineArn".into(), config.state_machine_arn.to_string().into());
    map.insert("Status".into(), record.status().into());
    let stopped = record.stopped().unwrap_or(record.started());
    map.insert("StopDate".into(), stopped.as_millis().into());
    // Keys in AWS's alphabetical order.
    map.sort_keys();
    let details = Value::Object(map);
    if succeeded {
        Input::TaskSucceeded { task, output: Payload::new(details) }
    } else {
        let cause = details.to_string();
        Input::TaskFailed {
            task,
            error: Some("States.TaskFailed".into()),
            cause: Some(cause.into()),
        }
    }
}
