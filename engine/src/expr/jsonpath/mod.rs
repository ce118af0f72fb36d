//! AWS's JSONPath dialect, which is that of the Java library Jayway JsonPath.
//!
//! What sets it apart from RFC 9535: a *definite* path (names and single indexes only) gives the value itself
//! and fails when there is none; any other path gives an array of what it finds. `$.[?(…)]` and `$.a-b` are
//! paths, filters know `in`, `=~`, `size` and more, and a path may end in a function such as `length()`.

mod evaluate;
mod filter;
mod parse;
mod reference;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{ExprError, Scope};
use filter::Filter;

pub use reference::ReferencePath;

/// A parsed path: `$.a[0]`, `$$.Execution.Id`, `$variable.b`, `$..x`, `$[?(@.a > 1)]`.
#[derive(Debug, Clone)]
pub struct JsonPath {
    source: Arc<str>,
    root: PathRoot,
    segments: Vec<Segment>,
    function: Option<Function>,
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

/// A function a path may end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Length,
    Min,
    Max,
    Avg,
    Sum,
    StdDev,
    Keys,
    First,
    Last,
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

/// Why a definite path found nothing, in Jayway's words.
enum Miss {
    /// A variable that is not set.
    Variable,
    /// Anything else.
    Path(String),
}

impl JsonPath {
    /// Parses a path.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(source: &str) -> Result<Self, PathSyntaxError> {
        parse::parse(source)
    }

    /// As written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it starts from.
    #[must_use]
    pub fn root(&self) -> &PathRoot {
        &self.root
    }

    /// Whether it is exactly `$`.
    #[must_use]
    pub fn is_whole_input(&self) -> bool {
        self.root == PathRoot::Input && self.segments.is_empty() && self.function.is_none()
    }

    /// Whether it names at most one place, so that it gives the value there and not an array.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        let last = self.segments.len().saturating_sub(1);
        self.segments.iter().enumerate().all(|(at, segment)| match segment {
            Segment::Name(_) | Segment::Index(_) => true,
            // Several names at the end give one object.
            Segment::Names(_) => at == last,
            _ => false,
        })
    }

    /// Whether it ends in a function.
    #[must_use]
    pub fn has_function(&self) -> bool {
        self.function.is_some()
    }

    /// Whether it has a filter.
    #[must_use]
    pub fn has_filter(&self) -> bool {
        self.segments.iter().any(|segment| matches!(segment, Segment::Filter(_)))
    }

    /// Evaluates the path where AWS reports a miss as "Invalid path '$.x' : …" (`InputPath`,
    /// `OutputPath`, `TimeoutSecondsPath`, …).
    ///
    /// # Errors
    /// `States.Runtime` when a definite path finds nothing.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, ExprError> {
        self.value(scope).map_err(|miss| match miss {
            Miss::Variable => self.unset(),
            Miss::Path(reason) => {
                ExprError::runtime(format!("Invalid path '{}' : {reason}", self.source))
            }
        })
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
        self.value(scope).map_err(|miss| match miss {
            Miss::Variable => self.unset(),
            Miss::Path(_) => ExprError::runtime(format!(
                "The JSONPath '{}' specified for the field '{field}' could not be found in the input \
                 '{}'",
                self.source, scope.input
            )),
        })
    }

    /// The value a path finds, or `None`: for Choice rules and `IsPresent`.
    #[must_use]
    pub fn find<'a>(&self, scope: &Scope<'a>) -> Option<Cow<'a, Value>> {
        self.value(scope).ok()
    }

    fn value<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, Miss> {
        let root = match &self.root {
            PathRoot::Input => scope.input,
            PathRoot::Context => scope.context.value(),
            PathRoot::Variable(name) => scope.variables.get(name).ok_or(Miss::Variable)?,
        };
        evaluate::evaluate(self, root).map_err(Miss::Path)
    }

    /// What AWS says of a variable that is not set is not recorded; a recording would settle it.
    fn unset(&self) -> ExprError {
        let PathRoot::Variable(name) = &self.root else {
            unreachable!("only a variable can be unset")
        };
        ExprError::runtime(format!(
            "Invalid path '{}' : The variable '{name}' has not been assigned a value.",
            self.source
        ))
    }
}

/// The path as Jayway prints it in its messages: `$['a'][0]`.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for segment in &self.segments {
            segment.fmt(f)?;
        }
        match self.function {
            Some(function) => write!(f, ".{}()", function.name()),
            None => Ok(()),
        }
    }
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

impl Function {
    const ALL: [Self; 9] = [
        Self::Length,
        Self::Min,
        Self::Max,
        Self::Avg,
        Self::Sum,
        Self::StdDev,
        Self::Keys,
        Self::First,
        Self::Last,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Min => "min",
            Self::Max => "max",
            Self::Avg => "avg",
            Self::Sum => "sum",
            Self::StdDev => "stddev",
            Self::Keys => "keys",
            Self::First => "first",
            Self::Last => "last",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| {
            function.name() == name || (*function == Self::Length && name == "size")
        })
    }
}

#[cfg(test)]
mod tests;
