//! Control of simulated time.

use stepclock_engine::data::Timestamp;

use super::{Handle, Hub, Reply};
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
    /// Tasks and operations on objects that somebody outside has in hand.
    pub held: usize,
}

/// Somebody moves simulated time.
pub(super) struct Drive {
    until: Option<Timestamp>,
    reply: Reply<ClockState>,
}

impl Handle {
    /// Moves simulated time to a moment.
    ///
    /// # Errors
    /// When the clock is real.
    pub async fn advance_to(&self, moment: Timestamp) -> Result<ClockState, ApiError> {
        self.ask(move |hub, reply| hub.drive(Some(moment), reply)).await
    }

    /// Moves simulated time until nothing is due any more.
    ///
    /// # Errors
    /// When the clock is real.
    pub async fn run_until_idle(&self) -> Result<ClockState, ApiError> {
        self.ask(|hub, reply| hub.drive(None, reply)).await
    }
}

impl Hub {
    /// The state of the clock.
    pub fn clock_state(&mut self) -> ClockState {
        ClockState {
            now: self.now(),
            simulated: self.clock.is_simulated(),
            frozen: self.clock.is_simulated() && !self.clock.jumps(),
            next_due: self.queue.next_due(),
            held: self.held_count(),
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

    /// Moves simulated time to a moment, or from one due moment to the next until nothing is due any more; also past
    /// tasks that somebody outside has in hand. Everything that is due on the way happens at its own moment, and is
    /// durable when the answer comes.
    pub fn drive(&mut self, until: Option<Timestamp>, reply: Reply<ClockState>) {
        match self.needs_simulated() {
            Ok(()) => self.drives.push_back(Drive { until, reply }),
            Err(error) => reply.send(Err(error)),
        }
    }

    /// Whether time is being moved, and up to which moment.
    pub(super) fn driven_to(&self) -> Option<Timestamp> {
        let drive = self.drives.front()?;
        Some(drive.until.unwrap_or(Timestamp::from_millis(i64::MAX)))
    }

    /// Nothing more is due before the moment that time is moved to.
    pub(super) fn arrive(&mut self) {
        let Some(drive) = self.drives.pop_front() else { return };
        if let Some(until) = drive.until {
            self.clock.advance_to(until);
        }
        let state = self.clock_state();
        self.answer(drive.reply, Ok(state));
    }

    fn needs_simulated(&self) -> Result<(), ApiError> {
        if self.clock.is_simulated() {
            return Ok(());
        }
        let message = "The clock is real; start the server with --clock simulated to move it.";
        Err(ApiError::validation(message))
    }
}
