//! Replays what was recorded of AWS's API on the server, in process: every case a test of its own.
//!
//! `STEPCLOCK_RECORDED` names the folder of recorded cases; without it there is nothing to test. What the server is
//! known to fail stands in `known_gaps.toml`, and the list is strict.

mod definition;
mod names;
mod server;
mod steps;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use stepclock_conformance::case::{Case, Kind, find, load};
use stepclock_conformance::judge::Verdict;
use stepclock_conformance::known_gaps::KnownGaps;
use stepclock_conformance::suite::{Outcome, check};

/// What one case comes to.
fn run(case: &Case) -> Verdict {
    match case.kind {
        Kind::Api => steps::run(case),
        Kind::Validate => definition::run(case),
        _ => Verdict::Skip("it is not about the API".to_owned()),
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

fn trials(folder: &Path, gaps: &KnownGaps) -> Result<Vec<Trial>, Box<dyn std::error::Error>> {
    let mut cases = Vec::new();
    for file in find(folder)? {
        // Most files are not about the API; reading all of them is quick enough.
        let case = load(&file)?;
        if matches!(case.kind, Kind::Api | Kind::Validate) {
            cases.push(case);
        }
    }
    let missing = gaps.gap.iter().find(|gap| !cases.iter().any(|case| gap.names(&case.id)));
    if let Some(gap) = missing {
        return Err(format!("known_gaps.toml: no case is called {}", gap.case).into());
    }
    let trials = cases.into_iter().map(|case| {
        let gaps = gaps.clone();
        Trial::ignorable_test(case.id.clone(), move || test(&case, &gaps))
    });
    Ok(trials.collect())
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    #[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
    let folder = std::env::var_os("STEPCLOCK_RECORDED").filter(|folder| !folder.is_empty());
    let Some(folder) = folder else {
        eprintln!("STEPCLOCK_RECORDED is not set: recorded cases are skipped");
        return libtest_mimic::run(&arguments, Vec::new()).exit_code();
    };
    let gaps = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/known_gaps.toml");
    let trials = KnownGaps::read(&gaps)
        .map_err(Into::into)
        .and_then(|gaps| trials(Path::new(&folder), &gaps));
    match trials {
        Ok(trials) => {
            let conclusion = libtest_mimic::run(&arguments, trials);
            let unsent = steps::UNSENT.load(std::sync::atomic::Ordering::Relaxed);
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
