//! Regular expressions in filters: `@.name =~ /a.*/i`.

use regex_lite::{Error, Regex, RegexBuilder};
use serde_json::Value;

use super::evaluate::Evaluation;
use crate::limits;

/// A compiled pattern. The engine behind it takes time with the length of the text times the pattern's size,
/// whatever the pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    /// It takes no more than this when compiled, and more than a quarter of it.
    pub(super) bytes_max: usize,
}

impl Pattern {
    /// Bytes that are tried first.
    const BYTES_MIN: usize = 1_024;

    /// Compiles a pattern.
    ///
    /// # Errors
    /// When it is none, or too large when its repetitions are written out.
    pub(super) fn compile(source: &str, flags: &str) -> Result<Self, Error> {
        // Alone first: parentheses that do not pair must not pair with ours.
        let mut bytes_max = Self::BYTES_MIN;
        while let Err(error) = RegexBuilder::new(source).size_limit(bytes_max).build() {
            if bytes_max == limits::JSONPATH_PATTERN_BYTES_MAX {
                return Err(error);
            }
            bytes_max *= 4;
        }
        // Jayway asks whether the whole text matches.
        let flags = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
        let regex = RegexBuilder::new(&format!("^(?:{flags}{source})$"))
            .size_limit(4 * bytes_max)
            .build()?;
        Ok(Self { regex, bytes_max })
    }

    /// Whether all of a text matches; of a list, whether one element does.
    pub(super) fn matches(&self, value: &Value, evaluation: &Evaluation<'_>) -> bool {
        // A state of the pattern takes 32 bytes and more; each may be asked about every character.
        let text = |text: &str| {
            let states = text.len().saturating_mul(self.bytes_max / 256);
            evaluation.pay_for_comparisons(&Value::Null, states) && self.regex.is_match(text)
        };
        match value {
            Value::String(value) => text(value),
            Value::Number(_) | Value::Bool(_) => text(&value.to_string()),
            Value::Array(items) => {
                items.iter().any(|item| !item.is_array() && self.matches(item, evaluation))
            }
            _ => false,
        }
    }
}
