//! The library's errors in jsonata-js 2.0's words.

use jlens_core::error::catalog;
use jlens_core::{Error, format_json};
use serde_json::Value;

use super::matching::PREFIX;
use crate::expr::jsonata::JsonataSyntaxError;
use crate::expr::jsonata::errors::Fault;

/// The message of an error, without its code.
///
/// The library's own text differs from jsonata-js's where a number is in it (`7.0`), and follows a later
/// version's wording of `D2014`.
fn message(error: &Error) -> String {
    let Some(entry) = catalog().iter().find(|entry| entry.code == error.code()) else {
        return error.message();
    };
    let template = match entry.code {
        "D2014" => entry.template.replace("1e7", "1e6"),
        _ => entry.template.to_owned(),
    };
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template.as_str();
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let (key, tail, raw) = match after.strip_prefix('{') {
            Some(after) => split(after, "}}}", true),
            None => split(after, "}}", false),
        };
        match (error.detail(key), raw) {
            // One of our functions in place of the library's.
            (Some(Value::String(name)), false) if key == "token" && name.starts_with(PREFIX) => {
                text.push_str(&format!("{:?}", &name[PREFIX.len()..]));
            }
            (Some(Value::String(value)), true) => text.push_str(value),
            (Some(value), _) => text.push_str(&format_json(value, false)),
            (None, _) => text.push_str("undefined"),
        }
        rest = tail;
    }
    text.push_str(rest);
    text
}

fn split<'t>(after: &'t str, close: &str, raw: bool) -> (&'t str, &'t str, bool) {
    let (key, tail) = after.split_once(close).unwrap_or((after, ""));
    (key, tail, raw)
}

/// An error of the evaluation.
pub(super) fn fault(error: &Error) -> Fault {
    match error.code() {
        "D1011" => Fault::Depth,
        "U1006" => Fault::Steps,
        "U1001" => Fault::Memory,
        code => Fault::Thrown { code: code.to_owned(), message: message(error) },
    }
}

/// An error of the parser.
pub(super) fn syntax_error(error: &Error) -> JsonataSyntaxError {
    JsonataSyntaxError {
        code: error.code().to_owned(),
        message: message(error),
        offset: error.span().map_or(0, |span| span.start),
    }
}
