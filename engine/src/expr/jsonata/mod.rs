//! JSONata as AWS runs it.
//!
//! The `engine` folder is the only place that names the library behind this; everything else speaks of
//! the expression, its [`References`], AWS's own functions and AWS's words for what goes wrong.

mod engine;
mod errors;
mod functions;
mod numbers;
mod plain_path;
mod references;
mod strict_json;

use std::sync::Arc;

use serde_json::Value;

use super::{ExprError, Scope};

pub use errors::{ResultType, not_an_integer, unexpected_type};
pub use references::References;

/// A compiled expression, without its `{%` and `%}`.
#[derive(Debug, Clone)]
pub struct Jsonata {
    source: Arc<str>,
    program: Arc<engine::Program>,
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

/// What comes out of an expression that does not fail.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    /// A value.
    Value(Value),
    /// Nothing: JSONata's undefined.
    Nothing,
    /// A function, which no field can hold.
    Function,
}

impl Jsonata {
    /// Compiles the text between `{%` and `%}`.
    ///
    /// # Errors
    /// The first thing wrong with it.
    pub fn compile(source: &str) -> Result<Self, JsonataSyntaxError> {
        let program = engine::compile(source)?;
        Ok(Self { source: source.trim().into(), program: Arc::new(program) })
    }

    /// As written, trimmed.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What the expression refers to.
    #[must_use]
    pub fn references(&self) -> &References {
        &self.program.references
    }

    /// Evaluates the expression for a field such as `Output/a[0]`.
    ///
    /// # Errors
    /// `States.QueryEvaluationError` with AWS's cause: nothing (undefined), a function, or a thrown error.
    pub fn evaluate(&self, scope: &Scope<'_>, field: &Arc<str>) -> Result<Value, ExprError> {
        match self.program.evaluate(scope) {
            Ok(Outcome::Value(value)) => Ok(value),
            Ok(Outcome::Nothing) => Err(errors::undefined(&self.source, field)),
            Ok(Outcome::Function) => Err(errors::unsupported(&self.source, field)),
            Err(fault) => Err(errors::threw(&self.source, field, &fault)),
        }
    }

    /// Evaluates the expression for a field that takes one type only.
    ///
    /// # Errors
    /// As [`Jsonata::evaluate`], and [`unexpected_type`] when the result has another type.
    pub fn evaluate_as(
        &self,
        expected: ResultType,
        scope: &Scope<'_>,
        field: &Arc<str>,
    ) -> Result<Value, ExprError> {
        let value = self.evaluate(scope, field)?;
        if ResultType::of(&value) == expected {
            return Ok(value);
        }
        Err(unexpected_type(&self.source, field, expected.as_str(), &value))
    }
}
