//! What a campaign found, as data. Reports of different seeds add up.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::coverage::constructs;
use crate::engine::{EngineInfo, Observation, Ran};
use crate::known_gaps::KnownGaps;
use crate::oracle::{Judgement, Violation, all};

/// What a campaign found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// The engine.
    pub engine: EngineInfo,
    /// The seeds that were run, as ranges without their ends.
    pub seeds: Vec<Range<u64>>,
    /// Cases that were judged.
    pub judged: u64,
    /// Those of them that broke a rule.
    pub failed: u64,
    /// Those of them that broke rules the engine is known to break, and no other.
    #[serde(default)]
    pub known_gaps: u64,
    /// Cases the engine did not run, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// How executions ended.
    pub statuses: BTreeMap<String, u64>,
    /// Checks each oracle made.
    pub checks: BTreeMap<String, u64>,
    /// Cases that broke a rule, by oracle and rule; those the engine is known to break are not among them.
    pub violations: BTreeMap<String, u64>,
    /// What happened to the cases that use a construct, and to those that have a fault.
    pub constructs: BTreeMap<String, Tally>,
    /// The oracles that checked something in a case with the construct.
    #[serde(default)]
    pub oracles: BTreeMap<String, BTreeSet<String>>,
    /// Cases with the construct and a fault.
    #[serde(default)]
    pub faulted: BTreeMap<String, u64>,
    /// History events seen.
    pub events: u64,
    /// The first failures of each kind, by seed.
    pub failures: Vec<Failure>,
}

/// How cases fared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Cases that kept every rule.
    pub passed: u64,
    /// Cases that broke one.
    pub failed: u64,
    /// Cases that broke only what the engine is known to break.
    #[serde(default)]
    pub known_gaps: u64,
    /// Cases the engine did not run.
    pub skipped: u64,
}

/// A case that broke a rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// The first rule it broke.
    pub violation: Violation,
    /// The case.
    pub case: Case,
    /// The smallest case that breaks the same rule.
    #[serde(default)]
    pub shrunk: Option<Case>,
    /// Edits that were tried to get there.
    #[serde(default)]
    pub shrink_tries: u64,
}

impl Report {
    /// A report of nothing yet.
    #[must_use]
    pub fn empty(engine: EngineInfo) -> Self {
        Self {
            engine,
            seeds: Vec::new(),
            judged: 0,
            failed: 0,
            known_gaps: 0,
            skipped: BTreeMap::new(),
            statuses: BTreeMap::new(),
            checks: BTreeMap::new(),
            violations: BTreeMap::new(),
            constructs: BTreeMap::new(),
            oracles: BTreeMap::new(),
            faulted: BTreeMap::new(),
            events: 0,
            failures: Vec::new(),
        }
    }

    /// Whether every case kept every rule.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// Counts one case.
    pub(super) fn add(&mut self, seed: u64, case: &Case, judgement: Judgement, known: &KnownGaps) {
        let Judgement { ran, mut findings } = judgement;
        let broken = findings.violations.len();
        findings.violations.retain(|violation| !known.has_rule(&violation.kind()));
        let mut tally = Tally::default();
        match &ran {
            Ran::Skipped(reason) => {
                *self.skipped.entry(reason.clone()).or_default() += 1;
                tally.skipped = 1;
            }
            _ if broken == 0 => tally.passed = 1,
            _ if findings.violations.is_empty() => tally.known_gaps = 1,
            _ => tally.failed = 1,
        }
        if let Ran::Ran(Observation::Execution(seen)) = &ran {
            *self.statuses.entry(seen.status.clone()).or_default() += 1;
            self.events += seen.history.len() as u64;
        }
        self.judged += 1 - tally.skipped;
        self.failed += tally.failed;
        self.known_gaps += tally.known_gaps;
        let faulted = u64::from(!case.faults.is_empty());
        let oracles_max = all().len();
        for construct in constructs(case) {
            update(&mut self.constructs, construct, |tallied| tallied.add(tally));
            update(&mut self.faulted, construct, |count| *count += faulted);
            update(&mut self.oracles, construct, |oracles| {
                if oracles.len() < oracles_max {
                    let checked = findings.checks.keys().map(|oracle| (*oracle).to_owned());
                    oracles.extend(checked);
                }
            });
        }
        for (oracle, checks) in findings.checks {
            *self.checks.entry(oracle.to_owned()).or_default() += checks;
        }
        let mut kinds: Vec<String> = findings.violations.iter().map(Violation::kind).collect();
        kinds.sort();
        kinds.dedup();
        for kind in kinds {
            *self.violations.entry(kind).or_default() += 1;
        }
        if let Some(violation) = findings.violations.into_iter().next() {
            self.failures.push(Failure {
                seed,
                violation,
                case: case.clone(),
                shrunk: None,
                shrink_tries: 0,
            });
        }
    }

    pub(super) fn add_seeds(&mut self, seeds: Range<u64>) {
        self.seeds.push(seeds);
        self.settle_seeds();
    }

    /// Joins ranges that touch.
    fn settle_seeds(&mut self) {
        self.seeds.sort_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::new();
        for range in self.seeds.drain(..) {
            match joined.last_mut() {
                Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        self.seeds = joined;
    }

    /// Keeps the failures that tell most: by seed, every kind of violation first with its first seed.
    pub(super) fn settle(&mut self, failures_max: usize) {
        self.failures.sort_by_key(|failure| failure.seed);
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        let mut ranked: Vec<(u64, Failure)> = self
            .failures
            .drain(..)
            .map(|failure| {
                let count = seen.entry(failure.violation.kind()).or_default();
                *count += 1;
                (*count, failure)
            })
            .collect();
        ranked.sort_by_key(|(count, failure)| (*count, failure.seed));
        ranked.truncate(failures_max);
        self.failures = ranked.into_iter().map(|(_, failure)| failure).collect();
    }

    /// Adds what another report of the same engine found on other seeds.
    pub fn merge(&mut self, other: Self) {
        self.seeds.extend(other.seeds);
        self.settle_seeds();
        self.judged += other.judged;
        self.failed += other.failed;
        self.known_gaps += other.known_gaps;
        self.events += other.events;
        for (mine, theirs) in [
            (&mut self.skipped, other.skipped),
            (&mut self.statuses, other.statuses),
            (&mut self.checks, other.checks),
            (&mut self.violations, other.violations),
            (&mut self.faulted, other.faulted),
        ] {
            for (key, count) in theirs {
                *mine.entry(key).or_default() += count;
            }
        }
        for (construct, oracles) in other.oracles {
            self.oracles.entry(construct).or_default().extend(oracles);
        }
        for (construct, tally) in other.constructs {
            self.constructs.entry(construct).or_default().add(tally);
        }
        self.failures.extend(other.failures);
        self.settle(usize::MAX);
    }
}

/// Changes what belongs to a name; a name that is there is not copied.
fn update<T: Default>(map: &mut BTreeMap<String, T>, name: &str, change: impl FnOnce(&mut T)) {
    match map.get_mut(name) {
        Some(value) => change(value),
        None => change(map.entry(name.to_owned()).or_default()),
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.known_gaps += other.known_gaps;
        self.skipped += other.skipped;
    }
}
