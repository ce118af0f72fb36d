//! The Task state.
//!
//! ```text
//! Ready ──parameters evaluated──▶ scheduled ──TaskStarted──▶ started ──TaskSubmitted──▶ submitted
//! started, submitted ──TaskSucceeded──▶ next state
//! any ──TaskFailed, timeout, missed heartbeat──▶ retry, catch or failure
//! ```
//!
//! The timeout and heartbeat clocks start when a worker takes the task, not when it is scheduled.

use std::sync::Arc;

use serde_json::Value;

use super::context::ContextExtra;
use super::core::{ApplyError, Execution, Step, View};
use super::failure::StateFailure;
use super::items;
use super::thread::{Phase, RunningTask, Thread, ThreadId, TimerPurpose};
use super::{Container, Effect, Input, Mutation, TaskId, TaskRequest};
use crate::asl::{Computed, IntegrationPattern, Resource, StateKind, TaskState};
use crate::data::Payload;
use crate::expr::{ExprError, Expression, Located};
use crate::history::{
    EventDetails, Failure, TaskResource, TaskScheduledDetails, WorkScheduledDetails,
};
use crate::limits;

/// Everything about a task that is evaluated before it is scheduled.
struct Prepared {
    parameters: Payload,
    timeout_seconds: Option<u64>,
    heartbeat_seconds: Option<u64>,
    credentials: Option<Value>,
}

impl Execution {
    pub(super) fn start_task(&mut self, id: ThreadId, task: &TaskState) {
        let token = needs_token(&task.resource).then(|| self.new_token());
        let prepared = match self.prepare_task(id, task, token.as_ref()) {
            Ok(prepared) => prepared,
            Err(error) => return self.interpreter_failed(id, error),
        };
        if prepared.parameters.size_bytes() > limits::PAYLOAD_BYTES_MAX {
            return self.input_too_large(id);
        }
        if let Resource::Activity { arn } = &task.resource
            && let Some(activities) = &self.config.activities
            && !activities.contains(&**arn)
        {
            // Recording `activity_task_on_deleted`.
            let error = ExprError::runtime(format!("The activity {arn} does not exist."));
            return self.interpreter_failed(id, error);
        }
        self.chain(id, scheduled(&task.resource, &self.config.region, &prepared));
        let task_id = TaskId(self.next_id());
        let request = TaskRequest {
            task: task_id,
            state: self.threads[id].current().name.clone(),
            path: self.path_of(id),
            retry_count: self.threads[id].retry_count(),
            resource: task.resource.clone(),
            parameters: prepared.parameters,
            token: token.clone(),
            timeout_seconds: prepared.timeout_seconds,
            heartbeat_seconds: prepared.heartbeat_seconds,
            credentials: prepared.credentials,
        };
        self.tasks.insert(task_id, id);
        self.threads[id].phase = Phase::Task(Box::new(RunningTask {
            id: task_id,
            started: false,
            submitted: false,
            timeout_seconds: request.timeout_seconds,
            heartbeat_seconds: request.heartbeat_seconds,
            timeout_timer: None,
            heartbeat_timer: None,
            token,
        }));
        self.emit(Effect::ScheduleTask(Box::new(request)));
    }

    fn new_token(&mut self) -> Arc<str> {
        // AWS's tokens are opaque; ours only have to be unlike each other.
        format!("{}{}", self.tokens.uuid().replace('-', ""), self.tokens.uuid().replace('-', ""))
            .into()
    }

    fn prepare_task(
        &self,
        id: ThreadId,
        task: &TaskState,
        token: Option<&Arc<str>>,
    ) -> Result<Prepared, ExprError> {
        let thread = &self.threads[id];
        let extra = ContextExtra { token, item: None };
        let view = View { extra, ..View::of(thread.input.value()) };
        let effective = self.effective_input(thread, &task.flow, view)?;
        let view = View { input: effective.value(), ..view };
        let credentials = match &task.credentials {
            Some(template) => Some(self.template(thread, template, view)?.into_value()),
            None => None,
        };
        let timeout_seconds =
            self.task_seconds(thread, task.timeout_seconds.as_ref(), "TimeoutSeconds", view)?;
        let heartbeat_seconds =
            self.task_seconds(thread, task.heartbeat_seconds.as_ref(), "HeartbeatSeconds", view)?;
        let parameters = self.task_input(thread, &task.flow, &effective, view)?;
        Ok(Prepared { parameters, timeout_seconds, heartbeat_seconds, credentials })
    }

