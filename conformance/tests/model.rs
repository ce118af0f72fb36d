//! The independent model against evidence: whatever it decides of a recorded or written case must be what AWS
//! showed, or what the case's source says.
//!
//! `STEPCLOCK_RECORDED` names the folder of recorded cases; without it they are skipped, and it is said so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stepclock_conformance::case::{Case, Kind, Machine, find, load};
use stepclock_conformance::engine::{Budget, Engine, Observation, Ran, ReferenceEngine};
use stepclock_conformance::generate;
use stepclock_conformance::model::{self, Decided, Modelled, Verdict};
use stepclock_conformance::oracle::{Trace, difference_of_end, difference_of_path, surroundings};

/// Of the project's own cases, so many are decided at least.
const SUITE_DECIDED_MIN: usize = 230;
/// Of the recorded ones that have an end, so many.
const RECORDED_DECIDED_MIN: usize = 565;
/// Random cases that are compared; three quarters are decided at least.
const RANDOM: u64 = 1_000;

#[test]
fn the_suite_agrees_with_the_model() {
    let decided = survey(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/suite"));
    assert!(decided >= SUITE_DECIDED_MIN, "only {decided} are decided");
}

#[test]
fn recordings_agree_with_the_model() {
    #[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
    let Some(folder) = std::env::var_os("STEPCLOCK_RECORDED") else {
        eprintln!("STEPCLOCK_RECORDED is not set: recorded cases are skipped");
        return;
    };
    let decided = survey(&PathBuf::from(folder));
    assert!(decided >= RECORDED_DECIDED_MIN, "only {decided} are decided");
}

#[test]
fn random_cases_agree_and_most_are_decided() {
    let engine = ReferenceEngine::new();
    let (mut decided, mut differences) = (0, Vec::new());
    for seed in 0..RANDOM {
        let case = generate::from_seed(seed);
        let ran = engine.run(&case, &Budget::default());
        let Ran::Ran(Observation::Execution(seen)) = ran else { continue };
        let Modelled::Decided(modelled) = model::run_in(&case, &surroundings(&seen)) else {
            continue;
        };
        decided += 1;
        if let Some(difference) = difference_of_end(&modelled, &seen) {
            differences.push(format!("seed {seed}: {difference}"));
        }
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    let least = RANDOM * 3 / 4;
    assert!(decided >= least, "only {decided} of {RANDOM} are decided");
}

#[test]
fn the_model_shares_nothing_with_the_engine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model");
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the model is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("it can be read");
            for banned in ["stepclock_engine", "jlens", "crate::engine", "crate::oracle"] {
                assert!(!text.contains(banned), "{} names {banned}", path.display());
            }
        }
    }
}

/// Compares every case below a folder, and gives how many were decided.
fn survey(folder: &Path) -> usize {
    let mut decided_count = 0;
    let mut cases = 0;
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for file in find(folder).expect("the folder can be read") {
        let Ok(case) = load(&file) else { continue };
        if !matches!(case.kind, Kind::History | Kind::Result)
            || !matches!(case.expect.status.as_deref(), Some("SUCCEEDED" | "FAILED" | "TIMED_OUT"))
        {
            continue;
        }
        cases += 1;
        match model::run(&case) {
            Modelled::Unsupported(reason) => *reasons.entry(reason).or_default() += 1,
            Modelled::Decided(decided) => {
                decided_count += 1;
                if let Some(difference) = difference(&case, &decided) {
                    differences.push(format!("{}: {difference}", case.id));
                }
            }
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    eprintln!("{decided_count} of {cases} are decided; the others: {reasons:#?}");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    decided_count
}

fn difference(case: &Case, decided: &Decided) -> Option<String> {
    let expect = &case.expect;
    let differs = |what: &str, modelled: &Value, expected: &Value| {
        (!model::agrees(modelled, expected))
            .then(|| format!("{what} is {expected}; the model says {modelled}"))
    };
    let (status, found) = match &decided.verdict {
        Verdict::Succeeded(output) => {
            let expected = expect.output.clone().map(|expected| match expected {
                Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
                other => other,
            });
            ("SUCCEEDED", expected.and_then(|expected| differs("output", output, &expected)))
        }
        Verdict::Failed { error, .. } => {
            let error = error.clone().map_or(Value::Null, Value::from);
            ("FAILED", expect.error.as_ref().and_then(|wanted| differs("error", &error, wanted)))
        }
        Verdict::TimedOut => ("TIMED_OUT", None),
        Verdict::Aborted => ("ABORTED", None),
    };
    if expect.status.as_deref() != Some(status) {
        return Some(format!(
            "status is {:?}; the model says {:?}",
            expect.status, decided.verdict
        ));
    }
    if let Some(found) = found {
        return Some(found);
    }
    if let Some(duration) = expect.duration_ms
        && !(decided.end.earliest..=decided.end.latest).contains(&duration)
    {
        return Some(format!("it takes {duration} ms; the model says {:?}", decided.end));
    }
    if case.history_ids_normalised {
        return None;
    }
    let history = timed(expect.history.as_ref()?);
    let machine = Machine::new(case.definition.as_ref()?);
    match Trace::read(&history, &machine) {
        Ok(trace) => difference_of_path(decided, &trace, None).map(|(_, message)| message),
        Err(error) => Some(error.to_string()),
    }
}

/// Recordings leave out moments.
fn timed(history: &[Value]) -> Vec<Value> {
    let mut history = history.to_vec();
    for event in &mut history {
        event["timestamp"] = 0.into();
    }
    history
}
