//! Polling for tasks of activities: a worker's long poll, of which only the endpoint knows when it ends.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

use serde_json::Value;

use super::client::CallError;
use super::clock::Clock;
use super::run::Run;
use super::stand_in::TaskName;

/// What is polled for.
pub(super) enum Polled {
    /// A task of the activity that stands for a Task.
    Task(TaskName),
    /// A token that is handed over.
    Token,
}

/// A poll.
pub(super) struct Poll {
    polled: Polled,
    state: State,
}

enum State {
    Waiting(Receiver<Result<Value, CallError>>),
    Ended(Result<Option<Value>, CallError>),
}

impl Poll {
    /// Polls an activity.
    ///
    /// While simulated time stands still, a task is there at once, or was cancelled with the branch that it was in,
    /// which history does not tell. In real time the poll goes on beside everything else.
    pub(super) fn of(run: &Run<'_>, polled: Polled, request: &Value) -> Self {
        let state = match run.clock {
            Clock::Simulated => State::Ended(Ok(run.client.take_at_once(request))),
            Clock::Real => {
                let (sender, receiver) = channel();
                let (client, request) = (run.client.clone(), request.clone());
                std::thread::spawn(move || {
                    // Nobody listens any more when the run is over.
                    let _ = sender.send(client.call("GetActivityTask", &request));
                });
                State::Waiting(receiver)
            }
        };
        Self { polled, state }
    }

    /// Whether the endpoint has answered.
    pub(super) fn has_ended(&mut self) -> bool {
        if let State::Waiting(receiver) = &self.state {
            match receiver.try_recv() {
                Ok(answer) => self.state = State::Ended(answer.map(Some)),
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => self.state = State::Ended(Ok(None)),
            }
        }
        true
    }

    /// What was polled for, and what came.
    ///
    /// # Errors
    /// When the endpoint refused.
    pub(super) fn into_task(self) -> Result<(Polled, Option<Value>), CallError> {
        match self.state {
            State::Ended(answer) => Ok((self.polled, answer?)),
            State::Waiting(_) => Ok((self.polled, None)),
        }
    }
}
