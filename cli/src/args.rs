//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use stepclock_engine::asl::WorkflowType;

use crate::conform::Shard;

/// Run, validate, draw and replay Amazon States Language workflows under simulated time.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a workflow under the simulated clock: a year of waiting takes microseconds.
    Run(RunArgs),
    /// Serve the API of AWS Step Functions: boto3, the AWS CLI and the SDKs work against it.
    Serve(ServeArgs),
    /// Check definitions as AWS does, and show everything that is wrong.
    Validate(ValidateArgs),
    /// Draw a workflow.
    Graph(GraphArgs),
    /// Run a workflow a thousand times with random failures and delays, and report what was reached.
    Explore(ExploreArgs),
    /// Test one state by itself, with a mocked result.
    TestState(TestStateArgs),
    /// Run cases on AWS or another endpoint, and write down what comes out as recorded cases.
    Record(RecordArgs),
    /// Run conformance cases on an engine and compare.
    Replay(ReplayArgs),
    /// Make a failing case smaller as long as it breaks the same rule.
    Shrink(ShrinkArgs),
    /// Test an engine: the suite and random cases, with a report.
    Conform(ConformArgs),
    /// Keep a case as a regression test.
    Promote(PromoteArgs),
    /// Test the tester: is every planted bug found?
    Mutants(MutantsArgs),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock run order.asl.json --input '{\"orderId\": 7}' --workers workers.yaml
  stepclock run order.asl.json --input @order.json --mock MockConfigFile.json --case HappyPath
  stepclock run parent.asl.yaml --machine Child=child.asl.json --format history

Exit codes: 0 the execution succeeded; 1 it failed, timed out or was aborted; 2 bad usage, an unreadable
file, an invalid definition, or a task that nobody answers.")]
pub(crate) struct RunArgs {
    /// The definition: JSON, or YAML when its name ends in .yaml or .yml.
    pub(crate) definition: PathBuf,
    /// The input: JSON text, @FILE, or - for standard input.
    #[arg(long, value_name = "JSON|@FILE|-", default_value = "{}")]
    pub(crate) input: String,
    /// Answers tasks from a file in the format of AWS's MockConfigFile.json.
    #[arg(long, value_name = "MOCKCONFIG", requires = "case")]
    pub(crate) mock: Option<PathBuf>,
    /// The test case of the mock file.
    #[arg(long, value_name = "NAME", requires = "mock")]
    pub(crate) case: Option<String>,
    /// The machine's name; the mock file's machine is found by it. By default the file's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Answers tasks from a file of scripted workers (JSON or YAML).
    #[arg(long, value_name = "FILE")]
    pub(crate) workers: Option<PathBuf>,
    /// Objects for item readers and result writers: a folder of buckets, each a folder of objects.
    #[arg(long, value_name = "DIR")]
    pub(crate) objects: Option<PathBuf>,
    /// Another machine, which nested executions may start. May be given several times.
    #[arg(long, value_name = "NAME=FILE")]
    pub(crate) machine: Vec<String>,
    /// STANDARD or EXPRESS.
    #[arg(long = "type", value_enum, default_value_t)]
    pub(crate) workflow_type: TypeArg,
    /// Seeds everything random; the same seed gives the same bytes.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// When simulated time starts. By default 2026-01-01T00:00:00Z.
    #[arg(long, value_name = "RFC3339")]
    pub(crate) start_time: Option<String>,
    /// What to print.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: RunFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock serve
  stepclock serve --data ./stepclock-data --port 8083
  stepclock serve --clock simulated --seed 7 --mock-config MockConfigFile.json
  stepclock serve --lambda-endpoint http://localhost:3001 --endpoint sqs=http://localhost:9324
  stepclock serve --host 0.0.0.0 --access-key AKIDEXAMPLE=secret

