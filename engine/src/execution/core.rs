//! The entry to the core: inputs in, effects out, and the queue of steps between.
//!
//! An input first records what it is about (a task's result, a timer), then queues a step. Steps run in the
//! order they were queued until none is left; a step enters a state, finishes one, or tells a parent that a
//! branch has ended. Threads so take turns, state by state, which is how AWS's concurrent histories read
//! (recording `service_lambda_map_timeout`).

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::context::{Context, ContextExtra};
use super::failure::StateFailure;
use super::inspect::Inspection;
use super::thread::{Phase, Thread, ThreadId, Threads, TimerPurpose};
use super::variables::Visible;
use super::{
    ChildId, Effect, ExecutionConfig, Input, Mutation, ObjectOperationId, Outcome, TaskId, TimerId,
};
use crate::asl::WorkflowType;
use crate::data::{Payload, RandomStream, Timestamp};
use crate::expr::Scope;
use crate::history::{EventDetails, Failure, HistoryEvent};
use crate::limits;

/// One execution: a state machine over a state machine.
#[derive(Debug)]
pub struct Execution {
    pub(super) config: ExecutionConfig,
    /// The execution's input; `None` until it starts.
    input: Option<Payload>,
    started: Timestamp,
    pub(super) now: Timestamp,
    events: u64,
    next_id: u64,
    pub(super) threads: Threads,
    root: Option<ThreadId>,
    pub(super) tasks: BTreeMap<TaskId, ThreadId>,
    pub(super) timers: BTreeMap<TimerId, TimerPurpose>,
    pub(super) children: BTreeMap<ChildId, ThreadId>,
    pub(super) operations: BTreeMap<ObjectOperationId, ThreadId>,
    steps: VecDeque<Step>,
    /// Bytes of new payloads that states have built since the last input.
    built_bytes: usize,
    pub(super) effects: Vec<Effect>,
    /// What `States.UUID`, `$random()` and the like draw from.
    random: RefCell<RandomStream>,
    pub(super) jitter: RandomStream,
    pub(super) tokens: RandomStream,
    /// Redrives so far, and when the last one was.
    pub(super) redrive: Option<(u64, Timestamp)>,
    /// Its state machine has been deleted.
    pub(super) machine_deleted: bool,
    outcome: Option<Outcome>,
    /// Set when only one state is tried, and watched.
    pub(super) inspection: Option<Box<Inspection>>,
}

/// Something to do in the execution, when its turn comes.
#[derive(Debug)]
pub(super) enum Step {
    /// Enter the thread's state.
    Enter(ThreadId),
    /// Try the thread's state (again), without entering it.
    Attempt(ThreadId),
    /// The thread's Wait state is over.
    WaitOver(ThreadId),
    /// The thread's Task gave this.
    TaskSucceeded(ThreadId, Payload),
    /// The thread's state failed.
    Failed(ThreadId, StateFailure),
    /// A branch or iteration ended with this output.
    BranchSucceeded(ThreadId, Payload),
}

/// Why an input was refused. The execution is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The first input was not `Start`, or a later one was.
    #[error("execution has {}", if *.started { "already started" } else { "not started yet" })]
    Start {
        /// Whether it has started.
        started: bool,
    },
    /// It has ended.
    #[error("execution has already ended")]
    Ended,
    /// Nobody waits for this task: it was answered, timed out, was cancelled, or never existed.
    #[error("task {} is not running", .task.0)]
    TaskNotRunning {
        /// The task.
        task: TaskId,
    },
    /// The task is running, but this answer does not fit where it is.
    #[error("task {} cannot be {answer} now", .task.0)]
    TaskAnswer {
        /// The task.
        task: TaskId,
        /// `started`, `submitted`, …
        answer: &'static str,
    },
    /// Nobody waits for this timer, child or object operation.
    #[error("nothing waits for {what} {id}")]
    NotWaiting {
        /// `timer`, `child`, `object operation`.
        what: &'static str,
        /// Its number.
        id: u64,
    },
    /// It cannot be redriven.
    #[error("execution cannot be redriven: {reason}")]
    NotRedrivable {
        /// Why.
        reason: &'static str,
    },
    /// Time went backwards.
    #[error("input at {now} is earlier than the last one at {last}")]
    TimeWentBack {
        /// The moment of this input.
        now: Timestamp,
        /// The moment of the last.
        last: Timestamp,
    },
}

/// What an expression of a state may see besides the thread's own data.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) input: &'a Value,
    pub(super) result: Option<&'a Value>,
    pub(super) error_output: Option<&'a Value>,
    pub(super) extra: ContextExtra<'a>,
}

