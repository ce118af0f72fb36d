//! Expectation against observation: the verdict on a case.

mod execution;
mod history;
mod operation;
mod steps;
mod validation;
mod wildcard;

pub use history::compare_history;
pub use wildcard::{Difference, Matcher};

use serde_json::{Value, json};

use crate::case::{Case, Kind};
use crate::engine::{Budget, Comparison, Engine, Observation, Ran};
use crate::oracle::{Judgement, judge_case};

/// Whether an engine did what a case expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It did.
    Pass,
    /// It did not; the reason names the first difference.
    Fail(String),
    /// The case cannot be run here; the reason says why.
    Skip(String),
}

/// What came of a case, and the verdict on it.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Whether the engine did what the case expects.
    pub verdict: Verdict,
    /// What the engine showed; `None` when it did not run.
    pub observed: Option<Observation>,
}

/// Runs a case on an engine and compares.
#[must_use]
pub fn run(case: &Case, engine: &dyn Engine, budget: &Budget) -> Judged {
    if let Some(reason) = engine.info().lacks(case) {
        return Judged { verdict: Verdict::Skip(reason), observed: None };
    }
    let case = &*engine.fitted(case);
    judge(case, engine.info().comparison, engine.run(case, budget))
}

/// Runs a case on an engine and compares; the oracles judge it as well.
#[must_use]
pub fn run_with_oracles(case: &Case, engine: &dyn Engine, budget: &Budget) -> Judged {
    let Judgement { ran, findings } = judge_case(case, engine, budget);
    let judged = judge(case, engine.info().comparison, ran);
    match (&judged.verdict, findings.violations.first()) {
        (Verdict::Pass, Some(violation)) => {
            let reason = format!("{}: {}", violation.kind(), violation.message);
            Judged { verdict: Verdict::Fail(reason), ..judged }
        }
        _ => judged,
    }
}

/// Compares what came of a case with what it expects.
#[must_use]
pub fn judge(case: &Case, comparison: Comparison, ran: Ran) -> Judged {
    let observed = match ran {
        Ran::Ran(observed) => observed,
        Ran::Skipped(reason) => {
            return Judged { verdict: Verdict::Skip(reason), observed: None };
        }
        Ran::Errored(reason) => {
            return Judged { verdict: Verdict::Fail(reason), observed: None };
        }
        Ran::TimedOut => {
            let reason = "it did not end within its budget".to_owned();
            return Judged { verdict: Verdict::Fail(reason), observed: None };
        }
    };
    let verdict = match (&observed, case.kind) {
        (Observation::Execution(seen), kind)
            if !matches!(kind, Kind::Validate | Kind::TestState | Kind::Api) =>
        {
            match execution::compare(case, comparison, seen) {
                None => Verdict::Pass,
                Some(reason) => Verdict::Fail(reason),
            }
        }
        (Observation::Validation(seen), Kind::Validate) => validation::compare(case, seen),
        (Observation::Operation(seen), Kind::TestState) => operation::compare(case, seen),
        (Observation::Operations(seen), Kind::Api) => steps::compare(case, seen),
        _ => Verdict::Fail("the engine showed something else than the case is about".to_owned()),
    };
    Judged { verdict, observed: Some(observed) }
}

impl Judged {
    /// One line for each case: `{"id", "verdict", "reason", "observed"}`.
    #[must_use]
    pub fn to_json_line(&self, id: &str) -> String {
        let (verdict, reason) = match &self.verdict {
            Verdict::Pass => ("pass", Value::Null),
            Verdict::Fail(reason) => ("fail", reason.as_str().into()),
            Verdict::Skip(reason) => ("skip", reason.as_str().into()),
        };
        let observed = match &self.observed {
            None => Value::Null,
            Some(Observation::Execution(seen)) => json!({
                "status": seen.status,
                "output": seen.output_as_expected(),
                "error": seen.error,
                "cause": seen.cause,
                "history": seen.history,
            }),
            Some(Observation::Validation(seen)) => json!({
                "result": seen.answer["result"],
                "diagnostics": seen.answer["diagnostics"],
            }),
            Some(Observation::Operation(seen)) => json!(seen),
            Some(Observation::Operations(seen)) => json!(seen),
        };
        json!({"id": id, "verdict": verdict, "reason": reason, "observed": observed}).to_string()
    }
}
