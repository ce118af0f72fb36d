//! Results, built straight as JSON.

use std::rc::Rc;

use jlens_core::output::{Builder, Member};
use serde_json::{Map, Value};

use super::input::{Members, STATES};
use crate::expr::jsonata::numbers;

/// Builds JSON; what went through the expression unchanged is copied from the input.
pub(super) struct JsonBuilder<'a> {
    members: Rc<Members<'a>>,
    /// Bytes that may still be copied from the input.
    budget: usize,
    /// Whether the budget was not enough; the result is then not to be used.
    pub(super) exhausted: bool,
}

impl<'a> JsonBuilder<'a> {
    pub(super) fn new(members: Rc<Members<'a>>, budget: usize) -> Self {
        Self { members, budget, exhausted: false }
    }

    fn copy(&mut self, value: &Value) -> Value {
        // Once exhausted nothing more is copied, so that a result that repeats a large input fails fast.
        if !self.exhausted
            && let Some(copy) = numbers::copy_within(value, &mut self.budget)
        {
            return copy;
        }
        self.exhausted = true;
        Value::Null
    }
}

impl Builder for JsonBuilder<'_> {
    type Value = Value;
    type Array = Vec<Value>;
    type Object = Map<String, Value>;

    fn null(&mut self) -> Value {
        Value::Null
    }

    fn bool(&mut self, value: bool) -> Value {
        Value::Bool(value)
    }

    fn number(&mut self, value: f64) -> Value {
        numbers::from_f64(value)
    }

    fn string(&mut self, value: &str) -> Value {
        Value::String(value.to_owned())
    }

    fn array(&mut self, len: usize) -> Vec<Value> {
        Vec::with_capacity(len)
    }

    fn push(&mut self, array: &mut Vec<Value>, item: Value) {
        array.push(item);
    }

    fn end_array(&mut self, array: Vec<Value>) -> Value {
        Value::Array(array)
    }

    fn object(&mut self, len: usize) -> Map<String, Value> {
        Map::with_capacity(len)
    }

    fn insert(&mut self, object: &mut Map<String, Value>, key: &str, value: Value) {
        object.insert(key.to_owned(), value);
    }

    fn end_object(&mut self, object: Map<String, Value>) -> Value {
        Value::Object(object)
    }

    fn input(&mut self, member: Member) -> Option<Value> {
        let members = Rc::clone(&self.members);
        if !member.of(&members) {
            return None;
        }
        if member.index() == STATES {
            let fields = members.states().map(|(name, value)| (name.to_owned(), self.copy(value)));
            return Some(Value::Object(fields.collect()));
        }
        members.value(member.index()).map(|value| self.copy(value))
    }
}
