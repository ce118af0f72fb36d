//! Why the operation refuses a request.

/// An error of the operation, as its API names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct TestStateError {
    /// `ValidationException`, `InvalidDefinition`, `InvalidExecutionInput`, `InvalidArn` or
    /// `SerializationException`.
    pub code: &'static str,
    /// AWS's message.
    pub message: String,
}

impl TestStateError {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }
}
