//! Control of simulated time.

use stepclock_engine::data::Timestamp;

use super::{Handle, Hub, Reply};
use crate::error::ApiError;

/// What may happen, unless told otherwise, before somebody who moves time is told that it never comes to rest.
const EVENTS_MAX: u64 = 1_000_000;

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
    /// What may still happen: in all, or at one moment when time is moved to another one.
    left: u64,
    reply: Reply<ClockState>,
}

impl Handle {
    /// Moves simulated time to a moment.
    ///
    /// # Errors
    /// When the clock is real.
    pub async fn advance_to(&self, moment: Timestamp) -> Result<ClockState, ApiError> {
        self.ask(move |hub, reply| hub.drive(Some(moment), EVENTS_MAX, reply)).await
    }

    /// Moves simulated time until nothing is due any more, which must be before a million events have happened.
    ///
    /// # Errors
    /// When the clock is real, or time does not come to rest.
    pub async fn run_until_idle(&self) -> Result<ClockState, ApiError> {
        self.run_until_idle_within(EVENTS_MAX).await
    }

    /// Moves simulated time until nothing is due any more, or so many events have happened.
    ///
    /// # Errors
    /// When the clock is real, or time does not come to rest.
    pub async fn run_until_idle_within(&self, events: u64) -> Result<ClockState, ApiError> {
        self.ask(move |hub, reply| hub.drive(None, events, reply)).await
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
    /// durable when the answer comes. Executions that start each other, or wait for each other in circles, never come
    /// to rest: whoever asked is told so when this many events have happened, of one moment when there is a moment to
    /// reach.
    pub fn drive(&mut self, until: Option<Timestamp>, events: u64, reply: Reply<ClockState>) {
        match self.needs_simulated() {
            Ok(()) => self.drives.push_back(Drive { until, left: events, reply }),
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

    /// Something happens while time is moved.
    pub(super) fn spend(&mut self) {
        let Some(drive) = self.drives.front_mut() else { return };
        if let Some(left) = drive.left.checked_sub(1) {
            drive.left = left;
            return;
        }
        let Some(drive) = self.drives.pop_front() else { return };
        let now = self.now();
        let message = format!(
            "Stopped at {now}: this many events have happened, and more are due. Executions that start each other never \
             come to rest; advance by a time, or allow more with {{\"maxEvents\": n}}."
        );
        self.answer(drive.reply, Err(ApiError::new("ClockNotIdle", message)));
    }

    /// Time has moved on: another moment, another allowance.
    pub(super) fn moved(&mut self) {
        if let Some(drive) = self.drives.front_mut().filter(|drive| drive.until.is_some()) {
            drive.left = EVENTS_MAX;
        }
    }

    fn needs_simulated(&self) -> Result<(), ApiError> {
        if self.clock.is_simulated() {
            return Ok(());
        }
        let message = "The clock is real; start the server with --clock simulated to move it.";
        Err(ApiError::validation(message))
    }
}
