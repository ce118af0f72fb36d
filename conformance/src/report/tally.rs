//! Counting: verdicts by group and by construct.

use std::collections::BTreeMap;

use super::Report;
use crate::coverage;
use crate::suite::Outcome;

/// How many cases came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// As it should be.
    pub passed: u64,
    /// Not as it should be.
    pub failed: u64,
    /// Failed, and known to fail.
    pub known_gaps: u64,
    /// Not run.
    pub skipped: u64,
}

impl Tally {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.passed + self.failed + self.known_gaps + self.skipped
    }

    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::KnownGap(_) => self.known_gaps += 1,
            Outcome::Skipped(_) => self.skipped += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.known_gaps += other.known_gaps;
        self.skipped += other.skipped;
    }
}

impl Report {
    /// Verdicts by the folder of a case.
    #[must_use]
    pub fn by_group(&self) -> BTreeMap<String, Tally> {
        let mut groups: BTreeMap<String, Tally> = BTreeMap::new();
        for case in &self.cases {
            let folder = case.name.rsplit_once('/').map_or("", |(folder, _)| folder);
            groups.entry(folder.to_owned()).or_default().count(&case.outcome);
        }
        if !self.random.seeds.is_empty() {
            groups.insert("random".to_owned(), self.random_total());
        }
        groups
    }

    /// Verdicts over everything.
    #[must_use]
    pub fn total(&self) -> Tally {
        let mut total = self.random_total();
        for case in &self.cases {
            total.count(&case.outcome);
        }
        total
    }

    fn random_total(&self) -> Tally {
        let (failed, known_gaps) = (self.random.failed, self.random.known_gaps);
        Tally {
            passed: self.random.judged.saturating_sub(failed + known_gaps),
            failed,
            known_gaps,
            skipped: self.random.skipped.values().sum(),
        }
    }

    /// Verdicts by construct: of every case that uses it.
    #[must_use]
    pub fn by_construct(&self) -> BTreeMap<String, Tally> {
        let mut constructs: BTreeMap<String, Tally> = BTreeMap::new();
        for case in &self.cases {
            for construct in &case.constructs {
                constructs.entry(construct.clone()).or_default().count(&case.outcome);
            }
        }
        for (construct, tally) in &self.random.constructs {
            constructs.entry(construct.clone()).or_default().add(Tally {
                passed: tally.passed,
                failed: tally.failed,
                known_gaps: tally.known_gaps,
                skipped: tally.skipped,
            });
        }
        constructs
    }

    /// Constructs of the language that no case used.
    #[must_use]
    pub fn never_used(&self) -> Vec<&'static str> {
        let used = self.by_construct();
        coverage::ALL.iter().copied().filter(|name| !used.contains_key(*name)).collect()
    }
}
