//! Comparing what an operation answered with what its case expects.

use serde_json::{Value, json};

use super::Verdict;
use super::wildcard::Matcher;
use crate::case::{Case, REFUSED_BY_CLIENT};
use crate::engine::{Operation, OperationError};

pub(super) fn compare(case: &Case, seen: &Operation) -> Verdict {
    let response = case.expect.response.as_ref().unwrap_or(&Value::Null);
    let found = observed(seen);
    let expected = match (&case.expect.error, response) {
        (Some(error @ Value::Object(_)), _) => error.clone(),
        (_, Value::String(text)) if text.starts_with(REFUSED_BY_CLIENT) => {
            return refused_by_client(text, seen);
        }
        (_, Value::String(text)) => match error_of(text) {
            Some(error) => json!(error),
            None => return Verdict::Fail(format!("it expects what no operation answers: {text}")),
        },
        (_, Value::Null) => return Verdict::Fail("it expects nothing".to_owned()),
        (_, response) => response.clone(),
    };
    let difference = Matcher::new(&case.placeholders).compare(&expected, &found);
    difference.map_or(Verdict::Pass, |difference| Verdict::Fail(difference.to_string()))
}

/// The answer, or the error's `code` and `message`.
pub(super) fn observed(seen: &Operation) -> Value {
    match (&seen.answer, &seen.error) {
        (Some(answer), None) => answer.clone(),
        (_, error) => json!(error),
    }
}

/// The error in the text of the client that recorded it: `An error occurred (Code) when calling the … operation:
/// message`.
pub(super) fn error_of(text: &str) -> Option<OperationError> {
    let (code, rest) =
        text.strip_prefix("An error occurred (")?.split_once(") when calling the ")?;
    let (_, message) = rest.split_once(" operation: ")?;
    Some(OperationError { code: code.to_owned(), message: message.to_owned() })
}

/// A request that the recording client did not send: the service was not asked. An engine that is asked must
/// refuse it as well, and name the parameter.
fn refused_by_client(text: &str, seen: &Operation) -> Verdict {
    let parameter = text
        .split_once("parameter ")
        .map_or("", |(_, rest)| rest.split([',', ':', ' ']).next().unwrap_or_default());
    let parameter = parameter.trim_end_matches('.');
    match &seen.error {
        Some(error) if error.code == "ValidationException" && error.message.contains(parameter) => {
            Verdict::Pass
        }
        _ => Verdict::Fail(format!(
            "a request that is refused for its parameter {parameter} gave {}",
            observed(seen)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_in_the_text_of_a_client() {
        let text =
            "An error occurred (ValidationException) when calling the TestState operation: a: b";
        let error = error_of(text).expect("it is one");
        assert_eq!((error.code.as_str(), error.message.as_str()), ("ValidationException", "a: b"));
        assert_eq!(error_of("something else"), None);
    }

    #[test]
    fn what_the_client_refuses_the_engine_must_refuse() {
        let text = "Parameter validation failed:\nInvalid length for parameter name, value: 0";
        let refusal = |message: &str| Operation {
            answer: None,
            error: Some(OperationError {
                code: "ValidationException".to_owned(),
                message: message.to_owned(),
            }),
        };
        assert_eq!(refused_by_client(text, &refusal("Value at 'name' is short")), Verdict::Pass);
        let other = refused_by_client(text, &refusal("Value at 'input' is short"));
        assert!(matches!(other, Verdict::Fail(_)));
    }
}
