//! A state's failure: its error and cause, and who may handle it.

use std::sync::Arc;

use crate::asl::{Catcher, Retrier};
use crate::expr::{ErrorName, ExprError};
use crate::history::Failure;

/// Why a state failed.
#[derive(Debug, Clone)]
pub(super) struct StateFailure {
    /// What history and catchers see.
    pub(super) failure: Failure,
    /// Whether retriers and catchers may see it at all.
    pub(super) handled: Handled,
    /// JSONata: the evaluation that failed, for the `EvaluationFailed` event.
    pub(super) evaluation: Option<Evaluation>,
    /// A missed heartbeat: reported as `States.Timeout`, matched also as `States.HeartbeatTimeout`
    /// (recording `heartbeat_timeout`).
    pub(super) missed_heartbeat: bool,
    /// Planted bugs: everything may be handled; States.TaskFailed matches a timeout.
    unprotected: bool,
    timeout_is_task_failed: bool,
}

/// Who may handle a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handled {
    /// Retriers and catchers.
    ByState,
    /// Nobody: not even a catcher that names it (recording `catch_states_runtime`).
    Never,
}

/// An evaluation that failed.
#[derive(Debug, Clone)]
pub(super) struct Evaluation {
    /// The field.
    pub(super) location: Option<Arc<str>>,
}

/// Error and cause of too many failed items. The text is that of the `map_state_failure_count` cases of
/// TestState.
pub(super) const EXCEEDED: (&str, &str) = (
    "States.ExceedToleratedFailureThreshold",
    "The specified tolerated failure threshold was exceeded",
);

pub(super) const TIMEOUT: &str = "States.Timeout";
const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
const ALL: &str = "States.ALL";
const TASK_FAILED: &str = "States.TaskFailed";
const RUNTIME: &str = "States.Runtime";
const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";

impl StateFailure {
    /// A failure with the error and cause a worker or a Fail state gave.
    pub(super) fn given(error: Option<Arc<str>>, cause: Option<Arc<str>>) -> Self {
        Self {
            failure: Failure { error, cause },
            handled: Handled::ByState,
            evaluation: None,
            missed_heartbeat: false,
            unprotected: false,
            timeout_is_task_failed: false,
        }
    }

    /// A failure with a States error that may be handled.
    pub(super) fn named(error: &str, cause: impl Into<Arc<str>>) -> Self {
        Self::given(Some(error.into()), Some(cause.into()))
    }

    /// A Map of which too many items failed.
    pub(super) fn threshold_exceeded() -> Self {
        Self::named(EXCEEDED.0, EXCEEDED.1)
    }

    /// A task that ran out of time; there is no cause (recording `fixed_timeout_lambda`).
    pub(super) fn timeout(missed_heartbeat: bool) -> Self {
        Self { missed_heartbeat, ..Self::given(Some(TIMEOUT.into()), None) }
    }

    /// A result over the size limit; `what` is the state, service, function or activity that gave it.
    pub(super) fn data_limit(what: &str) -> Self {
        Self::named(
            DATA_LIMIT_EXCEEDED,
            format!(
                "The state/task '{what}' returned a result with a size exceeding the maximum number of \
                 bytes service limit."
            ),
        )
    }

    /// The failure of what is around the state whose evaluation failed and was recorded.
    pub(super) fn without_evaluation(self) -> Self {
        Self { evaluation: None, ..self }
    }

    /// The same failure, which nobody may handle.
    pub(super) fn unhandled(self) -> Self {
        Self { handled: Handled::Never, ..self }
    }

    /// An error of the interpreter in a state; the preamble says in which.
    pub(super) fn interpreter(error: ExprError, state: &str, entered_event: u64) -> Self {
        // AWS's users report its causes without a preamble, which is how we show them.
        if error.name == ErrorName::ReferencePathConflict {
            return Self::named(error.name.as_str(), error.cause);
        }
        let cause = format!(
            "An error occurred while executing the state '{state}' (entered at the event id \
             #{entered_event}). {}",
            error.cause
        );
        let failure = Self::named(error.name.as_str(), cause);
        match error.name {
            ErrorName::Runtime => failure.unhandled(),
            ErrorName::ReferencePathConflict => failure,
            ErrorName::QueryEvaluation => {
                Self { evaluation: Some(Evaluation { location: error.location }), ..failure }
            }
        }
    }

    /// The same failure, which everybody may handle: a planted bug.
    pub(super) fn handled_by_all(self) -> Self {
        Self { unprotected: true, ..self }
    }

    /// The same failure, which States.TaskFailed matches even if it is a timeout: a planted bug.
    pub(super) fn matched_by_task_failed(self) -> Self {
        Self { timeout_is_task_failed: true, ..self }
    }

    /// Whether an `ErrorEquals` list matches.
    fn matches(&self, error_equals: &[Arc<str>]) -> bool {
        let error = self.failure.error.as_deref();
        error_equals.iter().any(|name| match &**name {
            ALL => true,
            TASK_FAILED => error != Some(TIMEOUT) || self.timeout_is_task_failed,
            HEARTBEAT_TIMEOUT if self.missed_heartbeat => true,
            name => error == Some(name),
        })
    }

    /// Whether it ends the execution at once: an error of the interpreter that nobody may handle.
    pub(super) fn ends_execution(&self) -> bool {
        self.handled == Handled::Never && self.evaluation.is_none()
    }

    fn may_be_handled(&self) -> bool {
        // A worker's answer that names States.Runtime is not handled either, as the name alone decides.
        let handled =
            self.handled == Handled::ByState && self.failure.error.as_deref() != Some(RUNTIME);
        handled || self.unprotected
    }

    /// The first retrier that matches. When its attempts are used up, later ones are not tried.
    pub(super) fn retrier(&self, retriers: &[Retrier]) -> Option<usize> {
        if !self.may_be_handled() {
            return None;
        }
        retriers.iter().position(|retrier| self.matches(&retrier.error_equals))
    }

    /// The first catcher that matches.
    pub(super) fn catcher(&self, catchers: &[Catcher]) -> Option<usize> {
        if !self.may_be_handled() {
            return None;
        }
        catchers.iter().position(|catcher| self.matches(&catcher.error_equals))
    }
}
