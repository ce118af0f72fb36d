//! `TestState`: one state tried by itself, with its result mocked or performed by the caller.
//!
//! ```text
//! request ──request──▶ checked ──subject──▶ the state in a machine of its own ──run──▶ stages ──answer──▶ answer
//!                         └──mock, api_model, context: what may be mocked, and with what
//! ```
//!
//! The state runs on the execution core ([`crate::execution`]), which notes the stages its data goes through;
//! nothing here knows what a state does. Rules come from the recordings of the operation, then from the
//! developer guide's page "Testing state machines with TestState API"; messages that neither has are said to be
//! ours where they stand.
//!
//! Not done: the `request` and `response` that TRACE shows of an HTTP Task. They are the caller's, who sends the
//! request; no recording has them.

mod answer;
mod api_model;
mod context;
mod error;
mod mock;
mod request;
mod run;
mod subject;

pub use error::TestStateError;
pub use run::{PendingTask, Progress, TaskOutcome, start};

use std::sync::Arc;

use serde_json::Value;

use crate::data::Timestamp;
use crate::execution::TaskRequest;

/// What a test takes from its surroundings.
#[derive(Debug, Clone)]
pub struct TestStateSettings {
    /// The moment it starts.
    pub now: Timestamp,
    /// Seeds names, tokens, jitter and random functions.
    pub seed: u64,
    /// The region.
    pub region: Arc<str>,
    /// The account.
    pub account: Arc<str>,
}

/// Tests a state: the whole operation, for a caller who can answer tasks at once.
///
/// `perform` is asked for the result of a Task that is not mocked; `None` says that it cannot perform it, which
/// fails the state. A caller who needs time for it uses [`start`] instead.
///
/// # Errors
/// When the operation refuses the request.
pub fn test_state(
    request: &Value,
    settings: &TestStateSettings,
    perform: &mut dyn FnMut(&TaskRequest) -> Option<TaskOutcome>,
) -> Result<Value, TestStateError> {
    match start(request, settings)? {
        Progress::Answered(answer) => Ok(answer),
        Progress::Task(pending) => {
            let outcome = perform(pending.task());
            Ok(pending.finish(outcome))
        }
    }
}

#[cfg(test)]
mod tests;
