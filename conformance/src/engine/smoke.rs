//! The first thing an engine must pass: does its adapter tell success, failure and refusal apart?
//!
//! An adapter that answers `SUCCEEDED` to everything, or passes expectations on as observations, would pass many
//! cases. Here it does not get past the fourth.

use serde_json::{Value, json};

use super::{Budget, Engine, Ran};
use crate::case::{Case, Expect, WorkflowTypeName};
use crate::judge::{Verdict, judge};

/// What is wrong with an adapter, and what to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("smoke test of {engine}: {check}: {found}\n  {advice}")]
pub struct SmokeError {
    /// The engine.
    pub engine: String,
    /// What was tried.
    pub check: &'static str,
    /// What came.
    pub found: String,
    /// What the adapter's author should look at.
    pub advice: &'static str,
}

/// Runs the smoke test.
///
/// # Errors
/// The first check that went wrong.
pub fn smoke(engine: &dyn Engine, budget: &Budget) -> Result<(), SmokeError> {
    let wrong = |check, found, advice| {
        Err(SmokeError { engine: engine.info().name.clone(), check, found, advice })
    };
    let verdict = |case: &Case| {
        let ran = engine.run(case, budget);
        judge(case, engine.info().comparison, ran).verdict
    };
    let described = |verdict: Verdict| match verdict {
        Verdict::Pass => "it passed".to_owned(),
        Verdict::Fail(reason) => reason,
        Verdict::Skip(reason) => format!("it was skipped: {reason}"),
    };
    match verdict(&succeeds()) {
        Verdict::Pass => {}
        other => {
            return wrong(
                "a Pass state with a Result",
                described(other),
                "Every engine needs Pass. `output` is the output's JSON text, a string; the status is SUCCEEDED; \
                 `history` holds ExecutionStarted, PassStateEntered, PassStateExited, ExecutionSucceeded unless \
                 the engine's comparison.history is \"ignored\".",
            );
        }
    }
    match verdict(&fails()) {
        Verdict::Pass => {}
        other => {
            return wrong(
                "a Fail state",
                described(other),
                "A failed execution is not an error of the adapter: it ran, its status is FAILED, and `error` and \
                 `cause` are the state's.",
            );
        }
    }
    match engine.run(&is_invalid(), budget) {
        Ran::Errored(_) => {}
        ran => {
            return wrong(
                "a definition whose StartAt names no state",
                found(&ran),
                "A definition that cannot be created is answered with `errored` and the reason, neither run nor \
                 skipped.",
            );
        }
    }
    let mut expects_wrongly = succeeds();
    expects_wrongly.expect.output = Some(json!({"smoke": "another value"}));
    match verdict(&expects_wrongly) {
        Verdict::Fail(_) => Ok(()),
        other => wrong(
            "a Pass state whose case expects another output than it has",
            described(other),
            "The engine must show what it saw, never what the case expects.",
        ),
    }
}

fn found(ran: &Ran) -> String {
    match ran {
        Ran::Ran(_) => "it ran".to_owned(),
        Ran::Skipped(reason) => format!("it was skipped: {reason}"),
        Ran::Errored(reason) => reason.clone(),
        Ran::TimedOut => "it did not answer in time".to_owned(),
    }
}

fn case(id: &str, state: Value, expect: Expect) -> Case {
    Case {
        id: format!("smoke/{id}"),
        source: "the smoke test".to_owned(),
        workflow_type: Some(WorkflowTypeName::Standard),
        definition: Some(json!({"StartAt": "A", "States": {"A": state}})),
        input: Some(json!({})),
        expect,
        ..Case::default()
    }
}

fn events(kind: &str, rest: &[&str]) -> Option<Vec<String>> {
    let first = ["ExecutionStarted".to_owned(), format!("{kind}StateEntered")];
    Some(first.into_iter().chain(rest.iter().map(|&event| event.to_owned())).collect())
}

fn succeeds() -> Case {
    let expect = Expect {
        status: Some("SUCCEEDED".to_owned()),
        output: Some(json!({"smoke": [1, "two", null]})),
        events: events("Pass", &["PassStateExited", "ExecutionSucceeded"]),
        ..Expect::default()
    };
    case(
        "succeeds",
        json!({"Type": "Pass", "Result": {"smoke": [1, "two", null]}, "End": true}),
        expect,
    )
}

fn fails() -> Case {
    let expect = Expect {
        status: Some("FAILED".to_owned()),
        error: Some("Smoke".into()),
        cause: Some("There is fire".into()),
        events: events("Fail", &["ExecutionFailed"]),
        ..Expect::default()
    };
    let state = json!({"Type": "Fail", "Error": "Smoke", "Cause": "There is fire"});
    case("fails", state, expect)
}

fn is_invalid() -> Case {
    let mut case = case("is-invalid", json!({"Type": "Succeed"}), Expect::default());
    case.definition = Some(json!({"StartAt": "Nowhere", "States": {"A": {"Type": "Succeed"}}}));
    case
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{EngineInfo, Execution, Observation, ReferenceEngine};

    /// An engine that answers every case alike.
    struct Constant(EngineInfo, Ran);

    impl Engine for Constant {
        fn info(&self) -> &EngineInfo {
            &self.0
        }

        fn run(&self, _: &Case, _: &Budget) -> Ran {
            self.1.clone()
        }
    }

    /// An adapter that hands back the expectation.
    struct Echo(EngineInfo);

    impl Engine for Echo {
        fn info(&self) -> &EngineInfo {
            &self.0
        }

        fn run(&self, case: &Case, _: &Budget) -> Ran {
            let expect = &case.expect;
            let text = |value: &Option<Value>| value.as_ref()?.as_str().map(str::to_owned);
            let Some(status) = &expect.status else { return Ran::Errored("refused".to_owned()) };
            Ran::Ran(Observation::Execution(Box::new(Execution {
                status: status.clone(),
                output: expect.output.as_ref().map(Value::to_string),
                error: text(&expect.error),
                cause: text(&expect.cause),
                history: expect.events.iter().flatten().map(|e| json!({"type": e})).collect(),
                ..Execution::default()
            })))
        }
    }

    fn info() -> EngineInfo {
        EngineInfo { name: "broken".to_owned(), ..ReferenceEngine::new().info().clone() }
    }

    #[test]
    fn the_reference_engine_passes() {
        assert_eq!(smoke(&ReferenceEngine::new(), &Budget::default()), Ok(()));
    }

    #[test]
    fn adapters_that_always_say_the_same_do_not_pass() {
        let done = Execution {
            status: "SUCCEEDED".to_owned(),
            output: Some(r#"{"smoke":[1,"two",null]}"#.to_owned()),
            history: events("Pass", &["PassStateExited", "ExecutionSucceeded"])
                .iter()
                .flatten()
                .map(|event| json!({"type": event}))
                .collect(),
            ..Execution::default()
        };
        for (ran, check) in [
            (Ran::Skipped("no".to_owned()), "a Pass state"),
            (Ran::Errored("no".to_owned()), "a Pass state"),
            (Ran::TimedOut, "a Pass state"),
            (Ran::Ran(Observation::Execution(Box::new(done))), "a Fail state"),
        ] {
            let error = smoke(&Constant(info(), ran), &Budget::default()).expect_err("it is wrong");
            assert!(error.check.starts_with(check), "{error}");
        }
    }

    #[test]
    fn an_adapter_that_hands_back_the_expectation_does_not_pass() {
        let error = smoke(&Echo(info()), &Budget::default()).expect_err("it is wrong");
        assert!(error.advice.contains("never what the case expects"), "{error}");
    }
}