impl<'a> View<'a> {
    /// Only an input.
    pub(super) fn of(input: &'a Value) -> Self {
        Self { input, result: None, error_output: None, extra: ContextExtra::default() }
    }
}

impl Execution {
    /// A new execution that waits for [`Input::Start`].
    #[must_use]
    pub fn new(config: ExecutionConfig) -> Self {
        let seed = config.seed;
        Self {
            config,
            input: None,
            started: Timestamp::from_millis(0),
            now: Timestamp::from_millis(i64::MIN),
            events: 0,
            next_id: 0,
            threads: Threads::new(),
            root: None,
            tasks: BTreeMap::new(),
            timers: BTreeMap::new(),
            children: BTreeMap::new(),
            operations: BTreeMap::new(),
            steps: VecDeque::new(),
            built_bytes: 0,
            effects: Vec::new(),
            random: RefCell::new(RandomStream::new(seed, "expressions")),
            jitter: RandomStream::new(seed, "jitter"),
            tokens: RandomStream::new(seed, "tokens"),
            redrive: None,
            machine_deleted: false,
            outcome: None,
            inspection: None,
        }
    }

    /// Applies one input at a moment and appends what follows from it to `effects`.
    ///
    /// # Errors
    /// When the input does not fit; nothing has changed then.
    pub fn apply(
        &mut self,
        now: Timestamp,
        input: Input,
        effects: &mut Vec<Effect>,
    ) -> Result<(), ApplyError> {
        if now < self.now {
            return Err(ApplyError::TimeWentBack { now, last: self.now });
        }
        self.check(&input)?;
        self.now = now;
        std::mem::swap(&mut self.effects, effects);
        self.take(input);
        self.run_steps();
        std::mem::swap(&mut self.effects, effects);
        Ok(())
    }

    /// Refuses an input that does not fit, before anything changes.
    fn check(&self, input: &Input) -> Result<(), ApplyError> {
        let started = self.input.is_some();
        match input {
            Input::Start { .. } if started => return Err(ApplyError::Start { started }),
            Input::Start { .. } => return Ok(()),
            _ if !started => return Err(ApplyError::Start { started }),
            Input::Redrive => return self.check_redrive(),
            _ if self.outcome.is_some() => return Err(ApplyError::Ended),
            _ => {}
        }
        let not_waiting = |what, id| Err(ApplyError::NotWaiting { what, id });
        match input {
            Input::TimersFired { timers } => {
                for timer in timers {
                    if !self.timers.contains_key(timer) {
                        return not_waiting("timer", timer.0);
                    }
                }
                Ok(())
            }
            Input::MapRunUpdated { arn, .. } if self.find_map_run(arn).is_none() => {
                not_waiting("Map Run", 0)
            }
            Input::ChildFinished { child, .. } if !self.children.contains_key(child) => {
                not_waiting("child", child.0)
            }
            Input::ObjectRead { operation, .. }
            | Input::ObjectsListed { operation, .. }
            | Input::ObjectWritten { operation, .. }
                if !self.operations.contains_key(operation) =>
            {
                not_waiting("object operation", operation.0)
            }
            Input::TaskSucceeded { task, .. }
                if self.planted(Mutation::DuplicateAccepted) && !self.tasks.contains_key(task) =>
            {
                Ok(())
            }
            _ => self.check_task_answer(input),
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Start { input } => self.start(input),
            Input::TimersFired { timers } => self.timers_fired(timers),
            Input::Stop { error, cause } => self.stop(error, cause),
            Input::Redrive => self.redrive(),
            Input::MachineDeleted => self.machine_deleted = true,
            Input::ChildFinished { child, outcome } => self.child_finished(child, outcome),
            Input::MapRunUpdated {
                arn,
                max_concurrency,
                tolerated_failure_count: count,
                tolerated_failure_percentage: percentage,
            } => {
                if let Some(id) = self.find_map_run(&arn) {
                    self.update_map_run(id, max_concurrency, count, percentage);
                }
            }
            Input::ObjectRead { operation, body } => self.object_read(operation, body),
            Input::ObjectsListed { operation, objects } => self.objects_listed(operation, objects),
            Input::ObjectWritten { operation, result } => self.object_written(operation, result),
            Input::TaskSucceeded { task, .. } if !self.tasks.contains_key(&task) => {}
            answer => self.task_answer(answer),
        }
    }

