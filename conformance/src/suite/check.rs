//! The verdict on one case of the suite: what it expects, what the oracles say, and what was known before.

use serde::{Deserialize, Serialize};

use super::Entry;
use crate::case::{Case, LoadError};
use crate::coverage::constructs;
use crate::engine::{Budget, Engine, Ran};
use crate::judge::{self, Verdict};
use crate::known_gaps::KnownGaps;
use crate::oracle::{Judgement, Violation, judge_case};

/// What a case came to, seen with the known gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "snake_case")]
pub enum Outcome {
    /// As it should.
    Passed,
    /// It was not run, for this reason.
    Skipped(String),
    /// It failed, as is known; the reason it failed for.
    KnownGap(String),
    /// It failed, or passed although the list of known gaps says that it fails.
    Failed(String),
}

/// What a case of the suite came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseResult {
    /// The name of its test: `suite/pass/four-events`.
    pub name: String,
    /// Its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The constructs it uses.
    pub constructs: Vec<String>,
    /// What it came to.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Reads a case, runs it, and says what it came to.
///
/// # Errors
/// When it cannot be read.
pub fn result(
    entry: &Entry,
    engine: &dyn Engine,
    gaps: &KnownGaps,
    budget: &Budget,
) -> Result<CaseResult, LoadError> {
    let case = entry.case()?;
    Ok(CaseResult {
        name: entry.to_string(),
        file: entry.file().map(|file| file.display().to_string()),
        constructs: constructs(&case).into_iter().map(str::to_owned).collect(),
        outcome: match entry.is_random() {
            true => check_random(&case, engine, budget, gaps),
            false => check(&case.id, examine(&case, engine, budget), gaps),
        },
    })
}

/// Runs a case and compares it with what it expects; unless it is recorded, every oracle judges it as well.
#[must_use]
pub fn examine(case: &Case, engine: &dyn Engine, budget: &Budget) -> Verdict {
    match case.recorded.is_some() {
        true => judge::run(case, engine, budget).verdict,
        false => judge::run_with_oracles(case, engine, budget).verdict,
    }
}

/// The verdict on a random case, which expects nothing: what the oracles find that is not known.
fn check_random(case: &Case, engine: &dyn Engine, budget: &Budget, gaps: &KnownGaps) -> Outcome {
    let Judgement { ran, findings } = judge_case(case, engine, budget);
    if let Ran::Skipped(reason) = ran {
        return Outcome::Skipped(reason);
    }
    let reason = |violation: &Violation| format!("{}: {}", violation.kind(), violation.message);
    let unknown = |violation: &&Violation| !gaps.has_rule(&violation.kind());
    match (findings.violations.iter().find(unknown), findings.violations.first()) {
        (Some(violation), _) => Outcome::Failed(reason(violation)),
        (None, Some(violation)) => Outcome::KnownGap(reason(violation)),
        (None, None) => Outcome::Passed,
    }
}

/// The verdict in the light of an engine's known gaps. The list is strict.
#[must_use]
pub fn check(id: &str, verdict: Verdict, gaps: &KnownGaps) -> Outcome {
    match (verdict, gaps.find(id)) {
        (Verdict::Pass, None) => Outcome::Passed,
        (Verdict::Skip(reason), None) => Outcome::Skipped(reason),
        (Verdict::Fail(reason), None) => Outcome::Failed(reason),
        (Verdict::Fail(_), Some(gap)) => Outcome::KnownGap(gap.reason.trim_end().to_owned()),
        (Verdict::Pass, Some(gap)) => Outcome::Failed(format!(
            "it passes, although it is listed as a known gap: {}",
            gap.reason
        )),
        (Verdict::Skip(reason), Some(_)) => {
            Outcome::Failed(format!("it is skipped ({reason}), so it cannot be a known gap"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{EngineInfo, Execution, Observation, Ran, ReferenceEngine};

    #[test]
    fn the_list_of_known_gaps_is_strict() {
        let gaps = "[[gap]]\ncase = \"map/*\"\nreason = \"no Map\"";
        let gaps = KnownGaps::parse(gaps).expect("it is a list");
        let failed = |id: &str, verdict| matches!(check(id, verdict, &gaps), Outcome::Failed(_));
        let fail = || Verdict::Fail("x".to_owned());
        assert_eq!(check("map/a", fail(), &gaps), Outcome::KnownGap("no Map".to_owned()));
        assert!(failed("map/a", Verdict::Pass) && failed("map/a", Verdict::Skip("x".to_owned())));
        assert!(failed("pass/a", fail()) && !failed("pass/a", Verdict::Pass));
    }

    /// The reference engine, but every event has the same id.
    struct Confused(ReferenceEngine);

    impl Engine for Confused {
        fn info(&self) -> &EngineInfo {
            self.0.info()
        }

        fn run(&self, case: &Case, budget: &Budget) -> Ran {
            let Ran::Ran(Observation::Execution(seen)) = self.0.run(case, budget) else {
                return Ran::TimedOut;
            };
            let mut history = seen.history.clone();
            for event in &mut history {
                event["id"] = 1.into();
            }
            Ran::Ran(Observation::Execution(Box::new(Execution { history, ..*seen })))
        }
    }

    #[test]
    fn oracles_judge_cases_that_expect_too_little() {
        let case = Case {
            definition: Some(serde_json::json!({
                "StartAt": "A", "States": {"A": {"Type": "Succeed"}},
            })),
            ..Case::default()
        };
        let budget = Budget::default();
        let verdict = |engine: &dyn Engine| examine(&case, engine, &budget);
        assert_eq!(verdict(&ReferenceEngine::new()), Verdict::Pass);
        let confused = verdict(&Confused(ReferenceEngine::new()));
        assert!(matches!(confused, Verdict::Fail(_)), "all events have the same id");
    }
}
