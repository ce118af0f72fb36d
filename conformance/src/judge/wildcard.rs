//! Comparing values in which tokens stand for anything.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::case::{Match, Placeholders};

/// Compares expected with observed values, and remembers what numbered tokens stood for.
#[derive(Debug, Clone)]
pub struct Matcher {
    whole: Vec<String>,
    parts: Vec<String>,
    bound: BTreeMap<String, Value>,
}

/// The first place where two values differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where, as a path of keys and indices.
    pub path: String,
    /// What was expected there; `None` when nothing was.
    pub expected: Option<Value>,
    /// What was there; `None` when nothing was.
    pub observed: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: &Option<Value>| {
            value.as_ref().map_or("nothing".to_owned(), ToString::to_string)
        };
        let path = if self.path.is_empty() { "the value" } else { &self.path };
        writeln!(f, "at {path}")?;
        writeln!(f, "  expected {}", show(&self.expected))?;
        write!(f, "  observed {}", show(&self.observed))
    }
}

impl Matcher {
    /// A matcher for a case's tokens.
    #[must_use]
    pub fn new(placeholders: &Placeholders) -> Self {
        let tokens = |wanted: Match| {
            let mut tokens: Vec<String> = placeholders
                .wildcards
                .iter()
                .filter(|wildcard| wildcard.matches == wanted && !wildcard.token.is_empty())
                .map(|wildcard| wildcard.token.clone())
                .collect();
            // Longer tokens first, so that one that begins with another is found.
            tokens.sort_by_key(|token| std::cmp::Reverse(token.len()));
            tokens
        };
        Self { whole: tokens(Match::Whole), parts: tokens(Match::Part), bound: BTreeMap::new() }
    }

    /// Compares two values; `None` when they match.
    pub fn compare(&mut self, expected: &Value, observed: &Value) -> Option<Difference> {
        self.at(String::new(), expected, observed)
    }

