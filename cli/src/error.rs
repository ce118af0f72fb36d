//! What can go wrong before or beside the run itself.

use std::path::PathBuf;

use stepclock_conformance::case::LoadError;
use stepclock_conformance::explore::{ExpectationError, SweepError};
use stepclock_engine::sim::WorldError;

/// Bad usage, unreadable files, and tasks that nobody answers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("cannot write {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{path} is not UTF-8 (byte {offset})")]
    Utf8 { path: PathBuf, offset: usize },
    #[error("{what} is not JSON: {message}")]
    Json { what: String, message: String },
    #[error(
        "{path} is refused with {errors} error(s); `stepclock validate` shows them too:\n\n{shown}"
    )]
    Invalid { path: PathBuf, errors: usize, shown: String },
    #[error("{path}: {message}")]
    Script { path: PathBuf, message: String },
    #[error("--{option}: {message}")]
    Option { option: &'static str, message: String },
    #[error(transparent)]
    TestState(#[from] stepclock_engine::test_state::TestStateError),
    #[error(transparent)]
    World(#[from] WorldError),
    #[error(transparent)]
    Case(#[from] LoadError),
    #[error("--engine: {0}")]
    Engine(#[from] stepclock_conformance::engine::SpecError),
    #[error(transparent)]
    Bundle(#[from] stepclock_conformance::campaign::BundleError),
    #[error("{path}: {error}")]
    Expectations { path: PathBuf, error: ExpectationError },
    #[error(transparent)]
    Sweep(#[from] SweepError),
    #[error(transparent)]
    Smoke(#[from] stepclock_conformance::engine::SmokeError),
    #[error(transparent)]
    Gaps(#[from] stepclock_conformance::known_gaps::GapsError),
    #[error(transparent)]
    Report(#[from] stepclock_conformance::report::ReportError),
    #[error(transparent)]
    Merge(#[from] stepclock_conformance::report::MergeError),
    #[error(transparent)]
    Start(#[from] stepclock_server::StartError),
    #[error("cannot draw: {0}")]
    Draw(String),
    #[error("cannot write the output: {0}")]
    Output(std::io::Error),
}
