//! Tasks: who answers one, and when what of the answer reaches the execution.
//!
//! Asked in this order: scripted workers and mocks, Step Functions itself (nested executions, tokens), workers of
//! an activity, services outside. What is planned for a task stands in the queue, as it does in the simulated world.

use std::sync::Arc;

use stepclock_engine::asl::{IntegrationPattern, Resource};
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{Input, TaskId, TaskRequest};
use stepclock_engine::sim::{Answer, AnswerOutcome, Place, TaskCall};

use super::{Event, Hub};
use crate::store::{ExecutionId, Write};

impl Hub {
    /// Finds somebody to answer a task that was just scheduled.
    pub(super) fn schedule(&mut self, id: ExecutionId, request: &TaskRequest) {
        if let Some(token) = &request.token {
            self.tokens.insert(token.clone(), (id, request.task));
            if self.is_journaled(id) {
                let task = request.task.0;
                self.write(Write::PutToken { token: token.to_string(), id, task });
            }
        }
        let now = self.now();
        if let Some(answer) = self.ask_workers(id, request) {
            return self.plan(id, request.task, answer, now);
        }
        if let Some(answer) = self.integrate(id, request) {
            return self.plan(id, request.task, answer, now);
        }
        match &request.resource {
            Resource::Activity { arn } => self.offer(arn.clone(), id, request.task),
            resource if self.answered_outside(resource) => {
                let place = self.queue.push(now, Event::CallStart(id, request.task));
                self.note_place(id, request.task, place);
            }
            resource => self.plan(id, request.task, nobody(resource), now),
        }
    }

    /// Scripted workers and mocks.
    pub(super) fn ask_workers(&mut self, id: ExecutionId, request: &TaskRequest) -> Option<Answer> {
        let now = self.now();
        let resident = self.residents.get_mut(&id)?;
        let task = resident.tasks.get(&request.task)?;
        let config = resident.execution.config().clone();
        let call = TaskCall {
            machine: &config.state_machine_name,
            execution_arn: &config.execution_arn,
            request,
            calls_of_state: task.calls.0,
            calls_of_place: task.calls.1,
            now,
        };
        if let Some(answer) = resident.ask_mock(&call) {
            return Some(answer);
        }
        self.answerers.workers.iter_mut().find_map(|worker| worker.take(&call))
    }

    /// Puts the first event of an answer into the queue; the others follow from it.
    pub(super) fn plan(
        &mut self,
        id: ExecutionId,
        task: TaskId,
        answer: Answer,
        scheduled: Timestamp,
    ) {
        let start = scheduled + answer.start_delay_ms;
        let event = match &answer.outcome {
            AnswerOutcome::NotStarted => return,
            AnswerOutcome::ScheduleFailed { error, cause } => {
                let (error, cause) = (error.clone(), cause.clone());
                Event::Deliver(id, Box::new(Input::TaskScheduleFailed { task, error, cause }))
            }
            AnswerOutcome::StartFailed { error, cause } => {
                let (error, cause) = (error.clone(), cause.clone());
                Event::Deliver(id, Box::new(Input::TaskStartFailed { task, error, cause }))
            }
            _ => Event::TaskStart(id, task, Box::new(answer)),
        };
        self.push_task(id, task, start, event);
    }

    /// A worker takes the task: from here its other events are known.
    pub(super) fn task_starts(&mut self, id: ExecutionId, task: TaskId, answer: Answer) {
        let worker_name = answer.worker_name.clone();
        self.deliver(id, Input::TaskStarted { task, worker_name });
        let now = self.now();
        self.plan_rest(id, task, answer, now, now);
    }

