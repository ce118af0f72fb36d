//! A scope as the library reads it: level by level, only where the expression goes.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use jlens_core::input::{Sink, Source, Sources};
use serde_json::Value;

use crate::expr::Scope;

/// Members: the document itself, `$states`, then the arrays and objects in the order they were met.
const ROOT: u32 = 0;
pub(super) const STATES: u32 = 1;
const FIRST: u32 = 2;

/// The fields of the document: `$states`, and one for each variable the expression reads.
pub(super) const STATES_FIELD: &str = "s";
const VARIABLE_PREFIX: &str = "v";

/// The members of `$states`, in AWS's order (recording `base_map_state_inspect.*`).
const MEMBERS: [&str; 4] = ["context", "input", "result", "errorOutput"];

/// The field of the document that holds a variable.
pub(super) fn variable_field(index: usize) -> String {
    format!("{VARIABLE_PREFIX}{index}")
}

/// The arrays and objects of a scope.
pub(super) struct Members<'a> {
    scope: Scope<'a>,
    variables: &'a [String],
    met: RefCell<Vec<&'a Value>>,
    me: Weak<Self>,
}

impl<'a> Members<'a> {
    pub(super) fn new(scope: Scope<'a>, variables: &'a [String]) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            scope,
            variables,
            met: RefCell::new(Vec::new()),
            me: Weak::clone(me),
        })
    }

    /// The array or object a member stands for, unless it is `$states` or the document.
    pub(super) fn value(&self, index: u32) -> Option<&'a Value> {
        let index = index.checked_sub(FIRST)? as usize;
        self.met.borrow().get(index).copied()
    }

    /// What `$states` has, in order.
    pub(super) fn states(&self) -> impl Iterator<Item = (&'static str, &'a Value)> + '_ {
        MEMBERS.into_iter().filter_map(|name| Some((name, self.states_member(name)?)))
    }

    fn states_member(&self, name: &str) -> Option<&'a Value> {
        match name {
            "input" => Some(self.scope.input),
            "result" => self.scope.result,
            "errorOutput" => self.scope.error_output,
            "context" => Some(self.scope.context.value()),
            _ => None,
        }
    }

    fn variable(&self, field: &str) -> Option<&'a Value> {
        let index: usize = field.strip_prefix(VARIABLE_PREFIX)?.parse().ok()?;
        self.scope.variables.get(self.variables.get(index)?)
    }

    fn write(&self, value: &'a Value, sink: &mut Sink<'_, 'a>) {
        match value {
            Value::Null => sink.null(),
            Value::Bool(value) => sink.bool(*value),
            Value::Number(number) => sink.number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => sink.string(text),
            Value::Array(_) | Value::Object(_) => {
                let mut met = self.met.borrow_mut();
                let Ok(index) = u32::try_from(met.len()) else { return };
                let Some(me) = self.me.upgrade() else { return };
                met.push(value);
                match value {
                    Value::Array(_) => sink.array_of(&me, index + FIRST),
                    _ => sink.object_of(&me, index + FIRST),
                }
            }
        }
    }
}

impl<'a> Sources<'a> for Members<'a> {
    fn read(&self, index: u32, sink: &mut Sink<'_, 'a>) -> Result<(), String> {
        if index == STATES {
            for (name, value) in self.states() {
                sink.key(name);
                self.write(value, sink);
            }
            return Ok(());
        }
        match self.value(index) {
            Some(Value::Array(items)) => {
                sink.reserve(items.len());
                items.iter().for_each(|item| self.write(item, sink));
            }
            Some(Value::Object(fields)) => {
                sink.reserve(fields.len());
                for (key, field) in fields {
                    sink.key(key);
                    self.write(field, sink);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn read_field(&self, index: u32, key: &str, sink: &mut Sink<'_, 'a>) -> Result<bool, String> {
        let field = match index {
            ROOT if key == STATES_FIELD => {
                if let Some(me) = self.me.upgrade() {
                    sink.object_of(&me, STATES);
                }
                return Ok(true);
            }
            ROOT => self.variable(key),
            STATES => self.states_member(key),
            _ => self.value(index).and_then(|value| value.get(key)),
        };
        if let Some(value) = field {
            self.write(value, sink);
        }
        Ok(true)
    }

    fn length(&self, index: u32) -> Option<usize> {
        self.value(index)?.as_array().map(Vec::len)
    }

    fn read_item(&self, index: u32, item: usize, sink: &mut Sink<'_, 'a>) -> Result<bool, String> {
        if let Some(value) = self.value(index).and_then(|value| value.get(item)) {
            self.write(value, sink);
        }
        Ok(true)
    }
}

/// The document, as the library asks for it.
pub(super) struct Document<'a>(pub(super) Rc<Members<'a>>);

impl<'a> Source<'a> for Document<'a> {
    fn read(&self, sink: &mut Sink<'_, 'a>) -> Result<(), String> {
        sink.object_of(&self.0, ROOT);
        Ok(())
    }
}
