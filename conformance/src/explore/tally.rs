//! Adding up runs. The order they are added in does not matter.

use std::collections::BTreeMap;

use super::expectation::{Checked, Expectations};
use super::explorer::Explorer;
use super::report::{Covered, Ending, ExpectationReport, Notable, Report, hint};
use super::stats::Distribution;
use super::view::RunView;

/// Endings that are told of as rare, at most.
const RARE_MAX: usize = 3;

/// What is kept of one run.
#[derive(Debug)]
pub struct Sighting {
    seed: u64,
    ending: EndingKey,
    cause: Option<String>,
    duration_ms: i64,
    attempts: u64,
    events: u64,
    pub(super) hits: BTreeMap<usize, u64>,
    pub(super) checked: Vec<Checked>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct EndingKey {
    status: String,
    error: Option<String>,
    at: Option<String>,
}

impl Sighting {
    pub(super) fn new(seed: u64, view: &RunView<'_>) -> Self {
        Self {
            seed,
            ending: EndingKey {
                status: view.seen.status.clone(),
                error: view.seen.error.clone(),
                at: view.ended_at.clone(),
            },
            cause: view.seen.cause.clone(),
            duration_ms: view.seen.duration_ms().unwrap_or_default(),
            attempts: view.attempts,
            events: view.events,
            hits: BTreeMap::new(),
            checked: Vec::new(),
        }
    }
}

/// How often something was seen, and first in which run.
#[derive(Debug, Clone, Default)]
struct Seen {
    hits: u64,
    runs: u64,
    first: Option<(u64, Option<String>)>,
}

impl Seen {
    fn add(&mut self, seed: u64, hits: u64, text: impl FnOnce() -> Option<String>) {
        self.hits += hits;
        self.runs += 1;
        if self.first.as_ref().is_none_or(|(first, _)| seed < *first) {
            self.first = Some((seed, text()));
        }
    }

    fn merge(&mut self, other: Self) {
        self.hits += other.hits;
        self.runs += other.runs;
        self.first = match (self.first.take(), other.first) {
            (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
            (a, b) => a.or(b),
        };
    }

    fn seed(&self) -> Option<u64> {
        self.first.as_ref().map(|(seed, _)| *seed)
    }
}

/// The greatest value, and the first run that had it.
#[derive(Debug, Clone, Copy, Default)]
struct Greatest(Option<(i64, u64)>);

impl Greatest {
    fn add(&mut self, value: i64, seed: u64) {
        let better = |(most, first): (i64, u64)| value > most || value == most && seed < first;
        if self.0.is_none_or(better) {
            self.0 = Some((value, seed));
        }
    }

