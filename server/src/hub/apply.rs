//! Inputs into executions, and what follows from them.

use stepclock_engine::asl::WorkflowType;
use stepclock_engine::data::Timestamp;
use stepclock_engine::execution::{ApplyError, ChildOutcome, Effect, Input, Outcome, TaskId};

use super::resident::{Durability, Timer, ended_task};
use super::{Event, Hub};
use crate::store::{ExecutionId, JournalEntry, Write};

impl Hub {
    /// Applies an input, and does what follows from it.
    pub(super) fn apply(&mut self, id: ExecutionId, input: Input) -> Result<(), ApplyError> {
        let now = self.now();
        self.tell_deletion(id, now);
        self.apply_at(id, now, input)
    }

    /// An execution hears that its machine has been deleted when something happens to it: it goes on until then, and
    /// ends where it would enter the next state. EXPRESS ones run to their end.
    fn tell_deletion(&mut self, id: ExecutionId, now: Timestamp) {
        let Some(resident) = self.residents.get(&id) else { return };
        let machine = self.registry.machine(&resident.row.machine_arn);
        if machine.is_some_and(|machine| machine.deleting)
            && resident.row.workflow_type == WorkflowType::Standard
            && resident.state.outcome.is_none()
            && !resident.execution.is_machine_deleted()
            && let Err(error) = self.apply_at(id, now, Input::MachineDeleted)
        {
            tracing::error!(%error, ?id, "an execution cannot be told that its machine is gone");
        }
    }

    fn apply_at(
        &mut self,
        id: ExecutionId,
        now: Timestamp,
        input: Input,
    ) -> Result<(), ApplyError> {
        let Some(resident) = self.residents.get_mut(&id) else { return Err(ApplyError::Ended) };
        let mut effects = std::mem::take(&mut self.effects);
        let applied = resident.execution.apply(now, input.clone(), &mut effects);
        if applied.is_ok() {
            resident.note_input(&input, now);
            resident.last_batch = self.batch_number;
            if resident.durability == Durability::Journal {
                self.batch.touch(id);
                if resident.journal_length > 1 {
                    let index = resident.journal_length - 1;
                    let entry = JournalEntry { at: now, input: input.clone() };
                    self.batch.write(Write::Append { id, index, entry });
                }
            }
            if let Some(task) = ended_task(&input) {
                self.drop_task(id, task);
            }
            for effect in effects.drain(..) {
                self.perform(id, now, effect);
            }
        }
        effects.clear();
        self.effects = effects;
        applied
    }

    /// Applies something that may come too late, bringing the execution to memory.
    pub(super) fn deliver(&mut self, id: ExecutionId, input: Input) {
        if !self.load(id) {
            return;
        }
        match self.apply(id, input) {
            // The execution has gone on without it.
            Ok(())
            | Err(
                ApplyError::TaskNotRunning { .. }
                | ApplyError::TaskAnswer { .. }
                | ApplyError::Ended
                | ApplyError::NotWaiting { .. },
            ) => {}
            Err(error) => tracing::error!(%error, ?id, "an execution refused an input"),
        }
    }

    /// The first step of an execution, unless it was made already.
    pub(super) fn first_step(&mut self, id: ExecutionId) {
        let Some(resident) = self.residents.get(&id) else { return };
        if resident.journal_length > 0 {
            return;
        }
        // The moment is that of the row, so that the journal need not say it.
        let (started, input) = (resident.row.started, resident.row.input.clone());
        if let Err(error) = self.apply_at(id, started, Input::Start { input }) {
            tracing::error!(%error, ?id, "an execution cannot start");
        }
    }

