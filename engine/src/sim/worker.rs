//! Workers: what answers tasks in the simulated world.

use std::sync::Arc;

use crate::data::{Payload, Timestamp};
use crate::execution::TaskRequest;

/// A task that wants an answer.
#[derive(Debug)]
pub struct TaskCall<'a> {
    /// The name of the state machine.
    pub machine: &'a str,
    /// The ARN of the execution.
    pub execution_arn: &'a str,
    /// The task.
    pub request: &'a TaskRequest,
    /// Earlier calls of this state in this execution, retries included.
    pub calls_of_state: u64,
    /// Earlier calls of this state in the same Map iteration or branch.
    pub calls_of_place: u64,
    /// Now.
    pub now: Timestamp,
}

/// Something that answers tasks.
pub trait Worker {
    /// Answers a task, or leaves it to the next worker.
    fn take(&mut self, call: &TaskCall<'_>) -> Option<Answer>;
}

impl<F: FnMut(&TaskCall<'_>) -> Option<Answer>> Worker for F {
    fn take(&mut self, call: &TaskCall<'_>) -> Option<Answer> {
        self(call)
    }
}

/// How a task is answered, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// From scheduling to start, in milliseconds.
    pub start_delay_ms: i64,
    /// Activities: the worker's name.
    pub worker_name: Option<Arc<str>>,
    /// `.sync` and `.waitForTaskToken`: what the service says when it takes the request.
    pub submitted: Option<Payload>,
    /// Milliseconds after the start at which the worker says it is alive.
    pub heartbeats_ms: Vec<i64>,
    /// From start to end, in milliseconds.
    pub duration_ms: i64,
    /// The end.
    pub outcome: Outcome,
}

/// How a task ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With this result.
    Succeeded(Payload),
    /// With this error.
    Failed {
        /// The error name.
        error: Option<Arc<str>>,
        /// The cause.
        cause: Option<Arc<str>>,
    },
    /// It could not be scheduled.
    ScheduleFailed {
        /// The error name.
        error: Option<Arc<str>>,
        /// The cause.
        cause: Option<Arc<str>>,
    },
    /// It could not be started.
    StartFailed {
        /// The error name.
        error: Option<Arc<str>>,
        /// The cause.
        cause: Option<Arc<str>>,
    },
    /// The service refused the request.
    SubmitFailed {
        /// The error name.
        error: Option<Arc<str>>,
        /// The cause.
        cause: Option<Arc<str>>,
    },
    /// It starts and is never heard of again.
    Never,
    /// It does not even start.
    NotStarted,
}

impl Answer {
    /// At once, with this end.
    #[must_use]
    pub fn at_once(outcome: Outcome) -> Self {
        Self {
            start_delay_ms: 0,
            worker_name: None,
            submitted: None,
            heartbeats_ms: Vec::new(),
            duration_ms: 0,
            outcome,
        }
    }

    /// At once, with this result.
    #[must_use]
    pub fn succeeded(output: Payload) -> Self {
        Self::at_once(Outcome::Succeeded(output))
    }

    /// At once, with this error.
    pub fn failed(error: impl Into<Arc<str>>, cause: impl Into<Arc<str>>) -> Self {
        Self::at_once(Outcome::Failed { error: Some(error.into()), cause: Some(cause.into()) })
    }

    /// The same, after this many milliseconds of work.
    #[must_use]
    pub fn after_ms(self, duration_ms: i64) -> Self {
        Self { duration_ms, ..self }
    }
}
