//! Values the model cannot know but can pass on: identifiers, tokens, random draws, worded causes.
//!
//! Such a value is a string between two marks that no JSON of a case has. It fits any text; a text that holds
//! one fits every text that equals it elsewhere. Looking into one is for nobody: whoever must gives up.

use serde_json::Value;

use super::failure::{Result, unknown};

/// Noncharacters of Unicode: never in an interchanged text.
const OPEN: char = '\u{FDD0}';
const CLOSE: char = '\u{FDD1}';
const MAYBE: &str = "\u{FDD0}?\u{FDD1}";
const NUMBER: &str = "\u{FDD0}#\u{FDD1}";

/// Some text.
pub(crate) fn text(kind: &str) -> Value {
    Value::String(format!("{OPEN}{kind}{CLOSE}"))
}

/// Some text, where an observation does not show it exactly.
#[must_use]
pub fn any_text() -> String {
    format!("{OPEN}text{CLOSE}")
}

/// Some number.
pub(crate) fn number() -> Value {
    Value::from(NUMBER)
}

/// Some value, which may also be missing.
pub(crate) fn maybe() -> Value {
    Value::from(MAYBE)
}

/// Whether a value may be missing.
pub(crate) fn is_maybe(value: &Value) -> bool {
    value.as_str() == Some(MAYBE)
}

/// Whether anything in a value is opaque.
pub(crate) fn is_in(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(OPEN),
        Value::Array(items) => items.iter().any(is_in),
        Value::Object(map) => map.values().any(is_in),
        _ => false,
    }
}

/// Gives up when the text of a value cannot be told, not even as a pattern.
pub(crate) fn printable(value: &Value) -> Result<&Value> {
    fn is_hidden(value: &Value) -> bool {
        match value {
            Value::String(text) => text == MAYBE || text == NUMBER,
            // Large and small doubles are written in a form of their own.
            Value::Number(number) => {
                number.is_f64()
                    && number.as_f64().is_some_and(|n| n != 0.0 && !(1e-3..1e7).contains(&n.abs()))
            }
            Value::Array(items) => items.iter().any(is_hidden),
            Value::Object(map) => map.values().any(is_hidden),
            _ => false,
        }
    }
    if is_hidden(value) { unknown("the text of a value that is not plain") } else { Ok(value) }
}

/// Gives up when a value whose form matters is opaque; what is in it may be.
pub(crate) fn formed(value: &Value) -> Result<&Value> {
    match value {
        Value::String(_) => clear(value),
        other => Ok(other),
    }
}

/// Gives up when a value that must be looked into has anything opaque in it.
pub(crate) fn clear(value: &Value) -> Result<&Value> {
    if is_in(value) { unknown("it depends on a value only the engine knows") } else { Ok(value) }
}

/// Whether a value an engine shows is one the model allows.
#[must_use]
pub fn agrees(modelled: &Value, seen: &Value) -> bool {
    match (modelled, seen) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agrees(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            b.keys().all(|key| a.contains_key(key))
                && a.iter().all(|(key, value)| match b.get(key) {
                    Some(other) => agrees(value, other),
                    None => is_maybe(value) || is_only_a_token(value),
                })
        }
        (Value::String(text), _) if text == MAYBE => true,
        (Value::String(text), Value::Number(_)) => text == NUMBER,
        (Value::String(pattern), Value::String(text)) => fits(pattern, text),
        (Value::Number(_), Value::Number(_)) => same(modelled, seen),
        _ => modelled == seen,
    }
}

/// Whether a value is the context object's `Task`: nobody has told whether it outlives the task it belongs to.
fn is_only_a_token(value: &Value) -> bool {
    let token = text("token");
    value.as_object().is_some_and(|map| map.len() == 1 && map.get("Token") == Some(&token))
}

/// Whether a text is the pattern with anything in place of its opaque parts.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let Some((before, rest)) = pattern.split_once(OPEN) else { return pattern == text };
    let after = rest.split_once(CLOSE).map_or("", |(_, after)| after);
    let Some(text) = text.strip_prefix(before) else { return false };
    if after.is_empty() {
        return true;
    }
    (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| fits(after, &text[at..]))
}

/// Equality of JSON where 1 and 1.0 are the same number.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}
