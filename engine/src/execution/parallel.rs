//! The Parallel state.
//!
//! Ready --(one thread a branch)--> Parallel --(the last branch ends)--> next state; a branch that fails ends
//! them all.

use serde_json::Value;

use super::Mutation;
use super::core::{Execution, View};
use super::inspect::Stage;
use super::thread::{Phase, RunningParallel, ThreadId};
use crate::asl::{ParallelState, StateKind};
use crate::data::Payload;
use crate::expr::ExprError;
use crate::history::EventDetails;
use crate::limits;

impl Execution {
    pub(super) fn start_parallel(&mut self, id: ThreadId, parallel: &ParallelState) {
        let input = match self.branch_input(id, parallel) {
            Ok(input) => input,
            Err(error) => return self.interpreter_failed(id, error),
        };
        if input.size_bytes() > limits::PAYLOAD_BYTES_MAX {
            return self.input_too_large(id);
        }
        let started = self.chain(id, EventDetails::ParallelStateStarted);
        if self.inspection.is_some() {
            return self.note(|| Stage::Branches);
        }
        let branches: Vec<_> = parallel
            .branches
            .iter()
            .enumerate()
            .map(|(index, graph)| self.spawn(id, index, graph.clone(), input.clone(), started))
            .collect();
        let pending = branches.len();
        let outputs = vec![None; pending];
        self.threads[id].phase =
            Phase::Parallel(Box::new(RunningParallel { branches, outputs, pending }));
    }

    fn branch_input(&self, id: ThreadId, parallel: &ParallelState) -> Result<Payload, ExprError> {
        let thread = &self.threads[id];
        let view = View::of(thread.input.value());
        let effective = self.effective_input(thread, &parallel.flow, view)?;
        self.task_input(thread, &parallel.flow, &effective, view)
    }

    /// A branch or iteration has ended.
    pub(super) fn branch_succeeded(&mut self, child: ThreadId, output: Payload) {
        let Some(thread) = self.threads.remove(child) else { return };
        let Some((parent, index)) = thread.parent else { return };
        if matches!(self.threads[parent].phase, Phase::Map(_)) {
            return self.iteration_succeeded(parent, index, thread.last_event, output);
        }
        let in_turn = self.planted(Mutation::ParallelCompletionOrder);
        let Phase::Parallel(running) = &mut self.threads[parent].phase else { return };
        let place = if in_turn { running.outputs.len() - running.pending } else { index };
        running.outputs[place] = Some(output);
        running.pending -= 1;
        if running.pending > 0 {
            return;
        }
        let outputs = std::mem::take(&mut running.outputs);
        // Joins chain from the last event of the branch that ended last; ParallelStateSucceeded is beside
        // the chain (recordings of Parallel).
        self.threads[parent].last_event = thread.last_event;
        let succeeded = self.record(thread.last_event, EventDetails::ParallelStateSucceeded);
        let graph = self.threads[parent].graph.clone();
        let StateKind::Parallel(parallel) = &graph.state(self.threads[parent].state).kind else {
            return;
        };
        let result = collect(outputs);
        let thread = &self.threads[parent];
        let view = View::of(thread.input.value());
        let flow = self.after_work(thread, &parallel.flow, &result, view);
        self.leave_container(parent, flow, parallel.transition, succeeded);
    }
}

/// The outputs of all branches or iterations, in order.
pub(super) fn collect(outputs: Vec<Option<Payload>>) -> Payload {
    // Depth is checked where the result is used; the outputs were checked one by one.
    let values = outputs.into_iter().flatten().map(Payload::into_value).collect();
    Payload::new(Value::Array(values))
}
