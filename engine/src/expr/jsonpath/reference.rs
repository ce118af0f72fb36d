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
        match path.0.segments.iter().map(step).collect() {
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
    /// `States.ReferencePathConflict` when the input has something else than an object on the way, or an
    /// array without the element. Name and texts are those AWS's users report; the specification calls it
    /// `States.ResultPathMatchFailure`. Whether an index just past the end appends is not known: a recording
    /// would settle it.
    pub fn insert(&self, mut input: Value, value: Value) -> Result<Value, ExprError> {
        if let Some(conflict) = self.conflict(&input) {
            return Err(conflict);
        }
        let mut place = &mut input;
        for step in &self.steps {
            place = match (step, place) {
                (Step::Name(name), Value::Object(map)) => {
                    map.entry(name.as_ref()).or_insert_with(|| Value::Object(Map::new()))
                }
                (Step::Index(index), Value::Array(items)) => match items.get_mut(*index) {
                    Some(item) => item,
                    None => unreachable!("a conflict was looked for"),
                },
                _ => unreachable!("a conflict was looked for"),
            };
        }
        *place = value;
        Ok(input)
    }

    /// Why the input has no place for the value.
    fn conflict(&self, input: &Value) -> Option<ExprError> {
        let mut place = Some(input);
        for (at, step) in self.steps.iter().enumerate() {
            place = match (step, place) {
                // A new object takes any name.
                (Step::Name(_), None) => None,
                (Step::Name(name), Some(Value::Object(map))) => map.get(&**name),
                (Step::Index(index), Some(Value::Array(items))) if *index < items.len() => {
                    items.get(*index)
                }
                _ => return Some(self.conflict_at(at, input)),
            };
        }
        None
    }

    fn conflict_at(&self, at: usize, input: &Value) -> ExprError {
        let before = at.checked_sub(1).map(|before| &self.steps[before]);
        ExprError::reference_path(match before {
            Some(Step::Name(name)) => format!("Unable to apply step \"{name}\" to input {input}"),
            Some(Step::Index(index)) => {
                format!("Unable to apply step \"{index}\" to input {input}")
            }
            None => format!("Unable to apply ReferencePath {} to input {input}", self.source),
        })
    }
}

/// The first step of a path that a value has nothing for, as AWS names it.
pub(super) fn failing_step(segments: &[Segment], root: &Value) -> String {
    let mut place = Some(root);
    for segment in segments {
        let (next, name) = match segment {
            Segment::Name(name) => (place.and_then(|place| place.get(&**name)), name.to_string()),
            Segment::Index(index) => {
                let at = usize::try_from(*index).ok();
                (at.and_then(|at| place.and_then(|place| place.get(at))), index.to_string())
            }
            other => (None, other.to_string()),
        };
        if next.is_none() {
            return name;
        }
        place = next;
    }
    String::new()
}
