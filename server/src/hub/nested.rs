//! Step Functions as a service of its own tasks: nested executions, and answers to tokens.

use std::sync::Arc;

use stepclock_engine::asl::{Integration, IntegrationPattern, Resource};
use stepclock_engine::data::{Payload, RandomStream};
use stepclock_engine::execution::{Input, TaskId, TaskRequest};
use stepclock_engine::sim::Answer;
use stepclock_engine::sim::sfn::{self, NestedStart, TokenAnswer};

use super::resident::describe;
use super::tokens::TokenError;
use super::{Event, Hub, StartRequest};
use crate::error::ApiError;
use crate::store::{ExecutionId, StoreError};

/// A task that waits for an execution to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    execution: ExecutionId,
    task: TaskId,
    /// Whether it wants the output as JSON.
    parsed: bool,
}

impl Hub {
    /// Answers a task as the service; `None` when the service has no such action here.
    pub(super) fn integrate(&mut self, id: ExecutionId, request: &TaskRequest) -> Option<Answer> {
        let Resource::Integration(integration) = &request.resource else { return None };
        match (&*integration.resource_type, &*integration.action) {
            _ if !is_integrated(integration) => None,
            (_, "startExecution") => Some(self.start_nested(id, request, integration)),
            (_, action) => Some(self.send_task(request, action)),
        }
    }

    fn start_nested(
        &mut self,
        id: ExecutionId,
        request: &TaskRequest,
        integration: &Integration,
    ) -> Answer {
        let asked = match NestedStart::read(request.parameters.value()) {
            Ok(asked) => asked,
            Err(refusal) => return refusal,
        };
        let Some(parent) = self.residents.get(&id) else {
            return sfn::no_such_machine(&asked.machine_arn);
        };
        // The same name when the parent is rebuilt after a crash: nothing is started twice.
        let seed = parent.row.seed ^ request.task.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let name = asked.name.unwrap_or_else(|| RandomStream::new(seed, "nested").uuid());
        let trace = parent.tasks.get(&request.task).and_then(|in_hand| in_hand.trace);
        let start = StartRequest {
            name: Some(name),
            trace_header: trace.map(|trace| trace.header()),
            ..StartRequest::new(asked.machine_arn.clone(), asked.input)
        };
        let started = match self.start_execution(start) {
            Ok(started) => started,
            Err(error) => return refused(&error, &asked.machine_arn),
        };
        if integration.pattern == IntegrationPattern::RunJob {
            self.wait_for(started.id, id, request.task, sfn::is_parsed(integration));
        }
        sfn::start_answer(integration.pattern, sfn::started(&started.arn, started.date))
    }

    /// A task waits for an execution to end.
    fn wait_for(&mut self, nested: ExecutionId, id: ExecutionId, task: TaskId, parsed: bool) {
        if let Some(in_hand) = self.residents.get_mut(&id).and_then(|r| r.tasks.get_mut(&task)) {
            in_hand.nested = Some(nested);
        }
        self.waiting.entry(nested).or_default().push(Waiting { execution: id, task, parsed });
    }

