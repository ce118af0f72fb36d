//! Cases of kind `api`: operations one after the other, on whoever answers them.

use serde_json::Value;

use super::Operation;
use crate::case::{Case, Step};

/// Calls the operations of a case in turn, and gives what each answered, in the words of the case; nothing for those
/// that the recording client refused to send.
///
/// Some names are drawn by whoever answers: executions', tokens, ids of revisions. Later requests name them, so what
/// stands for them in the case is learned from the answers.
///
/// # Errors
/// Whatever `call` fails with; that an operation is refused is no failure.
pub fn run_steps<E>(
    case: &Case,
    mut call: impl FnMut(&str, &Value) -> Result<Operation, E>,
) -> Result<Vec<Option<Operation>>, E> {
    let mut names = Drawn::default();
    let steps = case.steps.iter().flatten();
    let run = steps.map(|step| {
        if step.is_unsent() {
            return Ok(None);
        }
        let answered = call(&step.operation(), &names.sent(&step.request))?;
        if let Some(answer) = &answered.answer {
            names.learn_of(step, answer);
        }
        let answer = answered.answer.map(|answer| names.told(&answer));
        let error = answered.error.map(|mut error| {
            error.message = names.told_text(&error.message);
            error
        });
        Ok(Some(Operation { answer, error }))
    });
    run.collect()
}

/// What a case calls that whoever answers names himself: pairs of the case's names and his.
#[derive(Debug, Default)]
struct Drawn(Vec<(String, String)>);

/// Members whose values are drawn.
const DRAWN: [&str; 5] = ["executionArn", "mapRunArn", "nextToken", "revisionId", "taskToken"];
/// How long a drawn name is.
const UUID: usize = 36;

impl Drawn {
    fn learn_of(&mut self, step: &Step, answer: &Value) {
        if let Some(fake) = &step.fake_response {
            self.learn(fake, answer);
        }
        if let Some(expect) = &step.expect {
            self.learn(&expect.response, step.part(answer));
        }
    }

    /// Learns from an answer beside the case's.
    fn learn(&mut self, case: &Value, answer: &Value) {
        match (case, answer) {
            (Value::Object(case), Value::Object(answer)) => {
                for (key, case) in case {
                    let Some(answer) = answer.get(key) else { continue };
                    match (case.as_str(), answer.as_str()) {
                        (Some(case), Some(answer)) if DRAWN.contains(&key.as_str()) => {
                            self.add(case, answer);
                        }
                        _ => self.learn(case, answer),
                    }
                }
            }
            (Value::Array(case), Value::Array(answer)) => {
                case.iter().zip(answer).for_each(|(case, answer)| self.learn(case, answer));
            }
            _ => {}
        }
    }

    fn add(&mut self, case: &str, answer: &str) {
        if case == answer || self.0.iter().any(|(known, _)| known == case) {
            return;
        }
        self.0.push((case.to_owned(), answer.to_owned()));
        // The execution's name stands alone, too.
        let names = case.rsplit_once(':').zip(answer.rsplit_once(':'));
        if let Some(((_, case), (_, answer))) = names.filter(|((_, case), _)| case.len() == UUID) {
            self.0.push((case.to_owned(), answer.to_owned()));
        }
    }

    /// A request of the case in the words of whoever answers.
    fn sent(&self, request: &Value) -> Value {
        in_texts(request, &|text| {
            self.0.iter().fold(text.to_owned(), |text, (case, answer)| text.replace(case, answer))
        })
    }

    /// An answer in the words of the case.
    fn told(&self, answer: &Value) -> Value {
        in_texts(answer, &|text| self.told_text(text))
    }

    fn told_text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (case, answer)| text.replace(answer, case))
    }
}

/// A value with every text in it changed.
fn in_texts(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => change(text).into(),
        Value::Array(values) => values.iter().map(|value| in_texts(value, change)).collect(),
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| (key.clone(), in_texts(value, change)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use serde_json::json;

    use super::*;

    fn case(steps: Value) -> Case {
        Case { steps: serde_json::from_value(steps).expect("are steps"), ..Case::default() }
    }

    #[test]
    fn later_requests_name_what_was_drawn() {
        let arn = "arn:aws:states:us-east-1:111111111111:execution:m:<uuid>";
        let case = case(json!([
            {"op": "start_execution", "request": {}, "expect": {"response": {"executionArn": arn}}},
            {"op": "describe_execution", "request": {"executionArn": arn}},
            {"op": "list_tags_for_resource", "request": {},
             "expect": {"response": "Parameter validation failed: missing"}},
        ]));
        let drawn = "arn:aws:states:us-east-1:111111111111:execution:m:8d0b";
        let mut called = Vec::new();
        let seen = run_steps(&case, |operation, request| {
            called.push((operation.to_owned(), request.clone()));
            let answer = Some(json!({"executionArn": drawn}));
            Ok::<_, Infallible>(Operation { answer, error: None })
        });
        let wanted =
            [("StartExecution", json!({})), ("DescribeExecution", json!({"executionArn": drawn}))];
        assert_eq!(called, wanted.map(|(operation, request)| (operation.to_owned(), request)));
        let told = Operation { answer: Some(json!({"executionArn": arn})), error: None };
        assert_eq!(seen, Ok(vec![Some(told.clone()), Some(told), None]));
    }
}
