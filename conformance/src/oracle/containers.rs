//! Parallel and Map: their outputs, how many iterations run at once, and what a failure does to siblings.

use std::collections::BTreeMap;

use serde_json::Value;

use super::difference::differs;
use super::{Findings, Oracle, Place, Trace, Trial, Visit};
use crate::case::State;

/// The rules of Parallel and inline Map.
pub(super) struct Containers;

/// An inline Map runs this many iterations at once, whatever it says.
const INLINE_CONCURRENCY_MAX: u64 = 40;

impl Oracle for Containers {
    fn name(&self) -> &'static str {
        "containers"
    }

    fn rule(&self) -> &'static str {
        "A Parallel's result is the list of its branches' outputs in their order, a Map's of its iterations' in \
         the order of items, each exactly once; never more iterations than MaxConcurrency (inline: 40) are \
         open; once a Map or Parallel has failed or is tried again, nothing inside it goes on"
    }

    fn source(&self) -> &'static str {
        "AWS developer guide, \"Parallel workflow state\", \"Using Map state in Inline mode\"; recordings \
         parallel_state, map_state_nested, service_lambda_map_timeout"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let Some(trace) = trial.trace else { return };
        if trace.visits.iter().all(|visit| visit.rounds == 0) {
            return;
        }
        over(trace, findings);
        let ends = last_inside(trace);
        for (index, visit) in trace.visits.iter().enumerate().filter(|(_, visit)| visit.rounds > 0)
        {
            let Some(state) = trial.machine.state(visit.state) else { continue };
            let inside = ends.get(&index);
            match state.kind() {
                "Parallel" => {
                    result(trace, (visit, state), state.list("Branches").len(), inside, findings);
                }
                "Map" if !state.is_distributed_map() => {
                    if let Some(length) = iterations(trace, visit, state, findings) {
                        result(trace, (visit, state), length, inside, findings);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Outputs of the last state of each branch or iteration of the last round, by their place.
type Inside<'a> = BTreeMap<Place, Option<&'a str>>;

fn last_inside<'a>(trace: &Trace<'a>) -> BTreeMap<usize, Inside<'a>> {
    let mut ends: BTreeMap<usize, Inside<'a>> = BTreeMap::new();
    for (index, visit) in trace.visits.iter().enumerate() {
        if let Some(parent) = visit.parent
            && visit.round == trace.visits[parent].rounds
        {
            let output = trace.exited(index).and_then(|exited| exited.text("output"));
            ends.entry(parent).or_default().insert(visit.place, output);
        }
    }
    ends
}

/// Nothing inside goes on when a round is over.
fn over(trace: &Trace<'_>, findings: &mut Findings) {
    // For each visit of a Map or Parallel, the last round that is over.
    let mut over = vec![0; trace.visits.len()];
    let mut rounds = vec![0; trace.visits.len()];
    for event in &trace.events {
        let Some(visit) = event.visit else { continue };
        let mut at = visit;
        while let Some(parent) = trace.visits[at].parent {
            let round = trace.visits[at].round;
            findings.check(round > over[parent], "after-end", Some(event.id), || {
                format!(
                    "{} of `{}` comes after `{}` around it was over",
                    event.kind, trace.visits[visit].state, trace.visits[parent].state
                )
            });
            at = parent;
        }
        match event.kind {
            "MapStateStarted" | "ParallelStateStarted" => {
                over[visit] = rounds[visit];
                rounds[visit] += 1;
            }
            "MapStateSucceeded"
            | "ParallelStateSucceeded"
            | "MapStateFailed"
            | "ParallelStateFailed" => {
                over[visit] = rounds[visit];
            }
            _ => {}
        }
    }
}

/// Counts iterations; gives their number when the Map succeeded.
fn iterations(
    trace: &Trace<'_>,
    visit: &Visit<'_>,
    state: &State<'_>,
    findings: &mut Findings,
) -> Option<usize> {
    let limit = match state.field("MaxConcurrency") {
        None => Some(INLINE_CONCURRENCY_MAX),
        Some(limit) => limit.as_u64().map(|limit| match limit {
            0 => INLINE_CONCURRENCY_MAX,
            limit => limit.min(INLINE_CONCURRENCY_MAX),
        }),
    };
    let (mut open, mut started, mut length) = (0_u64, Vec::new(), 0);
    let mut succeeded = None;
    for index in &visit.events {
        let event = &trace.events[*index];
        match event.kind {
            "MapStateStarted" => {
                (open, length) = (0, event.number("length").unwrap_or_default());
                started = vec![Stage::Waiting; usize::try_from(length).ok()?];
            }
            "MapIterationStarted" => {
                open += 1;
                let limit = state.field("MaxConcurrencyPath").map_or(limit, |_| None);
                findings.check(
                    limit.is_none_or(|limit| open <= limit),
                    "concurrency",
                    Some(event.id),
                    || format!("{open} iterations of `{}` are open at once", state.name),
                );
                step(event.number("index"), &mut started, Stage::Open, event, findings);
            }
            "MapIterationSucceeded" | "MapIterationFailed" | "MapIterationAborted" => {
                open = open.saturating_sub(1);
                step(event.number("index"), &mut started, Stage::Ended, event, findings);
            }
            "MapStateSucceeded" => {
                let all = started.iter().all(|stage| *stage == Stage::Ended);
                findings.check(
                    all || trace.redriven.is_some(),
                    "iterations",
                    Some(event.id),
                    || format!("`{}` succeeds before each of its {length} items did", state.name),
                );
                succeeded = Some(started.len());
            }
            _ => {}
        }
    }
    succeeded
}

/// How far an iteration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Waiting,
    Open,
    Ended,
}

fn step(
    index: Option<u64>,
    stages: &mut [Stage],
    to: Stage,
    event: &super::Event<'_>,
    findings: &mut Findings,
) {
    let stage = index.and_then(|index| stages.get_mut(usize::try_from(index).ok()?));
    let before = match to {
        Stage::Ended => Stage::Open,
        _ => Stage::Waiting,
    };
    let fits = stage.as_ref().is_some_and(|stage| **stage == before);
    findings.check(fits, "iterations", Some(event.id), || {
        format!("{} of iteration {index:?} comes when that is {stage:?}", event.kind)
    });
    if let Some(stage) = index.and_then(|index| stages.get_mut(usize::try_from(index).ok()?)) {
        *stage = to;
    }
}

/// The state's output is the list of what came out inside, where nothing is made of it on the way.
fn result(
    trace: &Trace<'_>,
    (visit, state): (&Visit<'_>, &State<'_>),
    places: usize,
    inside: Option<&Inside<'_>>,
    findings: &mut Findings,
) {
    let succeeded = visit.events.iter().rev().nth(1).is_some_and(|before| {
        matches!(trace.events[*before].kind, "ParallelStateSucceeded" | "MapStateSucceeded")
    });
    let Some(exited) = visit.exited.map(|exited| &trace.events[exited]).filter(|_| succeeded)
    else {
        return;
    };
    let is_plain = |name: &str| state.field(name).is_none_or(|path| path.as_str() == Some("$"));
    let is_made = ["ResultSelector", "Output"].iter().any(|name| state.field(name).is_some())
        || !is_plain("ResultPath")
        || !is_plain("OutputPath");
    if is_made {
        return;
    }
    let Some(found) = exited.text("output") else { return };
    let nothing = Inside::new();
    let inside = inside.unwrap_or(&nothing);
    let mut expected = String::with_capacity(found.len());
    expected.push('[');
    for (count, output) in inside.values().enumerate() {
        if count > 0 {
            expected.push(',');
        }
        // History may come without data.
        match output {
            Some(output) => expected.push_str(output),
            None => return,
        }
    }
    expected.push(']');
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let same = inside.len() == places && (found == expected || parse(found) == parse(&expected));
    findings.check(same, "output", Some(exited.id), || {
        let what = format!("the output of `{}`", state.name);
        let (found, expected) = (parse(found), parse(&expected));
        let told = differs(&what, &found, &expected, |expected, found| expected == found);
        format!("{told}, as its parts gave")
    });
}
