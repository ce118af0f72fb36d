//! Scripted workers: a file that says what every task answers, and when.
//!
//! ```json
//! {"workers": [
//!   {"state": "Charge", "answers": [
//!     {"throw": {"error": "CardDeclined", "cause": "try again"}, "afterSeconds": 2},
//!     {"return": {"paid": true}}
//!   ]},
//!   {"state": "Ship", "in": {"map": "EachParcel", "index": 1}, "answers": {"0-1": {"never": true}, "2-": {"return": {}}}},
//!   {"state": "Approve", "input": {"amount": 100}, "answers": [
//!     {"submitted": {}, "heartbeatsSeconds": [30, 60], "afterSeconds": 7776000, "return": "yes"}
//!   ]}
//! ]}
//! ```
//!
//! The first worker that fits the state, the place and the input answers. `answers` is a list, of which the
//! last entry goes on for ever, or an object of call numbers: `"0"`, `"1-2"`, `"3-"`. Calls are counted from 0
//! for each state and place, retries included; with `"count": "state"` over all places of the execution.
//! An answer is one of `return`, `throw` (with any error name, `States.*` included) and `never` (the engine's
//! own timers must fire); `refuse` makes a `throw` one of scheduling, starting or submitting.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::Value;

use super::worker::{Answer, Outcome, TaskCall, Worker};
use crate::data::Payload;
use crate::execution::Container;

/// Scripted workers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workers {
    workers: Vec<ScriptedWorker>,
}

/// Why a text is not a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScriptError {
    /// What is wrong, and where.
    pub message: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptedWorker {
    state: String,
    machine: Option<String>,
    #[serde(rename = "in")]
    place: Option<Place>,
    input: Option<Value>,
    #[serde(default)]
    count: Count,
    answers: Answers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Count {
    #[default]
    Place,
    State,
}

/// A Map iteration or Parallel branch around the state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    map: Option<String>,
    index: Option<usize>,
    parallel: Option<String>,
    branch: Option<usize>,
}

#[derive(Debug, Clone)]
enum Answers {
    InTurn(Vec<ScriptedAnswer>),
    ByCall(Vec<(CallRange, ScriptedAnswer)>),
}

/// An answer in a script.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct ScriptedAnswer {
    #[serde(deserialize_with = "present")]
    r#return: Option<Value>,
    throw: Option<Throw>,
    never: bool,
    refuse: Option<Refuse>,
    after_seconds: f64,
    start_after_seconds: f64,
    heartbeats_seconds: Vec<f64>,
    #[serde(deserialize_with = "present")]
    submitted: Option<Value>,
    worker_name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Throw {
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Refuse {
    Schedule,
    Start,
    Submit,
}

/// Keeps `null` apart from an absent field.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Calls by number, from 0: `"0"`, `"1-2"`, `"3-"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CallRange {
    first: u64,
    last: u64,
}

impl CallRange {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let range = match text.split_once('-') {
            None => Self { first: number(text)?, last: number(text)? },
            Some((first, last)) if last.trim().is_empty() => {
                Self { first: number(first)?, last: u64::MAX }
            }
            Some((first, last)) => Self { first: number(first)?, last: number(last)? },
        };
        (range.first <= range.last).then_some(range)
    }

    pub(super) const fn contains(self, call: u64) -> bool {
        self.first <= call && call <= self.last
    }
}

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a list of answers, or an object of call numbers")]
        enum Form {
            List(Vec<Value>),
            Object(BTreeMap<String, Value>),
        }
        let answer = |value: Value| {
            serde_json::from_value::<ScriptedAnswer>(value).map_err(D::Error::custom)
        };
        match Form::deserialize(deserializer)? {
            Form::List(answers) => {
                answers.into_iter().map(answer).collect::<Result<_, _>>().map(Self::InTurn)
            }
            Form::Object(answers) => answers
                .into_iter()
                .map(|(calls, value)| {
                    let range = CallRange::parse(&calls).ok_or_else(|| {
                        D::Error::custom(format!(
                            "`{calls}` does not name calls: expected a form like \"0\", \"1-2\" or \
                             \"3-\""
                        ))
                    })?;
                    Ok((range, answer(value)?))
                })
                .collect::<Result<_, _>>()
                .map(Self::ByCall),
        }
    }
}

impl Workers {
    /// Reads a script.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let workers: Self = serde_json::from_str(text)
            .map_err(|error| ScriptError { message: error.to_string() })?;
        workers.checked()
    }

    /// Reads a script in YAML.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse_yaml(text: &str) -> Result<Self, ScriptError> {
        let value = crate::asl::yaml_to_json(text).map_err(|message| ScriptError { message })?;
        Self::from_value(&value)
    }

    /// Reads a script that is a value.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn from_value(value: &Value) -> Result<Self, ScriptError> {
        let workers =
            Self::deserialize(value).map_err(|error| ScriptError { message: error.to_string() })?;
        workers.checked()
    }

    fn checked(self) -> Result<Self, ScriptError> {
        for worker in &self.workers {
            let answers: Vec<&ScriptedAnswer> = match &worker.answers {
                Answers::InTurn(answers) => answers.iter().collect(),
                Answers::ByCall(answers) => answers.iter().map(|(_, answer)| answer).collect(),
            };
            for answer in answers {
                let ends = [answer.r#return.is_some(), answer.throw.is_some(), answer.never];
                let problem = if ends.iter().filter(|end| **end).count() != 1 {
                    "an answer has exactly one of `return`, `throw` and `never`"
                } else if answer.refuse.is_some() && answer.throw.is_none() {
                    "`refuse` goes with `throw`"
                } else if !answer.seconds_are_sane() {
                    "seconds are numbers from 0 to a thousand years"
                } else {
                    continue;
                };
                let message = format!("state `{}`: {problem}", worker.state);
                return Err(ScriptError { message });
            }
        }
        Ok(self)
    }
}

