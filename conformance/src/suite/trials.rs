//! The suite as tests that `cargo test` runs, filters and lists.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use super::{Entry, Group, Outcome, Selection, result};
use crate::case::LoadError;
use crate::engine::{Budget, Engine, smoke};
use crate::known_gaps::{Gap, GapsError, KnownGaps};

/// Random cases unless `STEPCLOCK_SEEDS` says how many.
const SEEDS: u64 = 200;

/// What the tests depend on.
pub struct Settings {
    /// Which cases to run.
    pub selection: Selection,
    /// Cases the engine is known to fail.
    pub gaps: KnownGaps,
    /// What one case may use up.
    pub budget: Budget,
}

/// Why there are no tests.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// A folder of cases could not be read.
    #[error(transparent)]
    Cases(#[from] LoadError),
    /// The list of known gaps could not be read.
    #[error(transparent)]
    Gaps(#[from] GapsError),
    /// `STEPCLOCK_SEEDS` is not a number.
    #[error("STEPCLOCK_SEEDS must be a number, not `{0}`")]
    Seeds(String),
}

impl Settings {
    /// The settings the environment gives, with the known gaps in a file.
    ///
    /// # Errors
    /// When one of them is unusable.
    pub fn from_env(known_gaps: Option<&Path>) -> Result<Self, SuiteError> {
        let mut selection = Selection::own();
        match variable("STEPCLOCK_RECORDED") {
            Some(folder) => selection.folders.push((Group::Recorded, folder.into())),
            None => eprintln!("STEPCLOCK_RECORDED is not set: recorded cases are skipped"),
        }
        let seeds = variable("STEPCLOCK_SEEDS").map(|given| {
            let text = given.to_string_lossy().into_owned();
            text.parse().map_err(|_| SuiteError::Seeds(text))
        });
        selection.seeds = 0..seeds.transpose()?.unwrap_or(SEEDS);
        let gaps = known_gaps.map(KnownGaps::read).transpose()?.unwrap_or_default();
        Ok(Self { selection, gaps, budget: Budget::default() })
    }

    /// Every case as a test, and two more: the smoke test, without which no other test passes, and that every
    /// known gap names a case.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn trials(self, engine: Arc<dyn Engine>) -> Result<Vec<Trial>, LoadError> {
        let entries = self.selection.entries()?;
        let is_whole = self.selection.has_recorded();
        let shared = Arc::new(Shared { engine, settings: self, smoke: OnceLock::new() });
        let mut trials = Vec::new();
        let smoked = shared.clone();
        trials.push(Trial::test("smoke", move || smoked.smoke().map_err(Failed::from)));
        // Without the recorded cases, gaps among them look like gaps of nothing.
        if is_whole {
            let (shared, entries) = (shared.clone(), entries.clone());
            trials.push(Trial::test("known-gaps", move || shared.every_gap_names_a_case(&entries)));
        }
        trials.extend(entries.into_iter().map(|entry| {
            let shared = shared.clone();
            Trial::ignorable_test(entry.to_string(), move || shared.run(&entry))
        }));
        Ok(trials)
    }
}

struct Shared {
    engine: Arc<dyn Engine>,
    settings: Settings,
    smoke: OnceLock<Result<(), String>>,
}

impl Shared {
    fn smoke(&self) -> Result<(), String> {
        let test =
            || smoke(&*self.engine, &self.settings.budget).map_err(|error| error.to_string());
        self.smoke.get_or_init(test).clone()
    }

    fn run(&self, entry: &Entry) -> Result<Completion, Failed> {
        if self.smoke().is_err() {
            return Err("the engine does not pass the smoke test (the test `smoke`)".into());
        }
        let (gaps, budget) = (&self.settings.gaps, &self.settings.budget);
        match result(entry, &*self.engine, gaps, budget)?.outcome {
            Outcome::Passed => Ok(Completion::Completed),
            Outcome::Skipped(reason) => Ok(Completion::ignored_with(reason)),
            Outcome::KnownGap(reason) => {
                Ok(Completion::ignored_with(format!("known gap: {}", reason)))
            }
            Outcome::Failed(reason) => Err(reason.into()),
        }
    }

    fn every_gap_names_a_case(&self, entries: &[Entry]) -> Result<(), Failed> {
        let mut ids = Vec::new();
        for entry in entries {
            ids.push(entry.case()?.id);
        }
        let names_none = |gap: &&Gap| !ids.iter().any(|id| gap.names(id));
        match self.settings.gaps.gap.iter().find(names_none) {
            None => Ok(()),
            Some(gap) => Err(format!("no case is called {}", gap.case).into()),
        }
    }
}

/// Runs the suite on an engine: what [`conformance_suite!`](crate::conformance_suite) calls.
pub fn main(engine: impl Engine + 'static, known_gaps: Option<&Path>) -> ExitCode {
    let arguments = Arguments::from_args();
    let trials =
        Settings::from_env(known_gaps).and_then(|settings| Ok(settings.trials(Arc::new(engine))?));
    match trials {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
