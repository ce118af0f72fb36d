//! Integrations the world has itself: nested executions, and answering tasks by their tokens.

use std::sync::Arc;

use super::error::WorldError;
use super::machine::StartRequest;
use super::record::ExecutionKey;
use super::sfn::{self, NestedStart, TokenAnswer};
use super::worker::Answer;
use super::world::World;
use crate::asl::{Integration, IntegrationPattern, Resource, WorkflowType};
use crate::data::Payload;
use crate::execution::TaskRequest;

/// How long the name of an execution that has ended is not given again: 90 days.
const NAME_KEPT_MS: i64 = 90 * 24 * 3_600 * 1_000;

impl World {
    /// Answers a task by an integration of the world; `None` when it has none for it.
    pub(super) fn integrate(&mut self, key: ExecutionKey, request: &TaskRequest) -> Option<Answer> {
        let Resource::Integration(integration) = &request.resource else { return None };
        match (&*integration.resource_type, &*integration.action) {
            ("states", "startExecution") => Some(self.start_nested(key, request, integration)),
            ("aws-sdk:sfn", "sendTaskSuccess" | "sendTaskFailure" | "sendTaskHeartbeat") => {
                Some(self.send_task(request, &integration.action))
            }
            _ => None,
        }
    }

    fn start_nested(
        &mut self,
        key: ExecutionKey,
        request: &TaskRequest,
        integration: &Integration,
    ) -> Answer {
        let asked = match NestedStart::read(request.parameters.value()) {
            Ok(asked) => asked,
            Err(refusal) => return refusal,
        };
        let start = StartRequest {
            machine: asked.machine_arn.clone().into(),
            input: asked.input,
            name: asked.name.map(Arc::from),
            execution_arn: None,
            synchronous: false,
        };
        let nested = match self.namesake(&start) {
            Some((nested, _)) if self.is_same_start(nested, &start.input) => nested,
            Some((_, execution_arn)) => return sfn::execution_exists(&execution_arn),
            None => match self.start(start) {
                Ok(nested) => nested,
                Err(_) => return sfn::no_such_machine(&asked.machine_arn),
            },
        };
        let record = self.execution(nested);
        let started = sfn::started(&record.config().execution_arn, record.started());
        if integration.pattern == IntegrationPattern::RunJob {
            let parsed = sfn::is_parsed(integration);
            self.records[nested.0].waited_for_by.push((key, request.task, parsed));
            self.records[key.0].waits_for.insert(request.task, nested);
        }
        sfn::start_answer(integration.pattern, started)
    }

    /// The execution of a Standard workflow that has this name, unless it ended long ago, and its ARN.
    fn namesake(&self, start: &StartRequest) -> Option<(ExecutionKey, Arc<str>)> {
        let (name, machine) = (start.name.as_ref()?, self.machine(&start.machine)?);
        if machine.workflow_type == WorkflowType::Express {
            return None;
        }
        let (key, record) = self.executions().find(|(_, record)| {
            let config = record.config();
            record.parent.is_none()
                && config.name == *name
                && config.state_machine_arn == machine.arn
                && record.stopped().is_none_or(|stopped| self.now() < stopped + NAME_KEPT_MS)
        })?;
        Some((key, record.config().execution_arn.clone()))
    }

    /// Whether starting an execution that is running once more only gives it back.
    fn is_same_start(&self, key: ExecutionKey, input: &Payload) -> bool {
        let record = self.execution(key);
        record.outcome().is_none() && record.input().value() == input.value()
    }

    /// Tells the tasks that wait for an execution how it ended.
    pub(super) fn tell_waiting(&mut self, key: ExecutionKey) {
        for (waiting, task, parsed) in std::mem::take(&mut self.records[key.0].waited_for_by) {
            self.records[waiting.0].waits_for.remove(&task);
            let input = self.records[key.0].description().job_ended(task, parsed);
            if self.records[waiting.0].submitted_jobs.remove(&task) {
                self.push_answer(waiting, task, input);
            } else {
                // It ended in the moment it was started in; `TaskSubmitted` comes first all the same (recording
                // `start_execution_sync_delegate_failure`).
                self.records[waiting.0].ended_jobs.insert(task, input);
            }
        }
    }

    fn send_task(&mut self, request: &TaskRequest, action: &str) -> Answer {
        let asked = match TokenAnswer::read(request.parameters.value(), action) {
            Ok(asked) => asked,
            Err(refusal) => return refusal,
        };
        let token = asked.token.clone();
        match self.answer_token(&token, |task| asked.input(task)) {
            Ok(()) => Answer::succeeded(Payload::empty_object()),
            Err(WorldError::UnknownToken(_)) => sfn::unknown_token(),
            Err(_) => sfn::task_is_over(),
        }
    }
}