    /// `TimeoutSeconds` or `HeartbeatSeconds`, in whichever form it is written.
    fn task_seconds(
        &self,
        thread: &Thread,
        field: Option<&Computed<u64>>,
        name: &str,
        view: View<'_>,
    ) -> Result<Option<u64>, ExprError> {
        let located = match field {
            None => return Ok(None),
            Some(Computed::Literal(seconds)) => return Ok(Some(*seconds)),
            Some(Computed::Expression(located)) => located,
        };
        let value = self.evaluate(thread, view, |scope| evaluate_field(located, scope))?;
        items::seconds(located, name, &value).map(Some)
    }

    /// The Map iterations and Parallel branches a thread is in, outermost first.
    fn path_of(&self, id: ThreadId) -> Vec<Container> {
        let mut path = Vec::new();
        let mut current = id;
        while let Some((parent, index)) = self.threads[current].parent {
            let state = self.threads[parent].current();
            let name = state.name.clone();
            path.push(match state.kind {
                StateKind::Map(_) => Container::Map { state: name, index },
                _ => Container::Parallel { state: name, branch: index },
            });
            current = parent;
        }
        path.reverse();
        path
    }

    /// Refuses an answer to a task that does not fit.
    pub(super) fn check_task_answer(&self, input: &Input) -> Result<(), ApplyError> {
        let (task, answer, fits): (_, _, fn(&RunningTask) -> bool) = match input {
            Input::TaskStarted { task, .. } => (task, "started", |task| !task.started),
            Input::TaskScheduleFailed { task, .. } => {
                (task, "refused at scheduling", |task| !task.started)
            }
            Input::TaskStartFailed { task, .. } => (task, "refused at start", |task| !task.started),
            Input::TaskSubmitted { task, .. } => {
                (task, "submitted", |task| task.started && !task.submitted)
            }
            Input::TaskSubmitFailed { task, .. } => {
                (task, "refused at submission", |task| task.started && !task.submitted)
            }
            Input::TaskSucceeded { task, .. } => (task, "done", |task| task.started),
            Input::TaskFailed { task, .. } => (task, "failed", |task| task.started),
            Input::TaskHeartbeat { task } => (task, "alive", |task| task.started),
            _ => return Ok(()),
        };
        match self.running_task(*task) {
            None => Err(ApplyError::TaskNotRunning { task: *task }),
            Some((_, running)) if fits(running) => Ok(()),
            Some(_) => Err(ApplyError::TaskAnswer { task: *task, answer }),
        }
    }

    fn running_task(&self, task: TaskId) -> Option<(ThreadId, &RunningTask)> {
        let id = *self.tasks.get(&task)?;
        match &self.threads.get(id)?.phase {
            Phase::Task(running) if running.id == task => Some((id, running)),
            _ => None,
        }
    }

    /// Applies an answer that was checked to fit.
    pub(super) fn task_answer(&mut self, input: Input) {
        match input {
            Input::TaskStarted { task, worker_name } => self.task_started(task, worker_name),
            Input::TaskScheduleFailed { task, error, cause } => {
                self.task_refused(task, Refusal::Schedule, Failure { error, cause });
            }
            Input::TaskStartFailed { task, error, cause } => {
                self.task_refused(task, Refusal::Start, Failure { error, cause });
            }
            Input::TaskSubmitFailed { task, error, cause } => {
                self.task_refused(task, Refusal::Submit, Failure { error, cause });
            }
            Input::TaskSubmitted { task, output } => self.task_submitted(task, output),
            Input::TaskSucceeded { task, output } => self.task_answered(task, output),
            Input::TaskFailed { task, error, cause } => {
                self.task_refused(task, Refusal::Work, Failure { error, cause });
            }
            Input::TaskHeartbeat { task } => self.task_heartbeat(task),
            _ => {}
        }
    }

    fn task_started(&mut self, task: TaskId, worker_name: Option<Arc<str>>) {
        let id = self.tasks[&task];
        let details = match self.resource(id) {
            Resource::Lambda { .. } => EventDetails::LambdaFunctionStarted,
            Resource::Activity { .. } => EventDetails::ActivityStarted { worker_name },
            Resource::Integration(integration) => {
                EventDetails::TaskStarted(TaskResource::of(&integration))
            }
        };
        self.chain(id, details);
        let Phase::Task(running) = &self.threads[id].phase else { return };
        let timeout = running.timeout_seconds.filter(|_| !self.planted(Mutation::TimeoutIgnored));
        let heartbeat =
            running.heartbeat_seconds.filter(|_| !self.planted(Mutation::HeartbeatIgnored));
        let timeout_timer = timeout.map(|seconds| {
            self.set_timer(self.now.plus_seconds(seconds), TimerPurpose::TaskTimeout(id))
        });
        let heartbeat_timer = heartbeat.map(|seconds| {
            self.set_timer(self.now.plus_seconds(seconds), TimerPurpose::TaskHeartbeat(id))
        });
        let Phase::Task(running) = &mut self.threads[id].phase else { return };
        running.started = true;
        running.timeout_timer = timeout_timer;
        running.heartbeat_timer = heartbeat_timer;
    }