  aws stepfunctions list-state-machines --endpoint-url http://127.0.0.1:8083

One line on standard output says the address once the server is ready; logs go to standard error.
SIGTERM and SIGINT end it; requests that are being worked on may finish.

Exit codes: 0 it was asked to end; 2 bad usage, an unreadable file, a taken address, or a folder that
another server uses.")]
pub(crate) struct ServeArgs {
    /// The address or host name to listen on. Beyond loopback, access keys are asked for.
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// The port; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8083)]
    pub(crate) port: u16,
    /// Keep state in this folder: machines, executions and histories outlive the server, and what was
    /// running goes on. Without it, state is kept in memory and gone with the server.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Keep state in memory, as is the default.
    #[arg(long, conflicts_with = "data")]
    pub(crate) memory: bool,
    /// How time passes.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) clock: ClockArg,
    /// When simulated time starts. By default 2026-01-01T00:00:00Z.
    #[arg(long, value_name = "RFC3339")]
    pub(crate) start_time: Option<String>,
    /// Let simulated time stand still until it is told to move.
    #[arg(long)]
    pub(crate) frozen: bool,
    /// Seeds ids, jitter and task tokens. By default drawn from the operating system.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Answers tasks of executions that name a test case (`ARN#TestCase`), from a file in the format of
    /// AWS's MockConfigFile.json.
    #[arg(long, value_name = "FILE")]
    pub(crate) mock_config: Option<PathBuf>,
    /// Answers tasks from a file of scripted workers (JSON or YAML).
    #[arg(long, value_name = "FILE")]
    pub(crate) workers: Option<PathBuf>,
    /// Call Lambda functions here: any server of Lambda's Invoke API.
    #[arg(long, value_name = "URL")]
    pub(crate) lambda_endpoint: Option<String>,
    /// Call a service here: dynamodb, sqs, sns, events, s3, http and others; `*` stands for all that have no
    /// endpoint of their own. May be given several times. Calls are signed with AWS_ACCESS_KEY_ID and
    /// AWS_SECRET_ACCESS_KEY; without them the key is test, its secret test.
    #[arg(long, value_name = "SERVICE=URL")]
    pub(crate) endpoint: Vec<String>,
    /// Keep the objects of Distributed Maps in this folder: a folder a bucket, a file an object.
    #[arg(long, value_name = "DIR")]
    pub(crate) objects: Option<PathBuf>,
    /// The region of its ARNs.
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    pub(crate) region: String,
    /// The account of its ARNs.
    #[arg(long, value_name = "ID", default_value = "123456789012")]
    pub(crate) account: String,
    /// Answer only requests signed with this key (SigV4). May be given several times.
    #[arg(long, value_name = "ID=SECRET")]
    pub(crate) access_key: Vec<String>,
    /// Refuse a signature that was used before, while it is valid. AWS does not: equal requests of a client within
    /// one second have the same signature, and only the first of them is answered.
    #[arg(long, requires = "access_key")]
    pub(crate) single_use_signatures: bool,
    /// Speak https, with the certificates in this file (PEM; the server's own first).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the first certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Refuse calls that come faster than AWS admits in its big regions.
    #[arg(long)]
    pub(crate) throttle: bool,
    /// Listen beyond loopback without access keys: whoever reaches the port may do everything.
    #[arg(long)]
    pub(crate) insecure_no_auth: bool,
    /// Write the logs of executions here, as CloudWatch Logs would get them, for machines whose
    /// loggingConfiguration asks for it: the end of a file, or `-` for standard output.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) execution_log: Option<PathBuf>,
    /// Send traces of executions to this OpenTelemetry collector, as OTLP over HTTP. By default where
    /// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT say, if they do.
    #[arg(long, value_name = "URL")]
    pub(crate) otlp_endpoint: Option<String>,
    /// The form of the log.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
    /// How much is logged; `debug` has every refused call.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_level: LogLevel,
}

/// `serve --clock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ClockArg {
    /// As on the wall.
    #[default]
    Real,
    /// It jumps to the next due moment whenever nothing else can happen.
    Simulated,
}

/// `serve --log-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// For eyes.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `serve --log-level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

