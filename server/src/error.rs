//! What a caller of the API is told when something is refused.

use std::borrow::Cow;

use serde_json::Value;

/// An error of the API: AWS's name for it, and a message for people.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The error's name, such as `ExecutionDoesNotExist`.
    pub code: Cow<'static, str>,
    /// The message.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// Further members of the error's shape, such as `reason` of `ValidationException`.
    pub members: Vec<(String, Value)>,
}

impl ApiError {
    /// An error of the caller: status 400.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: 400, members: Vec::new() }
    }

    /// An error of ours: status 500.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { status: 500, ..Self::new("InternalFailure", message) }
    }

    /// `ValidationException`.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// `InvalidArn`, in AWS's words.
    pub fn invalid_arn(arn: &str) -> Self {
        Self::new("InvalidArn", format!("Invalid Arn: 'Invalid ARN prefix: {arn}'"))
    }

    /// The same error with one more member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.push((member.to_owned(), value.into()));
        self
    }
}
