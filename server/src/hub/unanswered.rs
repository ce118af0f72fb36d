//! Tasks that nobody would answer: better said when a machine is created than when it fails.

use std::sync::Arc;

use stepclock_engine::asl::{Resource, StateGraph, StateKind};

use super::Hub;
use super::nested::is_integrated;
use crate::registry::Revision;

impl Hub {
    /// The Task states, with their resources, that would fail because nobody answers them. None when there are workers
    /// or mocks: nobody knows beforehand what those answer.
    #[must_use]
    pub fn unanswered(&self, graph: &StateGraph) -> Vec<(Arc<str>, String)> {
        let mut found = Vec::new();
        if !self.answerers.workers.is_empty() || self.answerers.mocks.is_some() {
            return found;
        }
        each_resource(graph, &mut |state, resource| match resource {
            Resource::Activity { .. } => {}
            Resource::Integration(integration) if is_integrated(integration) => {}
            resource if self.answered_outside(resource) => {}
            resource => found.push((state.clone(), resource.arn().to_owned())),
        });
        found
    }

    /// Says so in the log.
    pub(crate) fn warn_of_unanswered(&self, revision: &Revision) {
        let Ok(definition) = revision.definition() else { return };
        for (state, resource) in self.unanswered(&definition.graph) {
            let machine = &revision.machine_arn;
            tracing::warn!(machine, %state, resource, "nobody answers the tasks of this state");
        }
    }
}

/// Every Task state's name and resource, in the order of the definition.
pub(super) fn each_resource(graph: &StateGraph, found: &mut impl FnMut(&Arc<str>, &Resource)) {
    for state in &graph.states {
        match &state.kind {
            StateKind::Task(task) => found(&state.name, &task.resource),
            StateKind::Parallel(parallel) => {
                for branch in &parallel.branches {
                    each_resource(branch, found);
                }
            }
            StateKind::Map(map) => each_resource(&map.processor, found),
            _ => {}
        }
    }
}
