//! What happened: the states entered and the tasks scheduled, each at its moment.

use super::interpret::Thread;
use super::moment::Moment;
use crate::case::PathStep;

/// One time a state was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The state.
    pub state: String,
    /// The execution, counted from 0, which is the one the case is about.
    pub execution: usize,
    /// The entry of the Map or Parallel around it, as an index of [`super::Decided::entries`].
    pub parent: Option<usize>,
    /// Where in the parent.
    pub place: Place,
    /// When.
    pub at: Moment,
    /// Whether it happened.
    pub presence: Presence,
}

/// Where a state is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// At the top of the execution.
    Top,
    /// In an iteration of a Map, from 0.
    Iteration(usize),
    /// In a branch of a Parallel, from 0.
    Branch(usize),
}

/// Whether something happened, when a sibling's failure may have come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// It did.
    Certain,
    /// It may have, at the same moment as the failure.
    Possible,
    /// It did not.
    Absent,
}

/// A task that was scheduled.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub execution: usize,
    pub thread: usize,
    pub state: String,
    pub path: Vec<PathStep>,
    pub at: Moment,
    pub presence: Presence,
}

impl Call {
    /// A call of a state, now.
    pub(crate) fn of(thread: &Thread, state: &str) -> Self {
        Self {
            execution: thread.execution,
            thread: thread.number,
            state: state.to_owned(),
            path: thread.path.clone(),
            at: thread.at,
            presence: Presence::Certain,
        }
    }
}

/// Everything that happened.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub entries: Vec<Entry>,
    pub calls: Vec<Call>,
}

/// A place in a log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    entries: usize,
    calls: usize,
}

impl Log {
    pub(crate) fn mark(&self) -> Mark {
        Mark { entries: self.entries.len(), calls: self.calls.len() }
    }

    /// What happened between two marks did so only before a moment.
    pub(crate) fn cut(&mut self, from: Mark, to: Mark, end: Moment) {
        let cut = |presence: &mut Presence, at: Moment| {
            let left = if at.before(end) {
                Presence::Certain
            } else if end.before(at) {
                Presence::Absent
            } else {
                Presence::Possible
            };
            *presence = left.max(*presence);
        };
        for entry in &mut self.entries[from.entries..to.entries] {
            cut(&mut entry.presence, entry.at);
        }
        for call in &mut self.calls[from.calls..to.calls] {
            cut(&mut call.presence, call.at);
        }
    }

    /// Earlier calls of a state in a place; `None` when that depends on who was first.
    pub(crate) fn calls_of(
        &self,
        execution: usize,
        state: &str,
        path: &[PathStep],
    ) -> Option<usize> {
        let of = self
            .calls
            .iter()
            .filter(|call| call.execution == execution && call.state == state && call.path == path);
        let mut count = 0;
        for call in of {
            match call.presence {
                Presence::Certain => count += 1,
                Presence::Possible => return None,
                Presence::Absent => {}
            }
        }
        Some(count)
    }
}