    /// Plans what follows the start of an answer; what was due before `from` has happened.
    pub(super) fn plan_rest(
        &mut self,
        id: ExecutionId,
        task: TaskId,
        answer: Answer,
        started: Timestamp,
        from: Timestamp,
    ) {
        let Some(in_hand) = self.residents.get(&id).and_then(|resident| resident.tasks.get(&task))
        else {
            return;
        };
        let submitted = in_hand.submitted.is_some();
        let end = started + answer.duration_ms;
        let mut push =
            |due, input| self.push_task(id, task, due, Event::Deliver(id, Box::new(input)));
        if let AnswerOutcome::SubmitFailed { error, cause } = answer.outcome {
            return push(end, Input::TaskSubmitFailed { task, error, cause });
        }
        if let Some(output) = answer.submitted.filter(|_| !submitted) {
            self.push_task(id, task, started, Event::TaskSubmit(id, task, output));
        }
        let mut push =
            |due, input| self.push_task(id, task, due, Event::Deliver(id, Box::new(input)));
        for due in answer.heartbeats_ms.into_iter().map(|delay| started + delay) {
            if due >= from {
                push(due, Input::TaskHeartbeat { task });
            }
        }
        match answer.outcome {
            AnswerOutcome::Succeeded(output) => push(end, Input::TaskSucceeded { task, output }),
            AnswerOutcome::Failed { error, cause } => {
                push(end, Input::TaskFailed { task, error, cause });
            }
            _ => {}
        }
    }

    pub(super) fn task_submitted(&mut self, id: ExecutionId, task: TaskId, output: Payload) {
        self.deliver(id, Input::TaskSubmitted { task, output });
        self.submitted_job(id, task);
    }

    pub(super) fn push_task(
        &mut self,
        id: ExecutionId,
        task: TaskId,
        due: Timestamp,
        event: Event,
    ) {
        let place = self.queue.push(due, event);
        self.note_place(id, task, place);
    }

    fn note_place(&mut self, id: ExecutionId, task: TaskId, place: Place) {
        let resident = self.residents.get_mut(&id);
        if let Some(task) = resident.and_then(|resident| resident.tasks.get_mut(&task)) {
            task.places.push(place);
        }
    }

    /// What was planned for a task happens now.
    pub(super) fn forget_place(&mut self, id: ExecutionId, task: TaskId, place: Place) {
        let resident = self.residents.get_mut(&id);
        if let Some(task) = resident.and_then(|resident| resident.tasks.get_mut(&task)) {
            task.places.retain(|other| *other != place);
        }
    }

    /// Nobody waits for the task any more; what it had started is stopped.
    pub(super) fn cancel_task(&mut self, id: ExecutionId, task: TaskId) {
        let nested = self.drop_task(id, task);
        if let Some(nested) = nested {
            self.abort_nested(id, task, nested);
        }
    }

    /// The task has ended: what was still planned for it will not happen. Gives the execution it waited for.
    pub(super) fn drop_task(&mut self, id: ExecutionId, task: TaskId) -> Option<ExecutionId> {
        self.held.remove(&(id, task));
        let in_hand = self.residents.get_mut(&id)?.tasks.remove(&task)?;
        for place in in_hand.places {
            self.queue.remove(place);
        }
        if let Some(token) = &in_hand.request.token {
            self.tokens.remove(token);
        }
        in_hand.nested
    }

    pub(super) fn is_journaled(&self, id: ExecutionId) -> bool {
        self.residents
            .get(&id)
            .is_some_and(|resident| resident.durability == super::resident::Durability::Journal)
    }
}

/// The answer to a task that nobody answers. It fails, loudly: a success would hide that nothing was done.
fn nobody(resource: &Resource) -> Answer {
    let arn = resource.arn();
    let is_job = matches!(resource, Resource::Integration(integration)
        if integration.pattern == IntegrationPattern::RunJob);
    let how = match resource {
        _ if is_job => {
            let cause = format!(
                "Nobody waits here for the end of jobs such as {arn}. Mock the state with --mock-config FILE or \
                 --workers FILE."
            );
            return Answer::failed("Stepclock.NoEndpoint", Arc::<str>::from(cause));
        }
        Resource::Lambda { .. } => "--lambda-endpoint URL",
        Resource::Integration(integration) if &*integration.resource_type == "lambda" => {
            "--lambda-endpoint URL"
        }
        _ => "--endpoint SERVICE=URL",
    };
    let cause = format!(
        "Nobody answers {arn} here. Start the server with {how}, or mock the state with --mock-config FILE."
    );
    Answer::failed("Stepclock.NoEndpoint", Arc::<str>::from(cause))
}
