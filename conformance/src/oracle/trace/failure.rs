//! The failures of a state: where each happened, what it was, and what was done about it.

use super::{Event, Trace};
use crate::case::Machine;
use crate::oracle::catch::catcher_may_fail;
use crate::oracle::retry::first_match;

/// A failure of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure<'a> {
    /// The index of the event that shows it; for a Map or Parallel it may be one inside.
    pub at: usize,
    /// Its error and cause; `None` when history does not tell, as of what an interpreter found wrong.
    pub given: Option<Given<'a>>,
    /// What was done about it.
    pub handling: Handling,
}

/// Error and cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given<'a> {
    /// The error name.
    pub error: Option<&'a str>,
    /// The cause.
    pub cause: Option<&'a str>,
    /// Whether a retrier or catcher of the state may see it.
    pub may_be_handled: bool,
}

/// What was done about a failure. The numbers are indices of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// The state was tried again; this began the attempt.
    Retried(usize),
    /// The state was exited, by a catcher.
    Caught(usize),
    /// A catcher took it, and failed itself.
    CaughtBadly(usize),
    /// It became a failure of what is around the state, or of the execution.
    Climbed(usize),
    /// Something ended everything first.
    Cut,
}

impl<'a> Trace<'a> {
    /// The failures of a visit, in order.
    #[must_use]
    pub fn failures(&self, visit: usize, machine: &Machine<'a>) -> Vec<Failure<'a>> {
        let own = &self.visits[visit].events;
        let mut failures = Vec::new();
        for (position, index) in own.iter().enumerate() {
            let event = &self.events[*index];
            // Iterations that are aborted with the Map come between.
            let of_iteration =
                |index: &&usize| self.events[**index].kind.starts_with("MapIteration");
            let next = own[position + 1..].iter().find(|index| !of_iteration(index)).copied();
            let shown = match event.kind {
                // Not the state's, but an iteration's.
                "MapIterationFailed" => continue,
                "MapStateFailed" | "ParallelStateFailed" => event.previous.checked_sub(1),
                "MapStateStarted" | "ParallelStateStarted" if position > 1 => {
                    let Some(at) = event.previous.checked_sub(1) else { continue };
                    let at = at as usize;
                    let (given, handling) =
                        (self.given_to(Some(visit), at, machine), Handling::Retried(*index));
                    failures.push(Failure { at, given, handling });
                    continue;
                }
                kind if is_failure(kind) => Some(*index as u64),
                kind if kind.ends_with("Succeeded") && self.is_scheduled_after(*index, next) => {
                    Some(*index as u64)
                }
                _ => continue,
            };
            // A Map or Parallel says itself that it has failed, or is started again.
            let is_told = |index: usize| {
                matches!(
                    self.events[index].kind,
                    "MapStateFailed"
                        | "ParallelStateFailed"
                        | "MapStateStarted"
                        | "ParallelStateStarted"
                ) && self.events[index].previous == event.id
            };
            if next.is_some_and(is_told) {
                continue;
            }
            let Some(shown) = shown else { continue };
            let at = shown as usize;
            let handling = self.handling(event, *index, next);
            let mut given = self.given_to(Some(visit), at, machine);
            // A state's catchers are not asked again when one of them fails; what is around it may catch that.
            let is_own = self.events[at].visit == Some(visit);
            if let Some(given) =
                given.as_mut().filter(|_| is_own && is_in_catcher(&self.events[at]))
            {
                given.may_be_handled = false;
            }
            failures.push(Failure { at, given, handling });
        }
        failures
    }

    fn is_scheduled_after(&self, index: usize, next: Option<usize>) -> bool {
        next.is_some_and(|next| {
            let next = &self.events[next];
            next.previous == index as u64 + 1 && next.kind.ends_with("Scheduled")
        })
    }

    fn handling(&self, event: &Event<'a>, index: usize, next: Option<usize>) -> Handling {
        let climbed = || match self.climbed_by[index] {
            0 => Handling::Cut,
            by => Handling::Climbed(by - 1),
        };
        let Some(next) = next else { return climbed() };
        let following = &self.events[next];
        if is_in_catcher(following) {
            return Handling::CaughtBadly(next);
        }
        if following.previous != event.id {
            return climbed();
        }
        match following.kind {
            "EvaluationFailed" => Handling::Retried(next),
            kind if kind.ends_with("Scheduled") => Handling::Retried(next),
            _ if following.exits() => Handling::Caught(next),
            _ => climbed(),
        }
    }

    /// The error and cause of a failure, from the event it shows at.
    #[must_use]
    pub fn given_at(&self, index: usize, machine: &Machine<'a>) -> Option<Given<'a>> {
        let event = &self.events[index];
        match event.kind {
            "MapStateFailed" | "ParallelStateFailed" => {
                // What is inside comes before: this ends.
                self.given_to(event.visit, event.previous.checked_sub(1)? as usize, machine)
            }
            "FailStateEntered" => given_by_fail(event, machine),
            kind if is_failure(kind) => {
                let error = event.text("error");
                let may_be_handled = error != Some("States.Runtime");
                Some(Given { error, cause: event.text("cause"), may_be_handled })
            }
            _ => None,
        }
    }

    /// What a visit is given of a failure that shows at an event, of its own or inside it.
    ///
    /// A catcher inside may have taken the failure and failed itself; in JSONPath no event shows that.
    fn given_to(
        &self,
        visit: Option<usize>,
        at: usize,
        machine: &Machine<'a>,
    ) -> Option<Given<'a>> {
        let given = self.given_at(at, machine)?;
        let inside = self.events[at].visit.filter(|_| self.events[at].visit != visit);
        let state = inside.and_then(|inside| machine.state(self.visits[inside].state));
        let catchers = state.map_or(&[][..], |state| state.list("Catch"));
        match first_match(catchers, &given) {
            Ok(None) => Some(given),
            Ok(Some(index)) => (!catcher_may_fail(&catchers[index])).then_some(given),
            Err(()) => None,
        }
    }

    /// The index of the event by which a visit, or the round of what is around it, was over; the last event of
    /// the history if nothing else ended it. Only events after this one count.
    #[must_use]
    pub fn over_after(&self, visit: usize, index: usize) -> usize {
        let mut over = self.redriven.unwrap_or(self.events.len()).saturating_sub(1);
        let mut at = Some((visit, false));
        while let Some((visit, is_around)) = at {
            let ends = |event: &&usize| {
                let kind = self.events[**event].kind;
                **event > index
                    && (kind.ends_with("StateExited")
                        || kind.ends_with("StateAborted")
                        || is_around
                            && matches!(
                                kind,
                                "MapStateStarted"
                                    | "ParallelStateStarted"
                                    | "MapStateFailed"
                                    | "ParallelStateFailed"
                            ))
            };
            if let Some(end) = self.visits[visit].events.iter().find(ends) {
                // A round is over with the failure that the next one follows from, not when that begins.
                let before = (self.events[*end].previous as usize).saturating_sub(1);
                over = over.min(if before > index && is_around { before } else { *end });
            }
            at = self.visits[visit].parent.map(|parent| (parent, true));
        }
        over
    }
}

/// Whether an event shows a failure of the state it belongs to.
fn is_failure(kind: &str) -> bool {
    kind == "EvaluationFailed"
        || kind == "MapRunFailed"
        || (kind.ends_with("Failed") || kind.ends_with("TimedOut"))
            && (kind.starts_with("Task")
                || kind.starts_with("Lambda")
                || kind.starts_with("Activity"))
}

fn is_in_catcher(event: &Event<'_>) -> bool {
    event.kind == "EvaluationFailed"
        && event.text("location").is_some_and(|location| location.starts_with("Catch"))
}

/// The error and cause a Fail state gives, where they stand in the definition.
fn given_by_fail<'a>(event: &Event<'a>, machine: &Machine<'a>) -> Option<Given<'a>> {
    let state = machine.state(event.text("name")?)?;
    let literal = |name: &str| match state.text(name) {
        Some(text) if state.jsonata && text.starts_with("{%") => None,
        Some(text) => Some(Some(text)),
        None => Some(None),
    };
    if state.field("ErrorPath").is_some() || state.field("CausePath").is_some() {
        return None;
    }
    let (error, cause) = (literal("Error")?, literal("Cause")?);
    Some(Given { error, cause, may_be_handled: error != Some("States.Runtime") })
}
