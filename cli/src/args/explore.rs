//! Options of `explore`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::TypeArg;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock explore order.asl.json
  stepclock explore order.asl.json --workers workers.yaml --input @order.json --seeds 10000
  stepclock explore order.asl.json --expect order.expect.yaml --html report.html
  stepclock explore order.asl.json --seed 4711 --format timeline

Exit codes: 0 every expectation held; 1 one was violated; 2 bad usage, an unreadable file or an invalid
definition.")]
pub(crate) struct ExploreArgs {
    /// The definition: JSON, or YAML when its name ends in .yaml or .yml.
    pub(crate) definition: PathBuf,
    /// An input: JSON text, @FILE, or - for standard input. Given several times, runs take one of them. By
    /// default inputs are drawn from what the definition reads.
    #[arg(long, value_name = "JSON|@FILE|-")]
    pub(crate) input: Vec<String>,
    /// A file with a JSON array of inputs.
    #[arg(long, value_name = "FILE")]
    pub(crate) inputs: Option<PathBuf>,
    /// Answers tasks from a file of scripted workers (JSON or YAML); other tasks get random answers.
    #[arg(long, value_name = "FILE")]
    pub(crate) workers: Option<PathBuf>,
    /// Objects for item readers: a folder of buckets, each a folder of text objects.
    #[arg(long, value_name = "DIR")]
    pub(crate) objects: Option<PathBuf>,
    /// Another machine, which nested executions may start. May be given several times.
    #[arg(long, value_name = "NAME=FILE")]
    pub(crate) machine: Vec<String>,
    /// STANDARD or EXPRESS.
    #[arg(long = "type", value_enum, default_value_t)]
    pub(crate) workflow_type: TypeArg,
    /// How many runs.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) seeds: u64,
    /// The seed of the first run.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) first_seed: u64,
    /// Show the run of one seed instead.
    #[arg(long, value_name = "S", conflicts_with_all = ["seeds", "first_seed", "html", "json"])]
    pub(crate) seed: Option<u64>,
    /// What to print of the one run.
    #[arg(long, value_enum, default_value_t, requires = "seed")]
    pub(crate) format: ExploreFormat,
    /// How much goes wrong.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) faults: FaultsArg,
    /// A file of expectations (YAML or JSON).
    #[arg(long, value_name = "FILE")]
    pub(crate) expect: Option<PathBuf>,
    /// Write a report as one HTML file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Runs at once. By default one for each core.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
}

/// `explore --faults`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum FaultsArg {
    /// Every run draws what goes wrong and how often, from nothing to nearly everything.
    #[default]
    Swarm,
    /// A call in ten fails.
    Lite,
    /// Nothing goes wrong: only inputs, results and delays vary.
    Calm,
}

/// `explore --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ExploreFormat {
    /// For eyes: simulated time, states, retries, errors.
    #[default]
    Timeline,
    /// The events, as GetExecutionHistory gives them.
    History,
    /// The end, as DescribeExecution gives it.
    Result,
    /// A case file for `stepclock replay`.
    Case,
}
