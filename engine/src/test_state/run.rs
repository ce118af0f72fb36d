//! A test at work: drives the core from the start of the state to its end, or to a task for the caller.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::TestStateSettings;
use super::answer::Seen;
use super::context;
use super::error::TestStateError;
use super::mock::{self, Mocked};
use super::request::{InspectionLevel, Request};
use super::subject::Subject;
use crate::asl::{MapMode, Resource, StateKind, WorkflowType, explain_json};
use crate::data::{Payload, RandomStream, Timestamp};
use crate::execution::{
    Effect, Execution, ExecutionConfig, Given, Input, ServiceRevision, Stage, TaskRequest, TimerId,
};
use crate::history::{AssignedVariable, Failure};

/// What a task gave: its result, or why it failed.
pub type TaskOutcome = Result<Payload, Failure>;

/// How far a test is.
#[derive(Debug)]
pub enum Progress {
    /// It has ended; this is the answer of the operation.
    Answered(Value),
    /// The state waits for a task.
    Task(Box<PendingTask>),
}

/// A test whose task the caller has to perform.
#[derive(Debug)]
pub struct PendingTask {
    run: Run,
    task: TaskRequest,
}

/// Begins a test, and carries it on as far as it goes without the caller.
///
/// # Errors
/// When the operation refuses the request.
pub fn start(request: &Value, settings: &TestStateSettings) -> Result<Progress, TestStateError> {
    let request = Request::read(request)?;
    if let Some(role) = request.role_arn.as_deref().filter(|role| !role.starts_with("arn:")) {
        return Err(TestStateError::new(
            "InvalidArn",
            format!("Invalid Arn: 'Invalid ARN prefix: {role}'"),
        ));
    }
    let text = request.definition.as_deref().unwrap_or_default();
    let subject = Subject::find(text, request.state_name.as_deref())?;
    let mocked = mock::check(&request, &subject)?;
    let mut run = Run::new(&request, settings, subject, mocked)?;
    Ok(match run.advance()? {
        None => Progress::Answered(run.into_answer()),
        Some(task) => Progress::Task(Box::new(PendingTask { run, task })),
    })
}

impl PendingTask {
    /// The task.
    #[must_use]
    pub fn task(&self) -> &TaskRequest {
        &self.task
    }

    /// Ends the test with what the task gave; `None` when nobody can perform it, which fails the state.
    #[must_use]
    pub fn finish(mut self, outcome: Option<TaskOutcome>) -> Value {
        let outcome = outcome.unwrap_or_else(|| {
            let what = match &self.task.resource {
                Resource::Integration(i) => format!("{}:{}", i.resource_type, i.resource),
                resource => resource.arn().to_owned(),
            };
            let cause =
                format!("Nothing here performs {what}; give the request a mock of its result.");
            Err(Failure::new("States.TaskFailed", cause))
        });
        self.run.answer_task(&self.task, outcome);
        // What is left is handling; only a Map's iterations could be refused.
        let _ = self.run.advance();
        self.run.into_answer()
    }
}

/// One state at work.
#[derive(Debug)]
struct Run {
    subject: Subject,
    level: InspectionLevel,
    mocked: Option<Mocked>,
    input: Payload,
    given: Given,
    execution: Execution,
    effects: Vec<Effect>,
    now: Timestamp,
    timers: BTreeMap<TimerId, Timestamp>,
    seen: Seen,
}

impl Run {
    fn new(
        request: &Request,
        settings: &TestStateSettings,
        subject: Subject,
        mocked: Option<Mocked>,
    ) -> Result<Self, TestStateError> {
        let input = read_input(request.input.as_deref().unwrap_or("{}"))?;
        let given = given(request, &subject, &input)?;
        let config = execution_config(request, settings, &subject);
        let mut run = Self {
            level: request.level(),
            mocked,
            execution: Execution::inspected(config, given.clone()),
            given,
            effects: Vec::new(),
            now: settings.now,
            timers: BTreeMap::new(),
            seen: Seen::default(),
            subject,
            input,
        };
        let input = run.input.clone();
        run.apply(Input::Start { input });
        Ok(run)
    }

