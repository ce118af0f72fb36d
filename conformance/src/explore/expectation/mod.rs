//! Expectations: what a workflow's author states about every run, and whether it holds.

mod check;
mod read;
mod text;

use serde_json::Value;

pub use read::ExpectationError;

/// The expectations of one file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expectations {
    list: Vec<Expectation>,
}

/// One expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// What its author calls it.
    pub name: Option<String>,
    rule: Rule,
}

/// What is expected.
#[derive(Debug, Clone, PartialEq)]
enum Rule {
    /// No execution fails with another error.
    NeverFailsExcept(Vec<String>),
    /// Every execution ends in time.
    Within { limit_ms: i64, text: String },
    /// Every execution visits these.
    AlwaysVisits(Vec<String>),
    /// No execution visits these.
    NeverVisits(Vec<String>),
    /// When all of this happened, that must follow.
    Whenever(Whenever),
    /// The output of every execution that succeeds has at least this.
    OutputMatches(Value),
    /// No execution does this state more often.
    AtMost { state: String, times: u64 },
}

/// When all of this happened, that must follow.
#[derive(Debug, Clone, Default, PartialEq)]
struct Whenever {
    succeeded: Vec<String>,
    failed: Vec<String>,
    visited: Vec<String>,
    ends: Option<String>,
    error: Option<String>,
    then: Vec<String>,
    then_not: Vec<String>,
    then_ends: Option<String>,
}

/// What became of an expectation in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checked {
    /// It says nothing about this run.
    NotInPlay,
    Held,
    /// With what was wrong.
    Violated(String),
}

impl Expectations {
    /// The expectations, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Expectation> {
        self.list.iter()
    }
}
