//! Options of what takes one workflow: `run`, `validate`, `graph`, `test-state`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::TypeArg;

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
