//! The independent model and the engine say the same: how a case ends, which states it enters, and when.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::difference::differs;
use super::trace::{Place as SeenPlace, Trace};
use super::{Findings, Oracle, Role, Trial};
use crate::engine::Execution;
use crate::model::{self, Decided, Entry, Modelled, Place, Presence, Surroundings, Verdict};

/// How early what is measured in real time may seem, in milliseconds: moments are rounded, and timers are coarse.
const EARLY_MS_MAX: i64 = 50;

/// See [`Oracle::rule`].
pub struct Model;

impl Oracle for Model {
    fn name(&self) -> &'static str {
        "model"
    }

    fn rule(&self) -> &'static str {
        "A naive interpreter written from the specification comes to the same end, by the same states of every \
         branch and iteration, at the same moments."
    }

    fn source(&self) -> &'static str {
        "states-language.net; AWS Step Functions Developer Guide"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        if trial.role != Role::Root || !trial.is_whole() {
            return;
        }
        let mut surroundings = surroundings(trial.seen);
        surroundings.started_ms = surroundings.started_ms.filter(|_| trial.is_exact());
        let Modelled::Decided(decided) = model::run_in(trial.case, &surroundings) else { return };
        let end = difference_of_end(&decided, trial.seen);
        findings.check(end.is_none(), "end", None, || end.unwrap_or_default());
        let timing = trial.is_exact();
        if timing && let Some(duration) = trial.seen.duration_ms() {
            let fits = (decided.end.earliest..=decided.end.latest).contains(&duration);
            findings.check(fits, "duration", None, || {
                format!("it took {duration} ms; the model says {}", shown(decided.end))
            });
        } else if trial.is_timed()
            && let Some(duration) = trial.seen.duration_ms()
        {
            let earliest = decided.end.earliest;
            findings.check(duration + EARLY_MS_MAX >= earliest, "duration", None, || {
                format!("it took {duration} ms; the model says {earliest} ms at least")
            });
        }
        if let Some(trace) = trial.trace {
            let started = timing.then_some(trial.seen.started_ms);
            let path = difference_of_path(&decided, trace, started);
            let event = path.as_ref().and_then(|(event, _)| *event);
            findings.check(path.is_none(), "states", event, || {
                path.map(|(_, message)| message).unwrap_or_default()
            });
        }
    }
}

/// What an observation tells of what the execution was given.
#[must_use]
pub fn surroundings(seen: &Execution) -> Surroundings {
    Surroundings {
        started_ms: Some(seen.started_ms),
        stopped_ms: seen.duration_ms().filter(|_| seen.status == "ABORTED"),
        execution_arn: Some(seen.execution_arn.clone()),
        role_arn: seen
            .history
            .first()
            .and_then(|event| event.pointer("/executionStartedEventDetails/roleArn"))
            .and_then(Value::as_str)
            .map(str::to_owned),
    }
}

/// How the end differs from what the model says.
#[must_use]
pub fn difference_of_end(decided: &Decided, seen: &Execution) -> Option<String> {
    let expected = match &decided.verdict {
        Verdict::Succeeded(_) => "SUCCEEDED",
        Verdict::Failed { .. } => "FAILED",
        Verdict::TimedOut => "TIMED_OUT",
        Verdict::Aborted => "ABORTED",
    };
    if seen.status != expected {
        let error = match (&seen.error, &seen.cause) {
            (Some(error), Some(cause)) => format!(" with {error} ({cause})"),
            (Some(error), None) => format!(" with {error}"),
            _ => String::new(),
        };
        return Some(format!("it {}{error}; the model says {:?}", seen.status, decided.verdict));
    }
    match &decided.verdict {
        Verdict::Succeeded(output) => {
            let found = seen.output_value().unwrap_or_default();
            (!model::agrees(output, &found)).then(|| {
                differs("its output", &found, output, model::agrees) + ", as the model says"
            })
        }
        Verdict::Failed { error, cause } => {
            let agrees = match (error, &seen.error) {
                (Some(error), Some(found)) => {
                    model::agrees(&error.as_str().into(), &found.as_str().into())
                }
                (None, None) => true,
                _ => false,
            };
            if !agrees {
                return Some(format!("its error is {:?}; the model says {error:?}", seen.error));
            }
            let cause = cause.as_deref()?;
            let found = seen.cause.as_deref().unwrap_or_default();
            (!model::agrees(&cause.into(), &found.into()))
                .then(|| format!("its cause is {found:?}; the model says {cause:?}"))
        }
        Verdict::TimedOut | Verdict::Aborted => None,
    }
}

