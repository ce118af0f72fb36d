//! A case's definition as a table of states, for whoever judges an execution by it.
//!
//! It reads the JSON as it stands and decides nothing about it: a state's name leads to its fields, its query
//! language, and the Map or Parallel around it. State names are unique in a whole definition
//! (states-language.net, "States"), so the name suffices.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The states of a definition, nested ones included.
#[derive(Debug, Clone, Default)]
pub struct Machine<'a> {
    /// The definition.
    pub definition: Option<&'a Value>,
    states: BTreeMap<&'a str, State<'a>>,
}

/// One state.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its fields.
    pub fields: &'a Map<String, Value>,
    /// Whether its query language is JSONata.
    pub jsonata: bool,
    /// The Map or Parallel whose processor or branch it stands in.
    pub parent: Option<&'a str>,
    /// The branch of a Parallel it stands in.
    pub branch: usize,
    /// How many distributed Maps are around it: its events are in a child execution's history when positive.
    pub distributed: usize,
}

impl<'a> State<'a> {
    /// Its `Type`.
    #[must_use]
    pub fn kind(&self) -> &'a str {
        self.text("Type").unwrap_or("")
    }

    /// A field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name)
    }

    /// A field that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.field(name).and_then(Value::as_str)
    }

    /// A field that is a list.
    #[must_use]
    pub fn list(&self, name: &str) -> &'a [Value] {
        self.field(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Whether it is a Map whose iterations are executions of their own.
    #[must_use]
    pub fn is_distributed_map(&self) -> bool {
        self.processor()
            .and_then(|processor| processor.pointer("/ProcessorConfig/Mode"))
            .and_then(Value::as_str)
            == Some("DISTRIBUTED")
    }

    /// A Map's processor.
    #[must_use]
    pub fn processor(&self) -> Option<&'a Value> {
        self.field("ItemProcessor").or_else(|| self.field("Iterator"))
    }
}

impl<'a> Machine<'a> {
    /// Reads a definition.
    #[must_use]
    pub fn new(definition: &'a Value) -> Self {
        let mut machine = Self { definition: Some(definition), states: BTreeMap::new() };
        let jsonata = definition.get("QueryLanguage").and_then(Value::as_str) == Some("JSONata");
        machine.read(definition, Around { jsonata, parent: None, branch: 0, distributed: 0 });
        machine
    }

    fn read(&mut self, graph: &'a Value, around: Around<'a>) {
        let Some(states) = graph.get("States").and_then(Value::as_object) else { return };
        for (name, state) in states {
            let Some(fields) = state.as_object() else { continue };
            let jsonata = match fields.get("QueryLanguage").and_then(Value::as_str) {
                Some(language) => language == "JSONata",
                None => around.jsonata,
            };
            let state = State {
                name,
                fields,
                jsonata,
                parent: around.parent,
                branch: around.branch,
                distributed: around.distributed,
            };
            self.states.insert(name, state);
            // A state's own query language holds for itself only, not for the states in it.
            let inner = Around { parent: Some(name), branch: 0, ..around };
            for (branch, graph) in state.list("Branches").iter().enumerate() {
                self.read(graph, Around { branch, ..inner });
            }
            if let Some(processor) = state.processor() {
                let distributed = around.distributed + usize::from(state.is_distributed_map());
                self.read(processor, Around { distributed, ..inner });
            }
        }
    }

    /// A state by its name.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&State<'a>> {
        self.states.get(name)
    }

    /// All states, by name.
    pub fn states(&self) -> impl Iterator<Item = &State<'a>> {
        self.states.values()
    }
}

/// Changes the states of a definition, each before those in it.
pub fn change_states(graph: &mut Value, change: &mut impl FnMut(&str, &mut Map<String, Value>)) {
    let states = graph.get_mut("States").and_then(Value::as_object_mut).into_iter().flatten();
    for (name, state) in states {
        let Some(fields) = state.as_object_mut() else { continue };
        change(name, fields);
        for processor in ["ItemProcessor", "Iterator"] {
            if let Some(graph) = fields.get_mut(processor) {
                change_states(graph, change);
            }
        }
        let branches = fields.get_mut("Branches").and_then(Value::as_array_mut);
        for graph in branches.into_iter().flatten() {
            change_states(graph, change);
        }
    }
}

#[derive(Clone, Copy)]
struct Around<'a> {
    jsonata: bool,
    parent: Option<&'a str>,
    branch: usize,
    distributed: usize,
}
