//! Reports: what a run of the suite and of random cases showed of an engine, as data and in forms to read.
//!
//! JSON is the report itself: runs that were split into shards or broken off add up, and every other form is made
//! from it. A report depends on the engine, the cases and the seeds only.

mod coverage;
mod html;
mod json;
mod junit;
mod markdown;
mod tally;

use serde::{Deserialize, Serialize};

use crate::campaign::{self, replay_file, replay_seed};
use crate::engine::EngineInfo;
use crate::suite::{CaseResult, Outcome};

pub use coverage::to_coverage;
pub use html::to_html;
pub use json::{ReportError, read, to_json};
pub use junit::to_junit;
pub use markdown::to_markdown;
pub use tally::Tally;

/// The version of the format.
pub const FORMAT: u32 = 1;

/// What was seen of an engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The version of the format.
    pub format: u32,
    /// The version of the suite.
    pub suite_version: String,
    /// The engine as it was named to the command, for the commands that replay failures.
    pub engine_spec: String,
    /// The engine.
    pub engine: EngineInfo,
    /// The cases of the suite, by name.
    pub cases: Vec<CaseResult>,
    /// The random cases.
    pub random: campaign::Report,
}

/// Something that went wrong, to be read and replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The test.
    pub name: String,
    /// What was wrong.
    pub reason: String,
    /// Commands that show it again, the simplest case last.
    pub replay: Vec<String>,
    /// The smallest case that shows it, if there is a smaller one than the test's.
    pub shrunk: Option<String>,
}

/// Why reports cannot be added up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reports of different engines cannot be merged: {0} and {1}")]
pub struct MergeError(String, String);

impl Report {
    /// A report of nothing yet.
    #[must_use]
    pub fn empty(engine: EngineInfo, engine_spec: &str) -> Self {
        Self {
            format: FORMAT,
            suite_version: env!("CARGO_PKG_VERSION").to_owned(),
            engine_spec: engine_spec.to_owned(),
            random: campaign::Report::empty(engine.clone()),
            engine,
            cases: Vec::new(),
        }
    }

    /// Whether nothing failed that was not known to fail.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let failed = |case: &CaseResult| matches!(case.outcome, Outcome::Failed(_));
        !self.cases.iter().any(failed) && self.random.is_clean()
    }

    /// Adds results of cases; a later result replaces an earlier one of the same case.
    pub fn add_cases(&mut self, results: Vec<CaseResult>) {
        let mut cases: std::collections::BTreeMap<String, CaseResult> = self
            .cases
            .drain(..)
            .chain(results)
            .map(|result| (result.name.clone(), result))
            .collect();
        self.cases = std::mem::take(&mut cases).into_values().collect();
    }

    /// Adds what another report of the same engine found in other cases and with other seeds.
    ///
    /// # Errors
    /// When the engines differ.
    pub fn merge(&mut self, other: Self) -> Result<(), MergeError> {
        if self.engine != other.engine {
            let shown = |info: &EngineInfo| format!("{} {}", info.name, info.version);
            return Err(MergeError(shown(&self.engine), shown(&other.engine)));
        }
        self.add_cases(other.cases);
        self.random.merge(other.random);
        Ok(())
    }

    /// What went wrong, cases first.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let cases = self.cases.iter().filter_map(|case| {
            let Outcome::Failed(reason) = &case.outcome else { return None };
            let file = case.file.as_deref();
            let replay = file.map(|file| replay_file(file.as_ref(), &self.engine_spec));
            Some(Problem {
                name: case.name.clone(),
                reason: reason.clone(),
                replay: replay.into_iter().collect(),
                shrunk: None,
            })
        });
        let random = self.random.failures.iter().map(|failure| Problem {
            name: format!("random/{}", failure.seed),
            reason: format!("{}: {}", failure.violation.kind(), failure.violation.message),
            replay: vec![replay_seed(failure.seed, &self.engine_spec)],
            shrunk: failure.shrunk.as_ref().map(crate::case::Case::to_text),
        });
        cases.chain(random).collect()
    }
}

#[cfg(test)]
mod tests;