impl From<LogLevel> for tracing::Level {
    fn from(given: LogLevel) -> Self {
        match given {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock validate order.asl.json
  stepclock validate --type express --json flow.yaml

Exit codes: 0 every definition is accepted; 1 one is refused; 2 bad usage or an unreadable file.")]
pub(crate) struct ValidateArgs {
    /// The definitions: JSON, or YAML when the name ends in .yaml or .yml.
    #[arg(required = true)]
    pub(crate) definitions: Vec<PathBuf>,
    /// STANDARD or EXPRESS.
    #[arg(long = "type", value_enum, default_value_t)]
    pub(crate) workflow_type: TypeArg,
    /// Print the answer of ValidateStateMachineDefinition, one line a definition.
    #[arg(long)]
    pub(crate) json: bool,
}

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

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock graph order.asl.json > order.mmd
  stepclock graph order.asl.json --format svg > order.svg")]
pub(crate) struct GraphArgs {
    /// The definition: JSON, or YAML when its name ends in .yaml or .yml.
    pub(crate) definition: PathBuf,
    /// The form of the drawing.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: GraphFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stepclock test-state order.asl.yaml --state-name Charge --input @order.json --mock '{\"result\": {\"Payload\": 7}}'
  stepclock test-state state.json --mock '{\"errorOutput\": {\"error\": \"E\"}}' --inspection-level debug
  stepclock test-state map.json --mock @mock.json --state-configuration '{\"mapIterationFailureCount\": 2}'

Options are those of `aws stepfunctions test-state`. Tasks, Map and Parallel states need a mock.

Exit codes: 0 the state succeeded or its error was caught; 1 it failed or would be retried; 2 bad usage or a
request that AWS refuses.")]
pub(crate) struct TestStateArgs {
    /// The definition of the state, or of a machine that has it: JSON, or YAML when its name ends in .yaml or .yml.
    pub(crate) definition: PathBuf,
    /// The state, when the definition is a whole machine's.
    #[arg(long, value_name = "NAME", visible_alias = "state")]
    pub(crate) state_name: Option<String>,
    /// The input: JSON text, @FILE, or - for standard input.
    #[arg(long, value_name = "JSON|@FILE|-", default_value = "{}")]
    pub(crate) input: String,
    /// The mocked result or error: {"result": …} or {"errorOutput": {"error": …, "cause": …}}.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) mock: Option<String>,
    /// Variables that are set: an object.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) variables: Option<String>,
    /// The context object.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) context: Option<String>,
    /// retrierRetryCount, errorCausedByState, mapIterationFailureCount, mapItemReaderData.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) state_configuration: Option<String>,
    /// How much of the way of the data is shown.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) inspection_level: InspectionArg,
    /// The role the state runs as.
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
    /// Seeds everything random; the same seed gives the same bytes.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print the answer of the operation as it is, with data as JSON texts.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `--inspection-level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum InspectionArg {
    /// Status, output and next state.
    #[default]
    Info,
    /// Also the data after each field.
    Debug,
    /// The same.
    Trace,
}

impl InspectionArg {
    /// As the operation names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }
}

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
    /// The engine: `reference`, `mutant:NAME`, `stdio:COMMAND`, `endpoint:URL`.
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
    /// The engine: `reference`, `mutant:NAME`, `stdio:COMMAND`, `endpoint:URL`.
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
    /// The engine: `reference`, `mutant:NAME`, `stdio:COMMAND`, `endpoint:URL`.
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

/// `--type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum TypeArg {
    #[default]
    Standard,
    Express,
}

impl From<TypeArg> for WorkflowType {
    fn from(given: TypeArg) -> Self {
        match given {
            TypeArg::Standard => Self::Standard,
            TypeArg::Express => Self::Express,
        }
    }
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

/// `run --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum RunFormat {
    /// For eyes: simulated time, states, retries, errors.
    #[default]
    Timeline,
    /// The events, as GetExecutionHistory gives them.
    History,
    /// The end, as DescribeExecution gives it.
    Result,
}

/// `graph --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum GraphFormat {
    /// A Mermaid state diagram.
    #[default]
    Mermaid,
    /// Graphviz.
    Dot,
    /// A picture.
    Svg,
}
