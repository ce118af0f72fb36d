//! The command line. One file a family of commands.

mod cases;
mod engines;
mod explore;
mod serve;
mod workflow;

use clap::{Parser, Subcommand, ValueEnum};
use stepclock_engine::asl::WorkflowType;

pub(crate) use self::cases::{PromoteArgs, RecordArgs, ReplayArgs, ShrinkArgs};
pub(crate) use self::engines::{ConformArgs, MutantsArgs, ReportFormat};
pub(crate) use self::explore::{ExploreArgs, ExploreFormat, FaultsArg};
pub(crate) use self::serve::{ClockArg, LogFormat, ServeArgs};
pub(crate) use self::workflow::{
    GraphArgs, GraphFormat, RunArgs, RunFormat, TestStateArgs, ValidateArgs,
};

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
