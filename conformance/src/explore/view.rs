//! One run as reports and expectations look at it: which states were visited, how each visit ended and by which way.

use std::collections::BTreeMap;

use serde_json::Value;

use super::constructs::Part;
use crate::case::{Machine, State};
use crate::engine::Execution;
use crate::oracle::{Event, Trace, TraceError};

/// One run.
#[derive(Debug)]
pub(super) struct RunView<'a> {
    pub(super) seen: &'a Execution,
    pub(super) visits: Vec<VisitView>,
    /// Attempts of all tasks.
    pub(super) attempts: u64,
    pub(super) events: u64,
    /// The state whose failure ended the execution, or the one it was at.
    pub(super) ended_at: Option<String>,
}

/// One time a state was entered.
#[derive(Debug)]
pub(super) struct VisitView {
    pub(super) state: String,
    pub(super) entered_ms: i64,
    pub(super) left_ms: i64,
    pub(super) ended: Ended,
    /// Attempts, if it is a Task.
    pub(super) attempts: u64,
    /// Retriers in the order they were used.
    pub(super) retriers: Vec<usize>,
    /// The way it was left by, if that can be told.
    pub(super) left_by: Option<Part>,
    /// The state that came next.
    pub(super) next: Option<String>,
}

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Succeeded,
    /// An error, whether caught or not.
    Failed,
    /// It was cut off: the execution ended elsewhere.
    CutOff,
}

impl<'a> RunView<'a> {
    /// Reads a run of this machine: its history, and those of its Map Runs' children.
    pub(super) fn read(seen: &'a Execution, machine: &Machine<'a>) -> Result<Self, TraceError> {
        let mut view = Self::nested(seen, &seen.machine, machine)?;
        let trace = Trace::read(&seen.history, machine)?;
        view.ended_at = ended_at(&trace);
        view.add(&trace, machine);
        Ok(view)
    }

    /// Reads what ran of another machine, or in Map Runs: its children go by the name of the machine they belong to.
    pub(super) fn nested(
        seen: &'a Execution,
        name: &str,
        machine: &Machine<'a>,
    ) -> Result<Self, TraceError> {
        let mut view = Self { seen, visits: Vec::new(), attempts: 0, events: 0, ended_at: None };
        for other in seen.others.iter().filter(|other| other.machine == name) {
            view.add(&Trace::read(&other.history, machine)?, machine);
        }
        Ok(view)
    }

    fn add(&mut self, trace: &Trace<'_>, machine: &Machine<'_>) {
        let entered_after: BTreeMap<u64, &str> = (0..trace.visits.len())
            .map(|visit| (trace.entered(visit).previous, trace.visits[visit].state))
            .collect();
        let failed = trace.end().filter(|end| end.kind == "ExecutionFailed");
        let failed_in = failed.and_then(|end| before(trace, end)).and_then(|event| event.visit);
        for visit in 0..trace.visits.len() {
            let Some(state) = machine.state(trace.visits[visit].state) else { continue };
            let next = trace.exited(visit).and_then(|exit| entered_after.get(&exit.id)).copied();
            let view = visit_view(trace, visit, state, machine, next, failed_in == Some(visit));
            self.attempts += view.attempts;
            self.visits.push(view);
        }
        self.events += trace.events.len() as u64;
    }

    /// The visits of a state.
    pub(super) fn of<'s>(&'s self, state: &'s str) -> impl Iterator<Item = &'s VisitView> {
        self.visits.iter().filter(move |visit| visit.state == state)
    }
}

fn visit_view(
    trace: &Trace<'_>,
    visit: usize,
    state: &State<'_>,
    machine: &Machine<'_>,
    next: Option<&str>,
    failed_here: bool,
) -> VisitView {
    let entered = trace.entered(visit);
    // What was cut off because of a failure is noted behind the failure.
    let last = trace.of(visit).filter(|event| !event.kind.ends_with("Aborted")).last();
    let last = last.unwrap_or(entered);
    let mut view = VisitView {
        state: state.name.to_owned(),
        entered_ms: entered.at_ms,
        left_ms: last.at_ms,
        ended: Ended::CutOff,
        attempts: 0,
        retriers: Vec::new(),
        left_by: None,
        next: next.map(str::to_owned),
    };
    for event in trace.of(visit).filter(|event| starts_attempt(event)) {
        view.attempts += u64::from(event.kind.ends_with("Scheduled"));
        if let Some(failure) = before(trace, event).filter(|event| !event.enters()) {
            view.retriers.extend(handler(trace, failure, state, machine, "Retry"));
        }
    }
    let Some(exit) = trace.exited(visit) else {
        if is_failure(last) || state.kind() == "Fail" || failed_here {
            view.ended = Ended::Failed;
        }
        return view;
    };
    match before(trace, exit).filter(|event| is_failure(event)) {
        Some(failure) => {
            view.ended = Ended::Failed;
            view.left_by = catcher(trace, failure, state, machine, next).map(Part::Catcher);
        }
        None => {
            view.ended = Ended::Succeeded;
            view.left_by = way(state, next);
        }
    }
    view
}

