//! The constraints of the service model, refused in AWS's words.
//!
//! Evidence: the refusals of `maxResults` 1001, of a `nextToken` of 3097 characters, of `statusFilter` `succeeded`
//! and of three routes or a weight of 101 in an alias are recorded on AWS. Not known: in which order AWS lists
//! several violations (here: as the model lists members; a pattern before a length, as with other services).

use std::fmt::Write;

use serde_json::Value;

use super::model::{Bounds, Kind, Shape, ShapeId, model};
use crate::error::ApiError;

/// AWS lists no more than this.
const LISTED_MAX: usize = 10;

/// Checks a request that has the right types.
///
/// # Errors
/// `ValidationException`.
pub(super) fn check(shape: ShapeId, request: &Value) -> Result<(), ApiError> {
    let mut violations = Violations { path: String::new(), found: Vec::new() };
    violations.walk(shape, request);
    let found = violations.found;
    if found.is_empty() {
        return Ok(());
    }
    let plural = if found.len() == 1 { "" } else { "s" };
    let count = found.len();
    let message = format!("{count} validation error{plural} detected: {}", found.join("; "));
    Err(ApiError::new(MODEL_VIOLATION, message))
}

/// Marks the `ValidationException` of the framework: it has a namespace of its own on the wire.
pub(super) const MODEL_VIOLATION: &str = "com.amazon.coral.validate#ValidationException";

struct Violations {
    path: String,
    found: Vec<String>,
}

impl Violations {
    fn walk(&mut self, id: ShapeId, value: &Value) {
        if self.found.len() >= LISTED_MAX {
            return;
        }
        let shape = model().shape(id);
        match (&shape.kind, value) {
            (Kind::Structure { members }, Value::Object(map)) => {
                for (name, member) in members {
                    match map.get(name) {
                        Some(value) => self.at(name, |this| this.walk(member.shape, value)),
                        None if member.required => self.at(name, |this| {
                            this.add(model().shape(member.shape), None, "Member must not be null");
                        }),
                        None => {}
                    }
                }
            }
            (Kind::List { element, length }, Value::Array(items)) => {
                self.length(shape, value, *length, items.len());
                for (index, item) in items.iter().enumerate() {
                    let step = format!("{}.member", index + 1);
                    self.at(&step, |this| this.walk(*element, item));
                }
            }
            (Kind::String { length, in_bytes, pattern, values }, Value::String(text)) => {
                if !values.is_empty() && !values.contains(text) {
                    let set = values.join(", ");
                    let rule = format!("Member must satisfy enum value set: [{set}]");
                    self.add(shape, Some(value), &rule);
                }
                if let Some(pattern) = pattern
                    && !matches(pattern, text)
                {
                    let rule = format!("Member must satisfy regular expression pattern: {pattern}");
                    self.add(shape, Some(value), &rule);
                }
                if *in_bytes {
                    self.bytes(shape, value, *length, text.len());
                } else if length.min.is_some_and(|min| text.len() < min as usize * 4)
                    || length.max.is_some_and(|max| text.len() > max as usize)
                {
                    // Counting characters only where the number of bytes leaves the answer open.
                    self.length(shape, value, *length, text.chars().count());
                }
            }
            (Kind::Integer(bounds) | Kind::Long(bounds), Value::Number(number)) => {
                let number = number.as_i64().unwrap_or(i64::MAX);
                self.range(
                    shape,
                    value,
                    *bounds,
                    |min| number < min.into(),
                    |max| number > max.into(),
                );
            }
            (Kind::Float(bounds) | Kind::Double(bounds), Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::INFINITY);
                self.range(
                    shape,
                    value,
                    *bounds,
                    |min| number < min.into(),
                    |max| number > max.into(),
                );
            }
            _ => {}
        }
    }

    fn at(&mut self, step: &str, walk: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        walk(self);
        self.path.truncate(length);
    }

    fn length(&mut self, shape: &Shape, value: &Value, bounds: Bounds, length: usize) {
        if let Some(min) = bounds.min.filter(|min| length < *min as usize) {
            let rule = format!("Member must have length greater than or equal to {min}");
            self.add(shape, Some(value), &rule);
        }
        if let Some(max) = bounds.max.filter(|max| length > *max as usize) {
            let rule = format!("Member must have length less than or equal to {max}");
            self.add(shape, Some(value), &rule);
        }
    }

    fn bytes(&mut self, shape: &Shape, value: &Value, bounds: Bounds, bytes: usize) {
        if let Some(max) = bounds.max.filter(|max| bytes > *max as usize) {
            let rule = format!(
                "Member must have size less than or equal to {max} bytes in UTF-8 encoding"
            );
            self.add(shape, Some(value), &rule);
        }
    }

    fn range(
        &mut self,
        shape: &Shape,
        value: &Value,
        bounds: Bounds,
        below: impl Fn(u32) -> bool,
        above: impl Fn(u32) -> bool,
    ) {
        if let Some(min) = bounds.min.filter(|min| below(*min)) {
            let rule = format!("Member must have value greater than or equal to {min}");
            self.add(shape, Some(value), &rule);
        }
        if let Some(max) = bounds.max.filter(|max| above(*max)) {
            let rule = format!("Member must have value less than or equal to {max}");
            self.add(shape, Some(value), &rule);
        }
    }

    fn add(&mut self, shape: &Shape, value: Option<&Value>, rule: &str) {
        if self.found.len() >= LISTED_MAX {
            return;
        }
        let shown = match value {
            _ if shape.sensitive => String::new(),
            None => " null".to_owned(),
            Some(value) => format!(" '{}'", Shown(shape, value)),
        };
        let path = &self.path;
        self.found.push(format!("Value{shown} at '{path}' failed to satisfy constraint: {rule}"));
    }
}

/// A value as AWS shows it: structures as `Shape(member=value, …)`, lists in brackets.
struct Shown<'a>(&'a Shape, &'a Value);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(shape, value) = self;
        match (&shape.kind, value) {
            (Kind::Structure { members }, Value::Object(map)) => {
                write!(f, "{}(", shape.name)?;
                let mut first = true;
                for (name, member) in members {
                    let Some(value) = map.get(name) else { continue };
                    let comma = if std::mem::take(&mut first) { "" } else { ", " };
                    write!(f, "{comma}{name}={}", Shown(model().shape(member.shape), value))?;
                }
                f.write_char(')')
            }
            (Kind::List { element, .. }, Value::Array(items)) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{}", Shown(model().shape(*element), item))?;
                }
                f.write_char(']')
            }
            (_, Value::String(text)) => f.write_str(text),
            (_, value) => write!(f, "{value}"),
        }
    }
}

/// Whether a text matches a pattern as a whole. The model's requests have three patterns; a test says when a newer
/// model has another.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern {
        ALIAS_NAME => {
            let other = |c: char| matches!(c, '_' | '-' | '.');
            text.chars().all(|c| c.is_ascii_alphanumeric() || other(c))
                && text.chars().any(|c| c.is_ascii_alphabetic() || other(c))
        }
        CLIENT_TOKEN => !text.is_empty() && text.chars().all(|c| ('!'..='~').contains(&c)),
        TRACE_HEADER => text.is_ascii(),
        _ => true,
    }
}

const ALIAS_NAME: &str = r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$";
const CLIENT_TOKEN: &str = "[!-~]+";
const TRACE_HEADER: &str = r"\p{ASCII}*";

/// Whether a pattern of the model is one that we know.
#[cfg(test)]
pub(super) fn is_known(pattern: &str) -> bool {
    [ALIAS_NAME, CLIENT_TOKEN, TRACE_HEADER].contains(&pattern)
}
