//! An execution in memory, with what is on its way to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use stepclock_engine::asl::Resource;
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{
    ChildId, Container, Execution, Input, ObjectOperationId, ObjectRequest, TaskId, TaskRequest,
    TimerId,
};
use stepclock_engine::sim::{Description, MockedCase, Place, Worker};

use super::MapRun;
use super::handle::Reply;
use crate::observe::{LogSettings, TraceContext, Watched};
use crate::registry::Revision;
use crate::store::{ExecutionId, ExecutionRow, ExecutionState};

/// An execution in memory.
pub(super) struct Resident {
    pub(super) execution: Execution,
    pub(super) row: Arc<ExecutionRow>,
    pub(super) revision: Arc<Revision>,
    pub(super) state: ExecutionState,
    pub(super) durability: Durability,
    /// Inputs applied so far, `Input::Start` included.
    pub(super) journal_length: u64,
    pub(super) timers: BTreeMap<TimerId, Timer>,
    pub(super) tasks: BTreeMap<TaskId, TaskInHand>,
    pub(super) calls_of_state: BTreeMap<Arc<str>, u64>,
    pub(super) calls_of_place: BTreeMap<(Arc<str>, Vec<Container>), u64>,
    pub(super) children: BTreeMap<ChildId, ExecutionId>,
    pub(super) operations: BTreeMap<ObjectOperationId, ObjectRequest>,
    /// Its Map Runs, in the order they started.
    pub(super) map_runs: Vec<MapRun>,
    /// The test case it runs under.
    pub(super) mock: Option<MockedCase>,
    /// Who waits for its end: `StartSyncExecution`.
    pub(super) caller: Option<Reply<serde_json::Value>>,
    /// The batch that its last change is in.
    pub(super) last_batch: u64,
    /// Its earlier events, for those who watch.
    pub(super) watched: Watched,
    /// What of it is logged.
    pub(super) logging: LogSettings,
}

/// How much of an execution is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Every input: it goes on where it was.
    Journal,
    /// Its start: after a crash it runs again (asynchronous EXPRESS: at least once).
    Start,
    /// Nothing: a crash ends it (synchronous EXPRESS: at most once).
    Nothing,
}

/// A timer that is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timer {
    pub(super) due: Timestamp,
    pub(super) place: Option<Place>,
}

/// A task that is scheduled and has not ended.
#[derive(Debug)]
pub(super) struct TaskInHand {
    pub(super) request: TaskRequest,
    pub(super) scheduled: Timestamp,
    pub(super) started: Option<Timestamp>,
    pub(super) submitted: Option<Payload>,
    /// Earlier calls of its state, and of its place, when it was scheduled.
    pub(super) calls: (u64, u64),
    /// What is planned for it.
    pub(super) places: Vec<Place>,
    /// The execution it waits for.
    pub(super) nested: Option<ExecutionId>,
    /// The trace that whatever it starts belongs to.
    pub(super) trace: Option<TraceContext>,
}

impl TaskInHand {
    /// Whether it ends when somebody returns its token.
    fn awaits_token(&self) -> bool {
        self.submitted.is_some() && self.nested.is_none() && self.places.is_empty()
    }

    /// Whether it is an activity's, to be taken and returned by a worker of whoever uses the server.
    fn awaits_worker(&self) -> bool {
        matches!(self.request.resource, Resource::Activity { .. }) && self.places.is_empty()
    }
}

impl std::fmt::Debug for Resident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resident").field("row", &self.row).field("state", &self.state).finish()
    }
}

impl Resident {
    /// One that waits for its first step.
    pub(super) fn new(
        execution: Execution,
        row: Arc<ExecutionRow>,
        revision: Arc<Revision>,
        durability: Durability,
    ) -> Self {
        let logging = LogSettings::read(&revision.logging);
        Self {
            execution,
            row,
            revision,
            state: ExecutionState::default(),
            durability,
            journal_length: 0,
            timers: BTreeMap::new(),
            tasks: BTreeMap::new(),
            calls_of_state: BTreeMap::new(),
            calls_of_place: BTreeMap::new(),
            children: BTreeMap::new(),
            operations: BTreeMap::new(),
            map_runs: Vec::new(),
            mock: None,
            caller: None,
            last_batch: 0,
            watched: Watched::default(),
            logging,
        }
    }

