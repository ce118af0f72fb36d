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
    /// The task or the definition gave it.
    Text(String),
    /// There is none.
    None,
    /// The interpreter worded it, so that the model cannot know it; it may be missing.
    Worded,
}

impl Failure {
    /// An error of the interpreter that nobody can catch (AWS guide, error names: `States.Runtime`).
    pub(crate) fn runtime() -> Self {
        Self {
            error: Some("States.Runtime".to_owned()),
            cause: Cause::Worded,
            fatal: true,
            alias: None,
        }
    }

    /// An error of the interpreter that can be caught.
    pub(crate) fn named(error: &str) -> Self {
        Self { error: Some(error.to_owned()), cause: Cause::Worded, fatal: false, alias: None }
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
            Cause::None if self.error.is_none() => Value::Null,
            // Whether an absent cause is a missing key, a null or an empty text differs by the kind of failure.
            Cause::None | Cause::Worded => opaque::maybe(),
        };
        json!({"Error": error, "Cause": cause})
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

/// Gives up.
pub(crate) fn unknown<T>(reason: impl Into<String>) -> Result<T> {
    Err(Stop::Unknown(reason.into()))
}
