//! What was seen of an engine. Never taken from an expectation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What was seen when a case ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// An execution.
    Execution(Box<Execution>),
    /// A verdict on a definition.
    Validation(Box<Validation>),
    /// What an operation of the API answered.
    Operation(Box<Operation>),
    /// What the operations of a case of kind `api` answered, one for each step; nothing for those that were not sent.
    Operations(Vec<Option<Operation>>),
}

/// What an operation of the API answered: one of the two.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Operation {
    /// Its answer.
    pub answer: Option<Value>,
    /// Why it refused the request.
    pub error: Option<OperationError>,
}

/// An error of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationError {
    /// Its name: `ValidationException`.
    pub code: String,
    /// Its message.
    pub message: String,
}

/// A verdict on a definition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Validation {
    /// The answer of `ValidateStateMachineDefinition`.
    pub answer: Value,
    /// The message of the `InvalidDefinition` error that creating the machine would give, if it would.
    pub definition_error: Option<String>,
}

/// An execution, as its API shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Execution {
    /// Its ARN.
    pub execution_arn: String,
    /// The name of its machine.
    pub machine: String,
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`, or `RUNNING` when it came to rest without an end.
    pub status: String,
    /// The output's exact text, when it succeeded.
    pub output: Option<String>,
    /// The error name, when it failed.
    pub error: Option<String>,
    /// The cause, when it failed.
    pub cause: Option<String>,
    /// When it started, in milliseconds since 1970.
    pub started_ms: i64,
    /// When it ended, in milliseconds since 1970.
    pub stopped_ms: Option<i64>,
    /// Events as `GetExecutionHistory` gives them, payloads as strings, timestamps in seconds.
    pub history: Vec<Value>,
    /// The answer of `StartSyncExecution`, for cases that are one.
    pub sync_answer: Option<Value>,
    /// The other executions of the run, in order of their start: children of Map Runs, nested executions.
    pub others: Vec<Execution>,
    /// What was done to it that a correct engine refuses.
    pub probes: Vec<Probe>,
}

/// Something done to an execution that a correct engine refuses: a second answer, a wrong token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The kind of the fault.
    pub fault: String,
    /// What was done, in words.
    pub what: String,
    /// Whether the engine refused it.
    pub refused: bool,
}

impl Execution {
    /// The output, parsed.
    #[must_use]
    pub fn output_value(&self) -> Option<Value> {
        self.output.as_deref().and_then(|text| serde_json::from_str(text).ok())
    }

    /// The output as a case's `expect` writes it: parsed when it is an object, else its text.
    #[must_use]
    pub fn output_as_expected(&self) -> Option<Value> {
        self.output.as_ref().map(|text| match serde_json::from_str(text) {
            Ok(object @ Value::Object(_)) => object,
            _ => Value::String(text.clone()),
        })
    }

    /// Milliseconds from start to end.
    #[must_use]
    pub fn duration_ms(&self) -> Option<i64> {
        self.stopped_ms.map(|stopped| stopped - self.started_ms)
    }

    /// The closing event as an EXPRESS execution logs it: ids are texts, details have no name of their own.
    #[must_use]
    pub fn end_event(&self) -> Value {
        const CLOSING: [&str; 4] =
            ["ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"];
        let Some(Value::Object(event)) = self.history.last() else { return Value::Null };
        let text = |name: &str| event.get(name).map(|value| Value::from(value.to_string()));
        let Some(kind) = event.get("type").and_then(Value::as_str) else { return Value::Null };
        if !CLOSING.contains(&kind) {
            return Value::Null;
        }
        let details = event
            .iter()
            .find(|(key, _)| key.ends_with("EventDetails"))
            .map_or_else(|| json!({}), |(_, details)| details.clone());
        let at = event.get("timestamp").and_then(Value::as_f64).unwrap_or_default();
        json!({
            "id": text("id"),
            "type": kind,
            "details": details,
            "previous_event_id": text("previousEventId"),
            "event_timestamp": ((at * 1_000.0).round() as i64).to_string(),
            "execution_arn": self.execution_arn,
            "redrive_count": "0",
        })
    }
}
