//! `StartAt` and `States`: compiles the states of one scope and checks how they hang together.

use std::collections::{BTreeMap, BTreeSet};

use super::assign::{assigned_keys, variable};
use super::context::{Compiler, Phase, Scope};
use super::cursor::At;
use crate::asl::syntax::{Object, Value};
use crate::asl::{DiagnosticCode, QueryLanguage, StateGraph, StateId};

impl Compiler {
    /// Compiles the graph of a machine, a branch or an item processor.
    pub(super) fn graph(&mut self, at: &At<'_>, top: bool) -> Option<StateGraph> {
        self.require(at, &["States", "StartAt"]);
        let start = at.get("StartAt").and_then(|start| self.string(&start));
        let states_at = at.get("States")?;
        self.object(&states_at)?;
        let object = states_at.node.as_object()?;
        if object.iter().next().is_none() {
            self.schema(&states_at, "Value cannot be empty");
        }
        let mut ids: BTreeMap<&str, StateId> = BTreeMap::new();
        for (index, member) in object.iter().enumerate() {
            ids.insert(&member.key, StateId(u32::try_from(index).ok()?));
        }
        let scope = Scope { ids: &ids, language: self.machine_language };
        self.enter_scope(object);
        let states: Vec<_> =
            states_at.states().map(|(name, state)| self.state(&state, name, &scope)).collect();
        self.scopes.pop();
        let start_at = start.and_then(|name| ids.get(name).copied());
        if at.has("StartAt") {
            self.check_targets(at, &states_at, &ids);
            self.check_reach(&states_at, &ids, start_at, top);
        }
        let states = states.into_iter().collect::<Option<Vec<_>>>()?;
        Some(StateGraph { start_at: start_at?, states })
    }

    /// Reports every transition to a state that this scope does not have.
    fn check_targets(&mut self, at: &At<'_>, states: &At<'_>, ids: &BTreeMap<&str, StateId>) {
        if let Some(start) = at.get("StartAt") {
            self.check_target(&start, ids);
        }
        for (_, state) in states.states() {
            visit_targets(&state, &mut |target| self.check_target(target, ids));
        }
    }

    fn check_target(&mut self, at: &At<'_>, ids: &BTreeMap<&str, StateId>) {
        let Some(name) = at.node.as_str() else { return };
        if !ids.contains_key(name) {
            let message = format!("Missing 'Next' target: {name}");
            let code = DiagnosticCode::MissingTransitionTarget;
            self.report(Phase::Targets, code, at, at.span(), message);
        }
    }

    /// Reports a machine that cannot end, and states nothing leads to.
    fn check_reach(
        &mut self,
        states: &At<'_>,
        ids: &BTreeMap<&str, StateId>,
        start: Option<StateId>,
        top: bool,
    ) {
        // Only the machine itself must be able to end; a nested endless loop is accepted, as measured.
        if top && !states.states().any(|(_, state)| is_terminal(&state)) {
            self.no_end_state();
            return;
        }
        let mut edges: Vec<Vec<StateId>> = vec![Vec::new(); ids.len()];
        for (index, (_, state)) in states.states().enumerate() {
            visit_targets(&state, &mut |target| {
                let id = target.node.as_str().and_then(|name| ids.get(name));
                edges[index].extend(id.copied());
            });
        }
        let mut reached = vec![false; ids.len()];
        let mut open: Vec<StateId> = start.into_iter().collect();
        while let Some(StateId(id)) = open.pop() {
            let id = id as usize;
            if !std::mem::replace(&mut reached[id], true) {
                open.append(&mut edges[id]);
            }
        }
        for ((name, state), reached) in states.states().zip(reached) {
            if !reached {
                let message = format!("State \"{name}\" is not reachable.");
                let code = DiagnosticCode::MissingTransitionTarget;
                self.report(Phase::Reachability, code, &state, state.name_span(), message);
            }
        }
    }

    /// Makes the variables that this scope assigns known to the scopes inside.
    fn enter_scope(&mut self, states: &Object<'_>) {
        let machine = self.machine_language;
        let mut own = BTreeSet::new();
        assigned_keys(states, &mut |state, key| {
            let language = state.get("QueryLanguage").and_then(|member| member.value.as_str());
            let jsonata = match language {
                Some("JSONPath") => false,
                Some(_) => true,
                None => machine == QueryLanguage::Jsonata,
            };
            own.insert(variable(key, jsonata).to_owned());
        });
        self.scopes.push(own);
    }
}

/// Calls `visit` with every field of the state that names another state.
fn visit_targets(state: &At<'_>, visit: &mut impl FnMut(&At<'_>)) {
    let kind = state.text("Type").unwrap_or_default();
    // Also of a type that has no `Next`: what it names is reached (measured by tiny-asl-machine on Succeed).
    if let Some(next) = state.get("Next") {
        visit(&next);
    }
    let rules = match kind {
        "Choice" => "Choices",
        "Task" | "Parallel" | "Map" => "Catch",
        _ => return,
    };
    if let Some(rules) = state.get(rules) {
        for rule in rules.elements() {
            if let Some(next) = rule.get("Next") {
                visit(&next);
            }
        }
    }
    if kind == "Choice"
        && let Some(default) = state.get("Default")
    {
        visit(&default);
    }
}

/// Whether the machine can end here. A state without a type is no end, one of an unknown type is (measured by
/// tiny-asl-machine).
fn is_terminal(state: &At<'_>) -> bool {
    match state.text("Type") {
        Some("Succeed" | "Fail") => true,
        Some("Choice") | None => false,
        _ => state.get("End").is_some_and(|end| matches!(end.node.value, Value::Bool(true))),
    }
}
