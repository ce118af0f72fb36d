//! Options of what tests engines: `conform`, `mutants`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::conform::Shard;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock mutants
  stepclock mutants retry-last-match --cases 100000

Exit codes: 0 every planted bug was found; 1 one was not; 2 bad usage.")]
pub(crate) struct MutantsArgs {
    /// Names of planted bugs. By default all.
    pub(crate) names: Vec<String>,
    /// Random cases to try for each at most.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) cases: u64,
    /// Edits to try at most when shrinking.
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    pub(crate) tries: u64,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Mutants to run at once. By default one for each core.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock conform
  stepclock conform --engine 'stdio:python3 my_engine.py' --report html --output report.html
  stepclock conform --seeds 1000000 --shard 1/8 --resume shard1.json
  stepclock conform --merge shard1.json shard2.json --report markdown

Exit codes: 0 nothing failed but known gaps; 1 something did; 2 bad usage, an unreadable file, or an engine
that does not pass the smoke test.")]
pub(crate) struct ConformArgs {
    /// The engine: `reference`, `server`, `mutant:NAME`, `stdio:COMMAND`, `endpoint:URL`.
    #[arg(long, value_name = "ENGINE", default_value = "reference")]
    pub(crate) engine: String,
    /// Case files, or folders of them. By default the project's suite and regressions.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) suite: Vec<PathBuf>,
    /// Cases the engine is known to fail, and rules that random cases may break. By default the project's list, if it has one of the engine.
    #[arg(long, value_name = "FILE")]
    pub(crate) known_gaps: Option<PathBuf>,
    /// Random cases to run.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) seeds: u64,
    /// The first seed.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) first_seed: u64,
    /// Cases to run at once. By default one for each core.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
    /// Run only this part of the cases and seeds, such as 1/8.
    #[arg(long, value_name = "I/N", default_value_t)]
    pub(crate) shard: Shard,
    /// Go on from this report, if it exists, and write it every now and then.
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
    /// Write everything about each failure of a random case below this folder: the case, the shrunk case, histories,
    /// verdict, timeline, and the commands that replay it.
    #[arg(long, value_name = "DIR")]
    pub(crate) bundles: Option<PathBuf>,
    /// Run nothing; add up these reports.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["engine", "resume", "shard", "bundles"])]
    pub(crate) merge: Vec<PathBuf>,
    /// The form of the report. By default a summary for the terminal.
    #[arg(long, value_enum)]
    pub(crate) report: Option<ReportFormat>,
    /// Where to write the report; the summary is printed then. By default the report is printed.
    #[arg(long, value_name = "FILE", requires = "report")]
    pub(crate) output: Option<PathBuf>,
}

/// `conform --report`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// The report as data; it can be merged with others.
    Json,
    /// XML for services that show test results.
    Junit,
    /// For pull requests and job summaries.
    Markdown,
    /// A page.
    Html,
    /// A table of what the suite, the generator, the oracles and the faults have touched.
    Coverage,
}
