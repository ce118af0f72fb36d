//! Where the server's time comes from: the wall, or a number that only moves when told.

use stepclock_engine::data::Timestamp;

use crate::config::ClockMode;

/// The server's clock. It never goes back.
#[derive(Debug)]
pub struct Clock {
    now: Timestamp,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Real,
    Simulated { frozen: bool },
}

impl Clock {
    /// A clock of a kind, not earlier than a moment (the last one that the store has seen).
    #[must_use]
    pub fn new(mode: ClockMode, not_before: Option<Timestamp>) -> Self {
        let (kind, start) = match mode {
            ClockMode::Real => (Kind::Real, wall()),
            ClockMode::Simulated { start, frozen } => (Kind::Simulated { frozen }, start),
        };
        Self { now: not_before.map_or(start, |seen| seen.max(start)), kind }
    }

    /// Now.
    pub fn now(&mut self) -> Timestamp {
        if matches!(self.kind, Kind::Real) {
            self.now = self.now.max(wall());
        }
        self.now
    }

    /// Whether time is simulated.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        matches!(self.kind, Kind::Simulated { .. })
    }

    /// Whether simulated time jumps by itself.
    #[must_use]
    pub fn jumps(&self) -> bool {
        matches!(self.kind, Kind::Simulated { frozen: false })
    }

    /// Lets simulated time stand still, or go on.
    pub fn freeze(&mut self, freeze: bool) {
        if let Kind::Simulated { frozen } = &mut self.kind {
            *frozen = freeze;
        }
    }

    /// Moves simulated time forward; a real clock is not moved.
    pub fn advance_to(&mut self, moment: Timestamp) {
        if self.is_simulated() {
            self.now = self.now.max(moment);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the server reads the wall clock"
)]
pub(crate) fn wall() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_millis(since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0)))
}

/// A moment for measuring how long a client has waited, which no simulated clock changes.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "clients wait in real time")]
pub fn real_now() -> std::time::Instant {
    std::time::Instant::now()
}
