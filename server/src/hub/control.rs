//! Control of simulated time.

use stepclock_engine::data::Timestamp;

use super::Hub;
use crate::error::ApiError;

/// The state of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockState {
    /// Now.
    pub now: Timestamp,
    /// Whether it is simulated.
    pub simulated: bool,
    /// Whether it moves only when told.
    pub frozen: bool,
    /// When something is due next.
    pub next_due: Option<Timestamp>,
    /// Tasks that somebody outside has in hand.
    pub held: usize,
}

impl Hub {
    /// The state of the clock.
    pub fn clock_state(&mut self) -> ClockState {
        ClockState {
            now: self.now(),
            simulated: self.clock.is_simulated(),
            frozen: self.clock.is_simulated() && !self.clock.jumps(),
            next_due: self.queue.next_due(),
            held: self.held.len(),
        }
    }

    /// Lets simulated time stand still, or jump by itself again.
    ///
    /// # Errors
    /// When the clock is real.
    pub fn freeze(&mut self, freeze: bool) -> Result<(), ApiError> {
        self.needs_simulated()?;
        self.clock.freeze(freeze);
        Ok(())
    }

    /// Moves simulated time forward; everything that is due on the way happens at its own moment.
    ///
    /// # Errors
    /// When the clock is real.
    pub fn advance_to(&mut self, moment: Timestamp) -> Result<(), ApiError> {
        self.needs_simulated()?;
        while let Some(due) = self.queue.next_due().filter(|due| *due <= moment) {
            self.clock.advance_to(due);
            self.work_off();
        }
        self.clock.advance_to(moment);
        Ok(())
    }

    /// Moves simulated time from one due moment to the next until nothing is due any more, also past tasks that
    /// somebody outside has in hand.
    ///
    /// # Errors
    /// When the clock is real.
    pub fn run_until_idle(&mut self) -> Result<(), ApiError> {
        self.needs_simulated()?;
        while let Some(due) = self.queue.next_due() {
            self.clock.advance_to(due);
            self.work_off();
        }
        Ok(())
    }

    fn needs_simulated(&self) -> Result<(), ApiError> {
        if self.clock.is_simulated() {
            return Ok(());
        }
        let message = "The clock is real; start the server with --clock simulated to move it.";
        Err(ApiError::validation(message))
    }
}
