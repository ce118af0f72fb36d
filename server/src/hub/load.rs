//! Executions come to memory, by applying their journals again.

use std::sync::Arc;

use stepclock_engine::asl::{Resource, StateGraph, StateKind};
use stepclock_engine::data::Timestamp;
use stepclock_engine::execution::{ChildId, ChildOutcome, Effect, Execution, Input, TaskId};

use super::resident::{Durability, Resident, Timer};
use super::{Event, Hub};
use crate::error::ApiError;
use crate::registry::{Registry, Revision};
use crate::store::{ExecutionId, ExecutionRow, JournalEntry, StoreError, StoredExecution};

impl Hub {
    /// Reads what the store has: what was created, and the executions that have not ended.
    pub(super) fn recover(&mut self) -> Result<(), StoreError> {
        self.registry = Registry::load(&*self.store)?;
        self.observer.metrics.open = 0;
        for open in self.store.open_executions()? {
            self.observer.metrics.open += 1;
            let due = if open.busy { Some(self.now()) } else { open.wake };
            if let Some(due) = due {
                self.sleep(open.id, due);
            }
        }
        Ok(())
    }

    /// Brings an execution that has not ended to memory; false when there is none.
    pub(super) fn load(&mut self, id: ExecutionId) -> bool {
        if let Some(resident) = self.residents.get(&id) {
            return resident.state.outcome.is_none();
        }
        match self.store.execution(id) {
            Ok(Some(stored)) if stored.state.outcome.is_none() => self.rebuild(id, stored).is_ok(),
            Ok(_) => false,
            Err(error) => {
                tracing::error!(%error, ?id, "cannot read an execution");
                false
            }
        }
    }

    /// Brings an execution to memory whether it has ended or not.
    pub(super) fn revive(&mut self, id: ExecutionId) -> Result<(), ApiError> {
        if self.residents.contains_key(&id) {
            return Ok(());
        }
        match self.store.execution(id)? {
            Some(stored) => self.rebuild(id, stored),
            None => Ok(()),
        }
    }

    fn rebuild(&mut self, id: ExecutionId, stored: StoredExecution) -> Result<(), ApiError> {
        let journal = self.store.journal(id)?;
        let built = self.replay(stored, journal);
        let resident = built.inspect_err(|error| {
            tracing::error!(%error, ?id, "an execution cannot be rebuilt from its journal");
        })?;
        self.wake(id);
        let tasks: Vec<TaskId> = resident.tasks.keys().copied().collect();
        let timers: Vec<_> = resident.timers.iter().map(|(id, timer)| (*id, timer.due)).collect();
        let children: Vec<ChildId> = resident.children.keys().copied().collect();
        let operations = resident.operations.clone();
        let ended = resident.state.outcome.is_some();
        for (task, in_hand) in &resident.tasks {
            if let Some(token) = &in_hand.request.token {
                self.tokens.insert(token.clone(), (id, *task));
            }
        }
        self.by_arn.insert(resident.execution.config().execution_arn.clone(), id);
        self.residents.insert(id, resident);
        if ended {
            self.ended.push_back((self.batch_number, id));
            return Ok(());
        }
        for (timer, due) in timers {
            let place = Some(self.queue.push(due, Event::Timer(id)));
            if let Some(resident) = self.residents.get_mut(&id) {
                resident.timers.insert(timer, Timer { due, place });
            }
        }
        for task in tasks {
            self.resume_task(id, task);
        }
        let now = self.now();
        for child in children {
            self.resume_child(id, child);
        }
        for (operation, request) in operations {
            self.queue.push(now, Event::Object(id, operation, Box::new(request)));
        }
        self.note_idle(id);
        Ok(())
    }

    /// Applies a journal again, noting what is still to come.
    fn replay(
        &self,
        stored: StoredExecution,
        journal: Vec<JournalEntry>,
    ) -> Result<Resident, ApiError> {
        let lost = |what: String| ApiError::internal(what);
        let (row, state) = (Arc::new(stored.row), stored.state);
        let revision = self
            .registry
            .revision(&row.revision)
            .ok_or_else(|| lost(format!("there is no definition {}", row.revision)))?;
        let config = config_of(&self.config, &row, &revision)?;
        let durability = match (row.workflow_type, &row.parent) {
            (stepclock_engine::asl::WorkflowType::Express, None) => Durability::Start,
            _ => Durability::Journal,
        };
        let mut resident = Resident::new(Execution::new(config), row.clone(), revision, durability);
        if let (Some(case), Some(mocks)) = (&row.test_case, &self.answerers.mocks) {
            let machine = resident.execution.config().state_machine_name.clone();
            resident.mock = mocks.case(&machine, case).ok();
        }
        let start =
            JournalEntry { at: row.started, input: Input::Start { input: row.input.clone() } };
        let mut effects = Vec::new();
        for JournalEntry { at, input } in std::iter::once(start).chain(journal) {
            let applied = resident.execution.apply(at, input.clone(), &mut effects);
            applied.map_err(|error| lost(format!("{}: {error}", row.arn)))?;
            resident.note_input(&input, at);
            resident.forget_ended(&input);
            for effect in effects.drain(..) {
                self.note_effect(&mut resident, at, effect);
            }
        }
        resident.state = state;
        Ok(resident)
    }

