//! Running many seeds on several threads.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::expectation::Expectations;
use super::explorer::Explorer;
use super::report::Report;
use super::tally::Tally;
use crate::engine::Engine;
use crate::oracle::TraceError;

/// Seeds a thread takes at once.
const CHUNK: u64 = 32;

/// Why an exploration ended early.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    /// A run did not come about.
    #[error("seed {seed}: {message}")]
    Run {
        /// The run.
        seed: u64,
        /// Why.
        message: String,
    },
    /// A history cannot be read.
    #[error("seed {seed}: the history cannot be read: {error}")]
    History {
        /// The run.
        seed: u64,
        /// Why.
        error: TraceError,
    },
}

impl SweepError {
    const fn seed(&self) -> u64 {
        match self {
            Self::Run { seed, .. } | Self::History { seed, .. } => *seed,
        }
    }
}

/// Runs every seed and adds them up; `progress` hears how many more are done. The report does not depend on `jobs`.
///
/// # Errors
/// The first seed whose run did not come about.
pub fn sweep(
    explorer: &Explorer<'_>,
    expectations: &Expectations,
    engine: &dyn Engine,
    seeds: Range<u64>,
    jobs: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Report, SweepError> {
    let next = AtomicU64::new(seeds.start);
    let total: Mutex<(Tally, Option<SweepError>)> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let start = next.fetch_add(CHUNK, Ordering::Relaxed);
                    if start >= seeds.end {
                        return;
                    }
                    let chunk = start..seeds.end.min(start.saturating_add(CHUNK));
                    let done = chunk.end - chunk.start;
                    let mut tally = Tally::default();
                    let ran = chunk.into_iter().try_for_each(|seed| {
                        explorer.run(seed, engine, expectations).map(|run| tally.add(run))
                    });
                    let mut total = total.lock().unwrap_or_else(|broken| broken.into_inner());
                    if let Err(error) = ran {
                        if total.1.as_ref().is_none_or(|first| error.seed() < first.seed()) {
                            total.1 = Some(error);
                        }
                        next.store(seeds.end, Ordering::Relaxed);
                        return;
                    }
                    total.0.merge(tally);
                    progress(done);
                }
            });
        }
    });
    let (tally, error) = total.into_inner().unwrap_or_else(|broken| broken.into_inner());
    match error {
        Some(error) => Err(error),
        None => Ok(tally.report(explorer, expectations, seeds.start)),
    }
}
