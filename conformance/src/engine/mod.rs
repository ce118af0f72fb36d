//! Engines under test: what an implementation must do to be judged, and the adapters the project has.

mod altered;
pub mod endpoint;
mod observation;
pub mod reference;
mod smoke;
mod spec;
pub mod stdio;
mod steps;

pub use endpoint::{EndpointEngine, EndpointSettings};
pub use observation::{Execution, Observation, Operation, OperationError, Probe, Validation};
pub use reference::{Mutation, ReferenceEngine};
pub use smoke::{SmokeError, smoke};
pub use spec::{SpecError, from_spec, from_spec_with};
pub use stdio::StdioEngine;
pub use steps::run_steps;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::coverage::constructs;

/// An implementation of the Amazon States Language, as the suite sees it.
///
/// An adapter runs a case and says what it saw; it never judges.
pub trait Engine: Send + Sync {
    /// What it is, what it can do, and how strictly it may be compared.
    fn info(&self) -> &EngineInfo;

    /// The case that is run when this one is asked for: itself, or one that comes to the same by the same events in
    /// less time, for an engine whose time is real. Who judges what the engine shows judges it by that case.
    fn fitted<'c>(&self, case: &'c Case) -> Cow<'c, Case> {
        Cow::Borrowed(case)
    }

    /// Runs a case.
    fn run(&self, case: &Case, budget: &Budget) -> Ran;
}

impl<E: Engine + ?Sized> Engine for Box<E> {
    fn info(&self) -> &EngineInfo {
        (**self).info()
    }

    fn fitted<'c>(&self, case: &'c Case) -> Cow<'c, Case> {
        (**self).fitted(case)
    }

    fn run(&self, case: &Case, budget: &Budget) -> Ran {
        (**self).run(case, budget)
    }
}

/// What an engine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EngineInfo {
    /// Its name, which also names its list of known gaps.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it cannot do, as [`crate::coverage::ALL`] names it: `JSONata`, `State:Map`, `Fault:redrive`. Cases
    /// that need one are skipped.
    #[serde(default)]
    pub unsupported: Vec<String>,
    /// How strictly it may be compared.
    #[serde(default)]
    pub comparison: Comparison,
}

impl EngineInfo {
    /// Why the engine cannot run a case, if it says that it cannot do what the case needs.
    #[must_use]
    pub fn lacks(&self, case: &Case) -> Option<String> {
        if self.unsupported.is_empty() {
            return None;
        }
        let used = constructs(case);
        let mut needed = case.features.iter().map(String::as_str).chain(used);
        let missing = needed.find(|needed| self.unsupported.iter().any(|lack| lack == needed))?;
        Some(format!("{} does not support {missing}", self.name))
    }
}

/// How strictly an engine may be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Comparison {
    /// Its history.
    pub history: HistoryComparison,
    /// Causes of failures.
    pub causes: CauseComparison,
    /// Moments and durations.
    pub timing: TimingComparison,
}

/// How strictly histories may be compared.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum HistoryComparison {
    /// Every event, id, parent and detail.
    #[default]
    Full,
    /// The types of the events, in order. Ids, parents, moments and data are the execution's own, so the oracles judge
    /// by them, but details may be fewer than what is expected.
    Structure,
    /// The types of the events, in order.
    Types,
    /// Not at all: it has none.
    Ignored,
}

/// How strictly causes may be compared.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum CauseComparison {
    /// Letter for letter.
    #[default]
    Exact,
    /// Not at all.
    Ignored,
}

/// How strictly moments may be compared.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum TimingComparison {
    /// To the millisecond: its time is simulated.
    #[default]
    Exact,
    /// What is due later comes later; nothing comes early.
    Ordered,
    /// Not at all.
    Ignored,
}

/// How much an engine may use up on one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Budget {
    /// Steps of a simulated world.
    pub steps: u64,
    /// Milliseconds of real time, for engines that are other processes.
    pub wall_ms: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 1_000_000, wall_ms: 30_000 }
    }
}

/// What came of running a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ran {
    /// It ran; this was seen.
    Ran(Observation),
    /// The engine cannot run it, for this reason.
    Skipped(String),
    /// The engine or its adapter broke.
    Errored(String),
    /// The budget was used up.
    TimedOut,
}
