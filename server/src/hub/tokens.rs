//! Answers to tasks by their tokens: `SendTaskSuccess`, `SendTaskFailure`, `SendTaskHeartbeat`.

use stepclock_engine::execution::{ApplyError, Input, TaskId};

use super::Hub;
use crate::error::ApiError;
use crate::store::ExecutionId;

/// Why a token's answer was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No task has ever had it.
    #[error("Invalid Token: 'Invalid token'")]
    Unknown,
    /// Its task has ended.
    #[error("Task Timed Out: 'Provided task does not exist anymore'")]
    Over,
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        let code = match error {
            TokenError::Unknown => "InvalidToken",
            TokenError::Over => "TaskTimedOut",
        };
        Self::new(code, error.to_string())
    }
}

impl Hub {
    /// Answers a task by its token.
    ///
    /// # Errors
    /// When no task waits for it.
    pub fn answer_token(
        &mut self,
        token: &str,
        answer: impl FnOnce(TaskId) -> Input,
    ) -> Result<(), TokenError> {
        let (id, task) = self.find_token(token)?;
        if !self.load(id) {
            return Err(TokenError::Over);
        }
        self.apply(id, answer(task)).map_err(|error| match error {
            ApplyError::TaskNotRunning { .. } | ApplyError::Ended => TokenError::Over,
            _ => TokenError::Unknown,
        })
    }

    fn find_token(&self, token: &str) -> Result<(ExecutionId, TaskId), TokenError> {
        if let Some(found) = self.tokens.get(token) {
            return Ok(*found);
        }
        match self.store.token(token) {
            Ok(Some((id, task))) => Ok((id, TaskId(task))),
            Ok(None) => Err(TokenError::Unknown),
            Err(error) => {
                tracing::error!(%error, "cannot look a token up");
                Err(TokenError::Unknown)
            }
        }
    }

    /// The tokens of an execution that leaves memory; the store still has them.
    pub(super) fn forget_tokens(&mut self, id: ExecutionId) {
        let Some(resident) = self.residents.get(&id) else { return };
        for task in resident.tasks.values() {
            if let Some(token) = &task.request.token {
                self.tokens.remove(token);
            }
        }
    }
}