    fn start(&mut self, input: Payload) {
        self.started = self.now;
        self.input = Some(input.clone());
        let role_arn = self.config.role_arn.clone();
        self.record(0, EventDetails::ExecutionStarted { input: input.clone(), role_arn });
        self.set_execution_timer();
        let graph = self.config.graph.clone();
        let state = graph.start_at;
        let root = self.threads.insert(Thread {
            parent: None,
            graph,
            state,
            input,
            // The first state follows from nothing, not from ExecutionStarted (every recording).
            last_event: 0,
            entered_event: 0,
            before_entered: 0,
            entered_at: self.now,
            variables: self.given_variables(),
            retries: Vec::new(),
            phase: Phase::Ready,
        });
        self.root = Some(root);
        self.queue(Step::Enter(root));
    }

    /// The machine's timeout, or the longest its type may run.
    ///
    /// A wait of exactly the longest duration still ends: the limit is exceeded one millisecond later.
    pub(super) fn set_execution_timer(&mut self) {
        let longest = match self.config.workflow_type {
            WorkflowType::Standard => limits::STANDARD_DURATION_MS_MAX,
            WorkflowType::Express => limits::EXPRESS_DURATION_MS_MAX,
        };
        let due = match self.config.timeout_seconds {
            Some(_) if self.planted(Mutation::ExecutionTimeoutIgnored) => self.now + longest + 1,
            Some(seconds) if (seconds as i64).saturating_mul(1_000) <= longest => {
                self.now.plus_seconds(seconds)
            }
            _ => self.now + longest + 1,
        };
        self.set_timer(due, TimerPurpose::ExecutionTimeout);
    }

    fn timers_fired(&mut self, timers: Vec<TimerId>) {
        let mut execution_timeout = false;
        for timer in timers {
            // An earlier timer of the same moment may have cancelled this one.
            let Some(purpose) = self.timers.remove(&timer) else { continue };
            match purpose {
                TimerPurpose::ExecutionTimeout => execution_timeout = true,
                TimerPurpose::Wait(thread) => self.queue(Step::WaitOver(thread)),
                TimerPurpose::Retry(thread) => self.queue(Step::Attempt(thread)),
                TimerPurpose::TaskTimeout(thread) => self.task_timed_out(thread, false),
                TimerPurpose::TaskHeartbeat(thread) => self.task_timed_out(thread, true),
            }
        }
        if execution_timeout {
            // What is due at the same moment comes first; it may end the execution in time.
            self.run_steps();
            if self.outcome.is_none() {
                self.time_out();
            }
        }
    }

    /// The execution has run too long.
    fn time_out(&mut self) {
        // The event follows from nothing, and the current state is not exited.
        let failure = Failure { error: Some(super::failure::TIMEOUT.into()), cause: None };
        self.record(0, EventDetails::ExecutionTimedOut(failure));
        self.finish(Outcome::TimedOut);
    }

    fn stop(&mut self, error: Option<Arc<str>>, cause: Option<Arc<str>>) {
        // The event follows from nothing, and the current state is not exited (recording
        // `stop_execution`).
        let failure = Failure { error: error.clone(), cause: cause.clone() };
        self.record(0, EventDetails::ExecutionAborted(failure));
        self.finish(Outcome::Aborted { error, cause });
    }

    pub(super) fn run_steps(&mut self) {
        let mut budget = limits::STEPS_PER_INPUT_MAX;
        self.built_bytes = 0;
        while let Some(step) = self.steps.pop_front() {
            if self.outcome.is_some() {
                self.steps.clear();
                return;
            }
            self.step(step);
            budget -= 1;
            // The history's limit bounds what a STANDARD execution builds.
            let too_much = self.built_bytes > limits::BUILT_BYTES_PER_INPUT_MAX
                && self.config.workflow_type == WorkflowType::Express;
            if (budget == 0 || too_much) && self.outcome.is_none() {
                self.time_out();
            }
        }
    }

    fn step(&mut self, step: Step) {
        let thread = match &step {
            Step::Enter(thread)
            | Step::Attempt(thread)
            | Step::WaitOver(thread)
            | Step::TaskSucceeded(thread, _)
            | Step::Failed(thread, _)
            | Step::BranchSucceeded(thread, _) => *thread,
        };
        // A sibling's failure may have removed the thread since the step was queued.
        if self.threads.get(thread).is_none() {
            return;
        }
        match step {
            Step::Enter(thread) if self.machine_deleted => self.fail_deleted(thread),
            Step::Enter(thread) => self.enter_state(thread),
            Step::Attempt(thread) => self.attempt_state(thread),
            Step::WaitOver(thread) => self.wait_over(thread),
            Step::TaskSucceeded(thread, output) => self.task_succeeded(thread, output),
            Step::Failed(thread, failure) => self.state_failed(thread, failure),
            Step::BranchSucceeded(thread, output) => self.branch_succeeded(thread, output),
        }
    }