/// The way a state that succeeded was left by; `None` for a Choice with two ways to the same state.
fn way(state: &State<'_>, next: Option<&str>) -> Option<Part> {
    if state.kind() != "Choice" {
        // The execution may have been stopped before it went on.
        return (next.is_some() == state.text("Next").is_some()).then_some(Part::Next);
    }
    let mut fitting = ways(state).into_iter().filter(|(_, target)| Some(*target) == next);
    match (fitting.next(), fitting.next()) {
        (Some((part, _)), None) => Some(part),
        _ => None,
    }
}

/// The ways of a Choice, with their targets.
pub(super) fn ways<'a>(state: &State<'a>) -> Vec<(Part, &'a str)> {
    let rules = state.list("Choices").iter().enumerate().filter_map(|(index, rule)| {
        Some((Part::Rule(index), rule.get("Next").and_then(Value::as_str)?))
    });
    rules.chain(state.text("Default").map(|default| (Part::Default, default))).collect()
}

fn before<'t, 'a>(trace: &'t Trace<'a>, event: &Event<'a>) -> Option<&'t Event<'a>> {
    let index = usize::try_from(event.previous).ok()?.checked_sub(1)?;
    trace.events.get(index)
}

fn starts_attempt(event: &Event<'_>) -> bool {
    event.kind.ends_with("Scheduled")
        || matches!(event.kind, "MapStateStarted" | "ParallelStateStarted")
}

fn is_failure(event: &Event<'_>) -> bool {
    event.kind.ends_with("Failed") || event.kind.ends_with("TimedOut")
}

/// The error that a failure comes from.
struct Cause {
    error: Option<String>,
    missed_heartbeat: bool,
}

/// Follows a failure back to the event that names the error, or to the Fail state that made it.
fn origin<'t, 'a>(trace: &'t Trace<'a>, failure: &'t Event<'a>) -> &'t Event<'a> {
    let mut at = failure;
    while let Some(earlier) = before(trace, at)
        && at.text("error").is_none()
        && is_failure(at)
    {
        at = earlier;
    }
    at
}

fn cause(trace: &Trace<'_>, failure: &Event<'_>, machine: &Machine<'_>) -> Cause {
    let event = origin(trace, failure);
    let state = event.visit.and_then(|visit| machine.state(trace.visits[visit].state));
    let missed_heartbeat = event.kind.ends_with("TimedOut")
        && state.is_some_and(|state| missed_heartbeat(trace, event, state));
    let error = match event.kind {
        "FailStateEntered" => state.and_then(|state| state.text("Error")),
        _ => event.text("error"),
    };
    Cause { error: error.map(str::to_owned), missed_heartbeat }
}

/// Whether a timeout came before `TimeoutSeconds` were over: then it was the heartbeat's.
fn missed_heartbeat(trace: &Trace<'_>, event: &Event<'_>, state: &State<'_>) -> bool {
    let number = |field| state.field(field).and_then(Value::as_i64);
    let waited = before(trace, event).map_or(0, |started| event.at_ms - started.at_ms);
    let has_heartbeat = number("HeartbeatSeconds").is_some()
        || state.field("HeartbeatSecondsPath").is_some()
        || state.text("HeartbeatSeconds").is_some();
    has_heartbeat && number("TimeoutSeconds").is_none_or(|seconds| waited < seconds * 1_000)
}

/// The first handler whose `ErrorEquals` matches, as the specification has it ("Retrying after error").
fn handler(
    trace: &Trace<'_>,
    failure: &Event<'_>,
    state: &State<'_>,
    machine: &Machine<'_>,
    handlers: &str,
) -> Option<usize> {
    let cause = cause(trace, failure, machine);
    state.list(handlers).iter().position(|handler| cause.is_handled_by(handler))
}

/// The catcher that a failed state was left by.
fn catcher(
    trace: &Trace<'_>,
    failure: &Event<'_>,
    state: &State<'_>,
    machine: &Machine<'_>,
    next: Option<&str>,
) -> Option<usize> {
    let cause = cause(trace, failure, machine);
    let leads =
        |catcher: &Value| next.is_none() || catcher.get("Next").and_then(Value::as_str) == next;
    let catchers = state.list("Catch");
    catchers
        .iter()
        .position(|catcher| leads(catcher) && cause.is_handled_by(catcher))
        .or_else(|| catchers.iter().position(leads))
}

impl Cause {
    fn is_handled_by(&self, handler: &Value) -> bool {
        let names = handler.get("ErrorEquals").and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).any(|name| match name {
            "States.ALL" => true,
            "States.TaskFailed" => self.error.as_deref() != Some("States.Timeout"),
            "States.HeartbeatTimeout" if self.missed_heartbeat => true,
            name => self.error.as_deref() == Some(name),
        })
    }
}

fn ended_at(trace: &Trace<'_>) -> Option<String> {
    let end = trace.end()?;
    let visit = match end.kind {
        "ExecutionSucceeded" => return None,
        "ExecutionFailed" => origin(trace, before(trace, end)?).visit?,
        _ => (0..trace.visits.len()).rev().find(|visit| trace.visits[*visit].exited.is_none())?,
    };
    Some(trace.visits[visit].state.to_owned())
}
