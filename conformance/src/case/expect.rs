//! What must come out of a case.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// What must come out. Which fields are compared depends on the case's kind; absent ones are not compared.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// `SUCCEEDED`, `FAILED`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The output. An object is compared as JSON; a string that is JSON text, as text.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The error name, or the error of an operation.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// The cause.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub cause: Option<Value>,
    /// Every event, as `GetExecutionHistory` gives them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<Value>>,
    /// The types of all events, in order. Written cases only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// The history goes on after the events given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub history_is_prefix: bool,
    /// The answer of an operation.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
    /// The closing log event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_event: Option<Value>,
    /// The answer of `DescribeExecution`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub describe: Option<Value>,
    /// Events on the event bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eventbridge: Option<Value>,
    /// Log events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<Value>,
    /// `api`: whether the steps hold the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_steps: Option<Value>,
    /// Simulated milliseconds from start to end. Written cases only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
}

impl Expect {
    /// Whether it expects nothing: the oracles alone judge the case.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Keeps `null` apart from an absent field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Tokens in an expectation.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Placeholders {
    /// Those that were replaced on both sides.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resolved: BTreeMap<String, Value>,
    /// Those that match anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wildcards: Vec<Wildcard>,
    /// Those nobody could tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ambiguous: Vec<Value>,
}

impl Placeholders {
    pub(super) fn is_empty(&self) -> bool {
        self.resolved.is_empty() && self.wildcards.is_empty() && self.ambiguous.is_empty()
    }
}

/// A token that matches anything.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wildcard {
    /// The token.
    pub token: String,
    /// What it stands for.
    #[serde(rename = "match")]
    pub matches: Match,
}

/// What a wildcard stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// A whole value.
    Whole,
    /// A part of a string.
    Part,
}