    /// `TaskSubmitted` has been told: the end of the job may be, when it is known already.
    pub(super) fn submitted_job(&mut self, id: ExecutionId, task: TaskId) {
        let in_hand = self.residents.get(&id).and_then(|resident| resident.tasks.get(&task));
        let Some(nested) = in_hand.and_then(|task| task.nested) else { return };
        match self.end_of(nested) {
            Ok(true) => self.tell_waiting(nested),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "cannot read a nested execution"),
        }
    }

    fn end_of(&self, nested: ExecutionId) -> Result<bool, StoreError> {
        if let Some(resident) = self.residents.get(&nested) {
            return Ok(resident.state.outcome.is_some());
        }
        Ok(self.store.execution(nested)?.is_none_or(|stored| stored.state.outcome.is_some()))
    }

    /// Tells the tasks that wait for an execution how it ended. Those that have not heard of its start hear of it
    /// first (recording `start_execution_sync_delegate_failure`): they stay.
    pub(super) fn tell_waiting(&mut self, nested: ExecutionId) {
        let Some(waiting) = self.waiting.remove(&nested) else { return };
        let mut early = Vec::new();
        for waiter in waiting {
            let resident = self.residents.get(&waiter.execution);
            // One that is not in memory waits for its job, and so has heard of the start.
            let in_hand = resident.map(|resident| resident.tasks.get(&waiter.task));
            match in_hand {
                Some(None) => continue,
                Some(Some(task)) if task.submitted.is_none() => {
                    early.push(waiter);
                    continue;
                }
                Some(Some(_)) | None => {}
            }
            let Some(input) = self.job_ended(nested, waiter) else { continue };
            let now = self.now();
            self.push_task(
                waiter.execution,
                waiter.task,
                now,
                Event::Deliver(waiter.execution, input),
            );
        }
        if !early.is_empty() {
            self.waiting.insert(nested, early);
        }
    }

    fn job_ended(&self, nested: ExecutionId, waiter: Waiting) -> Option<Box<Input>> {
        if let Some(resident) = self.residents.get(&nested) {
            return Some(Box::new(resident.description().job_ended(waiter.task, waiter.parsed)));
        }
        let stored = self.store.execution(nested).ok()??;
        let description = describe(&stored.row, &stored.state);
        Some(Box::new(description.job_ended(waiter.task, waiter.parsed)))
    }

    /// The task that waited for an execution was cancelled: the execution is stopped.
    pub(super) fn abort_nested(&mut self, id: ExecutionId, task: TaskId, nested: ExecutionId) {
        if let Some(waiting) = self.waiting.get_mut(&nested) {
            waiting.retain(|waiter| (waiter.execution, waiter.task) != (id, task));
        }
        let Some(resident) = self.residents.get(&id) else { return };
        // Measured by floci.
        let cause = format!(
            "The Task state in AWS Step Functions execution [{}] which was managing this resource was aborted",
            resident.row.arn
        );
        self.stop_inner(nested, Some(cause.into()));
    }

    /// Stops an execution with the one around it, also at the very moment it starts.
    pub(super) fn stop_inner(&mut self, id: ExecutionId, cause: Option<Arc<str>>) {
        self.first_step(id);
        self.deliver(id, Input::Stop { error: None, cause });
    }

    /// A task of a rebuilt execution waits for a job again.
    pub(super) fn resume_job(&mut self, id: ExecutionId, task: TaskId, submitted: &Payload) {
        let resident = self.residents.get(&id);
        let Some(in_hand) = resident.and_then(|resident| resident.tasks.get(&task)) else { return };
        let Resource::Integration(integration) = &in_hand.request.resource else { return };
        if integration.pattern != IntegrationPattern::RunJob {
            return;
        }
        let parsed = sfn::is_parsed(integration);
        let arn = submitted.value().get("ExecutionArn").and_then(|arn| arn.as_str());
        let Some(nested) = arn.and_then(|arn| self.find(arn).ok().flatten()) else { return };
        self.wait_for(nested, id, task, parsed);
        self.submitted_job(id, task);
    }

    fn send_task(&mut self, request: &TaskRequest, action: &str) -> Answer {
        let asked = match TokenAnswer::read(request.parameters.value(), action) {
            Ok(asked) => asked,
            Err(refusal) => return refusal,
        };
        let token = asked.token.clone();
        match self.answer_token(&token, |task| asked.input(task)) {
            Ok(()) => Answer::succeeded(Payload::empty_object()),
            Err(TokenError::Unknown) => sfn::unknown_token(),
            Err(TokenError::Over) => sfn::task_is_over(),
        }
    }
}

/// A refusal of a start, as the task sees it.
fn refused(error: &ApiError, machine_arn: &str) -> Answer {
    match &*error.code {
        "StateMachineDoesNotExist" | "InvalidArn" => sfn::no_such_machine(machine_arn),
        code => sfn::service_refused(code, &error.message),
    }
}

/// Whether the server answers an integration itself.
pub(super) fn is_integrated(integration: &Integration) -> bool {
    matches!(
        (&*integration.resource_type, &*integration.action),
        ("states" | "aws-sdk:sfn", "startExecution")
            | ("aws-sdk:sfn", "sendTaskSuccess" | "sendTaskFailure" | "sendTaskHeartbeat")
    )
}
