//! From text to a call.

use serde_json::Value;

use super::function::Function;
use super::text::unescape;
use super::{Argument, Call, IntrinsicSyntaxError};
use crate::expr::JsonPath;
use crate::limits;

pub(super) fn parse(source: &str) -> Result<Call, IntrinsicSyntaxError> {
    let mut parser = Parser { source, at: 0 };
    let call = parser.call(limits::INTRINSIC_NESTING_MAX)?;
    if parser.at < source.len() {
        return Err(parser.error("expected the end"));
    }
    Ok(call)
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn error(&self, message: impl Into<String>) -> IntrinsicSyntaxError {
        IntrinsicSyntaxError { message: message.into(), offset: self.at }
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn word(&mut self, accept: impl Fn(char) -> bool) -> String {
        let end = self.rest().find(|c| !accept(c)).unwrap_or(self.rest().len());
        let word = self.rest()[..end].to_owned();
        self.at += end;
        word
    }

    fn call(&mut self, depth: usize) -> Result<Call, IntrinsicSyntaxError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(self.error(format!(
                "calls nest deeper than {} levels",
                limits::INTRINSIC_NESTING_MAX
            )));
        };
        let start = self.at;
        let name = self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        let Some(function) = Function::named(&name) else {
            self.at = start;
            return Err(self.error(format!("there is no function `{name}`")));
        };
        if !self.take("(") {
            return Err(self.error("expected `(`"));
        }
        let mut arguments = self.arguments(depth)?;
        for (index, argument) in arguments.iter_mut().enumerate() {
            // Format reads the escapes of its template itself, for it may also come from a path.
            if let (Argument::Text(Value::String(text)), false) =
                (argument, function == Function::Format && index == 0)
            {
                *text = unescape(text);
            }
        }
        Ok(Call { function, arguments })
    }

    fn arguments(&mut self, depth: usize) -> Result<Vec<Argument>, IntrinsicSyntaxError> {
        let mut arguments = Vec::new();
        self.skip_blanks();
        if self.take(")") {
            return Ok(arguments);
        }
        loop {
            self.skip_blanks();
            arguments.push(self.argument(depth)?);
            self.skip_blanks();
            if self.take(")") {
                return Ok(arguments);
            }
            if !self.take(",") {
                return Err(self.error("expected `,` or `)`"));
            }
        }
    }

    fn argument(&mut self, depth: usize) -> Result<Argument, IntrinsicSyntaxError> {
        match self.rest().chars().next() {
            Some('\'') => self.text().map(|text| Argument::Text(text.into())),
            Some('$') => self.path(),
            Some('S') => self.call(depth).map(Argument::Call),
            Some(_) => self.literal(),
            None => Err(self.error("expected an argument")),
        }
    }

    /// Text between single quotes. Only `\'`, `\{`, `\}` and `\\` are escapes; AWS refuses the others when a
    /// machine is created (recording `illegal_escapes`).
    fn text(&mut self) -> Result<String, IntrinsicSyntaxError> {
        self.at += 1;
        let start = self.at;
        let bytes = self.source.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'\'' => {
                    let text = self.source[start..self.at].to_owned();
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => match bytes.get(self.at + 1) {
                    Some(b'\'' | b'{' | b'}' | b'\\') => self.at += 2,
                    _ => return Err(self.error("only \\' \\{ \\} and \\\\ are escapes")),
                },
                _ => self.at += 1,
            }
        }
        Err(self.error("unfinished text in quotes"))
    }

    /// A path ends at the first comma or closing parenthesis that is outside brackets and quotes.
    fn path(&mut self) -> Result<Argument, IntrinsicSyntaxError> {
        let mut open = 0_usize;
        let mut quote = None;
        let mut escaped = false;
        let mut end = self.rest().len();
        for (at, c) in self.rest().char_indices() {
            if std::mem::take(&mut escaped) {
                continue;
            }
            match (quote, c) {
                (_, '\\') => escaped = true,
                (Some(q), c) if q == c => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, '[' | '(') => open += 1,
                (None, ']') => open = open.saturating_sub(1),
                (None, ')') if open > 0 => open -= 1,
                (None, ')' | ',') if open == 0 => {
                    end = at;
                    break;
                }
                _ => {}
            }
        }
        let path = JsonPath::parse(self.rest()[..end].trim_end()).map_err(|error| {
            IntrinsicSyntaxError { message: error.message, offset: self.at + error.offset }
        })?;
        self.at += end;
        Ok(Argument::Path(path))
    }

    fn literal(&mut self) -> Result<Argument, IntrinsicSyntaxError> {
        let start = self.at;
        let word = self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
        match serde_json::from_str::<Value>(&word) {
            Ok(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => {
                Ok(Argument::Literal(value))
            }
            _ => {
                self.at = start;
                Err(self.error("expected text in single quotes, a number, a path or a call"))
            }
        }
    }
}
