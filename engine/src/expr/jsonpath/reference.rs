//! Reference paths: `ResultPath` and the other fields that name exactly one place.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{JsonPath, PathRoot, PathSyntaxError, Segment};
use crate::expr::ExprError;

/// A path that names exactly one place, where a value can be put.
#[derive(Debug, Clone)]
pub struct ReferencePath {
    source: Arc<str>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Name(Box<str>),
    Index(usize),
}

impl ReferencePath {
    /// Parses a reference path.
    ///
    /// # Errors
    /// When the text is not a path, does not start from the input, or may name more than one place.
    pub fn parse(source: &str) -> Result<Self, PathSyntaxError> {
        let path = JsonPath::parse(source)?;
        let refuse = |message: &str| Err(PathSyntaxError { message: message.into(), offset: 0 });
        if *path.root() != PathRoot::Input {
            return refuse("a reference path starts from the input, with a single `$`");
        }
        if path.has_function() {
            return refuse("a reference path cannot end in a function");
        }
        let step = |segment: &Segment| match segment {
            Segment::Name(name) => Some(Step::Name(name.clone())),
            Segment::Index(index) => usize::try_from(*index).ok().map(Step::Index),
            _ => None,
        };
        match path.segments.iter().map(step).collect() {
            Some(steps) => Ok(Self { source: source.into(), steps }),
            None => refuse("a reference path names one place: only names and indexes from 0"),
        }
    }

    /// As written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Puts a value at the place the path names, making objects on the way: `ResultPath`.
    ///
    /// # Errors
    /// `States.Runtime` when the input has something else than an object or array on the way. The
    /// specification calls it `States.ResultPathMatchFailure`, a name AWS's current list of errors does not
    /// have; a recording would settle name and text.
    pub fn insert(&self, mut input: Value, value: Value) -> Result<Value, ExprError> {
        let mut place = &mut input;
        for step in &self.steps {
            place = match (step, place) {
                (Step::Name(name), Value::Object(map)) => {
                    map.entry(name.as_ref()).or_insert_with(|| Value::Object(Map::new()))
                }
                (Step::Index(index), Value::Array(items)) => {
                    // One past the end appends.
                    if *index == items.len() {
                        items.push(Value::Null);
                    }
                    items.get_mut(*index).ok_or_else(|| self.does_not_match())?
                }
                _ => return Err(self.does_not_match()),
            };
        }
        *place = value;
        Ok(input)
    }

    fn does_not_match(&self) -> ExprError {
        ExprError::runtime(format!(
            "Unable to apply ReferencePath {} to the state's input",
            self.source
        ))
    }
}
