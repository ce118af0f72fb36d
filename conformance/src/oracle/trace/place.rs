//! Which visit an event belongs to.
//!
//! Mostly it is the visit of the event it follows from, or one around that. The exceptions follow AWS's own
//! histories: `EvaluationFailed` follows from what its state's entering follows from, and whatever is aborted
//! follows from the failure that was the reason.
//!
//! What comes after a redrive is not placed: no recording shows what those events follow from.

use std::collections::BTreeSet;

use super::{Event, Place, Trace, TraceError, Visit};
use crate::case::Machine;

/// Adds events to a trace, one after the other.
pub(super) struct Placer<'m, 'a> {
    trace: Trace<'a>,
    machine: &'m Machine<'a>,
    /// For each visit, whether it is one of a Map or Parallel that has failed.
    failed: Vec<bool>,
    /// For each visit of a Map, the iterations that are open.
    open: Vec<BTreeSet<u64>>,
    /// The last `MapIterationAborted`: what it follows from, the Map's visit, the iteration.
    iteration_aborted: Option<(u64, usize, u64)>,
}

impl<'m, 'a> Placer<'m, 'a> {
    pub(super) fn new(trace: Trace<'a>, machine: &'m Machine<'a>) -> Self {
        Self { trace, machine, failed: Vec::new(), open: Vec::new(), iteration_aborted: None }
    }

