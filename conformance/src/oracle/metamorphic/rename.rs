//! Other names for all states.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::plain_definition;
use crate::case::{Case, Machine, PathStep};
use crate::oracle::Trial;

pub(super) fn apply(trial: &Trial<'_>) -> Option<Case> {
    let definition = plain_definition(trial)?;
    // The workers' script names the states of all machines alike.
    let is_shared = |other: &Value| {
        Machine::new(other).states().any(|state| trial.machine.state(state.name).is_some())
    };
    if trial.case.machines.values().any(is_shared) {
        return None;
    }
    let names = trial.machine.states().enumerate();
    let names =
        Names(names.map(|(index, state)| (state.name, format!("Renamed {index}"))).collect());
    let mut case = trial.case.clone();
    case.definition = Some(names.graph(definition));
    for task in &mut case.tasks {
        names.rename(&mut task.state);
        for step in &mut task.path {
            match step {
                PathStep::Map { map, .. } => names.rename(map),
                PathStep::Parallel { parallel } => names.rename(parallel),
            }
        }
    }
    case.unscripted_states.iter_mut().for_each(|state| names.rename(state));
    if let Some(script) = &mut case.workers {
        names.script(script);
    }
    Some(case)
}

struct Names<'a>(BTreeMap<&'a str, String>);

impl Names<'_> {
    fn rename(&self, name: &mut String) {
        if let Some(other) = self.0.get(name.as_str()) {
            other.clone_into(name);
        }
    }

    fn rename_value(&self, value: Option<&mut Value>) {
        if let Some(Value::String(name)) = value {
            self.rename(name);
        }
    }

    fn graph(&self, graph: &Value) -> Value {
        let mut graph = graph.clone();
        self.rename_value(graph.get_mut("StartAt"));
        if let Some(Value::Object(states)) = graph.get_mut("States") {
            let renamed: Map<String, Value> = std::mem::take(states)
                .into_iter()
                .map(|(mut name, mut state)| {
                    self.rename(&mut name);
                    self.state(&mut state);
                    (name, state)
                })
                .collect();
            *states = renamed;
        }
        graph
    }

    fn state(&self, state: &mut Value) {
        self.rename_value(state.get_mut("Next"));
        self.rename_value(state.get_mut("Default"));
        for field in ["Choices", "Catch"] {
            if let Some(Value::Array(list)) = state.get_mut(field) {
                list.iter_mut().for_each(|one| self.rename_value(one.get_mut("Next")));
            }
        }
        if let Some(Value::Array(branches)) = state.get_mut("Branches") {
            branches.iter_mut().for_each(|branch| *branch = self.graph(branch));
        }
        for field in ["ItemProcessor", "Iterator"] {
            if let Some(processor) = state.get_mut(field) {
                *processor = self.graph(processor);
            }
        }
    }

    fn script(&self, script: &mut Value) {
        let Some(Value::Array(workers)) = script.get_mut("workers") else { return };
        for worker in workers {
            self.rename_value(worker.get_mut("state"));
            if let Some(place) = worker.get_mut("in") {
                self.rename_value(place.get_mut("map"));
                self.rename_value(place.get_mut("parallel"));
            }
        }
    }
}
