//! The state under test, in a machine of its own.
//!
//! Whether it comes alone or in a whole machine, it is tried as a state named `StateName` (recording
//! `state_with_variables.base_expressions`), with the states it names as empty ends.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::error::TestStateError;
use crate::asl::{Compiled, Definition, State, StateKind, WorkflowType, compile, definition_error};
use crate::data::parse_json;

/// What the state under test is called while it is tried.
const STATE_NAME: &str = "StateName";

/// A state to be tried.
#[derive(Debug)]
pub(super) struct Subject {
    /// A machine that starts with it.
    pub(super) definition: Arc<Definition>,
    /// The states around it, innermost first, each in a machine of its own.
    pub(super) parents: Vec<Subject>,
}

impl Subject {
    /// The state of this name in a machine's definition, or the one state that the definition is.
    pub(super) fn find(text: &str, name: Option<&str>) -> Result<Self, TestStateError> {
        let Some(name) = name else {
            let Ok(state @ Value::Object(_)) = parse_json(text) else {
                return Err(refused(&compile(text, WorkflowType::Standard)));
            };
            return Self::alone(&state, None);
        };
        let compiled = compile(text, WorkflowType::Standard);
        if compiled.definition.is_none() {
            return Err(refused(&compiled));
        }
        let machine = parse_json(text).unwrap_or_default();
        let mut path = Vec::new();
        if !walk(&machine, name, &mut path) {
            return Err(TestStateError::validation("State not found in definition"));
        }
        let language = machine.get("QueryLanguage");
        let mut subjects = path
            .iter()
            .rev()
            .map(|state| Self::alone(state, language))
            .collect::<Result<Vec<_>, _>>()?;
        let mut subject = subjects.remove(0);
        subject.parents = subjects;
        Ok(subject)
    }

    fn alone(state: &Value, language: Option<&Value>) -> Result<Self, TestStateError> {
        let mut states = Map::new();
        states.insert(STATE_NAME.to_owned(), state.clone());
        for target in targets(state) {
            if !states.contains_key(target) {
                states.insert(target.to_owned(), json!({"Type": "Succeed"}));
            }
        }
        let mut machine = Map::new();
        if let Some(language) = language {
            machine.insert("QueryLanguage".to_owned(), language.clone());
        }
        machine.insert("StartAt".to_owned(), STATE_NAME.into());
        machine.insert("States".to_owned(), Value::Object(states));
        let compiled = compile(&Value::Object(machine).to_string(), WorkflowType::Standard);
        match &compiled.definition {
            Some(definition) => Ok(Self { definition: definition.clone(), parents: Vec::new() }),
            None => Err(refused(&compiled)),
        }
    }

    /// The state.
    pub(super) fn state(&self) -> &State {
        self.definition.graph.state(self.definition.graph.start_at)
    }

    /// Whether a state of this name is inside it.
    pub(super) fn contains(&self, name: &str) -> bool {
        let graphs: Vec<_> = match &self.state().kind {
            StateKind::Parallel(parallel) => parallel.branches.iter().collect(),
            StateKind::Map(map) => vec![&map.processor],
            _ => Vec::new(),
        };
        let mut open = graphs;
        while let Some(graph) = open.pop() {
            for state in &graph.states {
                if &*state.name == name {
                    return true;
                }
                match &state.kind {
                    StateKind::Parallel(parallel) => open.extend(&parallel.branches),
                    StateKind::Map(map) => open.push(&map.processor),
                    _ => {}
                }
            }
        }
        false
    }
}

fn refused(compiled: &Compiled) -> TestStateError {
    let message = definition_error(compiled).unwrap_or_default();
    TestStateError::new("InvalidDefinition", message)
}

/// Finds a state, and the states around it from the outermost to itself.
fn walk<'a>(graph: &'a Value, name: &str, path: &mut Vec<&'a Value>) -> bool {
    let Some(states) = graph.get("States").and_then(Value::as_object) else { return false };
    for (found, state) in states {
        path.push(state);
        let inside = || {
            let processors = ["ItemProcessor", "Iterator"].iter().filter_map(|key| state.get(key));
            let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten();
            processors.chain(branches)
        };
        if found == name || inside().any(|graph| walk(graph, name, path)) {
            return true;
        }
        path.pop();
    }
    false
}

/// The names of the states it may go to.
fn targets(state: &Value) -> Vec<&str> {
    let rules = ["Choices", "Catch"]
        .iter()
        .filter_map(|field| state.get(field).and_then(Value::as_array))
        .flatten()
        .filter_map(|rule| rule.get("Next"));
    let own = ["Next", "Default"].iter().filter_map(|field| state.get(field));
    own.chain(rules).filter_map(Value::as_str).collect()
}
