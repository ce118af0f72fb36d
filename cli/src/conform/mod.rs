//! `stepclock conform`: the suite and random cases on an engine, with a report.

mod run;
mod shard;
mod summary;

use std::path::Path;

use stepclock_conformance::report::{
    Report, read, to_coverage, to_html, to_json, to_junit, to_markdown,
};

use crate::args::{ConformArgs, ReportFormat};
use crate::error::CliError;
use crate::print_text;
use crate::style::Palette;

pub(crate) use shard::Shard;

pub(crate) fn conform(args: &ConformArgs) -> Result<bool, CliError> {
    let report = match args.merge.split_first() {
        None => run::run(args)?,
        Some((first, others)) => merged(first, others)?,
    };
    let shown = args.report.map(|format| match format {
        ReportFormat::Json => to_json(&report),
        ReportFormat::Junit => to_junit(&report),
        ReportFormat::Markdown => to_markdown(&report),
        ReportFormat::Html => to_html(&report),
        ReportFormat::Coverage => to_coverage(&report),
    });
    match (shown, &args.output) {
        (Some(shown), None) => print_text(&shown)?,
        (shown, output) => {
            if let (Some(shown), Some(path)) = (shown, output) {
                write(path, &shown)?;
            }
            print_text(&summary::summary(&report, Palette::for_stdout()))?;
        }
    }
    Ok(report.is_clean())
}

fn merged(first: &Path, others: &[std::path::PathBuf]) -> Result<Report, CliError> {
    let mut report = read(first)?;
    for other in others {
        report.merge(read(other)?)?;
    }
    Ok(report)
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    std::fs::write(path, text).map_err(|source| CliError::Write { path: path.to_owned(), source })
}
