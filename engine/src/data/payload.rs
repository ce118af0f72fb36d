//! A JSON value that is shared, not copied, between states, events and tasks.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::text::{JsonTextError, measure, parse_json};
use crate::limits;

/// An immutable JSON value with its text; cloning shares both.
///
/// AWS echoes the text an execution was started with, byte for byte, until a state transforms it
/// (recordings: `ExecutionStarted` and the first `StateEntered` keep the caller's spaces, later events
/// are compact). A payload therefore remembers the text it was parsed from; [`Payload::compacted`] drops it.
#[derive(Clone)]
pub struct Payload(Arc<Inner>);

struct Inner {
    value: Arc<Value>,
    /// Set at once when parsed from text, else on first use.
    text: OnceLock<Box<str>>,
    /// Bytes of the text, known without building it; set on first use.
    size: OnceLock<usize>,
    /// Whether `text` is known to be what the value prints as.
    compact: bool,
}

/// Why a value cannot be a payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The text is not JSON.
    #[error(transparent)]
    Text(#[from] JsonTextError),
    /// The value nests deeper than [`limits::NESTING_DEPTH_MAX`].
    #[error("value is nested deeper than {} levels", limits::NESTING_DEPTH_MAX)]
    TooDeep,
}

impl Payload {
    /// Takes a value whose nesting is already known to be bounded (parsed text, literals of a definition).
    #[must_use]
    pub fn new(value: Value) -> Self {
        Self::compact(Arc::new(value))
    }

    fn compact(value: Arc<Value>) -> Self {
        Self(Arc::new(Inner { value, text: OnceLock::new(), size: OnceLock::new(), compact: true }))
    }

    /// Takes a computed value, measuring its size and refusing one that is nested too deep.
    ///
    /// # Errors
    /// [`PayloadError::TooDeep`] when it nests deeper than [`limits::NESTING_DEPTH_MAX`].
    pub fn computed(value: Value) -> Result<Self, PayloadError> {
        let Some(size) = measure(&value) else {
            // Dropping a deep value recurses; the depth was bounded by its parts plus one template.
            return Err(PayloadError::TooDeep);
        };
        let payload = Self::new(value);
        let _ = payload.0.size.set(size);
        Ok(payload)
    }

    /// Parses JSON text and keeps the text as it was written.
    ///
    /// # Errors
    /// [`PayloadError::Text`] when it is not one JSON value within the nesting limit.
    pub fn parse(text: &str) -> Result<Self, PayloadError> {
        let value = parse_json(text)?;
        let value = Arc::new(value);
        let inner = Inner { value, text: OnceLock::new(), size: OnceLock::new(), compact: false };
        let _ = inner.text.set(text.into());
        let _ = inner.size.set(text.len());
        Ok(Self(Arc::new(inner)))
    }

    /// The empty object, `{}`.
    #[must_use]
    pub fn empty_object() -> Self {
        Self::new(Value::Object(serde_json::Map::new()))
    }

    /// The JSON value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// The JSON text: as written when parsed, compact when computed.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.text.get_or_init(|| self.0.value.to_string().into())
    }

    /// Length of [`Payload::text`] in bytes, without building it.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        *self.0.size.get_or_init(|| measure(&self.0.value).unwrap_or(usize::MAX))
    }

    /// The same value with compact text; free when it is compact already.
    #[must_use]
    pub fn compacted(&self) -> Self {
        // Text of the same length is very likely compact already; printing tells for sure.
        let same_length = || measure(self.value()) == Some(self.size_bytes());
        let printed = || self.value().to_string();
        let is_compact = self.0.compact || (same_length() && printed() == self.text());
        if is_compact { self.clone() } else { Self::compact(self.0.value.clone()) }
    }

    /// The value itself, moved out when this is the only holder.
    #[must_use]
    pub fn into_value(self) -> Value {
        let value = match Arc::try_unwrap(self.0) {
            Ok(inner) => inner.value,
            Err(shared) => shared.value.clone(),
        };
        Arc::unwrap_or_clone(value)
    }

    /// Whether both share one allocation.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self::new(value)
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || (self.value() == other.value() && self.text() == other.text())
    }
}

impl Eq for Payload {}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A payload is written as its text, so that a journal keeps the exact bytes.
impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsed_text_is_kept_until_compacted() {
        let payload = Payload::parse(r#"["Hello", "World"]"#).expect("is JSON");
        assert_eq!(payload.text(), r#"["Hello", "World"]"#);
        assert_eq!(payload.compacted().text(), r#"["Hello","World"]"#);
    }

    #[test]
    fn size_is_that_of_the_text() {
        let payload = Payload::new(serde_json::json!({"a": [1, 2.5, "ü\n"], "b": null}));
        assert_eq!(payload.size_bytes(), payload.text().len());
    }

    #[test]
    fn a_value_nested_too_deep_is_refused() {
        let mut value = Value::Null;
        for _ in 0..=limits::NESTING_DEPTH_MAX {
            value = Value::Array(vec![value]);
        }
        assert_eq!(Payload::computed(value), Err(PayloadError::TooDeep));
    }
}
