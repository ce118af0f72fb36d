//! Telling rules of a Choice apart that lead to the same state.
//!
//! A history shows which state follows a Choice, not which rule chose it. Where two ways of a Choice lead to the
//! same state, the run is made once more with a Pass on each of those ways; it changes nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::constructs::Part;
use super::view::ways;
use crate::case::Machine;

/// A definition with a Pass on every way that could be mistaken for another.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) definition: Value,
    /// The way each added Pass stands on: the Choice and the way.
    pub(super) on: BTreeMap<String, (String, Part)>,
}

impl Probe {
    /// `None` when no Choice needs one.
    pub(super) fn new(machine: &Machine<'_>) -> Option<Self> {
        let mut definition = machine.definition?.clone();
        let mut on = BTreeMap::new();
        for state in machine.states().filter(|state| state.kind() == "Choice") {
            let ways = ways(state);
            let shared =
                |target: &str| ways.iter().filter(|(_, other)| *other == target).count() > 1;
            for (part, target) in ways.iter().filter(|(_, target)| shared(target)) {
                let mut number = on.len();
                let name = loop {
                    let name = format!("way {number}");
                    if machine.state(&name).is_none() {
                        break name;
                    }
                    number += 1_000;
                };
                if insert(&mut definition, state.name, *part, target, &name) {
                    on.insert(name, (state.name.to_owned(), *part));
                }
            }
        }
        (!on.is_empty()).then_some(Self { definition, on })
    }
}

/// Puts the Pass into the graph that holds the Choice; false when no graph does.
fn insert(graph: &mut Value, choice: &str, part: Part, target: &str, name: &str) -> bool {
    let Some(states) = graph.get_mut("States").and_then(Value::as_object_mut) else { return false };
    if let Some(state) = states.get_mut(choice) {
        match part {
            Part::Rule(index) => state["Choices"][index]["Next"] = name.into(),
            _ => state["Default"] = name.into(),
        }
        states.insert(name.to_owned(), json!({"Type": "Pass", "Next": target}));
        return true;
    }
    states.values_mut().any(|state| {
        let Some(state) = state.as_object_mut() else { return false };
        ["ItemProcessor", "Iterator"].iter().any(|key| {
            state.get_mut(*key).is_some_and(|inner| insert(inner, choice, part, target, name))
        }) || state.get_mut("Branches").and_then(Value::as_array_mut).is_some_and(|branches| {
            branches.iter_mut().any(|branch| insert(branch, choice, part, target, name))
        })
    })
}
