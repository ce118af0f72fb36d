//! AWS's JSONPath dialect, which is that of the Java library Jayway JsonPath.
//!
//! What sets it apart from RFC 9535: a *definite* path (names and single indexes only) gives the value itself
//! and fails when there is none; any other path gives an array of what it finds. `$.[?(…)]` and `$.a-b` are
//! paths, filters know `in`, `=~`, `size` and more, and a path may end in a function such as `length()`.

mod compare;
mod evaluate;
mod fault;
mod filter;
mod function;
mod parse;
mod pattern;
mod reference;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{ExprError, Scope};
use fault::{Fault, Library};
use filter::Filter;
use function::Call;

pub use reference::ReferencePath;

/// A parsed path: `$.a[0]`, `$$.Execution.Id`, `$variable.b`, `$..x`, `$[?(@.a > 1)]`.
///
/// Shared, so that copies are free and a state of many paths stays small.
#[derive(Debug, Clone)]
pub struct JsonPath(Arc<Parsed>);

#[derive(Debug)]
struct Parsed {
    source: Box<str>,
    root: PathRoot,
    segments: Vec<Segment>,
    function: Option<Call>,
}

/// What a path starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathRoot {
    /// `$`: the input.
    Input,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(Arc<str>),
}

/// One step of a path.
#[derive(Debug, Clone)]
enum Segment {
    /// `.name`, `['name']`.
    Name(Box<str>),
    /// `['a','b']`.
    Names(Vec<Box<str>>),
    /// `[0]`, `[-1]`.
    Index(i64),
    /// `[0,2]`.
    Indexes(Vec<i64>),
    /// `[1:5]`, `[-2:]`, `[:1]`.
    Slice(Option<i64>, Option<i64>),
    /// `.*`, `[*]`.
    Wildcard,
    /// `..`, before the segment it applies everywhere.
    Descend,
    /// `[?(…)]`.
    Filter(Filter),
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

/// Why a path has no value.
enum Miss {
    /// A variable that is not set.
    Variable,
    /// The input is null.
    NullInput,
    /// Anything else.
    Path(Fault),
}

impl JsonPath {
    /// Parses a path.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(source: &str) -> Result<Self, PathSyntaxError> {
        parse::parse(source).map(|parsed| Self(Arc::new(parsed)))
    }

    /// As written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// What it starts from.
    #[must_use]
    pub fn root(&self) -> &PathRoot {
        &self.0.root
    }

    /// Whether it is exactly `$`.
    #[must_use]
    pub fn is_whole_input(&self) -> bool {
        self.0.root == PathRoot::Input && self.0.segments.is_empty() && self.0.function.is_none()
    }