    fn at(&mut self, path: String, expected: &Value, observed: &Value) -> Option<Difference> {
        let differ = |path: String| {
            Some(Difference {
                path,
                expected: Some(expected.clone()),
                observed: Some(observed.clone()),
            })
        };
        match (expected, observed) {
            (Value::String(text), _) if self.whole.contains(text) => {
                if self.bind(text, observed) {
                    None
                } else {
                    differ(path)
                }
            }
            // A token for a part that is the whole text may stand for any value, such as a number.
            (Value::String(text), _) if !observed.is_string() && self.parts.contains(text) => None,
            (Value::Object(wanted), Value::Object(found)) => {
                for (key, value) in wanted {
                    let path = format!("{path}/{key}");
                    // Timestamps are simulated, and always match.
                    match found.get(key) {
                        Some(_) if key == "timestamp" => {}
                        Some(other) => {
                            if let Some(difference) = self.at(path, value, other) {
                                return Some(difference);
                            }
                        }
                        None => {
                            let expected = Some(value.clone());
                            return Some(Difference { path, expected, observed: None });
                        }
                    }
                }
                found.iter().find(|(key, _)| !wanted.contains_key(*key)).map(|(key, value)| {
                    let path = format!("{path}/{key}");
                    Difference { path, expected: None, observed: Some(value.clone()) }
                })
            }
            (Value::Array(wanted), Value::Array(found)) => {
                for (index, value) in wanted.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    let Some(other) = found.get(index) else {
                        let expected = Some(value.clone());
                        return Some(Difference { path, expected, observed: None });
                    };
                    if let Some(difference) = self.at(path, value, other) {
                        return Some(difference);
                    }
                }
                found.get(wanted.len()).map(|extra| Difference {
                    path: format!("{path}[{}]", wanted.len()),
                    expected: None,
                    observed: Some(extra.clone()),
                })
            }
            (Value::String(wanted), Value::String(found)) => {
                if self.text(wanted, found) {
                    None
                } else {
                    differ(path)
                }
            }
            // Payload strings that hold a JSON object were recorded parsed.
            (Value::Object(_), Value::String(text)) => match serde_json::from_str(text) {
                Ok(parsed @ Value::Object(_)) => self.at(path, expected, &parsed),
                _ => differ(path),
            },
            (Value::Number(wanted), Value::Number(found)) => {
                let same = wanted == found
                    || (wanted.is_f64() != found.is_f64() && wanted.as_f64() == found.as_f64());
                if same { None } else { differ(path) }
            }
            _ if expected == observed => None,
            _ => differ(path),
        }
    }

    /// Remembers what a numbered token (`<uuid:1>`) stood for; false when it stood for something else
    /// before. Tokens without a number, such as `date`, stand for many things.
    fn bind(&mut self, token: &str, value: &Value) -> bool {
        if !(token.starts_with('<') && token.contains(':')) {
            return true;
        }
        match self.bound.get(token) {
            Some(before) => before == value,
            None => {
                self.bound.insert(token.to_owned(), value.clone());
                true
            }
        }
    }

    fn text(&mut self, wanted: &str, found: &str) -> bool {
        if wanted == found {
            return true;
        }
        let pieces = self.pieces(wanted);
        if pieces.len() == 1 {
            return false;
        }
        if let Some(bindings) = match_pieces(&pieces, found) {
            let before = self.bound.clone();
            if bindings.iter().all(|(token, text)| self.bind(token, &Value::from(*text))) {
                return true;
            }
            self.bound = before;
        }
        // A text with tokens was written anew when they were put in, with other blanks.
        match (serde_json::from_str::<Value>(wanted), serde_json::from_str::<Value>(found)) {
            (Ok(wanted @ (Value::Array(_) | Value::Object(_))), Ok(found)) => {
                self.at(String::new(), &wanted, &found).is_none()
            }
            _ => false,
        }
    }

    /// The length of the token a text begins with. A token may be numbered: `<<token>:1>`.
    fn token_at(&self, text: &str) -> Option<usize> {
        let plain = |text: &str| {
            self.parts.iter().find(|token| text.starts_with(token.as_str())).map(String::len)
        };
        let numbered = || {
            let rest = text.strip_prefix('<')?;
            let length = plain(rest)?;
            let number = rest[length..].strip_prefix(':')?;
            let digits = number.bytes().take_while(u8::is_ascii_digit).count();
            (digits > 0 && number[digits..].starts_with('>')).then_some(length + digits + 3)
        };
        plain(text).or_else(numbered)
    }

    /// Literal pieces and tokens, in turn: `a<x>b` is `a`, `<x>`, `b`.
    fn pieces<'a>(&self, text: &'a str) -> Vec<&'a str> {
        let mut pieces = Vec::new();
        let mut start = 0;
        let mut at = 0;
        while at < text.len() {
            match self.token_at(&text[at..]) {
                Some(length) => {
                    pieces.push(&text[start..at]);
                    pieces.push(&text[at..at + length]);
                    at += length;
                    start = at;
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        pieces.push(&text[start..]);
        pieces
    }
}

/// What each token stands for, or `None` when the text does not fit. Every token takes as little as it can.
fn match_pieces<'a, 'b>(pieces: &[&'a str], found: &'b str) -> Option<Vec<(&'a str, &'b str)>> {
    let mut rest = found.strip_prefix(pieces[0])?;
    let mut bindings = Vec::new();
    for pair in pieces[1..].chunks(2) {
        let [token, literal] = pair else { return None };
        let is_last = std::ptr::eq(*literal, *pieces.last()?);
        let end = match (literal.is_empty(), is_last) {
            (true, true) => rest.len(),
            (_, true) => {
                rest.len().checked_sub(literal.len()).filter(|_| rest.ends_with(literal))?
            }
            _ => rest.find(literal)?,
        };
        bindings.push((*token, &rest[..end]));
        rest = &rest[end + literal.len()..];
    }
    rest.is_empty().then_some(bindings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::case::Wildcard;

    fn matcher(tokens: &[(&str, Match)]) -> Matcher {
        let wildcards = tokens
            .iter()
            .map(|(token, matches)| Wildcard { token: (*token).into(), matches: *matches })
            .collect();
        Matcher::new(&Placeholders { wildcards, ..Placeholders::default() })
    }

    #[test]
    fn whole_and_part_tokens() {
        let mut matcher = matcher(&[("<uuid:1>", Match::Part), ("date", Match::Whole)]);
        assert_eq!(matcher.compare(&json!({"d": "date"}), &json!({"d": 7})), None);
        assert_eq!(matcher.compare(&json!("x-<uuid:1>-y"), &json!("x-42-y")), None);
        assert!(matcher.compare(&json!("<uuid:1>"), &json!("43")).is_some(), "it stood for 42");
        assert!(matcher.compare(&json!("a<uuid:1>"), &json!("b42")).is_some());
        assert_eq!(matcher.compare(&json!("<<uuid:1>:2>"), &json!("other")), None);
    }

    #[test]
    fn objects_in_strings_are_compared_parsed() {
        let mut matcher = matcher(&[]);
        assert_eq!(matcher.compare(&json!({"a": 1, "b": 2}), &json!("{\"b\":2,\"a\":1}")), None);
        assert!(matcher.compare(&json!("[1, 2]"), &json!("[1,2]")).is_some(), "arrays are text");
    }

    #[test]
    fn the_first_difference_is_named() {
        let mut matcher = matcher(&[]);
        let difference = matcher
            .compare(&json!({"a": [1, {"b": 2}]}), &json!({"a": [1, {"b": 3}]}))
            .expect("they differ");
        assert_eq!(difference.path, "/a[1]/b");
        let extra = matcher.compare(&json!({}), &json!({"x": 1})).expect("they differ");
        assert_eq!((extra.path.as_str(), extra.expected), ("/x", None));
    }
}
