//! What the targets of the three expression languages share: an input in two parts, and a scope.
//!
//! The text before the first empty line is the expression, the text after it the JSON it is evaluated on.

use std::cell::RefCell;

use serde_json::{Map, Value};
use stepclock_engine::data::{RandomStream, Timestamp, parse_json};
use stepclock_engine::expr::Scope;

use crate::run::INPUT;

/// Splits an input; without JSON of its own, the expression gets [`INPUT`].
pub(crate) fn parts(data: &[u8]) -> Option<(&str, Value)> {
    let text = std::str::from_utf8(data).ok()?;
    let (expression, json) = text.split_once("\n\n").unwrap_or((text.trim_end_matches('\n'), ""));
    let value = parse_json(json).or_else(|_| parse_json(INPUT)).ok()?;
    Some((expression, value))
}

/// Calls `check` with a scope over a value: the variables `$v` and `$list`, a context object, and random
/// draws that are the same every time.
pub(crate) fn scoped<T>(input: &Value, check: impl FnOnce(&Scope<'_>) -> T) -> T {
    let context = serde_json::json!({
        "Execution": {"Id": "arn:aws:states:us-east-1:123456789012:execution:M:E", "Input": {"a": 1}},
        "State": {"Name": "S", "RetryCount": 0},
        "Map": {"Item": {"Index": 0, "Value": 7}},
    });
    let variables: Map<String, Value> =
        [("v", input.clone()), ("list", serde_json::json!([3, 1, 2]))]
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect();
    let random = RefCell::new(RandomStream::new(7, "fuzz"));
    check(&Scope {
        input,
        context: &context,
        variables: &variables,
        result: Some(input),
        error_output: None,
        now: Timestamp::DEFAULT_EPOCH,
        random: &random,
    })
}

/// An offset a parser reports lies within the text, at a character.
pub(crate) fn check_offset(text: &str, offset: usize, message: &str) {
    assert!(text.is_char_boundary(offset), "offset {offset} of {} bytes: {message}", text.len());
    assert!(!message.is_empty(), "an error without a message");
}
