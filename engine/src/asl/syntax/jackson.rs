//! Syntax errors in the words of Jackson, the JSON parser whose messages AWS passes on.
//!
//! Recording `validate_state_machine_definition_not_a_definition.NOT_A_DEF` shows the form: the message
//! ends with the source location, which is also the diagnostic's `location`. Jackson reports the position
//! after the last character it has read, and counts columns in UTF-16 units.

use std::fmt::Write as _;
use std::ops::Range;

use super::tree::SyntaxError;
use crate::asl::DiagnosticCode;

/// Characters of the source that a location quotes.
const QUOTED_CHARS_MAX: usize = 500;

/// What Jackson expects where a value should start.
pub(super) const VALUE_LIST: &str =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// `[Source: (String)"…"; line: 1, column: 4]` for the position before this byte.
pub(super) fn location(text: &str, offset: usize) -> String {
    let before = &text[..offset];
    // Jackson takes `\n`, `\r\n` and `\r` for line ends.
    let bytes = before.as_bytes();
    let mut line = 1;
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
            line += 1;
            start = at + 1;
        }
    }
    let column = before[start..].encode_utf16().count() + 1;
    let mut quoted = String::new();
    let mut units = 0;
    for char in text.chars() {
        units += char.len_utf16();
        if units > QUOTED_CHARS_MAX {
            break;
        }
        if char.is_control() && char != '\n' && char != '\r' {
            let _ = write!(quoted, "\\u{:04X}", u32::from(char));
        } else {
            quoted.push(char);
        }
    }
    let total = text.encode_utf16().count();
    let mut source = format!("(String)\"{quoted}\"");
    if total > QUOTED_CHARS_MAX {
        let _ = write!(source, "[truncated {} chars]", total - QUOTED_CHARS_MAX);
    }
    format!("[Source: {source}; line: {line}, column: {column}]")
}

/// An error at the position before byte `read`, about the bytes `span`.
pub(super) fn error(text: &str, message: &str, read: usize, span: Range<usize>) -> SyntaxError {
    let location = location(text, read);
    SyntaxError {
        code: DiagnosticCode::InvalidJsonDescription,
        message: format!("{message}\n at {location}"),
        location,
        span,
    }
}

/// `Unexpected character ('}' (code 125)): …`; the position is after the character.
pub(super) fn unexpected(text: &str, offset: usize, comment: &str) -> SyntaxError {
    let char = text[offset..].chars().next().unwrap_or('\u{0}');
    let end = offset + char.len_utf8();
    let message = format!("Unexpected character ({}){comment}", describe(char));
    error(text, &message, end, offset..end)
}

/// `Unrecognized token 'not': was expecting …`.
pub(super) fn unrecognized_token(text: &str, offset: usize) -> SyntaxError {
    /// Longest token Jackson quotes.
    const TOKEN_CHARS_MAX: usize = 256;
    let mut end = offset;
    let mut token = String::new();
    for (count, char) in text[offset..].chars().enumerate() {
        if !(char.is_alphanumeric() || char == '_' || char == '$') {
            break;
        }
        if count == TOKEN_CHARS_MAX {
            token.push_str("...");
            break;
        }
        token.push(char);
        end += char.len_utf8();
    }
    let message = format!("Unrecognized token '{token}': was expecting {VALUE_LIST}");
    error(text, &message, end, offset..end)
}

/// `Unexpected end-of-input…`.
pub(super) fn end_of_input(text: &str, comment: &str) -> SyntaxError {
    let end = text.len();
    let start = text.char_indices().next_back().map_or(end, |(at, _)| at);
    error(text, &format!("Unexpected end-of-input{comment}"), end, start..end)
}

/// `'}' (code 125)`.
pub(super) fn describe(char: char) -> String {
    let code = u32::from(char);
    if char.is_control() {
        format!("(CTRL-CHAR, code {code})")
    } else if code > 255 {
        format!("'{char}' (code {code} / 0x{code:x})")
    } else {
        format!("'{char}' (code {code})")
    }
}
