//! Campaigns: many cases, one for each seed, on one engine, judged by every oracle.
//!
//! ```text
//! seeds ──source──▶ cases ──judge_case──▶ violations ──shrink──▶ failures
//!                                    └──▶ counts                     │
//!                              Report (merges with those of other shards) ◀┘
//! ```
//!
//! A report depends on the seeds and the engine only, never on how many threads worked on it.

mod bundle;
mod report;

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::case::Case;
use crate::engine::{Budget, Engine, Observation, Ran, TimingComparison};
use crate::known_gaps::KnownGaps;
use crate::oracle::{Judgement, Violation, judge_case};
use crate::shrink::shrink;

pub use bundle::{BundleError, replay_file, replay_seed, write_bundle};
pub use report::{Failure, Report, Tally};

/// Seeds a thread takes at once.
const BLOCK: u64 = 32;

/// What to do.
#[derive(Clone)]
pub struct Campaign<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// Makes the case of a seed.
    pub source: &'a (dyn Fn(u64) -> Case + Sync),
    /// The seeds.
    pub seeds: Range<u64>,
    /// Threads.
    pub jobs: usize,
    /// What one case may use up.
    pub budget: Budget,
    /// Failures that are kept and shrunk; further ones are only counted.
    pub failures_max: usize,
    /// Edits that shrinking one failure may try.
    pub shrink_tries_max: u64,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Rules the engine is known to break: a case that breaks nothing else has not failed.
    pub known: &'a KnownGaps,
}

/// Edits that shrinking one failure may try by default.
const SHRINK_TRIES: u64 = 3_000;
/// The same where time is real, and a try takes seconds.
const SHRINK_TRIES_IN_REAL_TIME: u64 = 100;

static NO_GAPS: KnownGaps = KnownGaps { gap: Vec::new(), rule: Vec::new() };

impl<'a> Campaign<'a> {
    /// A campaign over these seeds with usual settings, on one thread.
    #[must_use]
    pub fn new(
        engine: &'a dyn Engine,
        source: &'a (dyn Fn(u64) -> Case + Sync),
        seeds: Range<u64>,
    ) -> Self {
        Self {
            engine,
            source,
            seeds,
            jobs: 1,
            budget: Budget::default(),
            failures_max: 20,
            shrink_tries_max: match engine.info().comparison.timing {
                TimingComparison::Exact => SHRINK_TRIES,
                TimingComparison::Ordered | TimingComparison::Ignored => SHRINK_TRIES_IN_REAL_TIME,
            },
            fail_fast: false,
            known: &NO_GAPS,
        }
    }

    /// Runs it. `progress` hears how many cases are done, now and then, from any thread.
    pub fn run(&self, progress: &(dyn Fn(u64) + Sync)) -> Report {
        let next = AtomicU64::new(self.seeds.start);
        let whole = Mutex::new(Report::empty(self.engine.info().clone()));
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| self.work(&next, &whole, progress));
            }
        });
        let mut report = whole.into_inner().unwrap_or_else(|broken| broken.into_inner());
        report.add_seeds(self.seeds.clone());
        report.settle(self.failures_max);
        self.shrink_failures(&mut report);
        report
    }

    fn work(&self, next: &AtomicU64, whole: &Mutex<Report>, progress: &(dyn Fn(u64) + Sync)) {
        let mut own = Report::empty(self.engine.info().clone());
        loop {
            let first = next.fetch_add(BLOCK, Ordering::Relaxed);
            if first >= self.seeds.end {
                break;
            }
            let last = (first + BLOCK).min(self.seeds.end);
            for seed in first..last {
                let case = (self.source)(seed);
                let judgement = judge_case(&case, self.engine, &self.budget);
                own.add(seed, &case, judgement, self.known);
            }
            own.settle(self.failures_max);
            progress(last - first);
            if self.fail_fast && !own.failures.is_empty() {
                next.store(self.seeds.end, Ordering::Relaxed);
            }
        }
        whole.lock().unwrap_or_else(|broken| broken.into_inner()).merge(own);
    }

    fn shrink_failures(&self, report: &mut Report) {
        for failure in &mut report.failures {
            let shrunk = shrink_failure(
                &failure.case,
                &failure.violation,
                self.engine,
                &self.budget,
                self.shrink_tries_max,
            );
            failure.shrunk = Some(shrunk.case);
            failure.shrink_tries = shrunk.tried;
        }
    }
}

/// Makes a failing case smaller as long as it breaks the same rule.
#[must_use]
pub fn shrink_failure(
    case: &Case,
    violation: &Violation,
    engine: &dyn Engine,
    budget: &Budget,
    tries_max: u64,
) -> crate::shrink::Shrunk {
    let mut still = |case: &Case| {
        let judgement = judge_case(case, engine, budget);
        judgement.findings.violations.iter().any(|other| other.is_like(violation))
    };
    shrink(case, tries_max, &mut still, &mut |_| {})
}

/// What was seen of a case, if it is an execution.
#[must_use]
pub fn execution(judgement: &Judgement) -> Option<&crate::engine::Execution> {
    match &judgement.ran {
        Ran::Ran(Observation::Execution(seen)) => Some(seen),
        _ => None,
    }
}
