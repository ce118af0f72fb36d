//! Everything that can happen to an execution from outside.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ChildId, ObjectOperationId, TaskId, TimerId};
use crate::data::Payload;

/// What can happen to an execution. A closed list: whatever is not here cannot influence it.
///
/// An execution is its journal of these: applying them again, with the same moments, gives the same
/// history byte for byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// The execution starts. Always the first input, and only the first.
    Start {
        /// The execution's input.
        input: Payload,
    },
    /// A worker took the task.
    TaskStarted {
        /// The task.
        task: TaskId,
        /// Activities: the worker's name, if it gave one.
        worker_name: Option<Arc<str>>,
    },
    /// The task could not be scheduled at all (`LambdaFunctionScheduleFailed`, `ActivityScheduleFailed`).
    TaskScheduleFailed {
        /// The task.
        task: TaskId,
        /// The error name.
        error: Option<Arc<str>>,
        /// The cause.
        cause: Option<Arc<str>>,
    },
    /// The task could not be started (`TaskStartFailed`, `LambdaFunctionStartFailed`).
    TaskStartFailed {
        /// The task.
        task: TaskId,
        /// The error name.
        error: Option<Arc<str>>,
        /// The cause.
        cause: Option<Arc<str>>,
    },
    /// `.sync` and `.waitForTaskToken`: the service accepted the request.
    TaskSubmitted {
        /// The task.
        task: TaskId,
        /// The service's answer.
        output: Payload,
    },
    /// `.sync` and `.waitForTaskToken`: the service refused the request (`TaskSubmitFailed`).
    TaskSubmitFailed {
        /// The task.
        task: TaskId,
        /// The error name.
        error: Option<Arc<str>>,
        /// The cause.
        cause: Option<Arc<str>>,
    },
    /// The task is done.
    TaskSucceeded {
        /// The task.
        task: TaskId,
        /// Its result.
        output: Payload,
    },
    /// The task failed. Timeouts are not reported this way: the execution's own timers find them.
    TaskFailed {
        /// The task.
        task: TaskId,
        /// The error name; `SendTaskFailure` may leave it out.
        error: Option<Arc<str>>,
        /// The cause; `SendTaskFailure` may leave it out.
        cause: Option<Arc<str>>,
    },
    /// The task is still alive.
    TaskHeartbeat {
        /// The task.
        task: TaskId,
    },
    /// Timers are due. All that are due at the same moment come in one input: AWS records what they did
    /// before it decides what follows (recording `service_lambda_map_timeout`).
    TimersFired {
        /// The timers, in the order they were set.
        timers: Vec<TimerId>,
    },
    /// A child execution of a Map Run ended.
    ChildFinished {
        /// The child.
        child: ChildId,
        /// How.
        outcome: ChildOutcome,
    },
    /// An object was read.
    ObjectRead {
        /// The read.
        operation: ObjectOperationId,
        /// Its bytes, or why there are none.
        body: Result<Arc<[u8]>, ObjectError>,
    },
    /// Objects were listed.
    ObjectsListed {
        /// The listing.
        operation: ObjectOperationId,
        /// The objects, sorted by key, or why there are none.
        objects: Result<Vec<ListedObject>, ObjectError>,
    },
    /// An object was written.
    ObjectWritten {
        /// The write.
        operation: ObjectOperationId,
        /// Whether it worked.
        result: Result<(), ObjectError>,
    },
    /// `StopExecution`.
    Stop {
        /// The caller's error.
        error: Option<Arc<str>>,
        /// The caller's cause.
        cause: Option<Arc<str>>,
    },
    /// `RedriveExecution`.
    Redrive,
    /// `UpdateMapRun`.
    MapRunUpdated {
        /// The Map Run.
        arn: Arc<str>,
        /// Children that may run at once, if that changes; 0 when nothing limits them.
        max_concurrency: Option<u64>,
        /// `toleratedFailureCount`, if that changes.
        tolerated_failure_count: Option<u64>,
        /// `toleratedFailurePercentage`, if that changes.
        tolerated_failure_percentage: Option<f64>,
    },
    /// Its state machine has been deleted: it fails where it would enter the next state.
    MachineDeleted,
}

/// An object as `ListObjectsV2` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedObject {
    /// The key.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// The entity tag, with its quotes.
    pub etag: String,
    /// When it was last written.
    pub last_modified: crate::data::Timestamp,
    /// `STANDARD` and the like.
    pub storage_class: String,
}

/// Why an object could not be read, listed or written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectError {
    /// The service's error, such as `S3.NoSuchKeyException`.
    pub error: String,
    /// The service's message.
    pub cause: String,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// `SUCCEEDED`.
    Succeeded {
        /// The output.
        output: Payload,
    },
    /// `FAILED`.
    Failed {
        /// The error name, unless there is none (a Fail state without one).
        error: Option<Arc<str>>,
        /// The cause, unless there is none.
        cause: Option<Arc<str>>,
    },
    /// `TIMED_OUT`.
    TimedOut,
    /// `ABORTED`.
    Aborted {
        /// The caller's error.
        error: Option<Arc<str>>,
        /// The caller's cause.
        cause: Option<Arc<str>>,
    },
}

impl Outcome {
    /// As `DescribeExecution` gives it in `status`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Self::Succeeded { .. } => "SUCCEEDED",
            Self::Failed { .. } => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted { .. } => "ABORTED",
        }
    }
}

/// How a child execution of a Map Run ended, with what a ResultWriter says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChildOutcome {
    /// How it ended.
    pub outcome: Outcome,
    /// When it started.
    pub started: crate::data::Timestamp,
    /// When it ended.
    pub stopped: crate::data::Timestamp,
}
