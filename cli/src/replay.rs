//! `stepclock replay`: conformance cases on an engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use stepclock_conformance::case::{LoadError, find, load};
use stepclock_conformance::engine::{Budget, Engine};
use stepclock_conformance::generate::from_seed;
use stepclock_conformance::judge::{Judged, Verdict, run, run_with_oracles};

use crate::args::ReplayArgs;
use crate::engines::engine;
use crate::error::CliError;
use crate::style::Palette;
use crate::{pool, print_text};

/// Where a case comes from.
enum Source {
    File(PathBuf),
    Seed(u64),
}

/// A case with what its replay found.
type Replayed = Result<(String, Judged), LoadError>;

pub(crate) fn replay(args: &ReplayArgs) -> Result<bool, CliError> {
    let engine = engine(&args.engine)?;
    let mut sources = Vec::new();
    for path in &args.cases {
        sources.extend(find(path)?.into_iter().map(Source::File));
    }
    sources.extend(args.seed.iter().copied().map(Source::Seed));
    let progress = pool::bar(sources.len() as u64, "cases", args.json);
    let replayed = pool::map(&sources, args.jobs, &progress, |source| {
        judge(source, engine.as_ref(), args.oracles)
    });
    let mut summary = Summary::default();
    for (source, judged) in sources.iter().zip(replayed) {
        let (id, judged) = judged?;
        if args.json {
            print_text(&format!("{}\n", judged.to_json_line(&id)))?;
        }
        let group = match source {
            Source::File(file) => group(file),
            Source::Seed(_) => "random".to_owned(),
        };
        summary.add(group, &id, &judged.verdict);
    }
    if !args.json {
        print_text(&summary.show(Palette::for_stdout()))?;
    }
    Ok(summary.failures.is_empty())
}

fn judge(source: &Source, engine: &dyn Engine, oracles: bool) -> Replayed {
    let case = match source {
        Source::File(file) => load(file)?,
        Source::Seed(seed) => from_seed(*seed),
    };
    let judged = match oracles || case.expect.is_nothing() {
        true => run_with_oracles(&case, engine, &Budget::default()),
        false => run(&case, engine, &Budget::default()),
    };
    Ok((case.id, judged))
}

/// The folder a case is in.
fn group(file: &Path) -> String {
    let folder = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    folder.unwrap_or(".").to_owned()
}

/// Verdicts by group, and what failed.
#[derive(Default)]
struct Summary {
    groups: BTreeMap<String, [usize; 3]>,
    failures: Vec<(String, String)>,
}

impl Summary {
    fn add(&mut self, group: String, id: &str, verdict: &Verdict) {
        let counts = self.groups.entry(group).or_default();
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
