//! What an exploration found, as data: the form of `stepclock explore --json`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::constructs::{Construct, Part};
use super::explorer::Explorer;
use super::stats::Distribution;

/// What an exploration found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The first seed.
    pub first_seed: u64,
    /// How many seeds were run.
    pub runs: u64,
    /// How executions ended, the most frequent first.
    pub endings: Vec<Ending>,
    /// Simulated milliseconds from start to end.
    pub duration_ms: Distribution,
    /// Attempts of all tasks of an execution.
    pub attempts: Distribution,
    /// Every construct, in the order of the definition.
    pub coverage: Vec<Covered>,
    /// What was expected.
    pub expectations: Vec<ExpectationReport>,
    /// Runs worth a look.
    pub notable: Vec<Notable>,
    /// What was made up, because nobody said it.
    pub assumptions: Vec<Assumption>,
}

/// A way executions ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`, `RUNNING`.
    pub status: String,
    /// The error.
    pub error: Option<String>,
    /// The state whose failure it was.
    pub at: Option<String>,
    /// So many runs.
    pub runs: u64,
    /// The first of them.
    pub first_seed: u64,
    /// The cause in the first of them.
    pub cause: Option<String>,
}

/// A construct, and how often it was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// What.
    #[serde(flatten)]
    pub construct: Construct,
    /// How often over all runs.
    pub hits: u64,
    /// In how many runs.
    pub runs: u64,
    /// The first run.
    pub first_seed: Option<u64>,
    /// Why it may never have been reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What became of an expectation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectationReport {
    /// In words, or the name it was given.
    pub expectation: String,
    /// Runs in which it was put to the test.
    pub in_play: u64,
    /// Runs that violate it.
    pub violations: u64,
    /// The first of them.
    pub first_seed: Option<u64>,
    /// What was wrong in it.
    pub message: Option<String>,
}

/// A run worth a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notable {
    /// `longest` (milliseconds), `most attempts`, `most events`, or `rare: …` (runs).
    pub what: String,
    /// How long, how many.
    pub value: i64,
    /// The run.
    pub seed: u64,
}

/// Something that was made up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumption {
    /// `input`, or the Task.
    pub of: String,
    /// What it is, or what the Task returns.
    pub value: String,
    /// The errors it may end with, if failures are drawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

impl Report {
    /// Whether every expectation held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.expectations.iter().all(|expectation| expectation.violations == 0)
    }

    /// The constructs that were never reached.
    pub fn missed(&self) -> impl Iterator<Item = &Covered> {
        self.coverage.iter().filter(|covered| covered.runs == 0)
    }
}

impl Ending {
    /// In words, such as `FAILED CardDeclined at Charge`.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = self.status.clone();
        if let Some(error) = &self.error {
            text.push_str(&format!(" {error}"));
        }
        if let Some(at) = &self.at {
            text.push_str(&format!(" at {at}"));
        }
        text
    }
}

/// Why a construct may never have been reached, if that can be told from the definition.
pub(super) fn hint(explorer: &Explorer<'_>, construct: &Construct) -> Option<String> {
    let state = explorer.machine_of(construct)?.state(&construct.state)?;
    let (handlers, index) = match construct.part {
        Part::Retrier(index) => ("Retry", index),
        Part::Catcher(index) => ("Catch", index),
        _ => return None,
    };
    let names = |handler: &Value| -> Vec<String> {
        let names = handler.get("ErrorEquals").and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let earlier: Vec<String> = state.list(handlers)[..index].iter().flat_map(names).collect();
    if construct.errors.iter().all(|name| earlier.contains(name)) {
        return Some("an earlier one takes all its errors".to_owned());
    }
    if state.kind() != "Task" {
        return None;
    }
    let timeouts = ["States.Timeout", "States.HeartbeatTimeout"];
    let only_timeouts = construct.errors.iter().all(|name| timeouts.contains(&name.as_str()));
    let limits =
        ["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"];
    if only_timeouts && limits.iter().all(|limit| state.field(limit).is_none()) {
        return Some(
            "the task has no TimeoutSeconds, so it practically never times out".to_owned(),
        );
    }
    let Some(drawn) = explorer.drawn(construct.machine.as_deref(), state.name) else {
        return Some("its scripted workers never throw that".to_owned());
    };
    if explorer.is_calm() {
        return Some("nothing fails in calm runs".to_owned());
    }
    let possible = |name: &String| name.starts_with("States.") || drawn.errors.contains(name);
    if !construct.errors.iter().any(possible) {
        return Some("the service of this task does not give that error".to_owned());
    }
    None
}
