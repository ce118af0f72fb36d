//! Options of what takes cases: `record`, `replay`, `shrink`, `promote`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock record case.json --endpoint https://states.eu-west-1.amazonaws.com --region eu-west-1 \\
    --role-arn arn:aws:iam::123456789012:role/states --output recorded
  stepclock record cases --endpoint http://127.0.0.1:8083 --output recorded && stepclock replay recorded

Calls are signed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, when they are set. Tasks that
a case answers are recorded as activities, which this command works for; those of other cases call what their
definition names. Everything that is created is deleted again.

Exit codes: 0 everything was recorded; 1 something was not; 2 bad usage, an unreadable file, or no endpoint.")]
pub(crate) struct RecordArgs {
    /// Case files, or folders of them.
    #[arg(required = true, value_name = "CASE")]
    pub(crate) cases: Vec<PathBuf>,
    /// Where the API is.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: String,
    /// The folder that recorded cases are written to.
    #[arg(long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// The role of the machines. By default the one in STEPCLOCK_ROLE_ARN.
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
    /// The region that calls are signed for. By default the one in AWS_REGION, else us-east-1.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// How long one case may take.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(crate) timeout_seconds: u64,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock replay corpus/suite
  stepclock replay --json case.json
  stepclock replay --seed 4711 --engine mutant:map-completion-order

A case that expects nothing, such as that of a seed, is judged by the oracles.

Exit codes: 0 no case failed; 1 one did; 2 bad usage or an unreadable file.")]
pub(crate) struct ReplayArgs {
    /// Case files, or folders of them.
    #[arg(required_unless_present = "seed")]
    pub(crate) cases: Vec<PathBuf>,
    /// The random case of this seed. May be given several times.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Vec<u64>,
    /// The engine: `reference`, `server`, `mutant:NAME`, `stdio:COMMAND`, `endpoint:URL`.
    #[arg(long, value_name = "ENGINE", default_value = "reference")]
    pub(crate) engine: String,
    /// Let the oracles judge cases with expectations, too.
    #[arg(long)]
    pub(crate) oracles: bool,
    /// Print one line of JSON for each case.
    #[arg(long)]
    pub(crate) json: bool,
    /// Cases to run at once. By default one for each core.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock shrink --seed 4711 --engine mutant:map-completion-order
  stepclock shrink case.json --output smaller.json

Exit codes: 0 the case is smaller or as small as it gets; 1 it breaks no rule; 2 bad usage or an
unreadable file.")]
pub(crate) struct ShrinkArgs {
    /// The case.
    #[arg(required_unless_present = "seed", conflicts_with = "seed")]
    pub(crate) case: Option<PathBuf>,
    /// The random case of this seed.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The engine: `reference`, `server`, `mutant:NAME`, `stdio:COMMAND`, `endpoint:URL`.
    #[arg(long, value_name = "ENGINE", default_value = "reference")]
    pub(crate) engine: String,
    /// Edits to try at most.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) tries: u64,
    /// Where to write the smaller case. By default it is printed.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write a bundle below this folder: cases, histories, verdict, timeline.
    #[arg(long, value_name = "DIR")]
    pub(crate) bundle: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  stepclock promote shrunk.json --name map-order --rule 'Results of a Map are in item order.' \\
      --source 'found by random testing, seed 4711'")]
pub(crate) struct PromoteArgs {
    /// The case.
    pub(crate) case: PathBuf,
    /// The regression's name: lower case, with hyphens.
    #[arg(long)]
    pub(crate) name: String,
    /// The rule it tests, in one sentence.
    #[arg(long)]
    pub(crate) rule: String,
    /// Where the rule comes from.
    #[arg(long)]
    pub(crate) source: String,
    /// The folder of regressions.
    #[arg(long, value_name = "DIR", default_value = "corpus/regressions")]
    pub(crate) into: PathBuf,
}
