//! Moments of an execution: milliseconds from its start, or the span in which a moment lies.
//!
//! A retry with jitter ends somewhere in a span; everything after it happens somewhere in a span as well.

use std::cmp::{max, min};

/// A moment that lies between two known ones, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Not before.
    pub earliest: i64,
    /// Not after.
    pub latest: i64,
}

impl Moment {
    /// The start of the execution.
    pub const START: Self = Self::exactly(0);
    /// Later than everything that happens.
    pub const NEVER: Self = Self::exactly(i64::MAX / 4);

    /// A moment that is known.
    #[must_use]
    pub const fn exactly(at: i64) -> Self {
        Self { earliest: at, latest: at }
    }

    /// The moment, if it is known.
    #[must_use]
    pub fn known(self) -> Option<i64> {
        (self.earliest == self.latest).then_some(self.earliest)
    }

    pub(crate) fn plus(self, ms: i64) -> Self {
        self.plus_between(ms, ms)
    }

    pub(crate) fn plus_between(self, least: i64, most: i64) -> Self {
        Self {
            earliest: self.earliest.saturating_add(least),
            latest: self.latest.saturating_add(most),
        }
    }

    pub(crate) fn later_of(self, other: Self) -> Self {
        Self {
            earliest: max(self.earliest, other.earliest),
            latest: max(self.latest, other.latest),
        }
    }

    pub(crate) fn earlier_of(self, other: Self) -> Self {
        Self {
            earliest: min(self.earliest, other.earliest),
            latest: min(self.latest, other.latest),
        }
    }

    /// Whether it certainly comes before another.
    pub(crate) fn before(self, other: Self) -> bool {
        self.latest < other.earliest
    }

    pub(crate) fn is_never(self) -> bool {
        self.latest >= Self::NEVER.latest
    }
}
