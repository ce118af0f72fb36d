//! The functions on texts, encodings and JSON text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::Digest;

use super::Arguments;
use crate::data::parse_json;
use crate::limits;

/// Takes the backslash off escaped characters.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    plain
}

/// Puts the arguments into the `{}` of the template.
pub(super) fn format(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let template = arguments.string(0)?;
    let mut values = arguments.values[1..].iter();
    let mut text = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if arguments.template_is_literal => text.push(chars.next().unwrap_or('\\')),
            '{' if chars.peek() == Some(&'}') => {
                chars.next();
                let value = values.next().ok_or("There are more {} than arguments")?;
                print(value, &mut text);
            }
            other => text.push(other),
        }
    }
    match values.next() {
        None => Ok(text.into()),
        Some(_) => Err("There are more arguments than {}".to_owned()),
    }
}

/// Texts without quotes; objects and arrays as Java prints a map (recording `context_json_path`).
fn print(value: &Value, text: &mut String) {
    match value {
        Value::String(inner) => text.push_str(inner),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                print(item, text);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                text.push_str(key);
                text.push('=');
                print(item, text);
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// Blank text is `null` (measured).
pub(super) fn string_to_json(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let text = arguments.string(0)?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    parse_json(text).map_err(|error| format!("The argument at position 1 is not JSON: {error}"))
}

/// The argument, if it is not too long.
fn bounded(text: &str) -> Result<&str, String> {
    if text.chars().count() > limits::INTRINSIC_DATA_CHARS_MAX {
        return Err(format!(
            "The argument at position 1 is longer than {} characters",
            limits::INTRINSIC_DATA_CHARS_MAX
        ));
    }
    Ok(text)
}

pub(super) fn base64_encode(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let text = bounded(arguments.string(0)?)?;
    Ok(STANDARD.encode(text).into())
}

pub(super) fn base64_decode(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let text = bounded(arguments.string(0)?)?;
    let bytes = STANDARD.decode(text).map_err(|error| format!("Not Base64: {error}"))?;
    String::from_utf8(bytes)
        .map(Value::String)
        .map_err(|_| "The decoded bytes are not UTF-8".to_owned())
}

/// Hashes a text, or the JSON text of anything else.
pub(super) fn hash(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let owned;
    let data = match arguments.value(0) {
        Value::String(text) => text.as_str(),
        other => {
            owned = other.to_string();
            &owned
        }
    };
    let data = bounded(data)?;
    let algorithm = arguments.string(1)?;
    hash_hex(data, algorithm)
        .map(Value::String)
        .ok_or_else(|| arguments.wrong(1, "one of MD5, SHA-1, SHA-256, SHA-384, SHA-512"))
}

/// The hash of a text in hexadecimal; `None` for an algorithm the language does not have.
pub(in crate::expr) fn hash_hex(data: &str, algorithm: &str) -> Option<String> {
    fn hex<D: Digest>(data: &str) -> String {
        D::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
    }
    Some(match algorithm {
        "MD5" => hex::<md5::Md5>(data),
        "SHA-1" => hex::<sha1::Sha1>(data),
        "SHA-256" => hex::<sha2::Sha256>(data),
        "SHA-384" => hex::<sha2::Sha384>(data),
        "SHA-512" => hex::<sha2::Sha512>(data),
        _ => return None,
    })
}

/// Splits at every character of the delimiter, and drops what is empty (measured).
pub(super) fn split(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let (text, delimiters) = (arguments.string(0)?, arguments.string(1)?);
    if delimiters.is_empty() {
        return Ok(Value::Array(vec![text.into()]));
    }
    let delimiters: std::collections::BTreeSet<char> = delimiters.chars().collect();
    Ok(text
        .split(|c| delimiters.contains(&c))
        .filter(|part| !part.is_empty())
        .map(Value::from)
        .collect())
}

/// Puts the second object's keys over the first's. AWS supports only the shallow mode.
pub(super) fn merge(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let object = |index: usize| {
        arguments.value(index).as_object().ok_or_else(|| arguments.wrong(index, "an object"))
    };
    let (first, second) = (object(0)?, object(1)?);
    if *arguments.value(2) != Value::Bool(false) {
        return Err(arguments.wrong(2, "false: only shallow merging is supported"));
    }
    let mut merged = first.clone();
    for (key, value) in second {
        merged.insert(key.clone(), value.clone());
    }
    Ok(Value::Object(merged))
}
