//! AWS's JSONPath dialect.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::{ExprError, Scope};

/// A parsed path: `$.a[0]`, `$$.Execution.Id`, `$variable.b`, `$..x`, `$[?(@.a > 1)]`.
#[derive(Debug, Clone)]
pub struct JsonPath {
    source: Arc<str>,
}

/// A path that names exactly one place, where a value can be put.
#[derive(Debug, Clone)]
pub struct ReferencePath {
    source: Arc<str>,
}

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at offset {offset}")]
pub struct PathSyntaxError {
    /// What is wrong.
    pub message: String,
    /// Byte offset in the path.
    pub offset: usize,
}

impl JsonPath {
    /// Parses a path.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(source: &str) -> Result<Self, PathSyntaxError> {
        Ok(Self { source: source.into() })
    }

    /// As written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates the path where AWS reports a miss as "Invalid path '$.x' : …" (`InputPath`,
    /// `OutputPath`, `TimeoutSecondsPath`, …).
    ///
    /// # Errors
    /// `States.Runtime` when a definite path finds nothing.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, ExprError> {
        let _ = scope;
        unimplemented!()
    }

    /// Evaluates the path where AWS reports a miss as "The JSONPath '…' specified for the field '…' could
    /// not be found in the input '…'" (payload templates, `ErrorPath`, `CausePath`).
    ///
    /// # Errors
    /// `States.Runtime` when a definite path finds nothing.
    pub fn evaluate_template<'a>(
        &self,
        scope: &Scope<'a>,
        field: &str,
    ) -> Result<Cow<'a, Value>, ExprError> {
        let _ = (scope, field);
        unimplemented!()
    }

    /// The value a path finds, or `None`: for Choice rules and `IsPresent`.
    #[must_use]
    pub fn find<'a>(&self, scope: &Scope<'a>) -> Option<Cow<'a, Value>> {
        let _ = scope;
        unimplemented!()
    }
}

impl ReferencePath {
    /// Parses a reference path.
    ///
    /// # Errors
    /// When the text is not a path, or may name more than one place.
    pub fn parse(source: &str) -> Result<Self, PathSyntaxError> {
        Ok(Self { source: source.into() })
    }

    /// Puts a value at the place the path names, making objects on the way: `ResultPath`.
    ///
    /// # Errors
    /// `States.Runtime` when the input has something else than an object or array on the way.
    pub fn insert(&self, input: Value, value: Value) -> Result<Value, ExprError> {
        let _ = (input, value);
        unimplemented!()
    }
}