    fn task_heartbeat(&mut self, task: TaskId) {
        let id = self.tasks[&task];
        let Phase::Task(running) = &self.threads[id].phase else { return };
        let (timer, seconds) = (running.heartbeat_timer, running.heartbeat_seconds);
        let Some(seconds) = seconds else { return };
        if self.planted(Mutation::HeartbeatDoesNotExtend)
            || self.planted(Mutation::HeartbeatIgnored)
        {
            return;
        }
        self.cancel_timer(timer);
        let timer = self.set_timer(self.now.plus_seconds(seconds), TimerPurpose::TaskHeartbeat(id));
        if let Phase::Task(running) = &mut self.threads[id].phase {
            running.heartbeat_timer = Some(timer);
        }
    }

    fn task_submitted(&mut self, task: TaskId, output: Payload) {
        let id = self.tasks[&task];
        if let Resource::Integration(integration) = self.resource(id)
            && !self.planted(Mutation::HistoryNoSubmitted)
        {
            let resource = TaskResource::of(&integration);
            self.chain(id, EventDetails::TaskSubmitted { resource, output });
        }
        if let Phase::Task(running) = &mut self.threads[id].phase {
            running.submitted = true;
        }
    }

    fn task_answered(&mut self, task: TaskId, output: Payload) {
        let id = self.tasks[&task];
        let resource = self.resource(id);
        let limited = !self.planted(Mutation::PayloadLimitIgnored);
        if limited && output.size_bytes() > limits::PAYLOAD_BYTES_MAX {
            // Recordings `…_data_limit_exceeded_on_large_utf8_response`: named after the service, the
            // function or the activity.
            let what: &str = match &resource {
                Resource::Integration(integration) => &integration.resource_type,
                Resource::Lambda { arn } | Resource::Activity { arn } => arn,
            };
            let failure = StateFailure::data_limit(what).failure;
            return self.task_refused(task, Refusal::Work, failure);
        }
        self.release_task(id);
        let details = match &resource {
            Resource::Lambda { .. } => {
                EventDetails::LambdaFunctionSucceeded { output: output.clone() }
            }
            Resource::Activity { .. } => EventDetails::ActivitySucceeded { output: output.clone() },
            Resource::Integration(integration) => EventDetails::TaskSucceeded {
                resource: TaskResource::of(integration),
                output: output.clone(),
            },
        };
        self.chain(id, details);
        self.queue(Step::TaskSucceeded(id, output));
    }

    pub(super) fn task_succeeded(&mut self, id: ThreadId, output: Payload) {
        let graph = self.threads[id].graph.clone();
        let StateKind::Task(task) = &graph.state(self.threads[id].state).kind else { return };
        let thread = &self.threads[id];
        let token = match &thread.phase {
            Phase::Task(running) => running.token.clone(),
            _ => None,
        };
        let extra = ContextExtra { token: token.as_ref(), item: None };
        let view = View { extra, ..View::of(thread.input.value()) };
        let flow = self.after_work(thread, &task.flow, &output, view);
        self.leave_or_fail(id, flow, task.transition);
    }

    fn task_refused(&mut self, task: TaskId, refusal: Refusal, failure: Failure) {
        let id = self.tasks[&task];
        self.release_task(id);
        let details = refusal.event(&self.resource(id), failure.clone());
        self.chain(id, details);
        self.queue(Step::Failed(id, StateFailure::given(failure.error, failure.cause)));
    }

    /// The task ran out of time: its worker's answer will be refused.
    pub(super) fn task_timed_out(&mut self, id: ThreadId, missed_heartbeat: bool) {
        let Some(Phase::Task(running)) = self.threads.get(id).map(|thread| &thread.phase) else {
            return;
        };
        let task = running.id;
        self.release_task(id);
        self.emit(Effect::CancelTask { task });
        let failure = StateFailure::timeout(missed_heartbeat);
        let reported = failure.failure.clone();
        let details = match self.resource(id) {
            resource if self.planted(Mutation::HistoryTimedOutIsFailed) => {
                Refusal::Work.event(&resource, reported)
            }
            Resource::Lambda { .. } => EventDetails::LambdaFunctionTimedOut(reported),
            Resource::Activity { .. } => EventDetails::ActivityTimedOut(reported),
            Resource::Integration(integration) => EventDetails::TaskTimedOut {
                resource: TaskResource::of(&integration),
                failure: reported,
            },
        };
        self.chain(id, details);
        self.queue(Step::Failed(id, failure));
    }

