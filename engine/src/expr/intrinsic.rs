//! The 18 intrinsic functions.

use std::sync::Arc;

use serde_json::Value;

use super::{ExprError, Scope};

/// A parsed call: `States.Format('Hello {}', $.name)`.
#[derive(Debug, Clone)]
pub struct Intrinsic {
    source: Arc<str>,
}

/// Why a text is not an intrinsic call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at offset {offset}")]
pub struct IntrinsicSyntaxError {
    /// What is wrong.
    pub message: String,
    /// Byte offset in the call.
    pub offset: usize,
}

impl Intrinsic {
    /// Parses a call.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(source: &str) -> Result<Self, IntrinsicSyntaxError> {
        Ok(Self { source: source.into() })
    }

    /// As written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Calls the function.
    ///
    /// # Errors
    /// AWS's error for bad arguments, or for a path that finds nothing.
    pub fn evaluate(&self, scope: &Scope<'_>, field: &str) -> Result<Value, ExprError> {
        let _ = (scope, field);
        unimplemented!()
    }
}
