//! Tasks that nobody would answer: better said when a machine is created than when it fails.

use std::sync::Arc;

use stepclock_engine::asl::{Resource, StateGraph, StateKind, TaskState};

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
        let (machine, graph) = (&revision.machine_arn, &definition.graph);
        for (state, resource) in self.unanswered(graph) {
            tracing::warn!(machine, %state, resource, "nobody answers the tasks of this state");
        }
        each_task(graph, &mut |state, task| {
            if task.credentials.is_some() && self.answered_outside(&task.resource) {
                let resource = task.resource.arn();
                tracing::warn!(
                    machine, %state, resource,
                    "the role of its Credentials is not assumed: its calls are signed as all others are"
                );
            }
        });
    }
}

/// Every Task state's name and resource, in the order of the definition.
pub(super) fn each_resource(graph: &StateGraph, found: &mut impl FnMut(&Arc<str>, &Resource)) {
    each_task(graph, &mut |state, task| found(state, &task.resource));
}

fn each_task(graph: &StateGraph, found: &mut dyn FnMut(&Arc<str>, &TaskState)) {
    for state in &graph.states {
        match &state.kind {
            StateKind::Task(task) => found(&state.name, task),
            StateKind::Parallel(parallel) => {
                for branch in &parallel.branches {
                    each_task(branch, found);
                }
            }
            StateKind::Map(map) => each_task(&map.processor, found),
            _ => {}
        }
    }
}