    /// A task was scheduled.
    pub(super) fn note_scheduled(&mut self, request: &TaskRequest, now: Timestamp) {
        let of_state = self.calls_of_state.entry(request.state.clone()).or_default();
        let place = (request.state.clone(), request.path.clone());
        let of_place = self.calls_of_place.entry(place).or_default();
        let calls = (*of_state, *of_place);
        *of_state += 1;
        *of_place += 1;
        let task = TaskInHand {
            request: request.clone(),
            scheduled: now,
            started: None,
            submitted: None,
            calls,
            places: Vec::new(),
            nested: None,
            trace: self.watched.context_of_task(),
        };
        self.tasks.insert(request.task, task);
    }

    /// An input was applied: what it says of tasks, children and objects.
    pub(super) fn note_input(&mut self, input: &Input, now: Timestamp) {
        self.journal_length += 1;
        match input {
            Input::TaskStarted { task, .. } => {
                if let Some(task) = self.tasks.get_mut(task) {
                    task.started = Some(now);
                }
            }
            Input::TaskSubmitted { task, output } => {
                if let Some(task) = self.tasks.get_mut(task) {
                    task.submitted = Some(output.clone());
                }
            }
            Input::TimersFired { timers } => {
                for timer in timers {
                    self.timers.remove(timer);
                }
            }
            Input::ChildFinished { child, .. } => {
                self.children.remove(child);
            }
            Input::ObjectRead { operation, .. }
            | Input::ObjectsListed { operation, .. }
            | Input::ObjectWritten { operation, .. } => {
                self.operations.remove(operation);
            }
            Input::MapRunUpdated {
                arn,
                max_concurrency,
                tolerated_failure_count,
                tolerated_failure_percentage,
            } => {
                let update = super::MapRunUpdate {
                    max_concurrency: *max_concurrency,
                    tolerated_failure_count: *tolerated_failure_count,
                    tolerated_failure_percentage: *tolerated_failure_percentage,
                };
                self.note_map_run_update(arn, update);
            }
            Input::Redrive => {
                self.state.redrives += 1;
                self.state.redriven = Some(now);
                self.state.outcome = None;
                self.state.stopped = None;
            }
            _ => {}
        }
    }

    /// Forgets a task that this input has ended.
    pub(super) fn forget_ended(&mut self, input: &Input) {
        if let Some(task) = ended_task(input) {
            self.tasks.remove(&task);
        }
    }

    /// Its own mock's answer to a task.
    pub(super) fn ask_mock(
        &mut self,
        call: &stepclock_engine::sim::TaskCall<'_>,
    ) -> Option<stepclock_engine::sim::Answer> {
        self.mock.as_mut()?.take(call)
    }

    /// The state as it is to be written.
    pub(super) fn state_to_write(&mut self) -> ExecutionState {
        self.state.wake = self.timers.values().map(|timer| timer.due).min();
        self.state.busy = self.is_busy();
        self.state.clone()
    }

    /// Whether something besides timers and returned tokens is to come: after a restart somebody must go on with it.
    pub(super) fn is_busy(&self) -> bool {
        self.awaits_more_than(TaskInHand::awaits_token)
    }

    /// Whether it is needed in memory. Tasks of activities are not: as long as the process lives, the queue of the
    /// activity knows those that nobody has taken, and the store the tokens of the others.
    pub(super) fn is_needed(&self) -> bool {
        self.awaits_more_than(|task| task.awaits_token() || task.awaits_worker())
    }

    fn awaits_more_than(&self, tasks: impl Fn(&TaskInHand) -> bool) -> bool {
        self.state.outcome.is_none()
            && (self.journal_length == 0
                || !self.children.is_empty()
                || !self.operations.is_empty()
                || !self.tasks.values().all(tasks))
    }

    /// What can be said of it from outside.
    pub(super) fn description(&self) -> Description<'_> {
        describe(&self.row, &self.state)
    }
}

/// What can be said from outside of an execution that the store has.
#[must_use]
pub(crate) fn describe<'a>(row: &'a ExecutionRow, state: &'a ExecutionState) -> Description<'a> {
    Description {
        execution_arn: &row.arn,
        state_machine_arn: &row.machine_arn,
        name: &row.name,
        input: &row.input,
        outcome: state.outcome.as_ref(),
        started: row.started,
        stopped: state.stopped,
        map_run_arn: row.parent.as_ref().map(|parent| parent.map_run_arn.as_str()),
        redrives: state.redrives,
        is_redrivable: state.redrivable,
    }
}

/// The task that has ended with this input.
pub(super) fn ended_task(input: &Input) -> Option<TaskId> {
    match input {
        Input::TaskScheduleFailed { task, .. }
        | Input::TaskStartFailed { task, .. }
        | Input::TaskSubmitFailed { task, .. }
        | Input::TaskSucceeded { task, .. }
        | Input::TaskFailed { task, .. } => Some(*task),
        _ => None,
    }
}
