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

    /// Records the end of a failed branch's siblings, and cancels what they wait for.
    ///
    /// All these events follow from the one that failed the branch (recording
    /// `service_lambda_map_timeout`).
    pub(super) fn abort_siblings(
        &mut self,
        parent: ThreadId,
        failed: ThreadId,
        failing_event: u64,
    ) {
        let in_parallel = matches!(self.threads[parent].phase, Phase::Parallel(_));
        if in_parallel && self.planted(Mutation::ParallelSiblingsGoOn) {
            return;
        }
        for child in self.children_of(parent) {
            if child != failed {
                self.abort_thread(parent, child, failing_event);
            }
        }
    }

    fn abort_thread(&mut self, parent: ThreadId, id: ThreadId, failing_event: u64) {
        let index = self.threads[id].parent.map_or(0, |(_, index)| index);
        if let StateKind::Map(_) = self.threads[parent].current().kind {
            let name = self.threads[parent].current().name.clone();
            let details = EventDetails::MapIterationAborted { name, index: index as u64 };
            self.record(failing_event, details);
        }
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