    fn apply(&mut self, input: Input) {
        let applied = self.execution.apply(self.now, input, &mut self.effects);
        debug_assert!(applied.is_ok(), "{applied:?}");
    }

    /// Carries the state on until it has ended, or waits for a task that is not mocked.
    fn advance(&mut self) -> Result<Option<TaskRequest>, TestStateError> {
        loop {
            let mut task = None;
            for effect in std::mem::take(&mut self.effects) {
                match effect {
                    Effect::ScheduleTask(request) => task = Some(*request),
                    Effect::SetTimer { timer, due } => {
                        self.timers.insert(timer, due);
                    }
                    Effect::CancelTimer { timer } => {
                        self.timers.remove(&timer);
                    }
                    _ => {}
                }
            }
            let waits = self.notice()?;
            if self.has_ended() {
                return Ok(None);
            }
            if let Some(task) = task {
                match self.mocked.clone() {
                    Some(mocked) => self.answer_task(&task, mocked),
                    None => return Ok(Some(task)),
                }
            } else if let (true, Some(mocked)) = (waits, self.mocked.clone()) {
                self.execution.answer_container(mocked, &mut self.effects);
            } else if !self.fire_timers() {
                return Ok(None);
            }
        }
    }

    /// Takes the stages since the last time; whether the state is a Parallel or Map that waits for its result.
    fn notice(&mut self) -> Result<bool, TestStateError> {
        let mut waits = false;
        for stage in self.execution.take_stages() {
            waits |= matches!(stage, Stage::Branches | Stage::Iterations { .. });
            if let (Stage::Iterations { count, items }, Some(mocked)) = (&stage, &self.mocked) {
                let kind = &self.subject.state().kind;
                let writes = matches!(kind, StateKind::Map(map) if map.result_writer.is_some());
                mock::check_iterations(
                    *count,
                    *items,
                    self.given.failed_iterations,
                    mocked,
                    writes,
                )?;
            }
            self.seen.stages.push(stage);
        }
        Ok(waits)
    }

    fn has_ended(&self) -> bool {
        self.execution.outcome().is_some() || self.seen.status() == "RETRIABLE"
    }

    fn answer_task(&mut self, task: &TaskRequest, outcome: TaskOutcome) {
        let task = task.task;
        self.apply(Input::TaskStarted { task, worker_name: None });
        self.apply(match outcome {
            Ok(output) => Input::TaskSucceeded { task, output },
            Err(Failure { error, cause }) => Input::TaskFailed { task, error, cause },
        });
    }

    /// Lets the time pass until the next timer is due; false when there is none.
    fn fire_timers(&mut self) -> bool {
        let Some(due) = self.timers.values().min().copied() else { return false };
        let timers: Vec<TimerId> =
            self.timers.iter().filter(|(_, at)| **at == due).map(|(timer, _)| *timer).collect();
        self.timers.retain(|_, at| *at != due);
        self.now = self.now.max(due);
        self.apply(Input::TimersFired { timers });
        true
    }

    fn into_answer(mut self) -> Value {
        let outcome = self.execution.outcome();
        self.seen.timed_out = matches!(outcome, Some(crate::execution::Outcome::TimedOut));
        if let Some(failure) = self.seen.unhandled().cloned() {
            let handled = self.subject.parents.iter().find_map(|parent| {
                self.handled_by(parent, &failure).filter(|seen| seen.status() != "FAILED")
            });
            if let Some(handled) = handled {
                self.seen.stages.extend(handled.stages);
            }
        }
        self.seen.answer(self.subject.state(), self.level, &self.input, &self.given.variables)
    }

    /// What a state around the tested one does with its failure: errors go up as in an execution, says the
    /// developer guide.
    fn handled_by(&self, parent: &Subject, failure: &Failure) -> Option<Seen> {
        let given = Given { failure: Some(failure.clone()), ..self.given.clone() };
        let config = ExecutionConfig {
            graph: parent.definition.graph.clone(),
            ..self.execution.config().clone()
        };
        let mut execution = Execution::inspected(config, given);
        let start = Input::Start { input: self.input.clone() };
        execution.apply(self.now, start, &mut Vec::new()).ok()?;
        Some(Seen { stages: execution.take_stages(), timed_out: false })
    }
}

