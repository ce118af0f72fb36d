//! The entry to the core.

use super::{Effect, ExecutionConfig, Input, Outcome};
use crate::data::Timestamp;

/// One execution: a state machine over a state machine.
#[derive(Debug)]
pub struct Execution {
    config: ExecutionConfig,
    outcome: Option<Outcome>,
}

/// Why an input was refused. The execution is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The first input was not `Start`, or a later one was.
    #[error("execution has {}", if *.started { "already started" } else { "not started yet" })]
    Start {
        /// Whether it has started.
        started: bool,
    },
    /// It has ended.
    #[error("execution has already ended")]
    Ended,
    /// Nobody waits for this task: it was answered, timed out, was cancelled, or never existed.
    #[error("task {} is not running", .task.0)]
    TaskNotRunning {
        /// The task.
        task: super::TaskId,
    },
    /// The task is running, but this answer does not fit where it is.
    #[error("task {} cannot be {answer} now", .task.0)]
    TaskAnswer {
        /// The task.
        task: super::TaskId,
        /// `started`, `submitted`, …
        answer: &'static str,
    },
    /// Nobody waits for this timer, child or object operation.
    #[error("nothing waits for {what} {id}")]
    NotWaiting {
        /// `timer`, `child`, `object operation`.
        what: &'static str,
        /// Its number.
        id: u64,
    },
    /// It cannot be redriven.
    #[error("execution cannot be redriven: {reason}")]
    NotRedrivable {
        /// Why.
        reason: String,
    },
    /// Time went backwards.
    #[error("input at {now} is earlier than the last one at {last}")]
    TimeWentBack {
        /// The moment of this input.
        now: Timestamp,
        /// The moment of the last.
        last: Timestamp,
    },
}

impl Execution {
    /// A new execution that waits for [`Input::Start`].
    #[must_use]
    pub fn new(config: ExecutionConfig) -> Self {
        Self { config, outcome: None }
    }

    /// Applies one input and appends what follows from it to `effects`.
    ///
    /// # Errors
    /// When the input does not fit; nothing has changed then.
    pub fn apply(
        &mut self,
        now: Timestamp,
        input: Input,
        effects: &mut Vec<Effect>,
    ) -> Result<(), ApplyError> {
        let _ = (now, input, effects);
        unimplemented!()
    }

    /// What it was created with.
    #[must_use]
    pub fn config(&self) -> &ExecutionConfig {
        &self.config
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }
}
