//! How a state fails in the model, and how the model gives up.

use serde_json::{Value, json};

use super::opaque;

/// What the model computes, unless a state fails or the model cannot say.
pub(crate) type Result<T> = std::result::Result<T, Stop>;

/// Why there is no value.
#[derive(Debug, Clone)]
pub(crate) enum Stop {
    /// The state fails.
    Failed(Failure),
    /// Neither the specification nor the documentation lets the model say what happens.
    Unknown(String),
}

/// A state's failure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    /// The error name, if there is one.
    pub error: Option<String>,
    /// The cause.
    pub cause: Cause,
    /// Whether nobody can retry or catch it.
    pub fatal: bool,
    /// Another name that retriers and catchers may use for it.
    pub alias: Option<&'static str>,
}

/// The cause of a failure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cause {
    /// It is this; an opaque text when the interpreter words it.
    Text(String),
    /// There is none.
    None,
    /// Whether there is one, and which, is not known.
    Unsure,
}

impl Failure {
    /// An error of the interpreter that nobody can catch (AWS guide, error names: `States.Runtime`).
    pub(crate) fn runtime() -> Self {
        Self {
            error: Some("States.Runtime".to_owned()),
            cause: Cause::worded(),
            fatal: true,
            alias: None,
        }
    }

    /// An error of the interpreter that can be caught.
    pub(crate) fn named(error: &str) -> Self {
        Self { error: Some(error.to_owned()), cause: Cause::worded(), fatal: false, alias: None }
    }

    /// A clock of a task that ran out. Its cause is an empty text (recording invoke_timeout).
    pub(crate) fn timeout(alias: Option<&'static str>) -> Self {
        Self {
            error: Some("States.Timeout".to_owned()),
            cause: Cause::Text(String::new()),
            fatal: false,
            alias,
        }
    }

    /// An error a task or a Fail state names.
    pub(crate) fn given(error: Option<String>, cause: Option<String>) -> Self {
        let cause = cause.map_or(Cause::None, Cause::Text);
        Self { error, cause, fatal: false, alias: None }
    }

    /// The error output a catcher sees (states-language.net, "Fallback states").
    pub(crate) fn output(&self) -> Value {
        let error = self.error.clone().map_or(Value::Null, Value::from);
        let cause = match &self.cause {
            Cause::Text(text) => Value::from(text.as_str()),
            // Recording sqs_failure_in_wait_for_task_tok_no_error_field; nothing shows what an error alone gives.
            Cause::None if self.error.is_none() => Value::Null,
            Cause::None | Cause::Unsure => opaque::maybe(),
        };
        json!({"Error": error, "Cause": cause})
    }
}

impl Cause {
    /// Some text of the interpreter.
    pub(crate) fn worded() -> Self {
        Self::Text(opaque::text("cause").as_str().unwrap_or_default().to_owned())
    }
}

/// Fails with an error nobody can catch.
pub(crate) fn runtime<T>() -> Result<T> {
    Err(Stop::Failed(Failure::runtime()))
}

/// Fails with an error of the interpreter that can be caught.
pub(crate) fn fails<T>(error: &str) -> Result<T> {
    Err(Stop::Failed(Failure::named(error)))
}

/// Fails, though nothing tells with which error, nor whether that can be caught.
pub(crate) fn fails_somehow<T>() -> Result<T> {
    let error = opaque::text("error").as_str().map(str::to_owned);
    Err(Stop::Failed(Failure { error, cause: Cause::worded(), fatal: false, alias: None }))
}

/// Gives up.
pub(crate) fn unknown<T>(reason: impl Into<String>) -> Result<T> {
    Err(Stop::Unknown(reason.into()))
}
