//! What an evaluation that goes wrong reports.

use std::sync::Arc;

/// The error name and cause of a failed evaluation, as AWS words them (without the "An error occurred
/// while executing the state …" preamble, which the execution adds).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {cause}", name.as_str())]
pub struct ExprError {
    /// The error name.
    pub name: ErrorName,
    /// The cause.
    pub cause: String,
    /// JSONata: the field, as `EvaluationFailed` events give it in `location` (`Output/a[0]`).
    pub location: Option<Arc<str>>,
}

/// The error names an evaluation can end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorName {
    /// `States.Runtime`: never caught, never retried.
    Runtime,
    /// `States.QueryEvaluationError`: JSONata.
    QueryEvaluation,
    /// `States.ReferencePathConflict`: a reference path that the data has no place for.
    ReferencePathConflict,
}

impl ErrorName {
    /// As AWS spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Runtime => "States.Runtime",
            Self::QueryEvaluation => "States.QueryEvaluationError",
            Self::ReferencePathConflict => "States.ReferencePathConflict",
        }
    }
}

impl ExprError {
    /// A `States.Runtime` error.
    #[must_use]
    pub fn runtime(cause: impl Into<String>) -> Self {
        Self { name: ErrorName::Runtime, cause: cause.into(), location: None }
    }

    /// A `States.ReferencePathConflict` error. AWS shows its cause without the preamble.
    #[must_use]
    pub fn reference_path(cause: impl Into<String>) -> Self {
        Self { name: ErrorName::ReferencePathConflict, cause: cause.into(), location: None }
    }

    /// A `States.QueryEvaluationError` in a field.
    #[must_use]
    pub fn query(cause: impl Into<String>, location: Option<Arc<str>>) -> Self {
        Self { name: ErrorName::QueryEvaluation, cause: cause.into(), location }
    }
}
