//! Tasks that services outside answer.
//!
//! That a task has started is durable before the call is made, so that no crash makes it twice. A call whose end
//! was lost in a crash fails as Lambda does when it cannot tell what became of one.

use std::sync::Arc;

use stepclock_engine::asl::{IntegrationPattern, Resource};
use stepclock_engine::execution::{Input, TaskId};

use super::{Hub, OutsideCall, OutsideEnd, Reply};
use crate::store::ExecutionId;

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
        };
        let handle = self.handle.clone();
        self.held.insert((id, task));
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

    /// The end of a call that a crash has cut off.
    pub(super) fn call_lost(&mut self, id: ExecutionId, task: TaskId) {
        let cause = "The server stopped while the call was being made; its end is not known.";
        let (error, cause): (Arc<str>, Arc<str>) = ("Lambda.Unknown".into(), cause.into());
        self.call_ended(id, task, Err((error, cause)));
    }
}
