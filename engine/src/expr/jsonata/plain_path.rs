//! Expressions that only name a place, such as `$states.input.order.id`: most of those in real
//! definitions. They are looked up without the library, which also keeps 64-bit integers exact, as AWS's
//! engine does and one of doubles cannot.

use serde_json::Value;

use super::{Outcome, numbers};
use crate::expr::Scope;
use crate::limits;

/// A variable and the field names after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PlainPath {
    /// Without `$`.
    pub(super) variable: String,
    /// Outermost first.
    pub(super) fields: Vec<String>,
}

impl PlainPath {
    /// What is there; `None` when the path meets something it cannot simply step through (an array
    /// before its end, the whole of `$states`) and the library must answer.
    pub(super) fn find(&self, scope: &Scope<'_>) -> Option<Outcome> {
        let mut fields = self.fields.iter();
        let start = if self.variable == "states" {
            match fields.next()?.as_str() {
                "input" => Some(scope.input),
                "result" => scope.result,
                "errorOutput" => scope.error_output,
                "context" => Some(scope.context.value()),
                _ => None,
            }
        } else {
            scope.variables.get(&self.variable)
        };
        let Some(mut value) = start else { return Some(Outcome::Nothing) };
        for field in fields {
            match value {
                Value::Object(map) => match map.get(field) {
                    Some(inner) => value = inner,
                    None => return Some(Outcome::Nothing),
                },
                Value::Array(_) => return None,
                _ => return Some(Outcome::Nothing),
            }
        }
        numbers::copy_within(value, &mut { limits::JSONATA_VALUE_BYTES_MAX }).map(Outcome::Value)
    }
}
