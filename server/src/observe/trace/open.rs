//! The spans of an execution that have not ended, as a tree, and which of them each event leaves current.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stepclock_engine::data::Timestamp;
use stepclock_engine::history::{Failure, StateType};

use super::context::SpanId;
use super::span::{Attribute, End, Note};

/// Names a span within its execution: the event that opened it.
pub(super) type Key = u64;

/// What a span is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Execution,
    State(StateType),
    Iteration(u64),
    MapRun,
    Attempt,
}

/// A span that has not ended, or ended at this very moment.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) part: Part,
    pub(super) parent: Option<Key>,
    pub(super) id: SpanId,
    pub(super) name: Arc<str>,
    pub(super) started: Timestamp,
    pub(super) attributes: Vec<(&'static str, Attribute)>,
    pub(super) notes: Vec<Note>,
    /// Why it fails, unless something handles that.
    pub(super) failure: Option<(Timestamp, Failure)>,
    /// How often its work began: attempts of a Task, rounds of a Parallel or Map.
    pub(super) rounds: u64,
    children: BTreeSet<Key>,
    /// Events that leave it current.
    events: Vec<u64>,
    has_ended: bool,
}

impl Open {
    pub(super) fn new(part: Part, id: SpanId, name: Arc<str>, started: Timestamp) -> Self {
        Self {
            part,
            parent: None,
            id,
            name,
            started,
            attributes: Vec::new(),
            notes: Vec::new(),
            failure: None,
            rounds: 0,
            children: BTreeSet::new(),
            events: Vec::new(),
            has_ended: false,
        }
    }
}

/// Spans by their keys.
///
/// What fails ends, and the events of the same moment still refer to it. So an ended span stays until time has gone
/// on, as a way to what is around it.
#[derive(Debug, Default)]
pub(super) struct OpenSpans {
    spans: BTreeMap<Key, Open>,
    current: BTreeMap<u64, Key>,
    ended: Vec<Key>,
    now: Option<Timestamp>,
}

impl OpenSpans {
    /// An event is about to be looked at.
    pub(super) fn begin(&mut self, now: Timestamp) {
        if self.now == Some(now) {
            return;
        }
        self.now = Some(now);
        for key in std::mem::take(&mut self.ended) {
            for event in self.spans.remove(&key).map(|span| span.events).unwrap_or_default() {
                self.current.remove(&event);
            }
        }
    }

    /// The span that an event has left current.
    pub(super) fn after(&self, event: u64) -> Option<Key> {
        self.current.get(&event).copied()
    }

    /// An event leaves a span current.
    pub(super) fn leave(&mut self, event: u64, key: Key) {
        if let Some(span) = self.spans.get_mut(&key) {
            span.events.push(event);
            self.current.insert(event, key);
        }
    }

    /// A state is entered after an event. That of another state's end has no other consequence: executions that go in
    /// circles do not fill memory.
    pub(super) fn follow(&mut self, event: u64) {
        let Some(key) = self.after(event).filter(|key| *key != event) else { return };
        let Some(span) = self.spans.get_mut(&key) else { return };
        if matches!(span.part, Part::Execution | Part::Iteration(_))
            && span.events.last() == Some(&event)
        {
            span.events.pop();
            self.current.remove(&event);
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&Open> {
        self.spans.get(&key)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Open> {
        self.spans.get_mut(&key)
    }

    /// The last span of a kind that was opened and is open.
    pub(super) fn last(&self, fits: impl Fn(&Open) -> bool) -> Option<Key> {
        let open = self.spans.iter().rev().filter(|(_, span)| !span.has_ended);
        open.filter(|(_, span)| fits(span)).map(|(key, _)| *key).next()
    }

    /// The innermost open span that fits, from one outwards.
    pub(super) fn around(&self, from: Option<Key>, fits: impl Fn(&Open) -> bool) -> Option<Key> {
        self.outwards(from).find(|(_, span)| !span.has_ended && fits(span)).map(|(key, _)| key)
    }

    /// A span and those around it.
    pub(super) fn outwards(&self, from: Option<Key>) -> impl Iterator<Item = (Key, &Open)> {
        let mut at = from;
        std::iter::from_fn(move || {
            let key = at?;
            let span = self.spans.get(&key)?;
            at = span.parent;
            Some((key, span))
        })
    }

    pub(super) fn open(&mut self, key: Key, parent: Option<Key>, mut span: Open) {
        span.parent = parent;
        if let Some(parent) = parent.and_then(|parent| self.spans.get_mut(&parent)) {
            parent.children.insert(key);
        }
        self.spans.insert(key, span);
        self.leave(key, key);
    }

    /// Ends a span and what is open inside it, innermost first. What the failure came through has failed; everything
    /// else inside was aborted.
    pub(super) fn end(
        &mut self,
        key: Key,
        end: End,
        blamed: &BTreeSet<Key>,
        told: &mut Vec<(Key, End)>,
    ) {
        let Some(span) = self.spans.get_mut(&key).filter(|span| !span.has_ended) else { return };
        span.has_ended = true;
        let parent = span.parent;
        let failure = end.failure().cloned().unwrap_or_default();
        self.end_inside(key, &failure, blamed, told);
        if let Some(parent) = parent.and_then(|parent| self.spans.get_mut(&parent)) {
            parent.children.remove(&key);
        }
        self.ended.push(key);
        told.push((key, end));
    }

    /// Ends what is open inside a span.
    pub(super) fn end_inside(
        &mut self,
        key: Key,
        failure: &Failure,
        blamed: &BTreeSet<Key>,
        told: &mut Vec<(Key, End)>,
    ) {
        let Some(span) = self.spans.get_mut(&key) else { return };
        for child in std::mem::take(&mut span.children) {
            let end = match blamed.contains(&child) {
                true => {
                    let own = self.spans.get(&child).and_then(|span| span.failure.clone());
                    End::Failed(own.map_or_else(|| failure.clone(), |(_, failure)| failure))
                }
                false => End::Aborted(Failure::default()),
            };
            self.end(child, end, blamed, told);
        }
    }
}

#[cfg(test)]
impl OpenSpans {
    /// How much is remembered.
    pub(super) fn held(&self) -> usize {
        self.spans.len()
            + self.current.len()
            + self.spans.values().map(|span| span.events.len()).sum::<usize>()
    }
}
