//! What a case's tasks answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One attempt of one Task. Found by state, path and attempt.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its place in the order of scheduling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// The state.
    pub state: String,
    /// The Maps and Parallels around it, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PathStep>,
    /// From 1, for each state and path.
    #[serde(default = "one")]
    pub attempt: u64,
    /// The event that scheduled it.
    #[serde(rename = "scheduledEventId", skip_serializing_if = "Option::is_none")]
    pub scheduled_event_id: Option<u64>,
    /// What it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub task_type: Option<TaskType>,
    /// As history shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// As history shows it.
    #[serde(rename = "resourceType", skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// As history shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// What was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// As history shows it.
    #[serde(rename = "timeoutInSeconds", skip_serializing_if = "Option::is_none")]
    pub timeout_in_seconds: Option<u64>,
    /// As history shows it.
    #[serde(rename = "heartbeatInSeconds", skip_serializing_if = "Option::is_none")]
    pub heartbeat_in_seconds: Option<u64>,
    /// As history shows it.
    #[serde(rename = "taskCredentials", skip_serializing_if = "Option::is_none")]
    pub task_credentials: Option<Value>,
    /// Whether, and by whom, it was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<TaskStarted>,
    /// What the service said when it took the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted: Option<TaskSubmitted>,
    /// How it ended.
    pub outcome: TaskOutcome,
    /// Simulated milliseconds from start to end. Written cases only.
    #[serde(default)]
    pub duration_ms: i64,
    /// Simulated milliseconds after the start at which it says it is alive. Written cases only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heartbeats_ms: Vec<i64>,
}

fn one() -> u64 {
    1
}

/// What a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskType {
    /// An integration.
    Task,
    /// A function called by its ARN.
    Lambda,
    /// An activity.
    Activity,
}

/// A Map iteration or a Parallel branch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum PathStep {
    /// An iteration of a Map.
    Map {
        /// The Map state.
        map: String,
        /// The iteration, from 0.
        index: usize,
    },
    /// A branch of a Parallel.
    Parallel {
        /// The Parallel state.
        parallel: String,
    },
}

/// Whether, and by whom, a task was started.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum TaskStarted {
    /// It was, or not.
    Plain(bool),
    /// By a worker with a name.
    By {
        /// The name.
        #[serde(rename = "workerName")]
        worker_name: String,
    },
}

/// What the service said when it took a request.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskSubmitted {
    /// As JSON.
    pub output: Value,
    /// As text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_text: Option<String>,
}

/// How a task ended.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskOutcome {
    /// With a result.
    Succeeded {
        /// As JSON.
        output: Value,
        /// As text.
        #[serde(skip_serializing_if = "Option::is_none")]
        output_text: Option<String>,
    },
    /// With an error.
    Failed(TaskFailure),
    /// It could not be started.
    StartFailed(TaskFailure),
    /// The service refused it.
    SubmitFailed(TaskFailure),
    /// It could not be scheduled.
    ScheduleFailed(TaskFailure),
    /// It is never answered: the engine's own timer must fire.
    TimedOut {
        /// The error history shows.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The execution ended first.
    None {},
}

/// An error with its cause.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskFailure {
    /// The error name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The cause, parsed when it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Value>,
    /// The cause's exact text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause_text: Option<String>,
    /// Whether the text's spacing is evidenced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause_text_certain: Option<bool>,
}
