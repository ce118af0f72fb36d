//! Random cases on the reference engine, judged by every oracle: a fixed range of seeds, and one that comes
//! from the commit, so that every commit tries new ones.

use std::path::Path;

use stepclock_conformance::campaign::{Campaign, replay_file, replay_seed, write_bundle};
use stepclock_conformance::engine::{Mutation, ReferenceEngine};
use stepclock_conformance::generate::from_seed;
use stepclock_conformance::known_gaps::KnownGaps;

/// Seeds that every run tries.
const FIXED: u64 = 4_000;
/// Seeds that a commit adds.
const OF_THE_COMMIT: u64 = 1_000;

fn sweep(first: u64, seeds: u64) {
    let engine = ReferenceEngine::new();
    let jobs = std::thread::available_parallelism().map_or(1, Into::into);
    let campaign = Campaign {
        jobs,
        failures_max: 3,
        ..Campaign::new(&engine, &from_seed, first..first + seeds)
    };
    let report = campaign.run(&|_| {});
    let failures: Vec<String> = report
        .failures
        .iter()
        .map(|failure| {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bundles");
            let bundle = write_bundle(&folder, failure, &engine, &campaign.budget)
                .expect("the folder for test files is writable");
            format!(
                "seed {}: {}: {}\n  {}\n  {}\n  everything about it: {}",
                failure.seed,
                failure.violation.kind(),
                failure.violation.message,
                replay_seed(failure.seed, "reference"),
                replay_file(&bundle.join("shrunk.json"), "reference"),
                bundle.display(),
            )
        })
        .collect();
    assert!(report.is_clean(), "{:?}\n{}", report.violations, failures.join("\n"));
    assert_eq!(report.judged + report.skipped.values().sum::<u64>(), seeds);
}

#[test]
fn fixed_seeds_keep_every_rule() {
    sweep(0, FIXED);
}

#[test]
fn seeds_of_this_commit_keep_every_rule() {
    let commit = std::process::Command::new("git").args(["rev-parse", "HEAD"]).output();
    let text = commit.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let first = text.ok().and_then(|text| u64::from_str_radix(text.get(..8)?, 16).ok());
    let Some(first) = first else {
        eprintln!("there is no commit to take a seed from: skipped");
        return;
    };
    println!("seeds from {first}");
    sweep(first, OF_THE_COMMIT);
}

#[test]
fn rules_the_engine_is_known_to_break_are_no_failures() {
    let mutation = Mutation::named("map-empty-is-null").expect("is a mutant");
    let engine = ReferenceEngine::with_mutation(mutation);
    let failing = Campaign { failures_max: 0, ..Campaign::new(&engine, &from_seed, 0..600) };
    let broken = failing.run(&|_| {});
    assert!(broken.failed > 0 && broken.known_gaps == 0, "{:?}", broken.violations);
    let rules =
        broken.violations.keys().map(|rule| format!("[[rule]]\nrule = '{rule}'\nreason = ''\n"));
    let known = KnownGaps::parse(&rules.collect::<String>()).expect("is a list");
    let report = Campaign { known: &known, ..failing }.run(&|_| {});
    assert!(report.is_clean() && report.failures.is_empty());
    assert_eq!((report.failed, report.known_gaps), (0, broken.failed));
}
