//! What an expression can see.

use std::cell::RefCell;

use serde_json::Value;

use crate::data::{RandomStream, Timestamp};

/// The data an expression is evaluated against. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// `$` in JSONPath; `$states.input` in JSONata.
    pub input: &'a Value,
    /// `$$` in JSONPath; `$states.context` in JSONata.
    pub context: &'a dyn ContextObject,
    /// `$name` in both languages.
    pub variables: &'a dyn Variables,
    /// `$states.result`, where a state has one.
    pub result: Option<&'a Value>,
    /// `$states.errorOutput`, in a Catcher.
    pub error_output: Option<&'a Value>,
    /// The current moment, for `$now()` and `$millis()`.
    pub now: Timestamp,
    /// Where `States.UUID`, `States.MathRandom`, `$uuid()` and `$random()` draw from.
    pub random: &'a RefCell<RandomStream>,
}

/// The context object, built only when an expression asks for it.
pub trait ContextObject {
    /// The whole object.
    fn value(&self) -> &Value;
}

impl ContextObject for Value {
    fn value(&self) -> &Value {
        self
    }
}

/// The variables an expression can see, of all enclosing scopes.
pub trait Variables {
    /// The value of `$name`, if it is set.
    fn get(&self, name: &str) -> Option<&Value>;
}

impl Variables for serde_json::Map<String, Value> {
    fn get(&self, name: &str) -> Option<&Value> {
        serde_json::Map::get(self, name)
    }
}
