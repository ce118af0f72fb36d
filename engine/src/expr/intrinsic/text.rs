//! The functions on texts and encodings.

use serde_json::Value;

use super::{Arguments, Fault};
use crate::expr::{digest, java};
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

/// Puts the arguments into the `{}` of the template; a backslash makes the next `{`, `}`, `'` or backslash a
/// plain character.
pub(super) fn format(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let template = arguments.string(0)?;
    let mut values = arguments.values[1..].iter();
    let mut text = String::with_capacity(template.len());
    let mut chars = template.chars().peekable();
    let mut too_few = false;
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(escaped @ ('{' | '}' | '\'' | '\\'))) => {
                text.push(*escaped);
                chars.next();
            }
            ('{', Some('}')) => {
                chars.next();
                match values.next() {
                    Some(value) => java::print(value, &mut text),
                    None => too_few = true,
                }
            }
            ('{', _) => return Err(not_paired('}', '{')),
            ('}', _) => return Err(not_paired('{', '}')),
            _ => text.push(c),
        }
    }
    if too_few || values.next().is_some() {
        return Err(Fault::Detail("number of arguments do not match the occurrences of {}."));
    }
    Ok(text.into())
}

/// Measured for both braces.
fn not_paired(missing: char, brace: char) -> Fault {
    Fault::Message(format!(
        "Invalid template in States.Format: matching '{missing}' not found for '{brace}'."
    ))
}

/// The text, if it is not too long.
fn bounded(text: &str) -> Result<&str, Fault> {
    if text.chars().count() > limits::INTRINSIC_DATA_CHARS_MAX {
        return Err(Fault::Arguments);
    }
    Ok(text)
}

pub(super) fn base64_encode(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    use base64::Engine as _;
    let text = bounded(arguments.string(0)?)?;
    Ok(base64::engine::general_purpose::STANDARD.encode(text).into())
}

/// Decodes as leniently as Apache's Commons Codec: characters outside the alphabet are skipped, padding ends
/// the text, and it may be missing (measured: AWS takes `!!!invalid!!!`, `abc` and `ab==cd`). That bytes
/// which are not UTF-8 become replacement characters is what Java does.
pub(super) fn base64_decode(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let text = bounded(arguments.string(0)?)?;
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes().take_while(|byte| *byte != b'=') {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => continue,
        };
        bits = (bits << 6 | u32::from(six)) & 0xfff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned().into())
}

/// Hashes a text, or the JSON text of anything else (that AWS takes anything is measured; that it hashes the
/// JSON text of an object is our guess).
pub(super) fn hash(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let owned;
    let data = match arguments.value(0) {
        Value::String(text) => text.as_str(),
        other => {
            owned = other.to_string();
            &owned
        }
    };
    let data = bounded(data)?;
    digest::hexadecimal(data, arguments.string(1)?).map(Value::String).ok_or(Fault::Arguments)
}

/// Splits at every character of the delimiter, and drops what is empty (measured).
pub(super) fn split(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let (text, delimiters) = (arguments.string(0)?, arguments.string(1)?);
    let delimiters: std::collections::BTreeSet<char> = delimiters.chars().collect();
    Ok(text
        .split(|c| delimiters.contains(&c))
        .filter(|part| !part.is_empty())
        .map(Value::from)
        .collect())
}
