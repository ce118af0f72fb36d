//! A strict JSON parser that keeps byte spans, number text and duplicate keys.
//!
//! It is our own because the diagnostics must be Jackson's (see [`super::jackson`]) and every value must
//! know its place in the text; a library parser gives one or the other.

use std::borrow::Cow;
use std::ops::Range;

use super::jackson;
use super::tree::{Duplicate, Member, Node, Object, SyntaxError, Tree, Value};
use crate::asl::DiagnosticCode;
use crate::limits;

/// Parses one JSON value and nothing after it.
///
/// # Errors
/// The first thing wrong, in Jackson's words.
pub(in crate::asl) fn parse(text: &str) -> Result<Tree<'_>, SyntaxError> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, duplicates: Vec::new() };
    parser.skip_blanks();
    if parser.at == text.len() {
        return Ok(Tree { root: None, duplicates: Vec::new() });
    }
    let root = parser.value(0)?;
    parser.skip_blanks();
    if parser.at < text.len() {
        return Err(parser.not_a_value());
    }
    Ok(Tree { root: Some(root), duplicates: parser.duplicates })
}

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    duplicates: Vec<Duplicate<'t>>,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node<'t>, SyntaxError> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b't') => self.literal("true", Value::Bool(true))?,
            Some(b'f') => self.literal("false", Value::Bool(false))?,
            Some(b'n') => self.literal("null", Value::Null)?,
            Some(_) => return Err(self.not_a_value()),
            None => return Err(jackson::end_of_input(self.text, "")),
        };
        Ok(Node { span: start..self.at, value })
    }

    fn not_a_value(&self) -> SyntaxError {
        let rest = &self.text[self.at..];
        let first = rest.chars().next().unwrap_or(' ');
        for token in ["NaN", "Infinity"] {
            if rest.starts_with(token) {
                let message = format!(
                    "Non-standard token '{token}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
                );
                let end = self.at + token.len();
                return jackson::error(self.text, &message, end, self.at..end);
            }
        }
        if first.is_alphabetic() || first == '_' || first == '$' {
            return jackson::unrecognized_token(self.text, self.at);
        }
        let comment = format!(": expected a valid value {}", jackson::VALUE_LIST);
        jackson::unexpected(self.text, self.at, &comment)
    }

    fn literal(&mut self, token: &str, value: Value<'t>) -> Result<Value<'t>, SyntaxError> {
        let rest = &self.text[self.at..];
        let whole = rest.strip_prefix(token).is_some_and(|after| {
            !after.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$')
        });
        if !whole {
            return Err(jackson::unrecognized_token(self.text, self.at));
        }
        self.at += token.len();
        Ok(value)
    }

    fn deeper(&self, depth: usize) -> Result<usize, SyntaxError> {
        if depth < limits::NESTING_DEPTH_MAX {
            return Ok(depth + 1);
        }
        let message = format!(
            "Document nesting depth ({}) exceeds the maximum allowed ({})",
            depth + 1,
            limits::NESTING_DEPTH_MAX
        );
        let mut error = jackson::error(self.text, &message, self.at, self.at..self.at + 1);
        error.code = DiagnosticCode::TooDeeplyNested;
        Err(error)
    }

    /// What Jackson says when the text ends inside an array or object.
    fn not_closed(&self, kind: &str, start: usize) -> SyntaxError {
        let marker = jackson::location(self.text, start);
        let comment = format!(": expected close marker for {kind} (start marker at {marker})");
        jackson::end_of_input(self.text, &comment)
    }

    fn array(&mut self, depth: usize) -> Result<Value<'t>, SyntaxError> {
        let depth = self.deeper(depth)?;
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            self.skip_blanks();
            if self.peek().is_none() {
                return Err(self.not_closed("Array", start));
            }
            items.push(self.value(depth)?);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                Some(_) => {
                    let comment = ": was expecting comma to separate Array entries";
                    return Err(jackson::unexpected(self.text, self.at, comment));
                }
                None => return Err(self.not_closed("Array", start)),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value<'t>, SyntaxError> {
        let depth = self.deeper(depth)?;
        let start = self.at;
        self.at += 1;
        let mut members = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(Object::default()));
        }
        loop {
            self.skip_blanks();
            members.push(self.member(depth, start)?);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(Object::new(members, &mut self.duplicates)));
                }
                Some(_) => {
                    let comment = ": was expecting comma to separate Object entries";
                    return Err(jackson::unexpected(self.text, self.at, comment));
                }
                None => return Err(self.not_closed("Object", start)),
            }
        }
    }

    fn member(&mut self, depth: usize, start: usize) -> Result<Member<'t>, SyntaxError> {
        match self.peek() {
            Some(b'"') => {}
            Some(_) => {
                let comment = ": was expecting double-quote to start field name";
                return Err(jackson::unexpected(self.text, self.at, comment));
            }
            None => return Err(self.not_closed("Object", start)),
        }
        let key_start = self.at;
        let key = self.string()?;
        let key_span = key_start..self.at;
        self.skip_blanks();
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(_) => {
                let comment = ": was expecting a colon to separate field name and value";
                return Err(jackson::unexpected(self.text, self.at, comment));
            }
            None => {
                return Err(jackson::end_of_input(self.text, " within/between Object entries"));
            }
        }
        self.skip_blanks();
        if self.peek().is_none() {
            return Err(jackson::end_of_input(self.text, " within/between Object entries"));
        }
        Ok(Member { key, key_span, value: self.value(depth)? })
    }

    fn string(&mut self) -> Result<Cow<'t, str>, SyntaxError> {
        self.at += 1;
        let start = self.at;
        let mut owned: Option<String> = None;
        let mut copied = start;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let rest = &self.text[copied..self.at];
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(rest),
                        Some(mut text) => {
                            text.push_str(rest);
                            Cow::Owned(text)
                        }
                    });
                }
                Some(b'\\') => {
                    let text = owned.get_or_insert_with(String::new);
                    text.push_str(&self.text[copied..self.at]);
                    let char = self.escape()?;
                    owned.get_or_insert_with(String::new).push(char);
                    copied = self.at;
                }
                Some(byte @ 0..=0x1f) => {
                    let message = format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be included in string value",
                        jackson::describe(char::from(byte))
                    );
                    let span = self.at..self.at + 1;
                    return Err(jackson::error(self.text, &message, self.at + 1, span));
                }
                Some(_) => self.at += 1,
                None => {
                    let comment = ": was expecting closing quote for a string value";
                    return Err(jackson::end_of_input(self.text, comment));
                }
            }
        }
    }

    /// One escape sequence, from its backslash on.
    fn escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let Some(char) = self.text[self.at..].chars().next() else {
            return Err(jackson::end_of_input(self.text, " in character escape sequence"));
        };
        self.at += char.len_utf8();
        Ok(match char {
            '"' | '\\' | '/' => char,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode_escape(start),
            _ => {
                let message = format!("Unrecognized character escape {}", jackson::describe(char));
                return Err(jackson::error(self.text, &message, self.at, start..self.at));
            }
        })
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, SyntaxError> {
        let high = self.hex()?;
        let code = if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
            } else {
                high
            }
        } else {
            high
        };
        // A Java string may hold half of a surrogate pair; a Rust string and UTF-8 can not.
        char::from_u32(code).ok_or_else(|| {
            let message = "Unpaired surrogate in character escape sequence";
            jackson::error(self.text, message, self.at, start..self.at)
        })
    }

    fn hex(&mut self) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(char) = self.text[self.at..].chars().next() else {
                return Err(jackson::end_of_input(self.text, " in character escape sequence"));
            };
            let Some(digit) = char.to_digit(16) else {
                let comment = ": expected a hex-digit for character escape sequence";
                return Err(jackson::unexpected(self.text, self.at, comment));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at - start
    }

    /// Fails when no digit follows.
    fn digit_expected(&self, comment: &str) -> SyntaxError {
        if self.peek().is_none() {
            return jackson::end_of_input(self.text, " in a value");
        }
        jackson::unexpected(self.text, self.at, &format!(" in numeric value: {comment}"))
    }

    fn number(&mut self) -> Result<Cow<'t, str>, SyntaxError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let integer = self.at;
        if self.digits() == 0 {
            let comment = "expected digit (0-9) to follow minus sign, for valid numeric value";
            return Err(self.digit_expected(comment));
        }
        if self.bytes[integer] == b'0' && self.at - integer > 1 {
            let message = "Invalid numeric value: Leading zeroes not allowed";
            return Err(jackson::error(self.text, message, integer + 1, start..self.at));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.digit_expected("Decimal point not followed by a digit"));
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.digit_expected("Exponent indicator not followed by a digit"));
            }
        }
        finite(self.text, start..self.at)
    }
}

/// The number's text, if a double can hold it: a larger one has no value in a state machine.
fn finite(text: &str, span: Range<usize>) -> Result<Cow<'_, str>, SyntaxError> {
    let number = &text[span.clone()];
    if number.parse::<f64>().is_ok_and(f64::is_finite) {
        return Ok(Cow::Borrowed(number));
    }
    let shown: String = number.chars().take(40).collect();
    let message = format!("Numeric value ({shown}) out of range of double");
    Err(jackson::error(text, &message, span.end, span))
}
