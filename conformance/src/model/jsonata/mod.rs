//! The part of JSONata that the model evaluates.

use serde_json::Value;

use super::failure::{Result, unknown};
use super::scope::{Scope, States};

/// Evaluates an expression; `None` is undefined.
pub(crate) fn evaluate(_: &str, scope: &Scope<'_>, states: States<'_>) -> Result<Option<Value>> {
    let _ = (states.input, states.result, states.error, scope.jsonata);
    unknown("JSONata")
}
