//! Properties of generated cases: valid by construction, terminating, deterministic.

use stepclock_conformance::case::Case;
use stepclock_conformance::engine::{Budget, Engine, Ran, ReferenceEngine};
use stepclock_conformance::generate;
use stepclock_engine::asl::{Severity, WorkflowType, compile};

/// Seeds swept: every one of them is looked at on its own.
const SEEDS: u64 = 3_000;

fn problems(case: &Case) -> Vec<String> {
    let express =
        matches!(case.workflow_type, Some(stepclock_conformance::case::WorkflowTypeName::Express));
    let own = if express { WorkflowType::Express } else { WorkflowType::Standard };
    let definitions = case
        .definition
        .iter()
        .map(|definition| (definition, own))
        .chain(case.machines.values().map(|definition| (definition, WorkflowType::Standard)));
    definitions
        .flat_map(|(definition, workflow_type)| {
            compile(&definition.to_string(), workflow_type).diagnostics
        })
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| format!("{} at {:?}", diagnostic.message, diagnostic.location))
        .collect()
}

/// Fails with everything that was found, told by the first case of each problem.
fn none(problems: &[(String, Case)]) {
    let mut texts: Vec<&str> = problems.iter().map(|(text, _)| text.as_str()).collect();
    texts.truncate(30);
    let first = problems.first().map(|(_, case)| case.to_text()).unwrap_or_default();
    assert!(problems.is_empty(), "{}: {texts:#?}\n{first}", problems.len());
}

#[test]
fn valid_by_construction() {
    let cases = (0..SEEDS).map(generate::from_seed);
    let found: Vec<_> = cases
        .filter_map(|case| Some((format!("{}: {}", case.id, problems(&case).first()?), case)))
        .collect();
    none(&found);
}

#[test]
fn terminating() {
    let engine = ReferenceEngine::default();
    let budget = Budget { steps: 50_000, wall_ms: 10_000 };
    let cases = (0..SEEDS).map(generate::from_seed);
    let found: Vec<_> = cases
        .filter_map(|case| match engine.run(&case, &budget) {
            Ran::Ran(_) => None,
            other => Some((format!("{}: {other:?}", case.id), case)),
        })
        .collect();
    none(&found);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for seed in 0..SEEDS / 10 {
        assert_eq!(generate::from_seed(seed).to_text(), generate::from_seed(seed).to_text());
    }
}