impl ScriptedAnswer {
    fn seconds_are_sane(&self) -> bool {
        const SECONDS_MAX: f64 = 1_000.0 * 366.0 * 86_400.0;
        [self.after_seconds, self.start_after_seconds]
            .iter()
            .chain(&self.heartbeats_seconds)
            .all(|seconds| (0.0..=SECONDS_MAX).contains(seconds))
    }

    fn answer(&self) -> Answer {
        let millis = |seconds: f64| (seconds * 1_000.0).round() as i64;
        let outcome = match (&self.r#return, &self.throw) {
            (Some(value), _) => Outcome::Succeeded(Payload::new(value.clone())),
            (None, Some(throw)) => {
                let error = throw.error.as_deref().map(Into::into);
                let cause = throw.cause.as_deref().map(Into::into);
                match self.refuse {
                    None => Outcome::Failed { error, cause },
                    Some(Refuse::Schedule) => Outcome::ScheduleFailed { error, cause },
                    Some(Refuse::Start) => Outcome::StartFailed { error, cause },
                    Some(Refuse::Submit) => Outcome::SubmitFailed { error, cause },
                }
            }
            (None, None) => Outcome::Never,
        };
        Answer {
            start_delay_ms: millis(self.start_after_seconds),
            worker_name: self.worker_name.as_deref().map(Into::into),
            submitted: self.submitted.clone().map(Payload::new),
            heartbeats_ms: self.heartbeats_seconds.iter().map(|seconds| millis(*seconds)).collect(),
            duration_ms: millis(self.after_seconds),
            outcome,
        }
    }
}

impl ScriptedWorker {
    fn fits(&self, call: &TaskCall<'_>) -> bool {
        *self.state == *call.request.state
            && self.machine.as_deref().is_none_or(|machine| machine == call.machine)
            && self.place.as_ref().is_none_or(|place| {
                call.request.path.iter().any(|container| place.holds(container))
            })
            && self
                .input
                .as_ref()
                .is_none_or(|wanted| is_part_of(wanted, call.request.parameters.value()))
    }

    fn answer(&self, call: &TaskCall<'_>) -> Option<Answer> {
        let number = match self.count {
            Count::Place => call.calls_of_place,
            Count::State => call.calls_of_state,
        };
        match &self.answers {
            Answers::InTurn(answers) => {
                let index = usize::try_from(number).unwrap_or(usize::MAX);
                answers.get(index).or(answers.last()).map(ScriptedAnswer::answer)
            }
            Answers::ByCall(answers) => answers
                .iter()
                .find(|(range, _)| range.contains(number))
                .map(|(_, answer)| answer.answer()),
        }
    }
}

impl Place {
    fn holds(&self, container: &Container) -> bool {
        match container {
            Container::Map { state, index } => {
                self.parallel.is_none()
                    && self.map.as_deref().is_none_or(|map| map == &**state)
                    && self.index.is_none_or(|wanted| wanted == *index)
            }
            Container::Parallel { state, branch } => {
                self.map.is_none()
                    && self.parallel.as_deref().is_none_or(|parallel| parallel == &**state)
                    && self.branch.is_none_or(|wanted| wanted == *branch)
            }
        }
    }
}

/// Whether everything in one value is in the other: objects may have more keys.
fn is_part_of(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .all(|(key, value)| found.get(key).is_some_and(|other| is_part_of(value, other))),
        _ => wanted == found,
    }
}

impl Worker for Workers {
    fn take(&mut self, call: &TaskCall<'_>) -> Option<Answer> {
        self.workers
            .iter()
            .filter(|worker| worker.fits(call))
            .find_map(|worker| worker.answer(call))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_calls() {
        let contains =
            |text, call| CallRange::parse(text).is_some_and(|range| range.contains(call));
        assert!(contains("0", 0) && !contains("0", 1));
        assert!(contains("1-2", 2) && !contains("1-2", 3));
        assert!(contains("3-", 1_000_000));
        for bad in ["", "x", "-", "2-1", "-1"] {
            assert_eq!(CallRange::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let message = |text: &str| Workers::parse(text).expect_err(text).message;
        assert!(
            message(r#"{"workers": [{"state": "A", "answers": [{}]}]}"#).contains("exactly one")
        );
        assert!(message(r#"{"workers": [{"state": "A", "answers": {"x": {}}}]}"#).contains("`x`"));
        assert!(message(r#"{"workers": [{"state": "A", "anwsers": []}]}"#).contains("anwsers"));
        assert!(
            message(r#"{"workers": [{"state": "A", "answers": [{"retrun": 1}]}]}"#)
                .contains("retrun")
        );
        assert!(
            message(
                r#"{"workers": [{"state": "A", "answers": [{"return": 1, "afterSeconds": -1}]}]}"#
            )
            .contains("seconds")
        );
    }

    #[test]
    fn inputs_match_in_part() {
        let wanted = serde_json::json!({"a": {"b": 1}});
        assert!(is_part_of(&wanted, &serde_json::json!({"a": {"b": 1, "c": 2}, "d": 3})));
        assert!(!is_part_of(&wanted, &serde_json::json!({"a": {"b": 2}})));
    }
}
