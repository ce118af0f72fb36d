//! Oracles: rules that hold for every case, whatever it expects. One family of properties a file.
//!
//! An oracle reads what an engine showed ([`Trial`]) and finds the rule kept, broken, or not in play. It never
//! looks into an engine: everything comes from the case and the observation.

mod answers;
mod catch;
mod containers;
mod data_flow;
mod determinism;
mod difference;
mod history_grammar;
mod judge;
mod limits;
mod map_runs;
mod metamorphic;
mod model;
mod retry;
mod termination;
mod timeouts;
mod tokens;
mod trace;
mod trial;

use std::collections::BTreeMap;

pub use judge::{Judgement, examine, judge_case};
pub use model::{Model, difference_of_end, difference_of_path, surroundings};
pub use trace::{Event, Failure, Given, Handling, Place, Trace, TraceError, Visit};
pub use trial::{Role, Trial};

/// A rule that holds for every case.
pub trait Oracle: Sync {
    /// Its name: lower case, with hyphens.
    fn name(&self) -> &'static str;

    /// The rule, in a sentence or two.
    fn rule(&self) -> &'static str;

    /// Where the rule comes from.
    fn source(&self) -> &'static str;

    /// Checks it, and tells `findings` of every check made and every violation.
    fn check(&self, trial: &Trial<'_>, findings: &mut Findings);
}

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Violation {
    /// The oracle.
    pub oracle: String,
    /// Which of its rules: violations with the same oracle and rule are the same for shrinking.
    pub rule: String,
    /// What was found, and what the rule asks for.
    pub message: String,
    /// The event it was found at.
    pub event: Option<u64>,
}

impl Violation {
    /// The oracle and its rule.
    #[must_use]
    pub fn kind(&self) -> String {
        format!("{}/{}", self.oracle, self.rule)
    }

    /// Whether another violation is the same one for shrinking: of the same rule of the same oracle.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.oracle == other.oracle && self.rule == other.rule
    }
}

/// What oracles found in one trial.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The broken rules.
    pub violations: Vec<Violation>,
    /// How often each oracle checked something.
    pub checks: BTreeMap<&'static str, u64>,
    current: &'static str,
}

impl Findings {
    /// Runs one oracle.
    pub fn run(&mut self, oracle: &dyn Oracle, trial: &Trial<'_>) {
        self.current = oracle.name();
        oracle.check(trial, self);
    }

    /// Says that a check was made.
    pub fn checked(&mut self) {
        *self.checks.entry(self.current).or_default() += 1;
    }

    /// Makes a check; when it does not hold, `message` says what was found.
    pub fn check(
        &mut self,
        holds: bool,
        rule: &str,
        event: Option<u64>,
        message: impl FnOnce() -> String,
    ) {
        self.checked();
        if !holds {
            self.violated(rule, event, message());
        }
    }

    /// Says that a rule was broken.
    pub fn violated(&mut self, rule: &str, event: Option<u64>, message: String) {
        self.violations.push(Violation {
            oracle: self.current.to_owned(),
            rule: rule.to_owned(),
            message,
            event,
        });
    }
}

/// Every oracle, in the order they run.
#[must_use]
pub fn all() -> Vec<&'static dyn Oracle> {
    vec![
        &termination::Termination,
        &history_grammar::HistoryGrammar,
        &retry::Retry,
        &catch::Catch,
        &limits::Limits,
        &tokens::Tokens,
        &answers::Answers,
        &timeouts::Timeouts,
        &containers::Containers,
        &map_runs::MapRuns,
        &determinism::Determinism,
        &metamorphic::Metamorphic,
        &Model,
        &data_flow::DataFlow,
    ]
}
