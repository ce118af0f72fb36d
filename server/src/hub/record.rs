//! What executions record, for those who watch.

use stepclock_engine::history::HistoryEvent;

use super::Hub;
use super::resident::Durability;
use crate::observe::{Exposition, Subject};
use crate::store::ExecutionId;

impl Hub {
    /// An execution has recorded an event.
    pub(super) fn record(&mut self, id: ExecutionId, event: &HistoryEvent) {
        let Some(resident) = self.residents.get_mut(&id) else { return };
        let subject = Subject {
            row: &resident.row,
            redrives: resident.state.redrives,
            redriven: resident.state.redriven,
            is_open_counted: resident.durability != Durability::Nothing,
            logging: resident.logging,
        };
        self.observer.record(&subject, &mut resident.watched, event);
    }

    /// Everything that can be measured, as Prometheus reads it.
    #[must_use]
    pub fn metrics(&self) -> String {
        let mut text = Exposition::default();
        self.observer.metrics.write(&mut text);
        self.handle.observed().write(&mut text);
        let mut gauge = |name, help, value: usize| text.single(name, "gauge", help, value);
        gauge("stepclock_resident_executions", "Executions in memory.", self.residents.len());
        gauge("stepclock_queue_length", "Timers and events that are due later.", self.queue.len());
        let help = "Tasks and operations on objects that somebody outside has in hand.";
        gauge("stepclock_held_tasks", help, self.held_count());
        gauge("stepclock_task_tokens", "Task tokens in memory.", self.tokens.len());
        text.text()
    }
}