    fn notable(self, what: &str) -> Option<Notable> {
        self.0.map(|(value, seed)| Notable { what: what.to_owned(), value, seed })
    }
}

/// Runs, added up.
#[derive(Debug, Default)]
pub(super) struct Tally {
    runs: u64,
    endings: BTreeMap<EndingKey, Seen>,
    constructs: BTreeMap<usize, Seen>,
    in_play: Vec<u64>,
    violations: Vec<Seen>,
    durations: Vec<i64>,
    attempts: Vec<i64>,
    longest: Greatest,
    most_attempts: Greatest,
    most_events: Greatest,
}

impl Tally {
    pub(super) fn add(&mut self, run: Sighting) {
        let seed = run.seed;
        self.runs += 1;
        self.durations.push(run.duration_ms);
        self.attempts.push(run.attempts as i64);
        self.longest.add(run.duration_ms, seed);
        self.most_attempts.add(run.attempts as i64, seed);
        self.most_events.add(run.events as i64, seed);
        self.endings.entry(run.ending).or_default().add(seed, 1, || run.cause);
        for (construct, hits) in run.hits {
            self.constructs.entry(construct).or_default().add(seed, hits, || None);
        }
        self.in_play.resize(self.in_play.len().max(run.checked.len()), 0);
        self.violations.resize(self.in_play.len(), Seen::default());
        for (index, checked) in run.checked.into_iter().enumerate() {
            self.in_play[index] += u64::from(!matches!(checked, Checked::NotInPlay));
            if let Checked::Violated(message) = checked {
                self.violations[index].add(seed, 1, || Some(message));
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.runs += other.runs;
        self.durations.extend(other.durations);
        self.attempts.extend(other.attempts);
        let greatest = [
            (&mut self.longest, other.longest),
            (&mut self.most_attempts, other.most_attempts),
            (&mut self.most_events, other.most_events),
        ];
        for (mine, theirs) in greatest {
            if let Some((value, seed)) = theirs.0 {
                mine.add(value, seed);
            }
        }
        for (key, seen) in other.endings {
            self.endings.entry(key).or_default().merge(seen);
        }
        for (key, seen) in other.constructs {
            self.constructs.entry(key).or_default().merge(seen);
        }
        let length = self.in_play.len().max(other.in_play.len());
        self.in_play.resize(length, 0);
        self.violations.resize(length, Seen::default());
        for (index, count) in other.in_play.into_iter().enumerate() {
            self.in_play[index] += count;
        }
        for (index, seen) in other.violations.into_iter().enumerate() {
            self.violations[index].merge(seen);
        }
    }

    pub(super) fn report(
        self,
        explorer: &Explorer<'_>,
        expectations: &Expectations,
        first_seed: u64,
    ) -> Report {
        let coverage = explorer.constructs.iter().enumerate().map(|(index, construct)| {
            let seen = self.constructs.get(&index).cloned().unwrap_or_default();
            Covered {
                construct: construct.clone(),
                hits: seen.hits,
                runs: seen.runs,
                first_seed: seen.seed(),
                hint: (seen.runs == 0).then(|| hint(explorer, construct)).flatten(),
            }
        });
        let checked = expectations.iter().enumerate().map(|(index, expectation)| {
            let seen = self.violations.get(index).cloned().unwrap_or_default();
            ExpectationReport {
                expectation: expectation.to_string(),
                in_play: self.in_play.get(index).copied().unwrap_or_default(),
                violations: seen.runs,
                first_seed: seen.seed(),
                message: seen.first.and_then(|(_, message)| message),
            }
        });
        let mut endings: Vec<Ending> = self
            .endings
            .into_iter()
            .map(|(key, seen)| Ending {
                status: key.status,
                error: key.error,
                at: key.at,
                runs: seen.runs,
                first_seed: seen.seed().unwrap_or_default(),
                cause: seen.first.and_then(|(_, cause)| cause),
            })
            .collect();
        endings.sort_by_key(|ending| std::cmp::Reverse(ending.runs));
        let greatest = [
            self.longest.notable("longest"),
            self.most_attempts.notable("most attempts"),
            self.most_events.notable("most events"),
        ];
        let attempts = Distribution::of_counts(self.attempts);
        let rare = endings
            .iter()
            .rev()
            .filter(|ending| ending.runs * 100 <= self.runs && endings.len() > 1)
            .take(RARE_MAX)
            .map(|ending| Notable {
                what: format!("rare: {}", ending.describe()),
                value: ending.runs as i64,
                seed: ending.first_seed,
            });
        let mut notable: Vec<Notable> = Vec::new();
        for one in greatest.into_iter().flatten().chain(rare) {
            // What every run has is nothing to look at, and one run need not be named twice.
            let same_everywhere = one.what == "most attempts" && attempts.min == attempts.max;
            if !same_everywhere && notable.iter().all(|earlier| earlier.seed != one.seed) {
                notable.push(one);
            }
        }
        Report {
            first_seed,
            runs: self.runs,
            notable,
            endings,
            duration_ms: Distribution::of_durations(self.durations),
            attempts,
            coverage: coverage.collect(),
            expectations: checked.collect(),
            assumptions: explorer.assumptions(),
        }
    }
}
