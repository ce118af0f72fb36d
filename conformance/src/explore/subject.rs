//! One machine whose coverage is told of: the one that is explored, or one that it starts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::constructs::{Construct, constructs};
use super::coverage::Index;
use super::probe::Probe;
use super::view::RunView;
use crate::case::{Case, Machine};
use crate::engine::Execution;
use crate::oracle::TraceError;

/// A machine, and what of it a run can reach.
pub(super) struct Subject<'a> {
    /// Its name, if it is not the one that is explored.
    pub(super) name: Option<&'a str>,
    pub(super) machine: Machine<'a>,
    pub(super) probe: Option<Probe>,
    index: Index,
}

impl<'a> Subject<'a> {
    /// Adds its constructs to those of the others.
    pub(super) fn new(
        name: Option<&'a str>,
        definition: &'a Value,
        all: &mut Vec<Construct>,
    ) -> Self {
        let machine = Machine::new(definition);
        let own = constructs(name, definition);
        let index = Index::new(&own, all.len());
        all.extend(own);
        Self { name, probe: Probe::new(&machine), machine, index }
    }

    /// What a run was like for it.
    pub(super) fn view<'s>(&'s self, seen: &'s Execution) -> Result<RunView<'s>, TraceError> {
        view(seen, self.name, &self.machine)
    }

    /// Counts what a run reached of it.
    pub(super) fn count(&self, view: &RunView<'_>, hits: &mut BTreeMap<usize, u64>) {
        self.index.count(view, hits);
    }

    /// Puts the probe, if it has one, where its definition is in a case.
    pub(super) fn put_probe(&self, case: &mut Case) {
        let Some(probe) = &self.probe else { return };
        match self.name {
            None => case.definition = Some(probe.definition.clone()),
            Some(name) => {
                case.machines.insert(name.to_owned(), probe.definition.clone());
            }
        }
    }

    /// Counts the ways that only a run with the probe tells apart.
    pub(super) fn count_probed(
        &self,
        seen: &Execution,
        hits: &mut BTreeMap<usize, u64>,
    ) -> Result<(), TraceError> {
        let Some(probe) = &self.probe else { return Ok(()) };
        let view = view(seen, self.name, &Machine::new(&probe.definition))?;
        for next in view.visits.iter().filter_map(|visit| visit.next.as_ref()) {
            if let Some((choice, part)) = probe.on.get(next) {
                self.index.hit(choice, *part, hits);
            }
        }
        Ok(())
    }
}

fn view<'s>(
    seen: &'s Execution,
    name: Option<&str>,
    machine: &Machine<'s>,
) -> Result<RunView<'s>, TraceError> {
    match name {
        None => RunView::read(seen, machine),
        Some(name) => RunView::nested(seen, name, machine),
    }
}
