//! From text to a path.

use super::filter::{self, Filter};
use super::function::{Argument, Call, Function};
use super::{Parsed, PathRoot, PathSyntaxError, Segment};
use crate::limits;

/// Segments a path may have: our own guard, no real path comes near it.
const SEGMENTS_MAX: usize = 1_000;

/// Filters and calls may hold paths with filters and calls this deep: our own guard, too.
const INSIDE_MAX: usize = 8;

/// Reads a text from left to right.
pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) at: usize,
    /// Filters and calls around this place.
    inside: usize,
    /// What the path's regular expressions may still take.
    pattern_bytes_left: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let pattern_bytes_left = 2 * limits::JSONPATH_PATTERN_BYTES_MAX;
        Self { text, at: 0, inside: 0, pattern_bytes_left }
    }

    /// Pays for a compiled regular expression; false when the path has too many.
    pub(super) fn pay_for_pattern(&mut self, bytes: usize) -> bool {
        let left = self.pattern_bytes_left.checked_sub(bytes);
        self.pattern_bytes_left = left.unwrap_or(0);
        left.is_some()
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes a text if it comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    pub(super) fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    }

    pub(super) fn expect(&mut self, text: &str) -> Result<(), PathSyntaxError> {
        if self.take(text) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(found) => self.error(format!("expected `{text}`, found `{found}`")),
            None => self.error(format!("expected `{text}`, found the end")),
        })
    }

    pub(super) fn error(&self, message: impl Into<String>) -> PathSyntaxError {
        PathSyntaxError { message: message.into(), offset: self.at }
    }

    /// A text in single or double quotes; a backslash takes the next character as it is.
    pub(super) fn quoted(&mut self) -> Result<String, PathSyntaxError> {
        let quote = self.next().unwrap_or('\'');
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.error("unfinished text in quotes")),
                Some(found) if found == quote => return Ok(text),
                Some('\\') => match self.next() {
                    None => return Err(self.error("unfinished text in quotes")),
                    Some(escaped) => text.push(escaped),
                },
                Some(other) => text.push(other),
            }
        }
    }

    fn enter(&mut self) -> Result<(), PathSyntaxError> {
        if self.inside == INSIDE_MAX {
            return Err(self.error(format!("filters nest deeper than {INSIDE_MAX} levels")));
        }
        self.inside += 1;
        Ok(())
    }

    fn leave(&mut self) {
        self.inside -= 1;
    }

    pub(super) fn integer(&mut self) -> Result<Option<i64>, PathSyntaxError> {
        let start = self.at;
        self.take("-");
        let digits = self.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() {
            self.at = start;
            return Ok(None);
        }
        let text = &self.text[start..self.at];
        text.parse().map(Some).map_err(|_| self.error(format!("index `{text}` is too large")))
    }
}

pub(super) fn parse(source: &str) -> Result<Parsed, PathSyntaxError> {
    let mut cursor = Cursor::new(source);
    cursor.expect("$")?;
    let root = if cursor.take("$") {
        PathRoot::Context
    } else {
        match variable_name(&mut cursor) {
            "" => PathRoot::Input,
            name => PathRoot::Variable(name.into()),
        }
    };
    let (segments, function) = segments(&mut cursor)?;
    // Jayway trims a path; published workflows have blanks at the end of one.
    cursor.skip_blanks();
    if let Some(found) = cursor.peek() {
        return Err(cursor.error(format!("unexpected `{found}`")));
    }
    Ok(Parsed { source: source.into(), root, segments, function })
}

fn variable_name<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.take_while(|c| c == '_' || unicode_ident::is_xid_continue(c))
}

/// The segments of a path, and the function it ends in.
pub(super) fn segments(
    cursor: &mut Cursor<'_>,
) -> Result<(Vec<Segment>, Option<Call>), PathSyntaxError> {
    let mut segments = Vec::new();
    loop {
        if segments.len() > SEGMENTS_MAX {
            return Err(cursor.error(format!("path has more than {SEGMENTS_MAX} segments")));
        }
        match cursor.peek() {
            Some('[') => segments.push(bracket(cursor)?),
            Some('.') => {
                cursor.next();
                if cursor.take(".") {
                    segments.push(Segment::Descend);
                }
                match cursor.peek() {
                    Some('[') => segments.push(bracket(cursor)?),
                    Some('*') => {
                        cursor.next();
                        segments.push(Segment::Wildcard);
                    }
                    _ => match dot_name(cursor)? {
                        Dotted::Name(name) => segments.push(Segment::Name(name)),
                        Dotted::Call(call) => return Ok((segments, Some(call))),
                    },
                }
            }
            _ => return Ok((segments, None)),
        }
    }
}

enum Dotted {
    Name(Box<str>),
    Call(Call),
}

