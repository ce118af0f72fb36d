//! The `stepclock` command: run, serve, validate, draw and replay workflows under simulated time.

mod args;
mod conform;
mod engines;
mod error;
mod explore;
mod graph;
mod load;
mod markup;
mod mutants;
mod pool;
mod promote;
mod record;
mod replay;
mod run;
mod serve;
mod shrink;
mod style;
mod test_state;
mod timeline;
mod validate;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Arguments, Command};
use error::CliError;

/// Cases are made of many small values; with this allocator they are judged in a fifth less time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code of bad usage, unreadable files and tasks that nobody answers.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Run(run) => run::run(&run),
        Command::Serve(serve) => serve::serve(&serve),
        Command::Validate(validate) => validate::validate(&validate),
        Command::Graph(graph) => graph::graph(&graph),
        Command::Explore(explore) => explore::explore(&explore),
        Command::TestState(test) => test_state::run(&test),
        Command::Record(record) => record::record(&record),
        Command::Replay(replay) => replay::replay(&replay),
        Command::Conform(conform) => conform::conform(&conform),
        Command::Shrink(shrink) => shrink::shrink(&shrink),
        Command::Promote(promote) => promote::promote(&promote),
        Command::Mutants(mutants) => mutants::mutants(&mutants),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "stepclock", &mut text);
            print_text(&String::from_utf8_lossy(&text)).map(|()| true)
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever reads our output has had enough of it.
        Err(CliError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", style::error(&format!("error: {error}")));
            ExitCode::from(USAGE)
        }
    }
}

/// Writes to standard output.
fn print_text(text: &str) -> Result<(), CliError> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(CliError::Output)
}
