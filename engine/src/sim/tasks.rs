//! Tasks in the world: who answers one, and when what of the answer reaches the execution.
//!
//! A task's first event is put into the queue when it is scheduled; the others follow when that one is due, so
//! that tasks scheduled together start together, as they do on AWS (recording `service_lambda_map_timeout`).

use super::error::WorldError;
use super::record::ExecutionKey;
use super::worker::{Answer, Outcome as AnswerOutcome, TaskCall};
use super::world::{Event, World};
use crate::asl::{IntegrationPattern, Resource};
use crate::data::Timestamp;
use crate::execution::{Input, TaskId, TaskRequest};

impl World {
    pub(super) fn cancel_task(
        &mut self,
        key: ExecutionKey,
        task: TaskId,
    ) -> Result<(), WorldError> {
        let record = &mut self.records[key.0];
        for place in record.tasks.remove(&task).unwrap_or_default() {
            self.queue.remove(place);
        }
        let Some(nested) = record.waits_for.remove(&task) else { return Ok(()) };
        // Measured by floci.
        let cause = format!(
            "The Task state in AWS Step Functions execution [{}] which was managing this resource was aborted",
            record.config().execution_arn
        );
        self.stop_inner(nested, Some(cause.into()))
    }

    /// Finds somebody to answer a task.
    pub(super) fn schedule(
        &mut self,
        key: ExecutionKey,
        request: &TaskRequest,
    ) -> Result<(), WorldError> {
        if let Some(token) = &request.token {
            self.tokens.insert(token.clone(), (key, request.task));
        }
        let answer = match self.ask_workers(key, request) {
            Some(answer) => Some(answer),
            None => self.integrate(key, request),
        };
        match answer {
            Some(answer) => {
                self.plan(key, request.task, answer);
                Ok(())
            }
            None => Err(self.unanswered(key, request)),
        }
    }

    fn ask_workers(&mut self, key: ExecutionKey, request: &TaskRequest) -> Option<Answer> {
        let record = &mut self.records[key.0];
        let of_state = record.calls_of_state.entry(request.state.clone()).or_default();
        let calls_of_state = *of_state;
        *of_state += 1;
        let place = (request.state.clone(), request.path.clone());
        let of_place = record.calls_of_place.entry(place).or_default();
        let calls_of_place = *of_place;
        *of_place += 1;
        let call = TaskCall {
            machine: &record.machine,
            execution_arn: &record.execution.config().execution_arn,
            request,
            calls_of_state,
            calls_of_place,
            now: self.now,
        };
        self.workers.iter_mut().find_map(|worker| worker.take(&call))
    }

    /// Puts the first event of a task into the queue; the others follow from it.
    fn plan(&mut self, key: ExecutionKey, task: TaskId, answer: Answer) {
        let start = self.now + answer.start_delay_ms;
        let event = match &answer.outcome {
            AnswerOutcome::NotStarted => return,
            AnswerOutcome::ScheduleFailed { error, cause } => Event::Deliver(
                key,
                Input::TaskScheduleFailed { task, error: error.clone(), cause: cause.clone() },
            ),
            AnswerOutcome::StartFailed { error, cause } => Event::Deliver(
                key,
                Input::TaskStartFailed { task, error: error.clone(), cause: cause.clone() },
            ),
            _ => Event::TaskStart(key, task, Box::new(answer)),
        };
        self.push_task(key, task, start, event);
    }

    fn push_task(&mut self, key: ExecutionKey, task: TaskId, due: Timestamp, event: Event) {
        let place = self.queue.push(due, event);
        self.records[key.0].tasks.entry(task).or_default().push(place);
    }

    pub(super) fn push_answer(&mut self, key: ExecutionKey, task: TaskId, input: Input) {
        self.push_task(key, task, self.now, Event::Deliver(key, input));
    }

    /// A worker takes the task: from here its other events are known.
    pub(super) fn start_task(
        &mut self,
        key: ExecutionKey,
        task: TaskId,
        answer: Answer,
    ) -> Result<(), WorldError> {
        let worker_name = answer.worker_name;
        self.deliver(key, Input::TaskStarted { task, worker_name })?;
        let end = self.now + answer.duration_ms;
        if let AnswerOutcome::SubmitFailed { error, cause } = answer.outcome {
            let input = Input::TaskSubmitFailed { task, error, cause };
            self.push_task(key, task, end, Event::Deliver(key, input));
            return Ok(());
        }
        if let Some(output) = answer.submitted {
            self.push_task(key, task, self.now, Event::TaskSubmit(key, task, output));
        }
        for delay in answer.heartbeats_ms {
            let input = Input::TaskHeartbeat { task };
            self.push_task(key, task, self.now + delay, Event::Deliver(key, input));
        }
        let input = match answer.outcome {
            AnswerOutcome::Succeeded(output) => Input::TaskSucceeded { task, output },
            AnswerOutcome::Failed { error, cause } => Input::TaskFailed { task, error, cause },
            _ => return Ok(()),
        };
        self.push_task(key, task, end, Event::Deliver(key, input));
        Ok(())
    }

    fn unanswered(&self, key: ExecutionKey, request: &TaskRequest) -> WorldError {
        let machine = self.records[key.0].machine.clone();
        let submitted = match &request.resource {
            Resource::Integration(integration)
                if integration.pattern != IntegrationPattern::RequestResponse =>
            {
                "\"submitted\": {}, "
            }
            _ => "",
        };
        let place: Vec<String> = request.path.iter().map(ToString::to_string).collect();
        let state = serde_json::Value::from(&*request.state);
        WorldError::Unanswered {
            machine,
            state: request.state.clone(),
            place: if place.is_empty() {
                String::new()
            } else {
                format!(" in {}", place.join(", "))
            },
            resource: request.resource.arn().to_owned(),
            snippet: format!(
                "{{\"workers\": [{{\"state\": {state}, \"answers\": [{{{submitted}\"return\": {{}}}}]}}]}}"
            ),
        }
    }
}