/// `name` after a dot: anything up to the next `.`, `[`, `(` or blank; a backslash takes the next character
/// as it is.
fn dot_name(cursor: &mut Cursor<'_>) -> Result<Dotted, PathSyntaxError> {
    let mut name = String::new();
    while let Some(next) = cursor.peek() {
        match next {
            '.' | '[' => break,
            '(' => return call(cursor, &name).map(Dotted::Call),
            '\\' => {
                cursor.next();
                match cursor.next() {
                    Some(escaped) => name.push(escaped),
                    None => return Err(cursor.error("nothing follows the backslash")),
                }
            }
            // Where a path inside a filter or a call ends; elsewhere they belong to the name.
            ')' | ',' | ']' | '=' | '!' | '<' | '>' | '&' | '|' | '~' if cursor.inside > 0 => break,
            blank if blank.is_whitespace() => break,
            other => {
                cursor.next();
                name.push(other);
            }
        }
    }
    if name.is_empty() {
        return Err(cursor.error("expected a name"));
    }
    Ok(Dotted::Name(name.into()))
}

/// `name(…)`: arguments are JSON or paths from the document.
fn call(cursor: &mut Cursor<'_>, name: &str) -> Result<Call, PathSyntaxError> {
    let Some(function) = Function::named(name) else {
        return Err(cursor.error(format!("there is no function `{name}`")));
    };
    cursor.expect("(")?;
    cursor.enter()?;
    let mut arguments = Vec::new();
    cursor.skip_blanks();
    while !cursor.take(")") {
        if !arguments.is_empty() {
            cursor.expect(",")?;
            cursor.skip_blanks();
        }
        arguments.push(argument(cursor)?);
        cursor.skip_blanks();
    }
    cursor.leave();
    Ok(Call { function, arguments })
}

fn argument(cursor: &mut Cursor<'_>) -> Result<Argument, PathSyntaxError> {
    match cursor.peek() {
        Some('$') => {
            cursor.next();
            match segments(cursor)? {
                (path, None) => Ok(Argument::Path(path)),
                (_, Some(call)) => Err(cursor.error(format!(
                    "`{}()` cannot stand inside another function",
                    call.function.name()
                ))),
            }
        }
        Some('\'' | '"') => cursor.quoted().map(|text| Argument::Literal(text.into())),
        _ => {
            let word = cursor.take_while(|c| c.is_ascii_alphanumeric() || "-+.".contains(c));
            match serde_json::from_str(word) {
                Ok(value) => Ok(Argument::Literal(value)),
                Err(_) => Err(cursor.error("expected a number, a text in quotes or a path")),
            }
        }
    }
}

fn bracket(cursor: &mut Cursor<'_>) -> Result<Segment, PathSyntaxError> {
    cursor.expect("[")?;
    cursor.skip_blanks();
    let segment = match cursor.peek() {
        Some('*') => {
            cursor.next();
            Segment::Wildcard
        }
        Some('?') => {
            cursor.next();
            cursor.skip_blanks();
            cursor.expect("(")?;
            cursor.enter()?;
            let filter: Filter = filter::parse(cursor)?;
            cursor.leave();
            cursor.expect(")")?;
            Segment::Filter(filter)
        }
        Some('\'' | '"') => names(cursor)?,
        _ => numbers(cursor)?,
    };
    cursor.skip_blanks();
    cursor.expect("]")?;
    Ok(segment)
}

fn names(cursor: &mut Cursor<'_>) -> Result<Segment, PathSyntaxError> {
    let mut names = vec![cursor.quoted()?.into_boxed_str()];
    loop {
        cursor.skip_blanks();
        if !cursor.take(",") {
            break;
        }
        cursor.skip_blanks();
        if !matches!(cursor.peek(), Some('\'' | '"')) {
            return Err(cursor.error("expected a name in quotes"));
        }
        names.push(cursor.quoted()?.into_boxed_str());
    }
    Ok(match <[_; 1]>::try_from(names) {
        Ok([name]) => Segment::Name(name),
        Err(names) => Segment::Names(names),
    })
}

fn numbers(cursor: &mut Cursor<'_>) -> Result<Segment, PathSyntaxError> {
    let first = cursor.integer()?;
    cursor.skip_blanks();
    if cursor.take(":") {
        cursor.skip_blanks();
        let end = cursor.integer()?;
        return Ok(Segment::Slice(first, end));
    }
    let Some(first) = first else {
        return Err(cursor.error("expected a name in quotes, an index, a slice, `*` or `?(`"));
    };
    let mut indexes = vec![first];
    while cursor.take(",") {
        cursor.skip_blanks();
        match cursor.integer()? {
            Some(index) => indexes.push(index),
            None => return Err(cursor.error("expected an index")),
        }
        cursor.skip_blanks();
    }
    Ok(if indexes.len() == 1 { Segment::Index(first) } else { Segment::Indexes(indexes) })
}
