//! Doing many things at once, with a progress bar, and giving the results in order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Does `work` for every item, `jobs` at once (by default one for each core), and gives the results in order.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    jobs: Option<NonZeroUsize>,
    progress: &ProgressBar,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let jobs = jobs.map_or_else(cores, Into::into).min(items.len().max(1));
    let next = AtomicUsize::new(0);
    let results: Mutex<BTreeMap<usize, R>> = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    progress.inc(1);
                    let mut results = results.lock().unwrap_or_else(|broken| broken.into_inner());
                    results.insert(index, result);
                }
            });
        }
    });
    progress.finish_and_clear();
    let results = results.into_inner().unwrap_or_else(|broken| broken.into_inner());
    results.into_values().collect()
}

/// Cores of this machine.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// A bar on the terminal; nothing elsewhere, and nothing when quiet.
pub(crate) fn bar(length: u64, what: &str, quiet: bool) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = format!("{{bar:40}} {{pos}}/{{len}} {what}, {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}
