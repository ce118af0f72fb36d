//! Why a world stops.

use std::sync::Arc;

use crate::execution::ApplyError;

/// Why a world stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// There is no such machine.
    #[error("there is no state machine `{0}`; register it first")]
    UnknownMachine(Arc<str>),
    /// Nobody answered a task.
    #[error(
        "nobody answers state `{state}`{place} of `{machine}` (resource {resource}).\nScript it, for \
         example in a workers file:\n\n{snippet}"
    )]
    Unanswered {
        /// The machine's name.
        machine: Arc<str>,
        /// The state's name.
        state: Arc<str>,
        /// Where in Maps and Parallels, in words.
        place: String,
        /// The Task's resource.
        resource: String,
        /// What to put into a workers file.
        snippet: String,
    },
    /// It does not come to rest.
    #[error("the world did not come to rest within {steps} events")]
    Restless {
        /// Its limit.
        steps: u64,
    },
    /// Executions start executions without end.
    #[error("the world holds {executions} executions, and more are started")]
    Crowded {
        /// Its limit.
        executions: usize,
    },
    /// An execution refused what was done to it.
    #[error(transparent)]
    Refused(#[from] ApplyError),
    /// An execution that was rebuilt from its journal is not the one that was lost.
    #[error("rebuilt from its journal, the execution has another history from event {event} on")]
    Diverged {
        /// The first event that differs.
        event: u64,
    },
    /// A token nobody waits for.
    #[error("no task waits for the token `{0}`")]
    UnknownToken(String),
}
