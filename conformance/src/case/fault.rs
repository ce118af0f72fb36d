//! Faults: what goes wrong in a case, as data. An engine's adapter carries them out.
//!
//! A fault of a task names it by its number: tasks are counted from 0 in the order they are scheduled, over all
//! executions of the run. A fault of time names a step: the number of inputs the root execution has taken
//! (its start, answers of tasks, timers), so that a fault can come between any two.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The task fails with this error instead of what its script says.
    TaskError {
        /// The task.
        task: u64,
        /// The error name.
        error: String,
        /// The cause.
        cause: Option<String>,
    },
    /// The service refuses the task for there are too many.
    Throttled {
        /// The task.
        task: u64,
    },
    /// The task starts and is never heard of again.
    Unanswered {
        /// The task.
        task: u64,
    },
    /// Only the first heartbeats of the task arrive.
    HeartbeatsLost {
        /// The task.
        task: u64,
        /// How many still arrive.
        after: usize,
    },
    /// The answer comes later; answers of other tasks may overtake it.
    Late {
        /// The task.
        task: u64,
        /// Milliseconds.
        by_ms: i64,
    },
    /// The answer is sent twice; the second must be refused.
    Duplicate {
        /// The task.
        task: u64,
    },
    /// While the task runs, an answer comes with a token that nobody was given; it must be refused.
    WrongToken {
        /// The task.
        task: u64,
    },
    /// Once the task has ended, it is reported alive under its old token; that must be refused.
    ReusedToken {
        /// The task.
        task: u64,
    },
    /// The worker dies with the task, and takes new ones only after it was restarted.
    WorkerCrash {
        /// The task.
        task: u64,
        /// Milliseconds until it works again.
        restart_ms: i64,
    },
    /// The task's result is a string whose JSON text has exactly this many bytes.
    PayloadSize {
        /// The task.
        task: u64,
        /// Bytes, both quotes included.
        bytes: usize,
    },
    /// Before its answer, the task's worker sends an output that is not JSON; it must be refused.
    Malformed {
        /// The task.
        task: u64,
    },
    /// The clock jumps ahead; what was due on the way is late.
    ClockJump {
        /// After this step.
        step: u64,
        /// Milliseconds.
        by_ms: i64,
    },
    /// `StopExecution`.
    Stop {
        /// After this step.
        step: u64,
        /// The caller's error.
        error: Option<String>,
        /// The caller's cause.
        cause: Option<String>,
    },
    /// `RedriveExecution`, if the execution did not succeed. From then on every task succeeds with `{}` unless
    /// its script says more.
    Redrive {
        /// Milliseconds after the execution's end.
        after_ms: i64,
    },
    /// The engine dies, and goes on from what it has stored. Nothing may change by it.
    EngineCrash {
        /// After this step.
        step: u64,
    },
}

impl Fault {
    /// The name of its kind, as a case file has it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TaskError { .. } => "task_error",
            Self::Throttled { .. } => "throttled",
            Self::Unanswered { .. } => "unanswered",
            Self::HeartbeatsLost { .. } => "heartbeats_lost",
            Self::Late { .. } => "late",
            Self::Duplicate { .. } => "duplicate",
            Self::WrongToken { .. } => "wrong_token",
            Self::ReusedToken { .. } => "reused_token",
            Self::WorkerCrash { .. } => "worker_crash",
            Self::PayloadSize { .. } => "payload_size",
            Self::Malformed { .. } => "malformed",
            Self::ClockJump { .. } => "clock_jump",
            Self::Stop { .. } => "stop",
            Self::Redrive { .. } => "redrive",
            Self::EngineCrash { .. } => "engine_crash",
        }
    }

    /// The names of all kinds.
    pub const KINDS: [&'static str; 15] = [
        "task_error",
        "throttled",
        "unanswered",
        "heartbeats_lost",
        "late",
        "duplicate",
        "wrong_token",
        "reused_token",
        "worker_crash",
        "payload_size",
        "malformed",
        "clock_jump",
        "stop",
        "redrive",
        "engine_crash",
    ];

    /// The task it is about, if it is about one.
    #[must_use]
    pub const fn task(&self) -> Option<u64> {
        match self {
            Self::TaskError { task, .. }
            | Self::Throttled { task }
            | Self::Unanswered { task }
            | Self::HeartbeatsLost { task, .. }
            | Self::Late { task, .. }
            | Self::Duplicate { task }
            | Self::WrongToken { task }
            | Self::ReusedToken { task }
            | Self::WorkerCrash { task, .. }
            | Self::PayloadSize { task, .. }
            | Self::Malformed { task } => Some(*task),
            Self::ClockJump { .. }
            | Self::Stop { .. }
            | Self::Redrive { .. }
            | Self::EngineCrash { .. } => None,
        }
    }

    /// The step after which it comes, if it comes after one.
    #[must_use]
    pub const fn step(&self) -> Option<u64> {
        match self {
            Self::ClockJump { step, .. } | Self::Stop { step, .. } | Self::EngineCrash { step } => {
                Some(*step)
            }
            _ => None,
        }
    }

    /// Whether a correct engine's history is the same with and without it.
    #[must_use]
    pub const fn is_transparent(&self) -> bool {
        matches!(
            self,
            Self::Duplicate { .. }
                | Self::WrongToken { .. }
                | Self::ReusedToken { .. }
                | Self::Malformed { .. }
                | Self::EngineCrash { .. }
        )
    }
}
