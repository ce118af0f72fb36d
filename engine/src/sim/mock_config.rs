//! AWS's `MockConfigFile.json`, read as it is.
//!
//! `StateMachines.<name>.TestCases.<case>.<state>` names a response; `MockedResponses.<response>` says what each
//! call gives: `"0"`, `"1-2"` with `Return` or `Throw`. Calls are those of the state in the execution, retries
//! included, from 0.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::script::{CallRange, ScriptError};
use super::worker::{Answer, TaskCall, Worker};
use crate::data::Payload;

/// A mock file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct MockConfig {
    state_machines: BTreeMap<String, MockedMachine>,
    #[serde(default)]
    mocked_responses: BTreeMap<String, BTreeMap<String, MockedResponse>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct MockedMachine {
    test_cases: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
enum MockedResponse {
    Return(Value),
    Throw(Thrown),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Thrown {
    error: Option<String>,
    cause: Option<String>,
}

/// One test case at work.
#[derive(Debug, Clone)]
pub struct MockedCase {
    machine: String,
    states: BTreeMap<String, Vec<(CallRange, MockedResponse)>>,
}

impl MockConfig {
    /// Reads a mock file.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        serde_json::from_str(text).map_err(|error| ScriptError { message: error.to_string() })
    }

    /// A test case of a machine. Other machines of the world are not mocked by it.
    ///
    /// # Errors
    /// When there is no such machine, case or response, or a response's call numbers have no such form.
    pub fn case(&self, machine: &str, case: &str) -> Result<MockedCase, ScriptError> {
        let error = |message: String| ScriptError { message };
        let cases = &self
            .state_machines
            .get(machine)
            .ok_or_else(|| {
                let known: Vec<_> = self.state_machines.keys().map(String::as_str).collect();
                error(format!("no state machine `{machine}`; there are: {}", known.join(", ")))
            })?
            .test_cases;
        let states = cases.get(case).ok_or_else(|| {
            let known: Vec<_> = cases.keys().map(String::as_str).collect();
            error(format!("no test case `{case}` of `{machine}`; there are: {}", known.join(", ")))
        })?;
        let states = states
            .iter()
            .map(|(state, response)| {
                let calls = self.mocked_responses.get(response).ok_or_else(|| {
                    error(format!("state `{state}` names the response `{response}`, which is not in MockedResponses"))
                })?;
                let calls = calls
                    .iter()
                    .map(|(calls, response)| {
                        CallRange::parse(calls)
                            .map(|range| (range, response.clone()))
                            .ok_or_else(|| error(format!("`{calls}` does not name calls")))
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                Ok((state.clone(), calls))
            })
            .collect::<Result<_, ScriptError>>()?;
        Ok(MockedCase { machine: machine.to_owned(), states })
    }
}

impl Worker for MockedCase {
    fn take(&mut self, call: &TaskCall<'_>) -> Option<Answer> {
        if self.machine != call.machine {
            return None;
        }
        let calls = self.states.get(&*call.request.state)?;
        let found = calls.iter().find(|(range, _)| range.contains(call.calls_of_state));
        Some(match found {
            Some((_, MockedResponse::Return(value))) => {
                Answer::succeeded(Payload::new(value.clone()))
            }
            Some((_, MockedResponse::Throw(thrown))) => {
                Answer::at_once(super::AnswerOutcome::Failed {
                    error: thrown.error.as_deref().map(Into::into),
                    cause: thrown.cause.as_deref().map(Into::into),
                })
            }
            // Measured on Step Functions Local: the execution fails with States.Runtime.
            None => Answer::failed(
                "States.Runtime",
                format!(
                    "State `{}` has no mocked response for call {}",
                    call.request.state, call.calls_of_state
                ),
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
        "StateMachines": {"Order": {"TestCases": {"Retry": {"Pay": "PayTwice"}, "Bad": {"Pay": "None"}}}},
        "MockedResponses": {"PayTwice": {
            "0-1": {"Throw": {"Error": "Down", "Cause": "no answer"}}, "2": {"Return": {"paid": true}}}}
    }"#;

    #[test]
    fn what_is_missing_is_named() {
        let config = MockConfig::parse(FILE).expect("is a mock file");
        let message = |machine, case| config.case(machine, case).expect_err("is missing").message;
        assert_eq!(message("Other", "Retry"), "no state machine `Other`; there are: Order");
        assert!(message("Order", "None").contains("there are: Bad, Retry"));
        assert!(message("Order", "Bad").contains("`None`"));
        assert!(config.case("Order", "Retry").is_ok());
        assert!(MockConfig::parse("{}").is_err());
    }
}
