//! Tasks that services outside answer.
//!
//! That a task has started is durable before the call is made, so that no crash makes it twice. A call whose end
//! was lost in a crash fails as Lambda does when it cannot tell what became of one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use stepclock_engine::asl::{IntegrationPattern, Resource};
use stepclock_engine::execution::{Input, TaskId};

use super::{Hub, OutsideCall, OutsideEnd, Reply};
use crate::store::ExecutionId;

/// Calls that are being made, and ends of calls that are not yet durable. When memory is thrown away because the store
/// refused a batch, these stay: only a crash cuts a call off.
#[derive(Debug, Default)]
pub(super) struct Calling {
    calls: BTreeMap<(ExecutionId, TaskId), Option<OutsideEnd>>,
    /// Calls whose ends executions were told, with the batch that says so.
    told: VecDeque<(u64, (ExecutionId, TaskId))>,
}

impl Calling {
    /// Batches up to this one are durable: the ends in them are kept elsewhere.
    pub(super) fn forget_durable(&mut self, batch: u64) {
        while let Some((_, call)) = self.told.pop_front_if(|(told_in, _)| *told_in <= batch) {
            self.calls.remove(&call);
        }
    }

    /// What executions were told since the last durable batch was thrown away.
    pub(super) fn forget_told(&mut self) {
        self.told.clear();
    }
}

impl Hub {
    pub(super) fn answered_outside(&self, resource: &Resource) -> bool {
        self.answerers.outside.as_ref().is_some_and(|outside| outside.answers(resource))
    }

    pub(super) fn call_outside(&mut self, id: ExecutionId, task: TaskId) {
        let Some(outside) = self.answerers.outside.clone() else { return };
        self.deliver(id, Input::TaskStarted { task, worker_name: None });
        let Some(resident) = self.residents.get(&id) else { return };
        let Some(in_hand) = resident.tasks.get(&task) else { return };
        let config = resident.execution.config();
        let call = OutsideCall {
            request: in_hand.request.clone(),
            execution_arn: config.execution_arn.clone(),
            region: config.region.clone(),
            trace: in_hand.trace,
        };
        let handle = self.handle.clone();
        self.held.insert((id, task));
        self.calling.calls.insert((id, task), None);
        self.when_durable(move || {
            let done = move |end| {
                // The server may have stopped; the journal knows that the call was made.
                let _ = handle.tell(move |hub| hub.call_ended(id, task, end));
            };
            outside.call(call, Box::new(done));
        });
    }

    /// Calls for a test of a state; answers with nothing when nobody answers such tasks.
    pub fn call_for_test(&mut self, call: OutsideCall, reply: Reply<Option<OutsideEnd>>) {
        match self
            .answerers
            .outside
            .clone()
            .filter(|outside| outside.answers(&call.request.resource))
        {
            None => reply.send(Ok(None)),
            Some(outside) => outside.call(call, Box::new(move |end| reply.send(Ok(Some(end))))),
        }
    }

    fn call_ended(&mut self, id: ExecutionId, task: TaskId, end: OutsideEnd) {
        self.calling.calls.insert((id, task), Some(end.clone()));
        if self.broken.is_some() {
            // It is told when everything has been read again.
            return;
        }
        self.calling.told.push_back((self.batch_number, (id, task)));
        if !self.load(id) {
            return;
        }
        let Some(resident) = self.residents.get(&id) else { return };
        let Some(in_hand) = resident.tasks.get(&task) else { return };
        let submits = matches!(&in_hand.request.resource, Resource::Integration(integration)
            if integration.pattern != IntegrationPattern::RequestResponse);
        let input = match end {
            // Whoever was given the token still has the task: time waits for the answer.
            Ok(output) if submits => Input::TaskSubmitted { task, output },
            Ok(output) => Input::TaskSucceeded { task, output },
            Err((error, cause)) if submits => {
                Input::TaskSubmitFailed { task, error: Some(error), cause: Some(cause) }
            }
            Err((error, cause)) => {
                Input::TaskFailed { task, error: Some(error), cause: Some(cause) }
            }
        };
        self.deliver(id, input);
    }

    /// Goes on with a call of a rebuilt execution. One that this process does not know of was cut off by a crash: it may
    /// have been made, and is not made again.
    pub(super) fn resume_call(&mut self, id: ExecutionId, task: TaskId) {
        match self.calling.calls.get(&(id, task)).cloned() {
            Some(Some(end)) => return self.call_ended(id, task, end),
            Some(None) => {
                self.held.insert((id, task));
                return;
            }
            None => {}
        }
        let cause = "The server stopped while the call was being made; its end is not known.";
        let (error, cause): (Arc<str>, Arc<str>) = ("Lambda.Unknown".into(), cause.into());
        self.call_ended(id, task, Err((error, cause)));
    }
}
