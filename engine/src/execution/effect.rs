//! Everything an execution can ask of the outside.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::Outcome;
use super::{ChildId, ObjectOperationId, TaskId, TimerId};
use crate::asl::{Resource, StateGraph, WorkflowType};
use crate::data::{Payload, Timestamp};
use crate::history::HistoryEvent;

/// What an execution asks for. A closed list: it touches the world in no other way.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Give this task to a worker; answer with [`super::Input::TaskStarted`] and then its result.
    ScheduleTask(Box<TaskRequest>),
    /// Nobody waits for this task any more; answers to it will be refused.
    CancelTask {
        /// The task.
        task: TaskId,
    },
    /// Answer with [`super::Input::TimersFired`] at this moment.
    SetTimer {
        /// The timer.
        timer: TimerId,
        /// When.
        due: Timestamp,
    },
    /// Forget this timer.
    CancelTimer {
        /// The timer.
        timer: TimerId,
    },
    /// Start a child execution of a Map Run; answer with [`super::Input::ChildFinished`].
    StartChild(Box<ChildRequest>),
    /// Stop this child; no answer is expected.
    StopChild {
        /// The child.
        child: ChildId,
    },
    /// Read, list or write objects.
    Object {
        /// Names the operation in the answer.
        operation: ObjectOperationId,
        /// What to do.
        request: ObjectRequest,
    },
    /// Append this event to the history.
    Record(HistoryEvent),
    /// A Map Run came to be or changed: what `DescribeMapRun` says of it, beyond its children. Nothing needs doing.
    MapRun {
        /// The Map Run.
        arn: Arc<str>,
        /// What is new.
        change: MapRunChange,
    },
    /// The execution has ended.
    Finish(Outcome),
}

/// One attempt of one Task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TaskRequest {
    /// Names it in answers.
    pub task: TaskId,
    /// The state's name.
    pub state: Arc<str>,
    /// The Map iterations and Parallel branches around the state, outermost first.
    pub path: Vec<Container>,
    /// Retries of this state so far, from 0 (`$$.State.RetryCount`).
    pub retry_count: u64,
    /// What to call.
    pub resource: Resource,
    /// The effective input: what is sent.
    pub parameters: Payload,
    /// Callbacks and activities: the token by which others answer.
    pub token: Option<Arc<str>>,
    /// `TimeoutSeconds`, when set.
    pub timeout_seconds: Option<u64>,
    /// `HeartbeatSeconds`, when set.
    pub heartbeat_seconds: Option<u64>,
    /// `Credentials`, evaluated.
    pub credentials: Option<Value>,
}

/// A Map iteration or Parallel branch that a state runs in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Container {
    /// An iteration.
    Map {
        /// The Map state's name.
        state: Arc<str>,
        /// The iteration, from 0.
        index: usize,
    },
    /// A branch.
    Parallel {
        /// The Parallel state's name.
        state: Arc<str>,
        /// The branch, from 0.
        branch: usize,
    },
}

/// A child execution of a Map Run.
#[derive(Debug, Clone)]
pub struct ChildRequest {
    /// Names it in the answer.
    pub child: ChildId,
    /// The Map Run.
    pub map_run_arn: Arc<str>,
    /// The child's own ARN.
    pub execution_arn: Arc<str>,
    /// The child's name.
    pub name: Arc<str>,
    /// The child's state machine: the parent's ARN with `/label`.
    pub state_machine_arn: Arc<str>,
    /// The Map state's name.
    pub map_state: Arc<str>,
    /// The item's index; of a batch, the batch's.
    pub index: usize,
    /// What it runs.
    pub graph: Arc<StateGraph>,
    /// STANDARD or EXPRESS.
    pub workflow_type: WorkflowType,
    /// Its input.
    pub input: Payload,
    /// How many items its input holds.
    pub items: u64,
    /// `$$.Map.Item` as the child sees it, if it does.
    pub seed: u64,
}

/// What is new about a Map Run.
#[derive(Debug, Clone, PartialEq)]
pub enum MapRunChange {
    /// It started.
    Started {
        /// The Map state's name.
        map_state: Arc<str>,
        /// Children that may run at once; 0 when nothing limits them.
        max_concurrency: u64,
        /// `ToleratedFailureCount`.
        tolerated_failure_count: Option<u64>,
        /// `ToleratedFailurePercentage`.
        tolerated_failure_percentage: Option<f64>,
        /// Whether a ResultWriter writes what the children give.
        writes_results: bool,
    },
    /// Its items are known.
    Planned {
        /// How many items there are.
        items: u64,
        /// How many children they make.
        executions: u64,
    },
    /// It ended.
    Ended(MapRunStatus),
    /// It goes on after a redrive of its execution.
    Redriven,
}

/// How a Map Run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapRunStatus {
    /// `SUCCEEDED`.
    Succeeded,
    /// `FAILED`.
    Failed,
    /// `ABORTED`: its state was retried, caught or cut short.
    Aborted,
}

/// An operation on objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ObjectRequest {
    /// Answer with [`super::Input::ObjectRead`].
    Get {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// The version, if one is asked for.
        version_id: Option<String>,
    },
    /// Answer with [`super::Input::ObjectsListed`].
    List {
        /// The bucket.
        bucket: String,
        /// Only keys that start with this.
        prefix: String,
    },
    /// Answer with [`super::Input::ObjectWritten`].
    Put {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// The bytes.
        body: Arc<[u8]>,
    },
}

impl std::fmt::Display for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Map { state, index } => write!(f, "iteration {index} of `{state}`"),
            Self::Parallel { state, branch } => write!(f, "branch {branch} of `{state}`"),
        }
    }
}
