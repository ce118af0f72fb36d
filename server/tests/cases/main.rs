//! The server judged by cases, in process and over the API: every case a test of its own.
//!
//! The cases are the project's own and, where `STEPCLOCK_RECORDED` names their folder, those recorded of AWS. What the
//! server is known to fail stands in `known_gaps.toml`, and the list is strict.

mod executions;
mod log;
mod operation;
mod server;
mod steps;
mod worlds;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use stepclock_conformance::case::{Case, Kind, find, load};
use stepclock_conformance::judge::Verdict;
use stepclock_conformance::known_gaps::KnownGaps;
use stepclock_conformance::suite::{Outcome, Selection, check};

/// What one case comes to.
fn run(case: &Case) -> Verdict {
    match case.kind {
        Kind::Api => steps::run(case),
        Kind::Validate => operation::validate(case),
        Kind::TestState => operation::test_state(case),
        Kind::Eventbridge => {
            Verdict::Skip("`tests/outside/telling.rs` has what the event bus is told".to_owned())
        }
        Kind::History | Kind::Result | Kind::Sync | Kind::ExpressAsync => executions::run(case),
    }
}

fn test(case: &Case, gaps: &KnownGaps) -> Result<Completion, Failed> {
    match check(&case.id, run(case), gaps) {
        Outcome::Passed => Ok(Completion::Completed),
        Outcome::Skipped(reason) => Ok(Completion::ignored_with(reason)),
        Outcome::KnownGap(reason) => Ok(Completion::ignored_with(format!("known gap: {reason}"))),
        Outcome::Failed(reason) => Err(reason.into()),
    }
}

/// The project's own cases, and recorded ones if there are.
fn cases(recorded: Option<&Path>) -> Result<Vec<Case>, Box<dyn std::error::Error>> {
    let own = Selection::own().entries()?.into_iter().map(|entry| entry.case());
    let mut cases = own.collect::<Result<Vec<_>, _>>()?;
    for file in recorded.map(find).transpose()?.unwrap_or_default() {
        cases.push(load(&file)?);
    }
    Ok(cases)
}

/// A test for each case, and how many steps of all of them are left out.
fn trials(recorded: Option<&Path>) -> Result<(Vec<Trial>, usize), Box<dyn std::error::Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/known_gaps.toml");
    let gaps = KnownGaps::read(&file)?;
    let cases = cases(recorded)?;
    let missing = gaps.gap.iter().find(|gap| !cases.iter().any(|case| gap.names(&case.id)));
    // Without the recorded cases, gaps among them look like gaps of nothing.
    if let Some(gap) = missing.filter(|_| recorded.is_some()) {
        return Err(format!("{}: no case is called {}", file.display(), gap.case).into());
    }
    let unsent = cases.iter().map(steps::unsent).sum();
    let trials = cases.into_iter().map(|case| {
        let gaps = gaps.clone();
        Trial::ignorable_test(case.id.clone(), move || test(&case, &gaps))
    });
    Ok((trials.chain(worlds::trials()).collect(), unsent))
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    #[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
    let recorded = std::env::var_os("STEPCLOCK_RECORDED").filter(|folder| !folder.is_empty());
    if recorded.is_none() {
        eprintln!("STEPCLOCK_RECORDED is not set: recorded cases are skipped");
    }
    match trials(recorded.as_deref().map(Path::new)) {
        Ok((trials, unsent)) => {
            let conclusion = libtest_mimic::run(&arguments, trials);
            if unsent > 0 {
                eprintln!("{unsent} steps were left out: a client refuses to send them");
            }
            conclusion.exit_code()
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
