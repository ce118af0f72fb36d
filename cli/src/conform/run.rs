//! Running what a report does not have yet.

use std::ops::Range;
use std::path::Path;

use stepclock_conformance::campaign::{Campaign, write_bundle};
use stepclock_conformance::engine::{Budget, Engine, smoke};
use stepclock_conformance::generate::from_seed;
use stepclock_conformance::known_gaps::KnownGaps;
use stepclock_conformance::report::{Report, read, to_json};
use stepclock_conformance::suite::{CaseResult, Entry, Group, Selection, result};

use super::shard::uncovered;
use crate::args::ConformArgs;
use crate::engines::engine;
use crate::error::CliError;
use crate::pool;

/// Seeds between two writings of the report that is resumed.
const CHUNK: u64 = 5_000;
/// Failures of random cases that are shrunk and shown; further ones are counted.
const FAILURES_SHOWN: usize = 20;

pub(super) fn run(args: &ConformArgs) -> Result<Report, CliError> {
    let engine = engine(&args.engine)?;
    let budget = Budget::default();
    smoke(&engine, &budget)?;
    let mut report = Report::empty(engine.info().clone(), &args.engine);
    if let Some(file) = args.resume.as_deref().filter(|file| file.exists()) {
        report.merge(read(file)?)?;
    }
    let listed = args.known_gaps.clone().or_else(|| KnownGaps::file_of(&engine.info().name));
    let gaps = listed.as_deref().map(KnownGaps::read).transpose()?.unwrap_or_default();
    report.add_cases(cases(args, &engine, &report, &gaps)?);
    save(args, &report)?;
    random(args, &engine, &mut report, &gaps)?;
    if let Some(folder) = &args.bundles {
        for failure in &report.random.failures {
            write_bundle(folder, failure, engine.as_ref(), &budget)?;
        }
    }
    Ok(report)
}

fn cases(
    args: &ConformArgs,
    engine: &dyn Engine,
    report: &Report,
    gaps: &KnownGaps,
) -> Result<Vec<CaseResult>, CliError> {
    let selection = match args.suite.is_empty() {
        true => Selection::own(),
        false => Selection {
            folders: args.suite.iter().map(|path| (Group::Given, path.clone())).collect(),
            ..Selection::default()
        },
    };
    let is_done = |entry: &Entry| report.cases.iter().any(|case| case.name == entry.to_string());
    let entries: Vec<Entry> = selection
        .entries()?
        .into_iter()
        .enumerate()
        .filter(|(index, entry)| args.shard.has(*index) && !is_done(entry))
        .map(|(_, entry)| entry)
        .collect();
    let progress = pool::bar(entries.len() as u64, "cases", false);
    let results = pool::map(&entries, args.jobs, &progress, |entry| {
        result(entry, engine, gaps, &Budget::default()).map(shorten)
    });
    results.into_iter().map(|result| result.map_err(CliError::from)).collect()
}

/// Names the file from where the command was run, if it is below.
fn shorten(mut result: CaseResult) -> CaseResult {
    if let (Some(file), Ok(here)) = (&result.file, std::env::current_dir())
        && let Ok(short) = Path::new(file).strip_prefix(here)
    {
        result.file = Some(short.display().to_string());
    }
    result
}

fn random(
    args: &ConformArgs,
    engine: &dyn Engine,
    report: &mut Report,
    gaps: &KnownGaps,
) -> Result<(), CliError> {
    let end = args.first_seed.checked_add(args.seeds).ok_or_else(|| CliError::Option {
        option: "seeds",
        message: format!("the last seed is beyond {}", u64::MAX),
    })?;
    let seeds = args.shard.seeds(args.first_seed..end);
    let left = uncovered(seeds, &report.random.seeds);
    let progress =
        pool::bar(left.iter().map(|range| range.end - range.start).sum(), "seeds", false);
    for seeds in left.into_iter().flat_map(chunks) {
        let campaign = Campaign {
            jobs: args.jobs.map_or_else(pool::cores, Into::into),
            known: gaps,
            failures_max: FAILURES_SHOWN.saturating_sub(report.random.failures.len()),
            ..Campaign::new(engine, &from_seed, seeds)
        };
        report.random.merge(campaign.run(&|done| progress.inc(done)));
        save(args, report)?;
    }
    progress.finish_and_clear();
    Ok(())
}

fn chunks(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let size = usize::try_from(CHUNK).unwrap_or(usize::MAX);
    let end = range.end;
    range.step_by(size).map(move |start| start..start.saturating_add(CHUNK).min(end))
}

/// Writes the report that can be resumed; a run that is broken off leaves the old one or the new one.
fn save(args: &ConformArgs, report: &Report) -> Result<(), CliError> {
    let Some(file) = &args.resume else { return Ok(()) };
    let mut fresh = file.clone().into_os_string();
    fresh.push(".new");
    super::write(Path::new(&fresh), &to_json(report))?;
    std::fs::rename(&fresh, file).map_err(|source| CliError::Write { path: file.clone(), source })
}