    /// What an effect that was performed before has left behind.
    fn note_effect(&self, resident: &mut Resident, at: Timestamp, effect: Effect) {
        match effect {
            Effect::SetTimer { timer, due } => {
                resident.timers.insert(timer, Timer { due, place: None });
            }
            Effect::CancelTimer { timer } => {
                resident.timers.remove(&timer);
            }
            Effect::ScheduleTask(request) => resident.note_scheduled(&request, at),
            Effect::CancelTask { task } => {
                resident.tasks.remove(&task);
            }
            Effect::StartChild(request) => {
                let child = self.find(&request.execution_arn).ok().flatten();
                if let Some(child) = child {
                    resident.children.insert(request.child, child);
                }
            }
            Effect::StopChild { child } => {
                resident.children.remove(&child);
            }
            Effect::Object { operation, request } => {
                resident.operations.insert(operation, request);
            }
            Effect::Finish(_) => {
                resident.timers.clear();
                resident.tasks.clear();
            }
            Effect::MapRun { arn, change } => resident.note_map_run(at, &arn, change),
            Effect::Record(event) => {
                self.observer.remember(&resident.row, &mut resident.watched, &event);
            }
        }
    }

    /// Goes on with a task of a rebuilt execution, from where it was.
    fn resume_task(&mut self, id: ExecutionId, task: TaskId) {
        let resident = self.residents.get(&id);
        let Some(in_hand) = resident.and_then(|resident| resident.tasks.get(&task)) else { return };
        let request = in_hand.request.clone();
        let (scheduled, started) = (in_hand.scheduled, in_hand.started);
        let submitted = in_hand.submitted.clone();
        let now = self.now();
        if let Some(submitted) = &submitted {
            self.resume_job(id, task, submitted);
        }
        if let Some(answer) = self.ask_workers(id, &request) {
            return match started {
                None => self.plan(id, task, answer, scheduled),
                Some(started) => self.plan_rest(id, task, answer, started, now),
            };
        }
        match (&request.resource, started) {
            (_, None) => self.schedule(id, &request),
            (Resource::Activity { .. }, Some(_)) => {
                self.held.insert((id, task));
            }
            (_, Some(_)) if submitted.is_some() => {}
            (Resource::Integration(integration), Some(started))
                if &*integration.action == "startExecution" =>
            {
                // It gives the same execution back.
                if let Some(answer) = self.integrate(id, &request) {
                    self.plan_rest(id, task, answer, started, now);
                }
            }
            (Resource::Integration(integration), Some(_))
                if &*integration.resource_type == "aws-sdk:sfn" =>
            {
                // The token was answered in the batch that said that this task was scheduled.
                let output = stepclock_engine::data::Payload::empty_object();
                let input = Box::new(Input::TaskSucceeded { task, output });
                self.push_task(id, task, now, Event::Deliver(id, input));
            }
            (_, Some(_)) => self.resume_call(id, task),
        }
    }

    /// A child that ended while nobody told its parent.
    fn resume_child(&mut self, id: ExecutionId, child: ChildId) {
        let resident = self.residents.get(&id);
        let Some(execution) = resident.and_then(|resident| resident.children.get(&child).copied())
        else {
            return;
        };
        if self.residents.contains_key(&execution) {
            return;
        }
        let Ok(Some(stored)) = self.store.execution(execution) else { return };
        let (Some(outcome), Some(stopped)) = (stored.state.outcome, stored.state.stopped) else {
            return;
        };
        let outcome = ChildOutcome { outcome, started: stored.row.started, stopped };
        let now = self.now();
        let input = Box::new(Input::ChildFinished { child, outcome });
        self.queue.push(now, Event::Deliver(id, input));
    }
}

/// What an execution was created with.
pub(super) fn config_of(
    server: &crate::config::ServerConfig,
    row: &ExecutionRow,
    revision: &Revision,
) -> Result<stepclock_engine::execution::ExecutionConfig, ApiError> {
    let (graph, timeout) = graph_of(row, revision)?;
    Ok(super::start::execution_config(server, row, revision, graph, timeout))
}

/// The states an execution runs, and its timeout: those of its machine, or of the Map whose child it is.
fn graph_of(
    row: &ExecutionRow,
    revision: &Revision,
) -> Result<(Arc<StateGraph>, Option<u64>), ApiError> {
    let definition = revision.definition()?;
    let Some(parent) = &row.parent else {
        return Ok((definition.graph.clone(), definition.timeout_seconds));
    };
    let graph = find_map(&definition.graph, &parent.map_state);
    let lost =
        || ApiError::internal(format!("{} has no Map state {}", row.revision, parent.map_state));
    Ok((graph.ok_or_else(lost)?, None))
}

/// The processor of the Map state with a name: state names are unique within a machine.
fn find_map(graph: &StateGraph, name: &str) -> Option<Arc<StateGraph>> {
    graph.states.iter().find_map(|state| match &state.kind {
        StateKind::Map(map) if &*state.name == name => Some(map.processor.clone()),
        StateKind::Map(map) => find_map(&map.processor, name),
        StateKind::Parallel(parallel) => {
            parallel.branches.iter().find_map(|branch| find_map(branch, name))
        }
        _ => None,
    })
}