    pub(super) fn fire_timers(&mut self, id: ExecutionId, due: Timestamp) {
        let Some(resident) = self.residents.get(&id) else { return };
        let of_this_moment = |timer: &Timer| timer.due == due && timer.place.is_some();
        let fired: Vec<_> = resident
            .timers
            .iter()
            .filter(|(_, timer)| of_this_moment(timer))
            .map(|(id, timer)| (*id, timer.place))
            .collect();
        for (_, place) in &fired {
            place.map(|place| self.queue.remove(place));
        }
        let timers = fired.into_iter().map(|(timer, _)| timer).collect();
        self.deliver(id, Input::TimersFired { timers });
    }

    fn perform(&mut self, id: ExecutionId, now: Timestamp, effect: Effect) {
        match effect {
            Effect::Record(event) => self.record(id, &event),
            Effect::SetTimer { timer, due } => {
                let place = Some(self.queue.push(due, Event::Timer(id)));
                if let Some(resident) = self.residents.get_mut(&id) {
                    resident.timers.insert(timer, Timer { due, place });
                }
            }
            Effect::CancelTimer { timer } => {
                let resident = self.residents.get_mut(&id);
                let timer = resident.and_then(|resident| resident.timers.remove(&timer));
                timer.and_then(|timer| timer.place).map(|place| self.queue.remove(place));
            }
            Effect::ScheduleTask(request) => {
                if let Some(resident) = self.residents.get_mut(&id) {
                    resident.note_scheduled(&request, now);
                    self.schedule(id, &request);
                }
            }
            Effect::CancelTask { task } => self.cancel_task(id, task),
            Effect::StartChild(request) => self.start_child(id, *request),
            Effect::StopChild { child } => self.stop_child(id, child),
            Effect::Object { operation, request } => {
                if let Some(resident) = self.residents.get_mut(&id) {
                    resident.operations.insert(operation, request.clone());
                }
                self.queue.push(now, Event::Object(id, operation, Box::new(request)));
            }
            Effect::MapRun { arn, change } => self.map_run_changed(id, now, &arn, change),
            Effect::Finish(outcome) => self.finished(id, now, outcome),
        }
    }

    fn finished(&mut self, id: ExecutionId, now: Timestamp, outcome: Outcome) {
        let Some(resident) = self.residents.get_mut(&id) else { return };
        resident.state.redrivable = resident.execution.redrivable_at(now).is_ok();
        resident.state.outcome = Some(outcome.clone());
        resident.state.stopped = Some(now);
        let row = resident.row.clone();
        let caller = resident.caller.take();
        let answer = caller.is_some().then(|| resident.description().sync_answer());
        let durability = resident.durability;
        let left: Vec<TaskId> = resident.tasks.keys().copied().collect();
        for timer in std::mem::take(&mut resident.timers).into_values() {
            timer.place.map(|place| self.queue.remove(place));
        }
        for task in left {
            self.drop_task(id, task);
        }
        if durability == Durability::Start {
            self.write(Write::Delete { id });
        }
        if let (Some(caller), Some(answer)) = (caller, answer) {
            caller.send(Ok(answer));
        }
        self.end_map_runs(id, now);
        self.tell_waiting(id);
        if let Some(parent) = &row.parent {
            let outcome = ChildOutcome { outcome, started: row.started, stopped: now };
            let child = stepclock_engine::execution::ChildId(parent.child);
            let input = Box::new(Input::ChildFinished { child, outcome });
            self.queue.push(now, Event::Deliver(parent.execution, input));
        }
        self.ended.push_back((self.batch_number, id));
    }

    /// Drops executions that ended in batches up to this one: all that was written of them is durable.
    pub(super) fn drop_ended(&mut self, batch: u64) {
        while let Some((ended_in, id)) = self.ended.front().copied() {
            if ended_in > batch {
                return;
            }
            self.ended.pop_front();
            let Some(resident) = self.residents.get(&id) else { continue };
            // A redrive may have brought it back to life.
            if resident.state.outcome.is_some() {
                let machine = resident.row.machine_arn.clone();
                self.drop_resident(id);
                crate::registry::finish_deleting(self, &machine);
            }
        }
    }
}
