//! Work from outside waits until simulated time has come to rest.
//!
//! A clock that jumps by itself has run through an execution microseconds after it was started, but a client that is
//! quick, or a machine that is busy, would now and then see it on its way. So a request is looked at when nothing is
//! left to happen: one request after the other sees the same on every run.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Hub;
use crate::clock::real_now;

/// How long requests wait at most: executions that start each other never come to rest, and somebody must be able to
/// stop them.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// Something to be done by the hub.
pub(super) type Work = Box<dyn FnOnce(&mut Hub) + Send>;

/// Work in the order it came.
#[derive(Default)]
pub(super) struct Backlog {
    work: VecDeque<Work>,
    /// Since when the first of it waits.
    since: Option<Instant>,
}

impl Backlog {
    pub(super) fn push(&mut self, work: Work) {
        self.work.push_back(work);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.work.is_empty()
    }

    /// What is to be done now: all of it when time rests, or when it has waited for long.
    pub(super) fn take(&mut self, time_moves: bool) -> VecDeque<Work> {
        if self.work.is_empty() {
            return VecDeque::new();
        }
        if time_moves && self.since.get_or_insert_with(real_now).elapsed() < WAIT_MAX {
            return VecDeque::new();
        }
        self.since = None;
        std::mem::take(&mut self.work)
    }
}

impl Hub {
    /// Whether simulated time is on its way by itself: something is about to happen, or to become durable.
    pub(super) fn time_moves(&mut self, committing: bool) -> bool {
        if !self.clock.jumps() || self.broken.is_some() || !self.drives.is_empty() {
            return false;
        }
        let now = self.now();
        let next = self.queue.next_due();
        let jumps = next.is_some_and(|due| due <= now || self.held_count() == 0);
        jumps || committing || !self.batch.is_empty()
    }
}
