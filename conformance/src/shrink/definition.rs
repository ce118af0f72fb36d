//! Making definitions smaller, as a reader of the language would.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::value::{self, Key, Removable};

/// One way to make a definition smaller. A graph is named by its JSON pointer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Edit {
    /// The whole definition becomes this branch or processor of it.
    Hoist { graph: String },
    /// The graph starts at another of its states.
    StartAt { graph: String, state: String },
    /// The state goes; what led to it leads to where it leads.
    RemoveState { graph: String, state: String },
    /// The graph ends with this state.
    EndHere { graph: String, state: String },
    /// The state becomes a Pass state.
    IntoPass { graph: String, state: String },
    /// A branch of a Parallel goes.
    RemoveBranch { parallel: String, branch: usize },
    /// A field of the definition itself goes.
    RemoveTopField { field: String },
    /// A field of a state goes.
    RemoveField { state: String, field: String },
    /// The value of a field of a state gets smaller.
    Field { state: String, field: String, edit: value::Edit },
}

/// Fields that make up the graph; they change only as the graph does.
const STRUCTURE: [&str; 7] =
    ["Type", "Next", "End", "Default", "Branches", "ItemProcessor", "Iterator"];

/// Fields whose members have names that mean something to the language.
const SCHEMATIC: [&str; 6] =
    ["Retry", "Catch", "Choices", "ItemReader", "ItemBatcher", "ResultWriter"];

/// States of a definition, nested ones included.
#[must_use]
pub fn count_states(definition: &Value) -> usize {
    graphs(definition)
        .iter()
        .filter_map(|graph| definition.pointer(graph)?.get("States")?.as_object().map(Map::len))
        .sum()
}

/// Edits of the graph: the largest first.
pub(super) fn large(definition: &Value) -> Vec<Edit> {
    let graphs = graphs(definition);
    let mut edits: Vec<Edit> = graphs
        .iter()
        .rev()
        .filter(|graph| !graph.is_empty())
        .map(|graph| Edit::Hoist { graph: graph.clone() })
        .collect();
    for graph in &graphs {
        for state in names(definition, graph) {
            let (graph, state) = (graph.clone(), state.to_owned());
            edits.push(Edit::StartAt { graph: graph.clone(), state: state.clone() });
            edits.push(Edit::EndHere { graph: graph.clone(), state: state.clone() });
            edits.push(Edit::RemoveState { graph, state });
        }
    }
    for graph in &graphs {
        for state in names(definition, graph) {
            let at = state_pointer(graph, state);
            let fields = definition.pointer(&at);
            let kind = fields.and_then(|fields| fields.get("Type")).and_then(Value::as_str);
            if kind == Some("Parallel") {
                let branches = fields.and_then(|f| f.get("Branches")).and_then(Value::as_array);
                let branches = branches.map_or(0, Vec::len);
                edits.extend(
                    (0..branches).map(|branch| Edit::RemoveBranch { parallel: at.clone(), branch }),
                );
            }
            if !matches!(kind, Some("Pass" | "Choice" | "Succeed" | "Fail")) {
                edits.push(Edit::IntoPass { graph: graph.clone(), state: state.to_owned() });
            }
        }
    }
    edits
}

/// Edits of fields.
pub(super) fn small(definition: &Value) -> Vec<Edit> {
    let mut edits = Vec::new();
    for field in definition.as_object().into_iter().flat_map(Map::keys) {
        if !matches!(field.as_str(), "StartAt" | "States") {
            edits.push(Edit::RemoveTopField { field: field.clone() });
        }
    }
    for graph in graphs(definition) {
        for name in names(definition, &graph) {
            let state = state_pointer(&graph, name);
            let Some(fields) = definition.pointer(&state).and_then(Value::as_object) else {
                continue;
            };
            for (field, value) in fields {
                if STRUCTURE.contains(&field.as_str()) {
                    continue;
                }
                edits.push(Edit::RemoveField { state: state.clone(), field: field.clone() });
                let removable = match SCHEMATIC.contains(&field.as_str()) {
                    true => Removable::Elements,
                    false => Removable::All,
                };
                let mut of_field = value::edits(value, removable);
                if SCHEMATIC.contains(&field.as_str()) {
                    of_field.extend(optional_members(value));
                }
                edits.extend(of_field.into_iter().map(|edit| Edit::Field {
                    state: state.clone(),
                    field: field.clone(),
                    edit,
                }));
            }
        }
    }
    edits
}

/// Members of retriers, catchers and the like that may be left out.
fn optional_members(list: &Value) -> Vec<value::Edit> {
    let mut edits = Vec::new();
    for (index, entry) in list.as_array().into_iter().flatten().enumerate() {
        for name in entry.as_object().into_iter().flat_map(Map::keys) {
            if !matches!(name.as_str(), "Next" | "ErrorEquals" | "Variable") {
                let at = vec![Key::Index(index), Key::Name(name.clone())];
                edits.push(value::Edit { at, change: value::Change::Remove });
            }
        }
    }
    edits
}

/// The pointers of all graphs, outer ones first; the definition itself is the empty pointer.
fn graphs(definition: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut next = 0;
    while let Some(graph) = found.get(next).cloned() {
        next += 1;
        for name in names(definition, &graph) {
            let state = state_pointer(&graph, name);
            let Some(fields) = definition.pointer(&state) else { continue };
            let branches = fields.get("Branches").and_then(Value::as_array).map_or(0, Vec::len);
            found.extend((0..branches).map(|branch| format!("{state}/Branches/{branch}")));
            for processor in ["ItemProcessor", "Iterator"] {
                if fields.get(processor).is_some() {
                    found.push(format!("{state}/{processor}"));
                }
            }
        }
    }
    found
}