    /// Counts a payload that a state has built: all of them stay in memory, in the history.
    pub(super) fn count_built(&mut self, bytes: usize) {
        self.built_bytes = self.built_bytes.saturating_add(bytes);
    }

    pub(super) fn queue(&mut self, step: Step) {
        self.steps.push_back(step);
    }

    /// Asks the outside for something, unless the execution has just ended.
    pub(super) fn emit(&mut self, effect: Effect) {
        if self.outcome.is_none() {
            self.effects.push(effect);
        }
    }

    /// Appends an event and gives its id.
    ///
    /// The last event a history has room for is the failure of the execution.
    pub(super) fn record(&mut self, previous_event_id: u64, details: EventDetails) -> u64 {
        if self.outcome.is_some() {
            return self.events;
        }
        let full = self.events + 1 == limits::HISTORY_EVENTS_MAX
            && self.config.workflow_type == WorkflowType::Standard
            && !details.is_terminal();
        let details = if full { history_full() } else { details };
        let previous_event_id = match self.planted(Mutation::HistoryChainIsFlat) {
            true => self.events,
            false => previous_event_id,
        };
        self.events += 1;
        let event =
            HistoryEvent { id: self.events, previous_event_id, timestamp: self.now, details };
        self.effects.push(Effect::Record(event));
        if full && let EventDetails::ExecutionFailed(failure) = history_full() {
            self.finish(Outcome::Failed { error: failure.error, cause: failure.cause });
        }
        self.events
    }

    /// Appends an event that follows from the thread's last one, and becomes it.
    pub(super) fn chain(&mut self, thread: ThreadId, details: EventDetails) -> u64 {
        let previous = self.threads[thread].last_event;
        let id = self.record(previous, details);
        self.threads[thread].last_event = id;
        id
    }

    /// Ends the execution: nothing is waited for any more.
    ///
    /// The threads stay as they are, so that a redrive can go on with them.
    pub(super) fn finish(&mut self, outcome: Outcome) {
        for timer in std::mem::take(&mut self.timers).into_keys() {
            self.emit(Effect::CancelTimer { timer });
        }
        for task in std::mem::take(&mut self.tasks).into_keys() {
            self.emit(Effect::CancelTask { task });
        }
        for child in std::mem::take(&mut self.children).into_keys() {
            self.emit(Effect::StopChild { child });
        }
        self.operations.clear();
        self.emit(Effect::Finish(outcome.clone()));
        self.outcome = Some(outcome);
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn set_timer(&mut self, due: Timestamp, purpose: TimerPurpose) -> TimerId {
        let timer = TimerId(self.next_id());
        self.timers.insert(timer, purpose);
        self.emit(Effect::SetTimer { timer, due });
        timer
    }

    pub(super) fn cancel_timer(&mut self, timer: Option<TimerId>) {
        if let Some(timer) = timer
            && self.timers.remove(&timer).is_some()
        {
            self.emit(Effect::CancelTimer { timer });
        }
    }

    /// Evaluates something against what a thread can see.
    pub(super) fn evaluate<R>(
        &self,
        thread: &Thread,
        view: View<'_>,
        evaluate: impl FnOnce(&Scope<'_>) -> R,
    ) -> R {
        let context = Context {
            config: &self.config,
            execution_input: self.input.as_ref().expect("a running execution has its input"),
            started: self.started,
            redrive: self.redrive,
            given: self.given(),
            thread,
            extra: view.extra,
            built: OnceCell::new(),
        };
        let variables = Visible(thread.variables.as_deref());
        evaluate(&Scope {
            input: view.input,
            context: &context,
            variables: &variables,
            result: view.result,
            error_output: view.error_output,
            now: self.now,
            random: &self.random,
        })
    }

    pub(super) fn root(&self) -> Option<ThreadId> {
        self.root
    }

    /// Takes back the end of the execution, for a redrive.
    pub(super) fn reopen(&mut self) {
        self.outcome = None;
    }

    /// What it was created with.
    #[must_use]
    pub fn config(&self) -> &ExecutionConfig {
        &self.config
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Events recorded so far.
    #[must_use]
    pub fn event_count(&self) -> u64 {
        self.events
    }
}

/// What the last event of a full history says.
fn history_full() -> EventDetails {
    EventDetails::ExecutionFailed(Failure::new(
        "States.Runtime",
        format!(
            "The execution reached the maximum number of history events ({}).",
            limits::HISTORY_EVENTS_MAX
        ),
    ))
}
