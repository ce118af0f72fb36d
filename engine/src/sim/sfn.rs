//! Step Functions as a service that tasks call: what their parameters ask for, and the words of the answers.
//!
//! Shapes and texts are those of the recordings `start_execution_sync`, `sfn_start_execution_sync`,
//! `start_execution_no_such_arn` and `sfn_send_task_outcome_with_no_such_token`; that of a name used twice is
//! from a report of 2022-06-15 at dev.classmethod.jp.

use std::sync::Arc;

use serde_json::{Value, json};

use super::worker::{Answer, Outcome};
use crate::asl::{Integration, IntegrationPattern};
use crate::data::{Payload, Timestamp};
use crate::execution::{Input, TaskId};

/// What a task of `states:startExecution` asks for.
#[derive(Debug, Clone)]
pub struct NestedStart {
    /// `StateMachineArn`.
    pub machine_arn: String,
    /// `Name`, if given.
    pub name: Option<String>,
    /// `Input`.
    pub input: Payload,
}

impl NestedStart {
    /// Reads the task's parameters.
    ///
    /// # Errors
    /// The service's refusal.
    pub fn read(parameters: &Value) -> Result<Self, Answer> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let input = match parameters.get("Input") {
            None => Ok(Payload::empty_object()),
            Some(Value::String(text)) => Payload::parse(text),
            Some(other) => Ok(Payload::new(other.clone())),
        };
        let input = input.map_err(|error| {
            Answer::failed("StepFunctions.InvalidExecutionInputException", error.to_string())
        })?;
        Ok(Self {
            machine_arn: text("StateMachineArn").unwrap_or_default().to_owned(),
            name: text("Name").map(str::to_owned),
            input,
        })
    }
}

/// The service's answer to a start.
#[must_use]
pub fn started(execution_arn: &str, started: Timestamp) -> Payload {
    Payload::new(json!({"ExecutionArn": execution_arn, "StartDate": started.as_millis()}))
}

/// How a task that has started an execution goes on.
#[must_use]
pub fn start_answer(pattern: IntegrationPattern, started: Payload) -> Answer {
    match pattern {
        IntegrationPattern::RequestResponse => Answer::succeeded(started),
        IntegrationPattern::WaitForTaskToken | IntegrationPattern::RunJob => {
            Answer { submitted: Some(started), ..Answer::at_once(Outcome::Never) }
        }
    }
}

/// Whether the nested output is given as JSON (`.sync:2`), not as text (`.sync`).
#[must_use]
pub fn is_parsed(integration: &Integration) -> bool {
    integration.resource.ends_with(":2")
}

/// Another execution has the name.
#[must_use]
pub fn execution_exists(execution_arn: &str) -> Answer {
    let problem = format!("Execution Already Exists: '{execution_arn}'");
    service_refused("ExecutionAlreadyExists", &problem)
}

/// There is no such state machine.
#[must_use]
pub fn no_such_machine(arn: &str) -> Answer {
    service_refused("StateMachineDoesNotExist", &format!("State Machine Does Not Exist: '{arn}'"))
}

/// A refusal in the words of the service's API.
#[must_use]
pub fn service_refused(code: &str, problem: &str) -> Answer {
    let cause = format!(
        "{problem} (Service: AWSStepFunctions; Status Code: 400; Error Code: {code}; Request ID: \
         00000000-0000-4000-8000-000000000000; Proxy: null)"
    );
    Answer::failed(format!("StepFunctions.{code}Exception"), cause)
}

/// What a task of `aws-sdk:sfn:sendTask…` asks for.
#[derive(Debug, Clone)]
pub struct TokenAnswer {
    /// `TaskToken`.
    pub token: String,
    kind: TokenAnswerKind,
}

#[derive(Debug, Clone)]
enum TokenAnswerKind {
    Success(Payload),
    Failure { error: Option<Arc<str>>, cause: Option<Arc<str>> },
    Heartbeat,
}

impl TokenAnswer {
    /// Reads the task's parameters; `action` is `sendTaskSuccess`, `sendTaskFailure` or `sendTaskHeartbeat`.
    ///
    /// # Errors
    /// The service's refusal.
    pub fn read(parameters: &Value, action: &str) -> Result<Self, Answer> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let kind = match action {
            "sendTaskSuccess" => {
                let output = match parameters.get("Output") {
                    Some(Value::String(text)) => Payload::parse(text),
                    Some(other) => Ok(Payload::new(other.clone())),
                    None => Ok(Payload::empty_object()),
                };
                let cause = "Invalid Output: 'Invalid JSON'";
                let refused = |_| Answer::failed("Sfn.InvalidOutputException", cause);
                TokenAnswerKind::Success(output.map_err(refused)?)
            }
            "sendTaskFailure" => TokenAnswerKind::Failure {
                error: text("Error").map(Arc::from),
                cause: text("Cause").map(Arc::from),
            },
            _ => TokenAnswerKind::Heartbeat,
        };
        Ok(Self { token: text("TaskToken").unwrap_or_default().to_owned(), kind })
    }

    /// The same as an input of the execution that waits.
    #[must_use]
    pub fn input(self, task: TaskId) -> Input {
        match self.kind {
            TokenAnswerKind::Success(output) => Input::TaskSucceeded { task, output },
            TokenAnswerKind::Failure { error, cause } => Input::TaskFailed { task, error, cause },
            TokenAnswerKind::Heartbeat => Input::TaskHeartbeat { task },
        }
    }
}

/// No task has ever had the token.
#[must_use]
pub fn unknown_token() -> Answer {
    token_refused("Sfn.InvalidTokenException", "Invalid Token: 'Invalid token'")
}

/// The task of the token has ended.
#[must_use]
pub fn task_is_over() -> Answer {
    let problem = "Task Timed Out: 'Provided task does not exist anymore'";
    token_refused("Sfn.TaskTimedOutException", problem)
}

fn token_refused(error: &str, problem: &str) -> Answer {
    let cause = format!(
        "{problem} (Service: Sfn, Status Code: 400, Request ID: \
         00000000-0000-4000-8000-000000000000) (SDK Attempt Count: 1)"
    );
    Answer::failed(error, cause)
}