/// What the request gives the state.
fn given(request: &Request, subject: &Subject, input: &Payload) -> Result<Given, TestStateError> {
    let context = request.context.as_deref().map(context::read).transpose()?;
    let configuration = request.state_configuration.clone().unwrap_or_default();
    if let Some(name) = &configuration.error_caused_by_state
        && !subject.contains(name)
    {
        // AWS's words for this are not known; these are those for a `stateName` that is not there.
        return Err(TestStateError::validation("State not found in definition"));
    }
    let reads_items =
        matches!(&subject.state().kind, StateKind::Map(map) if map.item_reader.is_some());
    if reads_items && configuration.map_item_reader_data.is_none() {
        return Err(TestStateError::validation(
            "ItemReader data must be specified when testing a Map state with ItemReader specified.",
        ));
    }
    let count = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
    // The developer guide has both ways of saying how often a retrier has retried.
    let in_context = context.as_ref().and_then(|c| c["State"]["RetryCount"].as_u64());
    Ok(Given {
        variables: read_variables(request.variables.as_deref())?,
        context,
        map_item: map_item(subject, input),
        retries: count(configuration.retrier_retry_count).or(in_context).unwrap_or(0),
        reader_data: configuration.map_item_reader_data.map(|data| data.into_bytes().into()),
        failed_iterations: count(configuration.map_iteration_failure_count).unwrap_or(0),
        failure: None,
    })
}

/// `Map.Item` of the context object, for a state inside a Map: the first iteration, with the input as its item
/// (the developer guide's "Automatic Context population").
fn map_item(subject: &Subject, input: &Payload) -> Option<Value> {
    let map = subject.parents.iter().find_map(|parent| match &parent.state().kind {
        StateKind::Map(map) => Some(map),
        _ => None,
    })?;
    let mut item = json!({"Index": 0, "Value": input.value()});
    if let MapMode::Distributed(_) = map.mode {
        item["Source"] = "STATE_DATA".into();
    }
    Some(item)
}

/// Names are drawn; the execution is a synchronous EXPRESS one (recordings `state_task_catch_error`), which
/// bounds it to five minutes.
fn execution_config(
    request: &Request,
    settings: &TestStateSettings,
    subject: &Subject,
) -> ExecutionConfig {
    let mut names = RandomStream::new(settings.seed, "names");
    let (machine, name) = (names.uuid(), names.uuid());
    let prefix = format!("arn:aws:states:{}:{}", settings.region, settings.account);
    ExecutionConfig {
        graph: subject.definition.graph.clone(),
        timeout_seconds: None,
        workflow_type: WorkflowType::Express,
        synchronous: true,
        execution_arn: format!("{prefix}:express:{machine}:{name}").into(),
        name: name.into(),
        state_machine_arn: format!("{prefix}:stateMachine:{machine}").into(),
        state_machine_name: machine.into(),
        role_arn: request.role_arn.as_deref().unwrap_or_default().into(),
        region: settings.region.clone(),
        account: settings.account.clone(),
        seed: settings.seed,
        activities: None,
        service_revision: ServiceRevision::default(),
        mutation: None,
    }
}

fn read_input(text: &str) -> Result<Payload, TestStateError> {
    Payload::parse(text).map_err(|error| {
        let why = explain_json(text).unwrap_or_else(|| error.to_string());
        // Without the location (recordings of `start_execution` with invalid inputs).
        let why = why.split_once(" at [Source").map_or(&*why, |(before, _)| before.trim_end());
        let message = format!("Invalid State Machine Execution Input: '{why}'");
        TestStateError::new("InvalidExecutionInput", message)
    })
}

fn read_variables(text: Option<&str>) -> Result<Vec<AssignedVariable>, TestStateError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    // AWS's words are not known.
    let Ok(Value::Object(object)) = crate::data::parse_json(text) else {
        return Err(TestStateError::validation("Variables must be a JSON object"));
    };
    Ok(object.into_iter().map(|(name, value)| (Arc::from(name), Payload::new(value))).collect())
}