    pub(super) fn finish(self) -> Trace<'a> {
        self.trace
    }

    pub(super) fn add(&mut self, mut event: Event<'a>) -> Result<(), TraceError> {
        let at = self.trace.events.len();
        if event.kind == "ExecutionRedriven" {
            self.trace.redriven.get_or_insert(at);
        }
        if self.trace.redriven.is_some() {
            self.trace.events.push(event);
            return Ok(());
        }
        event.visit = self.place(&event)?;
        if let Some(index) = event.visit {
            let visit = &mut self.trace.visits[index];
            visit.events.push(at);
            match event.kind {
                _ if event.exits() => visit.exited = Some(at),
                kind if kind.ends_with("StateAborted") => visit.aborted = Some(at),
                "MapStateStarted" | "ParallelStateStarted" => visit.rounds += 1,
                "MapStateFailed" | "ParallelStateFailed" => self.failed[index] = true,
                // A catcher whose own fields cannot be evaluated: the state fails once more.
                "EvaluationFailed" => self.failed[index] = false,
                _ => {}
            }
            self.note_iteration(&event, index);
        }
        let hands_on = matches!(
            event.kind,
            "ExecutionFailed"
                | "MapIterationFailed"
                | "ParallelStateFailed"
                | "MapStateFailed"
                | "ParallelStateStarted"
                | "MapStateStarted"
        );
        if hands_on && let Some(from) = event.previous.checked_sub(1) {
            let climbed = &mut self.trace.climbed_by[from as usize];
            if *climbed == 0 {
                *climbed = at + 1;
            }
        }
        self.trace.events.push(event);
        Ok(())
    }

    fn note_iteration(&mut self, event: &Event<'a>, map: usize) {
        let iteration = event.number("index").unwrap_or_default();
        match event.kind {
            "MapStateStarted" => self.open[map].clear(),
            "MapIterationStarted" => _ = self.open[map].insert(iteration),
            "MapIterationSucceeded" | "MapIterationFailed" => _ = self.open[map].remove(&iteration),
            "MapIterationAborted" => {
                self.open[map].remove(&iteration);
                self.iteration_aborted = Some((event.previous, map, iteration));
            }
            _ => {}
        }
    }

    /// The visit an event belongs to; makes a new one for an event that enters a state.
    fn place(&mut self, event: &Event<'a>) -> Result<Option<usize>, TraceError> {
        if event.kind.starts_with("Execution") {
            return Ok(None);
        }
        let previous = event.previous.checked_sub(1).map(|index| self.trace.events[index as usize]);
        if event.enters() {
            return self.enter(event, previous).map(Some);
        }
        let found = match previous {
            _ if event.kind == "EvaluationFailed" => self.evaluated(event, previous),
            _ if event.kind.ends_with("StateAborted") => self.aborted(event, previous),
            _ if event.kind == "MapIterationAborted" => {
                self.around(event, previous).or_else(|| self.iteration_aborted(event, previous))
            }
            _ => self.around(event, previous),
        };
        found.map(Some).ok_or_else(|| TraceError {
            event: event.id,
            rule: "belongs",
            problem: match event.text("name") {
                Some(name) => format!(
                    "{} of `{name}` fits no state around the event it follows from ({})",
                    event.kind, event.previous
                ),
                None => format!(
                    "{} fits no state around the event it follows from ({})",
                    event.kind, event.previous
                ),
            },
        })
    }

    fn kind(&self, visit: usize) -> &'a str {
        self.machine.state(self.trace.visits[visit].state).map_or("", |state| state.kind())
    }

    /// The innermost visit around the previous event that the event fits.
    fn around(&self, event: &Event<'a>, previous: Option<Event<'a>>) -> Option<usize> {
        let name = event.text("name");
        let visits = &self.trace.visits;
        let mut at = previous.and_then(|previous| previous.visit);
        while let Some(index) = at {
            let visit = &visits[index];
            let is_running = visit.exited.is_none() && !self.failed[index];
            let fits = match event.kind {
                kind if kind.starts_with("MapIteration") => {
                    name == Some(visit.state) && !self.failed[index]
                }
                kind if kind.starts_with("MapState") && !event.exits() => {
                    is_running && self.kind(index) == "Map"
                }
                kind if kind.starts_with("ParallelState") && !event.exits() => {
                    is_running && self.kind(index) == "Parallel"
                }
                _ if event.exits() => name == Some(visit.state) && visit.exited.is_none(),
                _ => visit.exited.is_none(),
            };
            if fits {
                return Some(index);
            }
            at = visit.parent;
        }
        None
    }

    /// A visit whose evaluation failed: `EvaluationFailed` names its state.
    fn evaluated(&self, event: &Event<'a>, previous: Option<Event<'a>>) -> Option<usize> {
        let name = event.text("state")?;
        let from = previous.and_then(|previous| previous.visit);
        let visits = &self.trace.visits;
        (0..visits.len()).rev().find(|index| {
            let visit = &visits[*index];
            let entered = &self.trace.events[visit.events[0]];
            visit.state == name
                && visit.exited.is_none()
                && (entered.previous == event.previous
                    || from.is_some_and(|from| self.trace.is_within(from, *index)))
        })
    }

    /// A visit that was aborted because something beside it failed, or that failed itself.
    fn aborted(&self, event: &Event<'a>, previous: Option<Event<'a>>) -> Option<usize> {
        let kind = event.kind.strip_suffix("StateAborted")?;
        let from = previous.and_then(|previous| previous.visit)?;
        let fits = |index: usize| {
            let visit = &self.trace.visits[index];
            visit.exited.is_none() && visit.aborted.is_none() && self.kind(index) == kind
        };
        if let Some((cause, map, iteration)) = self.iteration_aborted
            && cause == event.previous
        {
            let found = (map..self.trace.visits.len()).find(|index| {
                fits(*index)
                    && self.is_running(*index)
                    && self.trace.place_in(*index, map) == Some(Place::Iteration(iteration))
            });
            if found.is_some() {
                return found;
            }
        }
        if fits(from) {
            return Some(from);
        }
        let mut around = self.trace.visits[from].parent;
        while let Some(container) = around {
            let found = (container + 1..self.trace.visits.len()).find(|index| {
                fits(*index) && self.is_running(*index) && self.trace.is_within(*index, container)
            });
            if found.is_some() {
                return found;
            }
            around = self.trace.visits[container].parent;
        }
        None
    }

    /// Whether a visit goes on, as far as is known: neither it nor anything around it has ended or failed.
    fn is_running(&self, visit: usize) -> bool {
        let mut at = Some(visit);
        while let Some(index) = at {
            if self.failed[index] {
                return false;
            }
            at = self.trace.visits[index].parent;
        }
        self.trace.is_alive(visit)
    }

    /// A Map whose iteration was aborted with it, because something beside the Map failed: one that is known to
    /// have been aborted by the same failure, else the one that has most around it in common with that.
    fn iteration_aborted(&self, event: &Event<'a>, previous: Option<Event<'a>>) -> Option<usize> {
        let (name, iteration) = (event.text("name")?, event.number("index")?);
        let visits = &self.trace.visits;
        let with_it = |index: usize| {
            let aborted = visits[index].aborted;
            aborted.is_some_and(|aborted| self.trace.events[aborted].previous == event.previous)
        };
        let mut around = visits[previous?.visit?].parent;
        let mut beside = None;
        while let Some(container) = around {
            let candidates = || {
                (container..visits.len()).filter(|index| {
                    visits[*index].state == name
                        && self.open[*index].contains(&iteration)
                        && self.is_running(*index)
                        && self.trace.is_within(*index, container)
                })
            };
            let aborted = candidates().filter(|index| with_it(*index));
            if let Some(found) = aborted.max_by_key(|index| visits[*index].aborted) {
                return Some(found);
            }
            beside = beside.or_else(|| candidates().find(|index| visits[*index].aborted.is_none()));
            around = visits[container].parent;
        }
        beside
    }

    fn enter(
        &mut self,
        event: &Event<'a>,
        previous: Option<Event<'a>>,
    ) -> Result<usize, TraceError> {
        let problem = |problem: String| TraceError { event: event.id, rule: "belongs", problem };
        let state = event.text("name").ok_or_else(|| problem("it names no state".to_owned()))?;
        let known = self
            .machine
            .state(state)
            .ok_or_else(|| problem(format!("the machine has no state `{state}`")))?;
        let visits = &self.trace.visits;
        let (parent, place, round) = match previous {
            None => (None, Place::Top, 1),
            Some(previous) => match (previous.kind, previous.visit) {
                ("MapIterationStarted", Some(map)) => {
                    let iteration = previous.number("index").unwrap_or_default();
                    (Some(map), Place::Iteration(iteration), visits[map].rounds)
                }
                ("ParallelStateStarted", Some(parallel)) => {
                    (Some(parallel), Place::Branch(known.branch), visits[parallel].rounds)
                }
                (_, Some(visit)) => {
                    // The visit the event before belongs to may be of a state that has ended inside this one's
                    // thread: climb to where a state of this graph was visited.
                    let mut at = visit;
                    while self.around_of(visits[at].state) != (known.parent, known.branch) {
                        at = visits[at].parent.ok_or_else(|| {
                            problem(format!("`{state}` cannot follow from event {}", previous.id))
                        })?;
                    }
                    (visits[at].parent, visits[at].place, visits[at].round)
                }
                (_, None) => (None, Place::Top, 1),
            },
        };
        let (events, exited, aborted) = (Vec::with_capacity(6), None, None);
        self.trace.visits.push(Visit {
            state,
            parent,
            place,
            round,
            events,
            exited,
            aborted,
            rounds: 0,
        });
        self.failed.push(false);
        self.open.push(BTreeSet::new());
        Ok(self.trace.visits.len() - 1)
    }

    fn around_of(&self, state: &str) -> (Option<&'a str>, usize) {
        self.machine.state(state).map_or((None, 0), |state| (state.parent, state.branch))
    }
}
