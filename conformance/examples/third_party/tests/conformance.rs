//! The adapter of the toy engine, and the suite: everything it takes.

use serde_json::{Value, json};
use stepclock_conformance::case::{Case, Kind};
use stepclock_conformance::engine::{
    Budget, CauseComparison, Comparison, Engine, EngineInfo, Execution, HistoryComparison,
    Observation, Ran, TimingComparison,
};
use toy_engine::{End, Refusal, run};

struct Toy(EngineInfo);

impl Toy {
    fn new() -> Self {
        Self(EngineInfo {
            name: "toy".to_owned(),
            version: "0.1.0".to_owned(),
            unsupported: Vec::new(),
            comparison: Comparison {
                history: HistoryComparison::Types,
                causes: CauseComparison::Exact,
                timing: TimingComparison::Ignored,
            },
        })
    }
}

impl Engine for Toy {
    fn info(&self) -> &EngineInfo {
        &self.0
    }

    fn run(&self, case: &Case, _: &Budget) -> Ran {
        if !matches!(case.kind, Kind::History | Kind::Result) || !case.faults.is_empty() {
            return Ran::Skipped("only plain executions".to_owned());
        }
        // The exact text of the input, where it matters.
        let exact = case.input_text.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let input = exact.or_else(|| case.input.clone()).unwrap_or_else(|| json!({}));
        let (end, events) = match run(case.definition.as_ref().unwrap_or(&Value::Null), input) {
            Ok(ran) => ran,
            Err(Refusal::TooHard(what)) => return Ran::Skipped(what),
            Err(Refusal::Invalid(what)) => return Ran::Errored(what),
        };
        let mut seen = Execution {
            history: events.iter().map(|event| json!({"type": event})).collect(),
            ..Execution::default()
        };
        match end {
            End::Succeeded(output) => {
                seen.status = "SUCCEEDED".to_owned();
                seen.output = Some(output.to_string());
            }
            End::Failed(error, cause) => {
                seen.status = "FAILED".to_owned();
                (seen.error, seen.cause) = (error, cause);
            }
        }
        Ran::Ran(Observation::Execution(Box::new(seen)))
    }
}

stepclock_conformance::conformance_suite!(Toy::new(), known_gaps = "known_gaps.toml");
