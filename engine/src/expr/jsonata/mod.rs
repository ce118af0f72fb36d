//! JSONata as AWS runs it.
//!
//! [`engine`] is the only file that names the library behind this; everything else speaks of the
//! expression, its [`References`] and AWS's words for what goes wrong.

mod engine;
mod functions;
mod references;

use std::sync::Arc;

use serde_json::Value;

use super::{ExprError, Scope};

pub use references::References;

/// A compiled expression, without its `{%` and `%}`.
#[derive(Debug, Clone)]
pub struct Jsonata {
    source: Arc<str>,
    references: Arc<References>,
}

/// Why a text is not JSONata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct JsonataSyntaxError {
    /// jsonata-js's code, such as `S0207`.
    pub code: String,
    /// jsonata-js's message, without the code: what AWS shows.
    pub message: String,
    /// Byte offset in the expression.
    pub offset: usize,
}

impl Jsonata {
    /// Compiles the text between `{%` and `%}`.
    ///
    /// # Errors
    /// The first thing wrong with it.
    pub fn compile(source: &str) -> Result<Self, JsonataSyntaxError> {
        let references = engine::parse(source)?;
        Ok(Self { source: source.trim().into(), references: Arc::new(references) })
    }

    /// As written, trimmed.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What the expression refers to.
    #[must_use]
    pub fn references(&self) -> &References {
        &self.references
    }

    /// Evaluates the expression for a field such as `Output/a[0]`.
    ///
    /// # Errors
    /// `States.QueryEvaluationError` with AWS's cause: nothing (undefined), a function, or a thrown error.
    pub fn evaluate(&self, scope: &Scope<'_>, field: &Arc<str>) -> Result<Value, ExprError> {
        let _ = (scope, field);
        unimplemented!()
    }
}

/// The error for a result of another type than a field needs.
#[must_use]
pub fn unexpected_type(
    source: &str,
    field: &Arc<str>,
    expected: &str,
    actual: &Value,
) -> ExprError {
    let _ = (source, field, expected, actual);
    unimplemented!()
}
