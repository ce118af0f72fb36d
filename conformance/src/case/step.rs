//! One operation of a case of kind `api`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An operation, and what it must answer.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name, as Python's client spells it: `create_state_machine`.
    pub op: String,
    /// What is sent.
    pub request: Value,
    /// What the recorder answered itself where AWS's answer was not kept: later requests name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fake_response: Option<Value>,
    /// What the recorder called the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_key: Option<String>,
    /// Where in the answer the expected part stands: keys and indices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_at: Vec<Value>,
    /// What must be answered; nothing when it does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<StepExpect>,
}

/// What an operation must answer.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StepExpect {
    /// `{"code", "message"}`, when it must be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// The answer, or how the recording client worded an error.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub response: Value,
}

/// How the recording client begins its message when it refuses a request before it is sent.
pub(crate) const REFUSED_BY_CLIENT: &str = "Parameter validation failed";

impl Step {
    /// Its name as AWS has it: `CreateStateMachine`.
    #[must_use]
    pub fn operation(&self) -> String {
        let words = self.op.split('_').map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        });
        words.collect()
    }

    /// Whether the recording client refused to send it, so that nobody knows what AWS answers.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        let message = self.expect.as_ref().and_then(|expect| expect.response.as_str());
        message.is_some_and(|message| message.starts_with(REFUSED_BY_CLIENT))
    }

    /// The part of an answer that is expected.
    #[must_use]
    pub fn part<'a>(&self, answer: &'a Value) -> &'a Value {
        self.response_at.iter().fold(answer, |at, step| match (step.as_str(), step.as_u64()) {
            (Some(key), _) => &at[key],
            (_, Some(index)) => &at[usize::try_from(index).unwrap_or(usize::MAX)],
            _ => at,
        })
    }
}
