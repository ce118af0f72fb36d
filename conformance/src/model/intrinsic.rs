//! Calls of intrinsic functions: `States.Format('{}', $.a)` ("Intrinsic Functions").

use serde_json::Value;

use super::failure::{Result, unknown};
use super::functions;
use super::path::Beyond;
use super::scope::Scope;

/// Evaluates a call.
pub(crate) fn call(scope: &Scope<'_>, text: &str, input: &Value) -> Result<Value> {
    let mut reader = Reader { scope, input, rest: text.trim_end() };
    let value = reader.call()?;
    if reader.rest.is_empty() { Ok(value) } else { unsaid() }
}

fn unsaid<T>() -> Result<T> {
    unknown("an intrinsic function of a form the model does not read")
}

struct Reader<'r> {
    scope: &'r Scope<'r>,
    input: &'r Value,
    rest: &'r str,
}

impl Reader<'_> {
    fn call(&mut self) -> Result<Value> {
        let Some((name, rest)) = self.rest.split_once('(') else { return unsaid() };
        let Some(name) = name.strip_prefix("States.") else { return unsaid() };
        self.rest = rest;
        let mut arguments = Vec::new();
        self.blanks();
        while !self.take(')') {
            if !arguments.is_empty() {
                if !self.take(',') {
                    return unsaid();
                }
                self.blanks();
            }
            let argument = self.argument(name == "Format" && arguments.is_empty())?;
            arguments.push(argument);
            self.blanks();
        }
        functions::apply(name, &arguments)
    }

    /// An argument. A literal template of `States.Format` keeps its escapes for the function.
    fn argument(&mut self, template: bool) -> Result<Value> {
        match self.rest.chars().next() {
            Some('\'') => self.quoted(template).map(Value::from),
            Some('$') => {
                let path = &self.rest[..path_length(self.rest)];
                self.rest = &self.rest[path.len()..];
                let found = self.scope.find_in(path.trim_end(), self.input, Beyond::Missing)?;
                // A template from data has no literal escapes either, but nothing shows how AWS reads them.
                match &found {
                    Value::String(text) if template && text.contains('\\') => unsaid(),
                    _ => Ok(found),
                }
            }
            Some('S') => self.call(),
            _ => self.literal(),
        }
    }

    fn literal(&mut self) -> Result<Value> {
        let length = self.rest.find([',', ')', ' ']).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        match serde_json::from_str(text) {
            Ok(value @ (Value::Number(_) | Value::Null | Value::Bool(_))) => Ok(value),
            _ => unsaid(),
        }
    }

    fn quoted(&mut self, template: bool) -> Result<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\'' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(text);
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('\'' | '\\' | '{' | '}'))) => {
                        if template && escaped != '\'' {
                            text.push('\\');
                        }
                        text.push(escaped);
                    }
                    _ => return unsaid(),
                },
                other => text.push(other),
            }
        }
        unsaid()
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

/// A path ends at a comma or bracket that is not inside its own brackets or quotes.
fn path_length(text: &str) -> usize {
    let (mut depth, mut quote) = (0, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '[' | '(') => depth += 1,
            (None, ']') => depth -= 1,
            (None, ')') if depth > 0 => depth -= 1,
            (None, ',' | ')') if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}
