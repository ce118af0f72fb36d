//! The 62 types of history event.

use std::sync::Arc;

use serde_json::Value;

use crate::data::{Payload, Timestamp};

/// One event of an execution's history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// From 1, without gaps.
    pub id: u64,
    /// The event this one follows from; 0 for none.
    pub previous_event_id: u64,
    /// When it happened.
    pub timestamp: Timestamp,
    /// What happened.
    pub details: EventDetails,
}

/// A state type that has its own `…StateEntered` and `…StateExited` events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the state types of the language")]
pub enum StateType {
    Pass,
    Task,
    Choice,
    Wait,
    Succeed,
    Fail,
    Parallel,
    Map,
}

/// A variable set by a state, with its value's JSON text.
pub type AssignedVariable = (Arc<str>, Payload);

/// Error and cause, each left out of the event when absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// The error name.
    pub error: Option<Arc<str>>,
    /// The cause.
    pub cause: Option<Arc<str>>,
}

/// `resource` and `resourceType` of Task events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskResource {
    /// `invoke`, `sendMessage.waitForTaskToken`.
    pub resource: Arc<str>,
    /// `lambda`, `sqs`, `aws-sdk:dynamodb`.
    pub resource_type: Arc<str>,
}

/// Details of `TaskScheduled`.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskScheduledDetails {
    /// What is called.
    pub resource: TaskResource,
    /// Where.
    pub region: Arc<str>,
    /// With what.
    pub parameters: Payload,
    /// `TimeoutSeconds`, when set.
    pub timeout_seconds: Option<u64>,
    /// `HeartbeatSeconds`, when set.
    pub heartbeat_seconds: Option<u64>,
    /// The role of `Credentials`, when set.
    pub credentials_role_arn: Option<Arc<str>>,
}

/// Details of `LambdaFunctionScheduled` and `ActivityScheduled`.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkScheduledDetails {
    /// The function's or activity's ARN.
    pub resource: Arc<str>,
    /// With what.
    pub input: Payload,
    /// `TimeoutSeconds`, when set.
    pub timeout_seconds: Option<u64>,
    /// `HeartbeatSeconds`, when set (activities).
    pub heartbeat_seconds: Option<u64>,
    /// The role of `Credentials`, when set (functions).
    pub credentials_role_arn: Option<Arc<str>>,
}

/// What happened. The variants are AWS's event types, except that the state types of
/// `…StateEntered` and `…StateExited` are folded into one variant each.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants and fields are those of the AWS API")]
pub enum EventDetails {
    ExecutionStarted {
        input: Payload,
        role_arn: Arc<str>,
    },
    ExecutionSucceeded {
        output: Payload,
    },
    ExecutionFailed(Failure),
    ExecutionAborted(Failure),
    ExecutionTimedOut(Failure),
    ExecutionRedriven {
        redrive_count: u64,
    },

    StateEntered {
        state_type: StateType,
        name: Arc<str>,
        input: Payload,
    },
    StateExited {
        state_type: StateType,
        name: Arc<str>,
        output: Payload,
        assigned: Vec<AssignedVariable>,
    },
    WaitStateAborted,
    TaskStateAborted,

    TaskScheduled(Box<TaskScheduledDetails>),
    TaskStarted(TaskResource),
    TaskStartFailed {
        resource: TaskResource,
        failure: Failure,
    },
    TaskSubmitted {
        resource: TaskResource,
        output: Payload,
    },
    TaskSubmitFailed {
        resource: TaskResource,
        failure: Failure,
    },
    TaskSucceeded {
        resource: TaskResource,
        output: Payload,
    },
    TaskFailed {
        resource: TaskResource,
        failure: Failure,
    },
    TaskTimedOut {
        resource: TaskResource,
        failure: Failure,
    },

    LambdaFunctionScheduled(Box<WorkScheduledDetails>),
    LambdaFunctionScheduleFailed(Failure),
    LambdaFunctionStarted,
    LambdaFunctionStartFailed(Failure),
    LambdaFunctionSucceeded {
        output: Payload,
    },
    LambdaFunctionFailed(Failure),
    LambdaFunctionTimedOut(Failure),

    ActivityScheduled(Box<WorkScheduledDetails>),
    ActivityScheduleFailed(Failure),
    ActivityStarted {
        worker_name: Option<Arc<str>>,
    },
    ActivitySucceeded {
        output: Payload,
    },
    ActivityFailed(Failure),
    ActivityTimedOut(Failure),

    ParallelStateStarted,
    ParallelStateSucceeded,
    ParallelStateFailed,
    ParallelStateAborted,

    MapStateStarted {
        length: u64,
    },
    MapStateSucceeded,
    MapStateFailed,
    MapStateAborted,
    MapIterationStarted {
        name: Arc<str>,
        index: u64,
    },
    MapIterationSucceeded {
        name: Arc<str>,
        index: u64,
    },
    MapIterationFailed {
        name: Arc<str>,
        index: u64,
    },
    MapIterationAborted {
        name: Arc<str>,
        index: u64,
    },

    MapRunStarted {
        map_run_arn: Arc<str>,
    },
    MapRunSucceeded,
    MapRunFailed(Failure),
    MapRunAborted,
    MapRunRedriven {
        map_run_arn: Arc<str>,
        redrive_count: u64,
    },

    EvaluationFailed {
        error: Arc<str>,
        cause: Arc<str>,
        location: Option<Arc<str>>,
        state: Arc<str>,
    },
}

