//! `stepclock replay`: conformance cases on the reference engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use stepclock_conformance::case::{LoadError, find, load};
use stepclock_conformance::engine::{Budget, ReferenceEngine};
use stepclock_conformance::judge::{Judged, Verdict, run};

use crate::args::ReplayArgs;
use crate::error::CliError;
use crate::print_text;
use crate::style::Palette;

/// A case with what its replay found.
type Replayed = Result<(String, Judged), LoadError>;

pub(crate) fn replay(args: &ReplayArgs) -> Result<bool, CliError> {
    let mut files = Vec::new();
    for path in &args.cases {
        files.extend(find(path)?);
    }
    let mut summary = Summary::default();
    for (file, judged) in files.iter().zip(judge_all(args, &files)) {
        let (id, replayed) = judged?;
        if args.json {
            print_text(&format!("{}\n", replayed.to_json_line(&id)))?;
        }
        summary.add(file, &id, &replayed.verdict);
    }
    if !args.json {
        print_text(&summary.show(Palette::for_stdout()))?;
    }
    Ok(summary.failures.is_empty())
}

/// Runs every case, several at once, and gives the results in the order of the files.
fn judge_all(args: &ReplayArgs, files: &[PathBuf]) -> Vec<Replayed> {
    let cores = || std::thread::available_parallelism().map_or(1, Into::into);
    let jobs = args.jobs.map_or_else(cores, Into::into).min(files.len().max(1));
    let progress = progress(args, files.len());
    let engine = ReferenceEngine::new();
    let next = AtomicUsize::new(0);
    let results: Mutex<BTreeMap<usize, Replayed>> = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(index) else { return };
                    let judged = load(file).map(|case| {
                        let replayed = run(&case, &engine, &Budget::default());
                        (case.id, replayed)
                    });
                    progress.inc(1);
                    let mut results = results.lock().unwrap_or_else(|broken| broken.into_inner());
                    results.insert(index, judged);
                }
            });
        }
    });
    progress.finish_and_clear();
    let results = results.into_inner().unwrap_or_else(|broken| broken.into_inner());
    results.into_values().collect()
}

/// A bar on the terminal; nothing elsewhere.
fn progress(args: &ReplayArgs, length: usize) -> ProgressBar {
    let bar = ProgressBar::new(length as u64);
    if args.json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} cases, {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// Verdicts by group, and what failed.
#[derive(Default)]
struct Summary {
    groups: BTreeMap<String, [usize; 3]>,
    failures: Vec<(String, String)>,
}

impl Summary {
    fn add(&mut self, file: &Path, id: &str, verdict: &Verdict) {
        let folder = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let counts = self.groups.entry(folder.unwrap_or(".").to_owned()).or_default();
        match verdict {
            Verdict::Pass => counts[0] += 1,
            Verdict::Fail(reason) => {
                counts[1] += 1;
                self.failures.push((id.to_owned(), reason.clone()));
            }
            Verdict::Skip(_) => counts[2] += 1,
        }
    }

    fn show(&self, palette: Palette) -> String {
        let mut shown = String::new();
        for (id, reason) in &self.failures {
            shown.push_str(&format!("{} {id}\n", palette.bad("FAIL")));
            for line in reason.lines() {
                shown.push_str(&format!("     {line}\n"));
            }
        }
        if !self.failures.is_empty() {
            shown.push('\n');
        }
        let width = self.groups.keys().map(|name| name.chars().count()).max().unwrap_or(0).max(5);
        shown.push_str(&format!(
            "{:width$}  {:>6}  {:>6}  {:>6}\n",
            "group", "pass", "fail", "skip"
        ));
        let mut total = [0; 3];
        for (name, counts) in &self.groups {
            for (sum, count) in total.iter_mut().zip(counts) {
                *sum += count;
            }
            shown.push_str(&line(name, *counts, width, palette));
        }
        shown.push_str(&line("total", total, width, palette));
        shown
    }
}

fn line(name: &str, [pass, fail, skip]: [usize; 3], width: usize, palette: Palette) -> String {
    let failed = format!("{fail:>6}");
    let failed = if fail > 0 { palette.bad(&failed) } else { failed };
    format!("{name:width$}  {pass:>6}  {failed}  {skip:>6}\n")
}