    /// Forgets the task and its timers.
    pub(super) fn release_task(&mut self, id: ThreadId) {
        let Phase::Task(running) = &self.threads[id].phase else { return };
        let (task, timers) = (running.id, [running.timeout_timer, running.heartbeat_timer]);
        self.tasks.remove(&task);
        for timer in timers {
            self.cancel_timer(timer);
        }
    }

    fn resource(&self, id: ThreadId) -> Resource {
        match &self.threads[id].current().kind {
            StateKind::Task(task) => task.resource.clone(),
            _ => unreachable!("only a Task state has a task"),
        }
    }
}

/// Where a task was refused.
#[derive(Clone, Copy)]
enum Refusal {
    Schedule,
    Start,
    Submit,
    Work,
}

impl Refusal {
    /// The event for it. Types AWS does not have fall back on the plain failure.
    fn event(self, resource: &Resource, failure: Failure) -> EventDetails {
        match (resource, self) {
            (Resource::Lambda { .. }, Self::Schedule) => {
                EventDetails::LambdaFunctionScheduleFailed(failure)
            }
            (Resource::Lambda { .. }, Self::Start) => {
                EventDetails::LambdaFunctionStartFailed(failure)
            }
            (Resource::Lambda { .. }, _) => EventDetails::LambdaFunctionFailed(failure),
            (Resource::Activity { .. }, Self::Schedule) => {
                EventDetails::ActivityScheduleFailed(failure)
            }
            (Resource::Activity { .. }, _) => EventDetails::ActivityFailed(failure),
            (Resource::Integration(integration), refusal) => {
                let resource = TaskResource::of(integration);
                match refusal {
                    Self::Start => EventDetails::TaskStartFailed { resource, failure },
                    Self::Submit => EventDetails::TaskSubmitFailed { resource, failure },
                    _ => EventDetails::TaskFailed { resource, failure },
                }
            }
        }
    }
}

/// Whether others answer the task, by its token.
fn needs_token(resource: &Resource) -> bool {
    match resource {
        Resource::Lambda { .. } => false,
        Resource::Activity { .. } => true,
        Resource::Integration(integration) => {
            integration.pattern == IntegrationPattern::WaitForTaskToken
        }
    }
}

fn scheduled(resource: &Resource, region: &Arc<str>, prepared: &Prepared) -> EventDetails {
    let role = prepared.credentials.as_ref().and_then(|value| value.get("RoleArn"));
    let credentials_role_arn = role.and_then(Value::as_str).map(Arc::from);
    let input = prepared.parameters.clone();
    let (timeout_seconds, heartbeat_seconds) =
        (prepared.timeout_seconds, prepared.heartbeat_seconds);
    let work = |arn: &Arc<str>, heartbeat_seconds| {
        Box::new(WorkScheduledDetails {
            resource: arn.clone(),
            input: input.clone(),
            timeout_seconds,
            heartbeat_seconds,
            credentials_role_arn: credentials_role_arn.clone(),
        })
    };
    match resource {
        // LambdaFunctionScheduled has no field for a heartbeat.
        Resource::Lambda { arn } => EventDetails::LambdaFunctionScheduled(work(arn, None)),
        Resource::Activity { arn } => EventDetails::ActivityScheduled(work(arn, heartbeat_seconds)),
        Resource::Integration(integration) => {
            EventDetails::TaskScheduled(Box::new(TaskScheduledDetails {
                resource: TaskResource::of(integration),
                region: region.clone(),
                parameters: input.clone(),
                timeout_seconds,
                heartbeat_seconds,
                credentials_role_arn,
            }))
        }
    }
}

/// A field's expression, with a path's miss worded as for `InputPath` (recording
/// `invalid_jsonpath.…HEARTBEATSECONDSPATH`).
pub(super) fn evaluate_field(
    located: &Located<Expression>,
    scope: &crate::expr::Scope<'_>,
) -> Result<Value, ExprError> {
    match &located.item {
        Expression::Path(path) => path.evaluate(scope),
        _ => located.evaluate(scope),
    }
    .map(std::borrow::Cow::into_owned)
}