impl EventDetails {
    /// The event's `type`, as in `GetExecutionHistory`.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::ExecutionStarted { .. } => "ExecutionStarted",
            Self::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            Self::ExecutionFailed(_) => "ExecutionFailed",
            Self::ExecutionAborted(_) => "ExecutionAborted",
            Self::ExecutionTimedOut(_) => "ExecutionTimedOut",
            Self::ExecutionRedriven { .. } => "ExecutionRedriven",
            Self::StateEntered { state_type, .. } => match state_type {
                StateType::Pass => "PassStateEntered",
                StateType::Task => "TaskStateEntered",
                StateType::Choice => "ChoiceStateEntered",
                StateType::Wait => "WaitStateEntered",
                StateType::Succeed => "SucceedStateEntered",
                StateType::Fail => "FailStateEntered",
                StateType::Parallel => "ParallelStateEntered",
                StateType::Map => "MapStateEntered",
            },
            Self::StateExited { state_type, .. } => match state_type {
                StateType::Pass => "PassStateExited",
                StateType::Task => "TaskStateExited",
                StateType::Choice => "ChoiceStateExited",
                StateType::Wait => "WaitStateExited",
                StateType::Succeed => "SucceedStateExited",
                // AWS has no such type: a Fail state is never exited.
                StateType::Fail => "FailStateExited",
                StateType::Parallel => "ParallelStateExited",
                StateType::Map => "MapStateExited",
            },
            Self::WaitStateAborted => "WaitStateAborted",
            Self::TaskStateAborted => "TaskStateAborted",
            Self::TaskScheduled(_) => "TaskScheduled",
            Self::TaskStarted(_) => "TaskStarted",
            Self::TaskStartFailed { .. } => "TaskStartFailed",
            Self::TaskSubmitted { .. } => "TaskSubmitted",
            Self::TaskSubmitFailed { .. } => "TaskSubmitFailed",
            Self::TaskSucceeded { .. } => "TaskSucceeded",
            Self::TaskFailed { .. } => "TaskFailed",
            Self::TaskTimedOut { .. } => "TaskTimedOut",
            Self::LambdaFunctionScheduled(_) => "LambdaFunctionScheduled",
            Self::LambdaFunctionScheduleFailed(_) => "LambdaFunctionScheduleFailed",
            Self::LambdaFunctionStarted => "LambdaFunctionStarted",
            Self::LambdaFunctionStartFailed(_) => "LambdaFunctionStartFailed",
            Self::LambdaFunctionSucceeded { .. } => "LambdaFunctionSucceeded",
            Self::LambdaFunctionFailed(_) => "LambdaFunctionFailed",
            Self::LambdaFunctionTimedOut(_) => "LambdaFunctionTimedOut",
            Self::ActivityScheduled(_) => "ActivityScheduled",
            Self::ActivityScheduleFailed(_) => "ActivityScheduleFailed",
            Self::ActivityStarted { .. } => "ActivityStarted",
            Self::ActivitySucceeded { .. } => "ActivitySucceeded",
            Self::ActivityFailed(_) => "ActivityFailed",
            Self::ActivityTimedOut(_) => "ActivityTimedOut",
            Self::ParallelStateStarted => "ParallelStateStarted",
            Self::ParallelStateSucceeded => "ParallelStateSucceeded",
            Self::ParallelStateFailed => "ParallelStateFailed",
            Self::ParallelStateAborted => "ParallelStateAborted",
            Self::MapStateStarted { .. } => "MapStateStarted",
            Self::MapStateSucceeded => "MapStateSucceeded",
            Self::MapStateFailed => "MapStateFailed",
            Self::MapStateAborted => "MapStateAborted",
            Self::MapIterationStarted { .. } => "MapIterationStarted",
            Self::MapIterationSucceeded { .. } => "MapIterationSucceeded",
            Self::MapIterationFailed { .. } => "MapIterationFailed",
            Self::MapIterationAborted { .. } => "MapIterationAborted",
            Self::MapRunStarted { .. } => "MapRunStarted",
            Self::MapRunSucceeded => "MapRunSucceeded",
            Self::MapRunFailed(_) => "MapRunFailed",
            Self::MapRunAborted => "MapRunAborted",
            Self::MapRunRedriven { .. } => "MapRunRedriven",
            Self::EvaluationFailed { .. } => "EvaluationFailed",
        }
    }

    /// Whether this is the last event an execution can have.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::ExecutionSucceeded { .. }
                | Self::ExecutionFailed(_)
                | Self::ExecutionAborted(_)
                | Self::ExecutionTimedOut(_)
        )
    }
}

impl Failure {
    /// An error with a cause.
    #[must_use]
    pub fn new(error: impl Into<Arc<str>>, cause: impl Into<Arc<str>>) -> Self {
        Self { error: Some(error.into()), cause: Some(cause.into()) }
    }

    /// The error output a Catcher sees: `{"Error": …, "Cause": …}`.
    ///
    /// An error without a cause leaves an empty one (recording `task_service_lambda.invoke_timeout`); a worker
    /// that gave neither leaves both keys, as `null` (recording
    /// `sqs_failure_in_wait_for_task_tok_no_error_field`).
    #[must_use]
    pub fn error_output(&self) -> Value {
        let text = |part: &Option<Arc<str>>| part.as_deref().map_or(Value::Null, Value::from);
        match (&self.error, &self.cause) {
            (Some(error), None) => serde_json::json!({"Error": **error, "Cause": ""}),
            (error, cause) => serde_json::json!({"Error": text(error), "Cause": text(cause)}),
        }
    }
}

impl TaskResource {
    /// The names of an integration.
    #[must_use]
    pub fn of(integration: &crate::asl::Integration) -> Self {
        Self {
            resource: integration.resource.clone(),
            resource_type: integration.resource_type.clone(),
        }
    }
}
