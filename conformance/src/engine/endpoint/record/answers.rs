//! Recording what operations answer: a case is run as it is, and the answers are written down as what must be answered.

use serde_json::Value;
use stepclock_engine::data::Timestamp;

use super::date_text;
use crate::case::{Case, Expect, Kind, Match, StepExpect, Wildcard};
use crate::engine::{Observation, Operation, OperationError};

/// What stands for a date.
const DATETIME: &str = "datetime";
/// Members of answers that are dates.
const DATES: [&str; 7] = [
    "creationDate",
    "redriveDate",
    "startDate",
    "stopDate",
    "timestamp",
    "updateDate",
    "lastUpdateDate",
];

/// The recording of a case about operations.
///
/// # Errors
/// Why there is nothing to write down.
pub(in crate::engine::endpoint) fn recorded(
    case: &Case,
    seen: Observation,
    source: &str,
    now: Timestamp,
) -> Result<Case, String> {
    let mut recorded = Case {
        source: source.to_owned(),
        source_commit: None,
        aws_validated: None,
        recorded: Some(date_text(now)),
        ..case.clone()
    };
    let any_date = |wildcard: &Wildcard| wildcard.token == DATETIME;
    if !case.placeholders.wildcards.iter().any(any_date) {
        let whole = Wildcard { token: DATETIME.to_owned(), matches: Match::Whole };
        recorded.placeholders.wildcards.push(whole);
    }
    match (seen, case.kind) {
        (Observation::Operations(seen), Kind::Api) => {
            for (step, seen) in recorded.steps.iter_mut().flatten().zip(seen) {
                let Some(seen) = seen else { continue };
                step.response_at.clear();
                step.expect = Some(expected(seen));
            }
            recorded.expect = Expect::default();
        }
        (Observation::Operation(seen), Kind::TestState) => {
            let StepExpect { error, response } = expected(*seen);
            let response = Some(response).filter(|response| !response.is_null());
            recorded.expect = Expect { error, response, ..Expect::default() };
        }
        (Observation::Validation(seen), Kind::Validate) => {
            let validates = case.op.as_deref().is_none_or(|op| op.starts_with("validate"));
            let error = seen
                .definition_error
                .map(|message| OperationError { code: "InvalidDefinition".to_owned(), message });
            let seen = match validates {
                true => Operation { answer: Some(seen.answer), error: None },
                false => Operation { answer: error.is_none().then(Value::default), error },
            };
            let StepExpect { error, response } = expected(seen);
            recorded.expect = Expect { error, response: Some(response), ..Expect::default() };
        }
        (Observation::Execution(seen), Kind::Sync) => {
            let answer = seen.sync_answer.ok_or("the call has no answer")?;
            let response = Some(without_dates(answer));
            recorded.expect = Expect { response, ..Expect::default() };
        }
        _ => return Err("the endpoint showed something else than the case is about".to_owned()),
    }
    Ok(recorded)
}

fn expected(seen: Operation) -> StepExpect {
    match seen.error {
        Some(OperationError { code, message }) => {
            let error = serde_json::json!({"code": code, "message": message});
            StepExpect { error: Some(error), response: Value::Null }
        }
        None => {
            let response = without_dates(seen.answer.unwrap_or_default());
            StepExpect { error: None, response }
        }
    }
}

/// An answer with a token in the place of its dates.
fn without_dates(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            for (key, member) in members {
                *member = match DATES.contains(&key.as_str()) && member.is_number() {
                    true => DATETIME.into(),
                    false => without_dates(member.take()),
                };
            }
        }
        Value::Array(values) => {
            values.iter_mut().for_each(|value| *value = without_dates(value.take()));
        }
        _ => {}
    }
    value
}
