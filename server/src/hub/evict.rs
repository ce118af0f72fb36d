//! Executions leave memory when there are too many: those to which nothing will happen but a timer, a token, or a
//! worker who takes a task.

use stepclock_engine::data::Timestamp;

use super::resident::{Durability, Resident};
use super::{Event, Hub};
use crate::store::ExecutionId;

/// What is left in memory when executions leave it, of what may be there.
const KEPT_PERCENT: usize = 75;

impl Hub {
    /// Notes whether an execution may leave memory once its last change is durable.
    pub(super) fn note_idle(&mut self, id: ExecutionId) {
        match self.residents.get(&id).is_some_and(may_leave) {
            true => self.idle.insert(id),
            false => self.idle.remove(&id),
        };
    }

    /// When there are too many, lets executions leave memory. However many are busy, only those that are not are
    /// looked at.
    pub(super) fn evict(&mut self) {
        if self.residents.len() <= self.config.resident_max {
            return;
        }
        let goal = self.config.resident_max / 100 * KEPT_PERCENT;
        let surplus = self.residents.len() - goal;
        let leaves = |id: &&ExecutionId| {
            self.residents.get(id).is_some_and(|resident| {
                resident.last_batch <= self.committed_batch && may_leave(resident)
            })
        };
        let leaving: Vec<ExecutionId> =
            self.idle.iter().filter(leaves).take(surplus).copied().collect();
        for id in leaving {
            let Some(resident) = self.residents.get(&id) else { continue };
            let wake = resident.timers.values().map(|timer| timer.due).min();
            for place in resident.timers.values().filter_map(|timer| timer.place) {
                self.queue.remove(place);
            }
            self.drop_resident(id);
            if let Some(due) = wake {
                self.sleep(id, due);
            }
        }
    }

    /// Brings an execution that is not in memory back at a moment, unless something wakes it before.
    pub(super) fn sleep(&mut self, id: ExecutionId, until: Timestamp) {
        let place = self.queue.push(until, Event::Wake(id));
        self.asleep.insert(id, place);
    }

    /// An execution is in memory, or on its way there: its moment need not come.
    pub(super) fn wake(&mut self, id: ExecutionId) {
        if let Some(place) = self.asleep.remove(&id) {
            self.queue.remove(place);
        }
    }

    /// Forgets an execution; the store has it.
    pub(super) fn drop_resident(&mut self, id: ExecutionId) {
        self.forget_tokens(id);
        self.idle.remove(&id);
        if let Some(resident) = self.residents.remove(&id) {
            self.by_arn.remove(&resident.execution.config().execution_arn);
        }
    }
}

fn may_leave(resident: &Resident) -> bool {
    resident.durability == Durability::Journal
        && resident.state.outcome.is_none()
        && !resident.is_needed()
}
