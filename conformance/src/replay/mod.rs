//! Running a case on the reference engine.

mod execution;
mod validate;
mod worker;

use serde_json::{Value, json};

use crate::case::{Case, Kind};

/// What a replay found.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// Whether the engine did what the case expects.
    pub verdict: Verdict,
    /// What the engine produced; `None` when it was not run.
    pub observed: Option<Observed>,
}

/// Whether an engine did what a case expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It did.
    Pass,
    /// It did not; the reason names the first difference.
    Fail(String),
    /// The case cannot be run here; the reason says why.
    Skip(String),
}

/// What an engine produced. Never taken from the expectation.
#[derive(Debug, Clone)]
pub enum Observed {
    /// An execution.
    Execution {
        /// `SUCCEEDED`, `FAILED`, …
        status: String,
        /// The output: parsed when its text is a JSON object, else the text.
        output: Option<Value>,
        /// The error name.
        error: Option<String>,
        /// The cause.
        cause: Option<String>,
        /// Events as `GetExecutionHistory` gives them, payloads as strings.
        history: Vec<Value>,
    },
    /// A verdict on a definition.
    Validation {
        /// `OK` or `FAIL`.
        result: Value,
        /// What was found.
        diagnostics: Value,
    },
}

impl Replayed {
    fn skip(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skip(reason.into()), observed: None }
    }

    fn fail(reason: impl Into<String>, observed: Option<Observed>) -> Self {
        Self { verdict: Verdict::Fail(reason.into()), observed }
    }

    /// One line for each case: `{"id", "verdict", "reason", "observed"}`.
    #[must_use]
    pub fn to_json_line(&self, id: &str) -> String {
        let (verdict, reason) = match &self.verdict {
            Verdict::Pass => ("pass", Value::Null),
            Verdict::Fail(reason) => ("fail", reason.as_str().into()),
            Verdict::Skip(reason) => ("skip", reason.as_str().into()),
        };
        let observed = match &self.observed {
            None => Value::Null,
            Some(Observed::Execution { status, output, error, cause, history }) => json!({
                "status": status,
                "output": output,
                "error": error,
                "cause": cause,
                "history": history,
            }),
            Some(Observed::Validation { result, diagnostics }) => {
                json!({"result": result, "diagnostics": diagnostics})
            }
        };
        json!({"id": id, "verdict": verdict, "reason": reason, "observed": observed}).to_string()
    }
}

/// Runs a case on the reference engine and compares.
#[must_use]
pub fn run(case: &Case) -> Replayed {
    match case.kind {
        Kind::History | Kind::Result | Kind::Sync | Kind::ExpressAsync => execution::run(case),
        Kind::Validate => validate::run(case),
        Kind::TestState => Replayed::skip("TestState is an operation of the API server"),
        Kind::Api => Replayed::skip("sequences of operations need the API server"),
        Kind::Eventbridge => Replayed::skip("events on the event bus are not observed here"),
    }
}
