//! Workflow variables and their scopes.
//!
//! A Parallel branch or Map iteration sees the variables of its surroundings and sets its own, which vanish
//! when it ends. The surroundings stand still while it runs, so the outer scope is shared, not copied.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::data::Payload;
use crate::expr::Variables;
use crate::history::AssignedVariable;
use crate::limits;

/// The variables of one scope, and the scope around it.
#[derive(Debug, Clone)]
pub(super) struct VariableScope {
    outer: Option<Arc<VariableScope>>,
    variables: BTreeMap<Arc<str>, Payload>,
}

impl VariableScope {
    /// A new scope inside another one.
    pub(super) fn inside(outer: Option<Arc<Self>>) -> Option<Arc<Self>> {
        outer.map(|outer| Arc::new(Self { outer: Some(outer), variables: BTreeMap::new() }))
    }

    /// Sets variables in the innermost scope.
    pub(super) fn assign(scope: &mut Option<Arc<Self>>, assigned: &[AssignedVariable]) {
        if assigned.is_empty() {
            return;
        }
        let scope =
            scope.get_or_insert_with(|| Arc::new(Self { outer: None, variables: BTreeMap::new() }));
        let scope = Arc::make_mut(scope);
        for (name, value) in assigned {
            scope.variables.insert(name.clone(), value.clone());
        }
    }

    fn find(&self, name: &str) -> Option<&Payload> {
        let mut scope = self;
        loop {
            if let Some(value) = scope.variables.get(name) {
                return Some(value);
            }
            scope = scope.outer.as_deref()?;
        }
    }

    /// Bytes of all variables, of this scope and those around it.
    pub(super) fn total_bytes(&self) -> usize {
        let mut sum = 0_usize;
        let mut scope = Some(self);
        while let Some(current) = scope {
            sum += current.variables.values().map(Payload::size_bytes).sum::<usize>();
            scope = current.outer.as_deref();
        }
        sum
    }
}

/// Which limit an `Assign` breaks, as a cause; `None` when it breaks none.
///
/// The limits are those of AWS's quota page; the texts are ours, a recording of one would settle them.
pub(super) fn limit_broken(assigned: &[AssignedVariable], stored: usize) -> Option<String> {
    let mut sum = 0_usize;
    for (name, value) in assigned {
        let size = value.size_bytes();
        if size > limits::VARIABLE_BYTES_MAX {
            return Some(format!(
                "The size of the variable '{name}' exceeds the maximum of {} bytes.",
                limits::VARIABLE_BYTES_MAX
            ));
        }
        sum += size;
    }
    if sum > limits::ASSIGN_BYTES_MAX {
        return Some(format!(
            "The combined size of the variables assigned exceeds the maximum of {} bytes.",
            limits::ASSIGN_BYTES_MAX
        ));
    }
    (stored + sum > limits::VARIABLES_TOTAL_BYTES_MAX).then(|| {
        format!(
            "The total size of the variables stored in the execution exceeds the maximum of {} bytes.",
            limits::VARIABLES_TOTAL_BYTES_MAX
        )
    })
}

/// What expressions see of a scope.
pub(super) struct Visible<'a>(pub(super) Option<&'a VariableScope>);

impl Variables for Visible<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0?.find(name).map(Payload::value)
    }
}