type Groups<P> = BTreeMap<(Option<usize>, P), Vec<usize>>;

/// How the states entered differ from what the model says, and the event; moments are compared when the start
/// is given.
#[must_use]
pub fn difference_of_path(
    decided: &Decided,
    trace: &Trace<'_>,
    started_ms: Option<i64>,
) -> Option<(Option<u64>, String)> {
    let entries = &decided.entries;
    let mut modelled: Groups<Place> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        // What other executions enter is not in this history.
        if entry.presence != Presence::Absent && entry.execution == 0 {
            modelled.entry((entry.parent, entry.place)).or_default().push(index);
        }
    }
    let mut seen: Groups<Place> = BTreeMap::new();
    for (index, visit) in trace.visits.iter().enumerate() {
        let place = match visit.place {
            SeenPlace::Top => Place::Top,
            SeenPlace::Iteration(index) => Place::Iteration(usize::try_from(index).unwrap_or(0)),
            SeenPlace::Branch(index) => Place::Branch(index),
        };
        seen.entry((visit.parent, place)).or_default().push(index);
    }
    let mut left = vec![(None, None)];
    while let Some((model_parent, seen_parent)) = left.pop() {
        let of = |groups: &Groups<Place>, parent| -> BTreeSet<Place> {
            let from = (parent, Place::Top);
            groups
                .range(from..)
                .take_while(|((p, _), _)| *p == parent)
                .map(|((_, p), _)| *p)
                .collect()
        };
        for place in &of(&modelled, model_parent) | &of(&seen, seen_parent) {
            let none = Vec::new();
            let ours = modelled.get(&(model_parent, place)).unwrap_or(&none);
            let theirs = seen.get(&(seen_parent, place)).unwrap_or(&none);
            let Some(pairs) = align(entries, ours, trace, theirs) else {
                let event = theirs.first().map(|visit| trace.entered(*visit).id);
                let ours: Vec<_> = ours.iter().map(|index| named(&entries[*index])).collect();
                let theirs: Vec<_> =
                    theirs.iter().map(|index| trace.visits[*index].state).collect();
                let within = model_parent
                    .map(|parent: usize| format!(" in {place:?} of `{}`", entries[parent].state));
                return Some((
                    event,
                    format!(
                        "the states entered{} are {theirs:?}; the model says {ours:?}",
                        within.unwrap_or_default()
                    ),
                ));
            };
            for (ours, theirs) in pairs {
                if let Some(started) = started_ms {
                    let event = trace.entered(theirs);
                    let entry = &entries[ours];
                    let at = event.at_ms - started;
                    if !(entry.at.earliest..=entry.at.latest).contains(&at) {
                        let message = format!(
                            "`{}` is entered at {at} ms; the model says {}",
                            entry.state,
                            shown(entry.at)
                        );
                        return Some((Some(event.id), message));
                    }
                }
                left.push((Some(ours), Some(theirs)));
            }
        }
    }
    None
}

/// Pairs the entries of a thread with its visits: all certain entries, and any of those that are possible.
fn align(
    entries: &[Entry],
    ours: &[usize],
    trace: &Trace<'_>,
    theirs: &[usize],
) -> Option<Vec<(usize, usize)>> {
    let same = |i: usize, j: usize| entries[ours[i]].state == trace.visits[theirs[j]].state;
    let may_skip = |i: usize| entries[ours[i]].presence == Presence::Possible;
    // fits[i][j]: the entries from i on can be paired with the visits from j on.
    let mut fits = vec![vec![false; theirs.len() + 1]; ours.len() + 1];
    fits[ours.len()][theirs.len()] = true;
    for i in (0..ours.len()).rev() {
        for j in (0..=theirs.len()).rev() {
            fits[i][j] = (j < theirs.len() && same(i, j) && fits[i + 1][j + 1])
                || (may_skip(i) && fits[i + 1][j]);
        }
    }
    if !fits[0][0] {
        return None;
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < ours.len() {
        if j < theirs.len() && same(i, j) && fits[i + 1][j + 1] {
            pairs.push((ours[i], theirs[j]));
            j += 1;
        }
        i += 1;
    }
    Some(pairs)
}

fn named(entry: &Entry) -> String {
    match entry.presence {
        Presence::Possible => format!("{}?", entry.state),
        _ => entry.state.clone(),
    }
}

fn shown(moment: model::Moment) -> String {
    match moment.known() {
        Some(at) => format!("{at} ms"),
        None => format!("{} to {} ms", moment.earliest, moment.latest),
    }
}