    /// Whether it names at most one place, so that it gives the value there and not an array.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        evaluate::is_definite(&self.0.segments)
    }

    /// Whether it ends in a function.
    #[must_use]
    pub fn has_function(&self) -> bool {
        self.0.function.is_some()
    }

    /// Whether it has a filter.
    #[must_use]
    pub fn has_filter(&self) -> bool {
        self.0.segments.iter().any(|segment| matches!(segment, Segment::Filter(_)))
    }

    /// Evaluates the path where AWS reports a miss as "Invalid path '$.x' : …" (`InputPath`,
    /// `OutputPath`, `TimeoutSecondsPath`, …).
    ///
    /// # Errors
    /// `States.Runtime` when a definite path finds nothing.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, ExprError> {
        self.node(scope).map_err(|miss| match miss {
            Miss::Variable => self.unset(),
            Miss::NullInput => null_input(),
            Miss::Path(fault) => self.invalid(fault),
        })
    }

    /// Evaluates the path where AWS reports a miss as "The JSONPath '…' specified for the field '…' could
    /// not be found in the input '…'" (payload templates, `ErrorPath`, `CausePath`). The input is the
    /// context object for a path that starts there (measured by the floci project).
    ///
    /// # Errors
    /// `States.Runtime` when a definite path finds nothing.
    pub fn evaluate_template<'a>(
        &self,
        scope: &Scope<'a>,
        field: &str,
    ) -> Result<Cow<'a, Value>, ExprError> {
        self.node(scope).map_err(|miss| match miss {
            Miss::Variable => self.unset(),
            Miss::NullInput => null_input(),
            Miss::Path(Fault::NotFound(_)) => ExprError::runtime(format!(
                "The JSONPath '{}' specified for the field '{field}' could not be found in the input \
                 '{}'",
                self.0.source,
                self.start(scope).unwrap_or(scope.input)
            )),
            Miss::Path(fault) => self.invalid(fault),
        })
    }

    /// Evaluates the path as an argument of an intrinsic function; the error is what follows "The function
    /// '…' had the following error: ".
    ///
    /// The text names a path into the context object as if it started from the input, and always shows the
    /// input (measured by the floci project).
    ///
    /// # Errors
    /// AWS's text when a definite path finds nothing.
    pub(super) fn evaluate_argument<'a>(
        &self,
        scope: &Scope<'a>,
    ) -> Result<Cow<'a, Value>, String> {
        self.value(scope, Library::Maps).map_err(|miss| match miss {
            Miss::Variable => self.unset().cause,
            Miss::NullInput => null_input().cause,
            Miss::Path(Fault::NotFound(_)) => {
                let source = match self.0.root {
                    PathRoot::Context => &self.0.source[1..],
                    _ => &self.0.source,
                };
                format!(
                    "The JsonPath argument for the field '{source}' could not be found in the input '{}'",
                    scope.input
                )
            }
            Miss::Path(fault) => fault.text(),
        })
    }

    /// Evaluates the path where AWS wants a reference path and reports a miss as "Unable to apply step "b"
    /// to input …": `ItemsPath`.
    ///
    /// # Errors
    /// `States.ReferencePathConflict` when the path finds nothing.
    pub fn evaluate_reference<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, ExprError> {
        self.node(scope).map_err(|miss| match miss {
            Miss::Variable => self.unset(),
            Miss::NullInput => null_input(),
            Miss::Path(_) => {
                let input = self.start(scope).unwrap_or(scope.input);
                ExprError::reference_path(format!(
                    "Unable to apply step \"{}\" to input {input}",
                    reference::failing_step(&self.0.segments, input)
                ))
            }
        })
    }

    /// The value a path finds, or `None`: for Choice rules and `IsPresent`.
    #[must_use]
    pub fn find<'a>(&self, scope: &Scope<'a>) -> Option<Cow<'a, Value>> {
        // Whether AWS finds null past the end of an array here, too, is not known: nothing is what a reader
        // of `IsPresent` expects.
        self.value(scope, Library::Maps).ok()
    }

    fn start<'a>(&self, scope: &Scope<'a>) -> Option<&'a Value> {
        match &self.0.root {
            PathRoot::Input => Some(scope.input),
            PathRoot::Context => Some(scope.context.value()),
            PathRoot::Variable(name) => scope.variables.get(name),
        }
    }

    /// The value for a path that stands on its own.
    fn node<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, Miss> {
        if scope.input.is_null() && self.0.root == PathRoot::Input {
            return Err(Miss::NullInput);
        }
        self.value(scope, Library::Nodes)
    }

    fn value<'a>(&self, scope: &Scope<'a>, library: Library) -> Result<Cow<'a, Value>, Miss> {
        let root = self.start(scope).ok_or(Miss::Variable)?;
        evaluate::evaluate(self, root, library).map_err(Miss::Path)
    }

    fn invalid(&self, fault: Fault) -> ExprError {
        ExprError::runtime(format!("Invalid path '{}' : {}", self.0.source, fault.text()))
    }

    /// What AWS says of a variable that is not set is not recorded; a recording would settle it.
    fn unset(&self) -> ExprError {
        let PathRoot::Variable(name) = &self.0.root else {
            unreachable!("only a variable can be unset")
        };
        ExprError::runtime(format!(
            "Invalid path '{}' : The variable '{name}' has not been assigned a value.",
            self.0.source
        ))
    }
}

/// As AWS's users report it: a template's `$` on the null that a function returned.
fn null_input() -> ExprError {
    ExprError::runtime("Unable to apply Path transformation to null or empty input.")
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "['{name}']"),
            Self::Names(names) => {
                let quoted: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
                write!(f, "[{}]", quoted.join(","))
            }
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Indexes(indexes) => {
                let texts: Vec<_> = indexes.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", texts.join(","))
            }
            Self::Slice(start, end) => {
                let text = |bound: &Option<i64>| bound.map_or(String::new(), |b| b.to_string());
                write!(f, "[{}:{}]", text(start), text(end))
            }
            Self::Wildcard => f.write_str("[*]"),
            Self::Descend => f.write_str(".."),
            Self::Filter(_) => f.write_str("[?]"),
        }
    }
}

#[cfg(test)]
mod tests;
