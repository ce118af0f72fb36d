//! Whole executions: random cases under every oracle, and hand-written definitions against the model.

use serde_json::{Value, json};
use stepclock_conformance::case::{Case, WorkflowTypeName};
use stepclock_conformance::engine::{Budget, Engine, Observation, Ran, ReferenceEngine};
use stepclock_conformance::generate;
use stepclock_conformance::model::{self, Modelled};
use stepclock_conformance::oracle::{difference_of_end, judge_case, surroundings};
use stepclock_engine::asl::{WorkflowType, compile};
use stepclock_engine::data::parse_json;

use crate::run::INPUT;

const BUDGET: Budget = Budget { steps: 20_000, wall_ms: 10_000 };

/// Bytes as a random case, valid by construction, which the reference engine runs and every oracle judges but
/// the model, which has [`differential`].
///
/// # Panics
/// When an oracle finds a broken rule.
pub fn execution(data: &[u8]) {
    judge(&generate::from_bytes(data), |oracle| oracle != "model");
}

/// The engine and the model on one case: a definition in JSON, valid by chance, or else bytes as a random case.
///
/// # Panics
/// When they come to different ends.
pub fn differential(data: &[u8]) {
    match definition_of(data) {
        Some(definition) => compare(&case_of(definition)),
        None => judge(&generate::from_bytes(data), |oracle| oracle == "model"),
    }
}

fn judge(case: &Case, counts: impl Fn(&str) -> bool) {
    let judgement = judge_case(case, &ReferenceEngine::new(), &BUDGET);
    let mut violations = judgement.findings.violations.iter();
    if let Some(violation) = violations.find(|violation| counts(&violation.oracle)) {
        panic!("{violation:?}\n{}", case.to_text());
    }
}

fn compare(case: &Case) {
    let Ran::Ran(Observation::Execution(seen)) = ReferenceEngine::new().run(case, &BUDGET) else {
        return;
    };
    let surroundings = surroundings(&seen);
    let Modelled::Decided(decided) = model::run_in(case, &surroundings) else { return };
    if let Some(difference) = difference_of_end(&decided, &seen) {
        panic!("{difference}\n{}", case.to_text());
    }
}

fn definition_of(data: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(data).ok()?;
    compile(text, WorkflowType::Standard).definition?;
    parse_json(text).ok()
}

fn case_of(definition: Value) -> Case {
    let mut workers = Vec::new();
    collect_workers(&definition, &mut workers);
    Case {
        id: "fuzz/differential".to_owned(),
        workflow_type: Some(WorkflowTypeName::Standard),
        definition: Some(definition),
        input: parse_json(INPUT).ok(),
        workers: Some(json!({"workers": workers})),
        ..Case::default()
    }
}

/// A worker for every Task: a failure first, then a result.
fn collect_workers(value: &Value, workers: &mut Vec<Value>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if member["Type"] == "Task" {
                    workers.push(json!({"state": name, "count": "state", "answers": [
                        {"throw": {"error": "Odd", "cause": "an odd call"}, "afterSeconds": 1},
                        {"return": {"n": 3, "text": "done", "list": [1, 2]}, "afterSeconds": 2},
                    ]}));
                }
                collect_workers(member, workers);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_workers(item, workers)),
        _ => {}
    }
}
