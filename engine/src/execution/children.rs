//! Branches and iterations that end because of others: aborted siblings, and children nobody needs any more.

use super::Mutation;
use super::core::Execution;
use super::thread::{Phase, ThreadId};
use crate::asl::StateKind;
use crate::history::EventDetails;

impl Execution {
    /// The threads of a Parallel's branches or a Map's iterations that are still there, in order.
    pub(super) fn children_of(&self, id: ThreadId) -> Vec<ThreadId> {
        let children: Vec<ThreadId> = match &self.threads[id].phase {
            Phase::Parallel(running) => running.branches.clone(),
            Phase::Map(running) => running.running.values().copied().collect(),
            _ => Vec::new(),
        };
        children.into_iter().filter(|child| self.threads.get(*child).is_some()).collect()
    }

    /// Removes everything below a state that is retried or caught.
    pub(super) fn abandon_children(&mut self, id: ThreadId) {
        let in_parallel = matches!(self.threads[id].phase, Phase::Parallel(_));
        if in_parallel && self.planted(Mutation::ParallelSiblingsGoOn) {
            return;
        }
        for child in self.children_of(id) {
            self.cancel_waiting(child);
            self.abandon_children(child);
            self.threads.remove(child);
        }
        if matches!(self.threads[id].phase, Phase::MapRun(_)) {
            self.cancel_map_run(id);
        }
        self.threads[id].phase = Phase::Ready;
    }

    /// Records the end of the iterations or branches of a failed state, in their order: the one that failed,
    /// if it is one of them, among those it cuts.
    ///
    /// All these events follow from the one that failed it (recording `service_lambda_map_timeout`; measured
    /// by floci where the last one fails).
    pub(super) fn end_children(
        &mut self,
        parent: ThreadId,
        failed: Option<ThreadId>,
        failing_event: u64,
    ) {
        let in_parallel = matches!(self.threads[parent].phase, Phase::Parallel(_));
        let siblings_go_on = in_parallel && self.planted(Mutation::ParallelSiblingsGoOn);
        for child in self.children_of(parent) {
            if Some(child) == failed {
                self.record_iteration(parent, child, failing_event, |name, index| {
                    EventDetails::MapIterationFailed { name, index }
                });
                self.record_state_aborted(child, failing_event);
            } else if !siblings_go_on {
                self.abort_thread(parent, child, failing_event);
            }
        }
    }

    fn record_iteration(
        &mut self,
        parent: ThreadId,
        id: ThreadId,
        failing_event: u64,
        details: fn(std::sync::Arc<str>, u64) -> EventDetails,
    ) {
        if let StateKind::Map(_) = self.threads[parent].current().kind {
            let index = self.threads[id].parent.map_or(0, |(_, index)| index);
            let name = self.threads[parent].current().name.clone();
            self.record(failing_event, details(name, index as u64));
        }
    }

    fn abort_thread(&mut self, parent: ThreadId, id: ThreadId, failing_event: u64) {
        self.record_iteration(parent, id, failing_event, |name, index| {
            EventDetails::MapIterationAborted { name, index }
        });
        if self.threads[id].entered_event == 0 || matches!(self.threads[id].phase, Phase::Done) {
            return;
        }
        // Whether AWS records a Parallel or Map before what is inside it is not recorded.
        match self.threads[id].current().kind {
            StateKind::Parallel(_) => {
                self.record(failing_event, EventDetails::ParallelStateAborted);
            }
            StateKind::Map(_) => {
                self.record(failing_event, EventDetails::MapStateAborted);
            }
            _ => self.record_state_aborted(id, failing_event),
        }
        self.cancel_waiting(id);
        for child in self.children_of(id) {
            self.abort_thread(id, child, failing_event);
        }
    }
}