fn names<'a>(definition: &'a Value, graph: &str) -> impl Iterator<Item = &'a str> {
    let states =
        definition.pointer(graph).and_then(|graph| graph.get("States")).and_then(Value::as_object);
    states.into_iter().flat_map(Map::keys).map(String::as_str)
}

fn state_pointer(graph: &str, state: &str) -> String {
    format!("{graph}/States/{}", state.replace('~', "~0").replace('/', "~1"))
}

/// The definition after an edit, without states that nothing leads to any more; `None` when it does not fit.
pub(super) fn apply(definition: &Value, edit: &Edit) -> Option<Value> {
    let mut edited = definition.clone();
    match edit {
        Edit::Hoist { graph } => hoist(&mut edited, graph)?,
        Edit::StartAt { graph, state } => {
            let start = edited.pointer_mut(graph)?.get_mut("StartAt")?;
            if start.as_str() == Some(state) {
                return None;
            }
            *start = state.as_str().into();
        }
        Edit::RemoveState { graph, state } => remove_state(edited.pointer_mut(graph)?, state)?,
        Edit::EndHere { graph, state } => {
            let fields = edited.pointer_mut(&state_pointer(graph, state))?.as_object_mut()?;
            fields.shift_remove("Next")?;
            fields.insert("End".into(), true.into());
        }
        Edit::IntoPass { graph, state } => {
            let state = edited.pointer_mut(&state_pointer(graph, state))?;
            let mut pass = Map::new();
            pass.insert("Type".into(), "Pass".into());
            for field in ["Next", "End", "QueryLanguage"] {
                if let Some(value) = state.get(field) {
                    pass.insert(field.into(), value.clone());
                }
            }
            *state = Value::Object(pass);
        }
        Edit::RemoveBranch { parallel, branch } => {
            let branches =
                edited.pointer_mut(parallel)?.get_mut("Branches").and_then(Value::as_array_mut)?;
            if branches.len() < 2 || *branch >= branches.len() {
                return None;
            }
            branches.remove(*branch);
        }
        Edit::RemoveTopField { field } => drop(edited.as_object_mut()?.shift_remove(field)?),
        Edit::RemoveField { state, field } => {
            edited.pointer_mut(state)?.as_object_mut()?.shift_remove(field)?;
        }
        Edit::Field { state, field, edit } => {
            let value = edited.pointer_mut(state)?.get_mut(field)?;
            *value = value::apply(value, edit)?;
        }
    }
    for graph in graphs(&edited) {
        remove_unreachable(edited.pointer_mut(&graph)?);
    }
    (edited != *definition).then_some(edited)
}

fn hoist(definition: &mut Value, graph: &str) -> Option<()> {
    let inner = definition.pointer(graph)?.clone();
    let outer = definition.as_object_mut()?;
    for field in ["StartAt", "States"] {
        outer.insert(field.into(), inner.get(field)?.clone());
    }
    Some(())
}

/// Leads what led to a state on to where it leads, and removes it.
fn remove_state(graph: &mut Value, name: &str) -> Option<()> {
    let states = graph.get_mut("States")?.as_object_mut()?;
    if states.len() < 2 {
        return None;
    }
    let removed = states.shift_remove(name)?;
    let successor = ["/Next", "/Default", "/Choices/0/Next"]
        .iter()
        .find_map(|field| removed.pointer(field).and_then(Value::as_str))
        .filter(|successor| *successor != name);
    for state in states.values_mut() {
        let state = state.as_object_mut()?;
        if state.get("Next").and_then(Value::as_str) == Some(name) {
            match successor {
                Some(successor) => drop(state.insert("Next".into(), successor.into())),
                None => {
                    state.shift_remove("Next");
                    state.insert("End".into(), true.into());
                }
            }
        }
        if state.get("Default").and_then(Value::as_str) == Some(name) {
            match successor {
                Some(successor) => drop(state.insert("Default".into(), successor.into())),
                None => drop(state.shift_remove("Default")),
            }
        }
        for list in ["Choices", "Catch"] {
            let Some(entries) = state.get_mut(list).and_then(Value::as_array_mut) else { continue };
            entries.retain_mut(|entry| {
                match (entry.get("Next").and_then(Value::as_str), successor) {
                    (Some(next), Some(successor)) if next == name => {
                        entry["Next"] = successor.into();
                        true
                    }
                    (Some(next), None) => next != name,
                    _ => true,
                }
            });
            if entries.is_empty() {
                state.shift_remove(list);
            }
        }
    }
    let start = graph.get_mut("StartAt")?;
    if start.as_str() == Some(name) {
        *start = json!(successor?);
    }
    Some(())
}

/// Removes the states of a graph that its start does not lead to.
fn remove_unreachable(graph: &mut Value) {
    let Some(start) = graph.get("StartAt").and_then(Value::as_str).map(str::to_owned) else {
        return;
    };
    let Some(states) = graph.get_mut("States").and_then(Value::as_object_mut) else { return };
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(name) = open.pop() {
        let Some(state) = states.get(&name).filter(|_| reached.insert(name.clone())) else {
            continue;
        };
        let direct = ["Next", "Default"].iter().filter_map(|field| state.get(field));
        let listed = ["Choices", "Catch"]
            .iter()
            .filter_map(|list| state.get(list).and_then(Value::as_array))
            .flatten()
            .filter_map(|entry| entry.get("Next"));
        open.extend(direct.chain(listed).filter_map(Value::as_str).map(str::to_owned));
    }
    states.retain(|name, _| reached.contains(name));
}
