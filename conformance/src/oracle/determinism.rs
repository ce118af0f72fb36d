//! The same case gives the same bytes, and what must not be noticed is not.

use super::{Findings, Oracle, Role, Trial};
use crate::case::{Case, Fault};
use crate::engine::{Execution, Observation, Ran, TimingComparison};

/// Whether runs can be repeated.
pub(super) struct Determinism;

/// One case in this many is run once more.
const ONE_IN: u64 = 8;

impl Oracle for Determinism {
    fn name(&self) -> &'static str {
        "determinism"
    }

    fn rule(&self) -> &'static str {
        "The same case gives the same observation, byte for byte; an engine that dies and recovers, answers \
         that come twice, and answers that are refused change nothing in status, output and history"
    }

    fn source(&self) -> &'static str {
        "AWS developer guide, \"Choosing workflow type\": a STANDARD execution's state persists between \
         transitions, and each step happens once; determinism of simulated runs is this suite's own rule"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let is_simulated = trial.engine.info().comparison.timing == TimingComparison::Exact;
        if trial.role != Role::Root || !is_simulated {
            return;
        }
        let seed = trial.case.seed.unwrap_or_default();
        let transparent = trial.has(Fault::is_transparent);
        match seed % ONE_IN {
            0 => again(trial, findings),
            1 => crashed(trial, seed, findings),
            _ if transparent => unnoticed(trial, findings),
            _ => {}
        }
    }
}

/// What a run of a case came to: nothing when it did not end.
fn run(trial: &Trial<'_>, case: &Case) -> Rerun {
    match trial.engine.run(case, &trial.budget) {
        Ran::Ran(Observation::Execution(seen)) => Rerun::Seen(seen),
        Ran::Skipped(_) => Rerun::Skipped,
        _ => Rerun::NoEnd,
    }
}

/// Another run of a case.
enum Rerun {
    Seen(Box<Execution>),
    /// The engine cannot run it.
    Skipped,
    NoEnd,
}

fn again(trial: &Trial<'_>, findings: &mut Findings) {
    let Rerun::Seen(seen) = run(trial, trial.case) else {
        return findings.check(false, "again", None, || "run once more, it did not end".to_owned());
    };
    findings.check(*seen == *trial.seen, "again", first_difference(trial.seen, &seen), || {
        "run once more, it was not the same".to_owned()
    });
}

/// Lets the engine die between two inputs, and at another place each time.
fn crashed(trial: &Trial<'_>, seed: u64, findings: &mut Findings) {
    let mut case = trial.case.clone();
    // Most cases take few inputs.
    case.faults.push(Fault::EngineCrash { step: 1 + seed / ONE_IN % 7 });
    same(trial, &case, "crash", "with a crash of the engine", findings);
}

fn unnoticed(trial: &Trial<'_>, findings: &mut Findings) {
    let mut case = trial.case.clone();
    case.faults.retain(|fault| !fault.is_transparent());
    same(trial, &case, "unnoticed", "without what must change nothing", findings);
}

fn same(trial: &Trial<'_>, case: &Case, rule: &str, how: &str, findings: &mut Findings) {
    // An engine that cannot run the variation is not at fault.
    if trial.engine.info().lacks(case).is_some() {
        return;
    }
    let seen = match run(trial, case) {
        Rerun::Seen(seen) => seen,
        Rerun::Skipped => return,
        Rerun::NoEnd => {
            return findings.check(false, rule, None, || format!("run {how}, it did not end"));
        }
    };
    let is_same = shown(&seen) == shown(trial.seen)
        && seen.others.len() == trial.seen.others.len()
        && seen
            .others
            .iter()
            .zip(&trial.seen.others)
            .all(|(one, other)| shown(one) == shown(other));
    findings.check(is_same, rule, first_difference(trial.seen, &seen), || {
        format!(
            "run {how}, it ended with {} instead of {}, or on another way",
            seen.status, trial.seen.status
        )
    });
}

fn shown(seen: &Execution) -> impl PartialEq + '_ {
    (&seen.status, &seen.output, &seen.error, &seen.cause, seen.stopped_ms, &seen.history)
}

fn first_difference(one: &Execution, other: &Execution) -> Option<u64> {
    let same =
        one.history.iter().zip(&other.history).take_while(|(one, other)| one == other).count();
    (same < one.history.len().max(other.history.len())).then_some(same as u64 + 1)
}
