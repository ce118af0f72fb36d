//! What a test may do to a world: let time jump, answer what nobody asked, and let the engine die and recover.

use super::error::WorldError;
use super::record::ExecutionKey;
use super::world::World;
use crate::execution::{Effect, Execution, Input};

impl World {
    /// Applies an input to an execution now, whoever it comes from.
    ///
    /// # Errors
    /// [`WorldError::Refused`] when it does not fit; nothing has changed then.
    pub fn send(&mut self, key: ExecutionKey, input: Input) -> Result<(), WorldError> {
        self.apply(key, input)
    }

    /// Lets the clock jump ahead. What was due on the way happens late, at the new moment.
    pub fn jump(&mut self, milliseconds: i64) {
        self.now = self.now + milliseconds.max(0);
    }

    /// Lets the engine of an execution die, and rebuilds the execution from its journal.
    ///
    /// # Errors
    /// [`WorldError::Diverged`] when the rebuilt execution has another history.
    pub fn recover(&mut self, key: ExecutionKey) -> Result<(), WorldError> {
        let record = &mut self.records[key.0];
        let mut execution = Execution::new(record.execution.config().clone());
        let mut effects = Vec::new();
        let mut written = record.history.iter();
        for (now, input) in &record.journal {
            execution.apply(*now, input.clone(), &mut effects)?;
            for effect in effects.drain(..) {
                if let Effect::Record(event) = effect
                    && written.next() != Some(&event)
                {
                    return Err(WorldError::Diverged { event: event.id });
                }
            }
        }
        if let Some(event) = written.next() {
            return Err(WorldError::Diverged { event: event.id });
        }
        record.execution = execution;
        Ok(())
    }
}
