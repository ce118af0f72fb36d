//! Properties of generated cases: valid by construction, terminating, deterministic.

use arbitrary::Unstructured;
use proptest::test_runner::{Config, TestRunner};
use stepclock_conformance::case::{Case, Fault};
use stepclock_conformance::coverage::{Count, constructs};
use stepclock_conformance::engine::Observation;
use stepclock_conformance::engine::{Budget, Engine, Ran, ReferenceEngine};
use stepclock_conformance::fault::{self, Profile};
use stepclock_conformance::generate::{self, Swarm, Switch};
use stepclock_engine::asl::{Severity, WorkflowType, compile};

/// Seeds swept: every one of them is looked at on its own.
const SEEDS: u64 = 2_000;

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

#[test]
fn from_any_bytes() {
    // libFuzzer starts with no bytes at all.
    for length in 0..200 {
        let bytes: Vec<u8> = (0..length).map(|at| (at * 37 % 251) as u8).collect();
        let case = generate::from_bytes(&bytes);
        assert_eq!(problems(&case), Vec::<String>::new(), "{}", case.to_text());
    }
}

#[test]
fn proptest_shrinks_to_a_small_case() {
    let config = Config { failure_persistence: None, ..Config::with_cases(256) };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let found = runner.run(&generate::strategy(), |case| {
        let uses = constructs(&case);
        proptest::prop_assert!(!uses.contains("State:Parallel"));
        Ok(())
    });
    let Err(proptest::test_runner::TestError::Fail(_, case)) = found else {
        panic!("no case with a Parallel state in 256: {found:?}");
    };
    assert!(constructs(&case).contains("State:Parallel"));
    let size = case.definition.map(|definition| definition.to_string().len()).unwrap_or_default();
    assert!(size < 1_000, "{size}");
}

/// What may not be in a case when a switch is off.
fn of_switch(switch: Switch) -> &'static [&'static str] {
    match switch {
        Switch::Activities => &["Task:activity"],
        Switch::Callbacks => &["Task:waitForTaskToken"],
        Switch::Catch => &["Catch"],
        Switch::Choice => &["State:Choice", "Loop"],
        Switch::Comments => &["Comment"],
        // A token can be had from nowhere else, an item's value neither.
        Switch::ContextObject => &[],
        Switch::Credentials => &["Credentials"],
        Switch::DistributedMap => &["Map:DISTRIBUTED"],
        Switch::Express => &["Express"],
        Switch::Fail => &["State:Fail"],
        Switch::FailingTasks => &["Worker:throw", "Worker:never"],
        Switch::Heartbeats => &["HeartbeatSeconds", "HeartbeatSecondsPath"],
        Switch::IllTyped => &[],
        Switch::IndefinitePaths => {
            &["Path:filter", "Path:slice", "Path:wildcard", "Path:deep scan"]
        }
        Switch::InputPath => &["InputPath"],
        Switch::Intrinsics => &["Intrinsic:nested", "Intrinsic:Format", "Intrinsic:MathAdd"],
        Switch::ItemBatcher => &["ItemBatcher"],
        Switch::ItemReader => &["ItemReader"],
        Switch::ItemSelector => &["ItemSelector"],
        Switch::Jitter => &["JitterStrategy:FULL", "JitterStrategy:NONE"],
        Switch::Jobs => &[],
        Switch::Jsonata => &["JSONata", "Choice:Condition"],
        Switch::LambdaInvoke => &[],
        Switch::Loops => &["Loop"],
        Switch::MachineTimeout => &["StateMachineTimeout"],
        Switch::Map => &["State:Map"],
        Switch::MaxConcurrency => &["MaxConcurrency", "MaxConcurrencyPath"],
        Switch::NestedExecutions => &["Task:startExecution", "Task:startExecution.sync:2"],
        Switch::OutputPath => &["OutputPath"],
        Switch::Parallel => &["State:Parallel"],
        // Integrations cannot do without.
        Switch::Parameters => &[],
        Switch::ResultPath => &["Catch:ResultPath"],
        Switch::ResultSelector => &["ResultSelector"],
        Switch::ResultWriter => &["ResultWriter"],
        Switch::Retry => &["Retry"],
        Switch::Sdk => &["Task:aws-sdk"],
        Switch::SilentTasks => &["Worker:never"],
        Switch::Succeed => &["State:Succeed"],
        Switch::Timeouts => &["TimeoutSeconds", "TimeoutSecondsPath"],
        Switch::ToleratedFailures => &["ToleratedFailureCount", "ToleratedFailurePercentage"],
        Switch::Variables => &["Assign", "Variable", "Loop"],
        Switch::Wait => &["State:Wait"],
    }
}

#[test]
fn what_a_swarm_switches_off_is_not_there() {
    for seed in 0..SEEDS {
        let (case, swarm) = (generate::from_seed(seed), generate::swarm_of_seed(seed));
        let uses = constructs(&case);
        for switch in &swarm.off {
            for name in of_switch(*switch) {
                assert!(!uses.contains(name), "seed {seed}: {name}\n{}", case.to_text());
            }
        }
        if swarm.faults == Profile::Calm {
            assert_eq!(case.faults, [], "seed {seed}");
        }
    }
}

#[test]
fn a_swarm_can_be_written_down() {
    for seed in 0..100 {
        let swarm = generate::swarm_of_seed(seed);
        let text = serde_json::to_string(&swarm).expect("can be written");
        assert_eq!(serde_json::from_str::<Swarm>(&text).expect("can be read"), swarm);
    }
}

#[test]
fn every_construct_is_reached() {
    let mut count = Count::default();
    for seed in 0..SEEDS * 6 {
        count.add(&generate::from_seed(seed));
    }
    assert_eq!(count.never().collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn most_cases_get_somewhere() {
    let engine = ReferenceEngine::default();
    let mut statuses = std::collections::BTreeMap::<String, usize>::new();
    for seed in 0..SEEDS {
        let case = generate::from_seed(seed);
        if let Ran::Ran(Observation::Execution(seen)) = engine.run(&case, &Budget::default()) {
            *statuses.entry(seen.status.clone()).or_default() += 1;
        }
    }
    // A case that fails at once tests little: most go to their end.
    assert!(statuses["SUCCEEDED"] * 2 > SEEDS as usize, "{statuses:?}");
}

#[test]
fn mistakes_are_refused() {
    let mut rules = std::collections::BTreeSet::new();
    let cases = (0..SEEDS).map(generate::invalid_from_seed);
    let found: Vec<_> = cases
        .filter_map(|case| {
            rules.insert(case.rule.clone());
            let accepted = problems(&case).is_empty();
            accepted.then(|| (format!("{}: {:?}", case.id, case.rule), case))
        })
        .collect();
    none(&found);
    assert!(rules.len() > 40, "{rules:?}");
}

#[test]
fn the_exhaustive_mode_makes_one_fault_at_a_time() {
    let case = generate::from_seed(1);
    let all: Vec<Case> = fault::each(&case, 2, 3).collect();
    assert!(all.iter().all(|case| case.faults.len() == 1));
    for kind in Fault::KINDS {
        assert!(all.iter().any(|case| case.faults[0].kind() == kind), "{kind}");
    }
    let ids: std::collections::BTreeSet<_> = all.iter().map(|case| &case.id).collect();
    assert_eq!(ids.len(), all.len());
}

#[test]
fn a_calm_profile_draws_nothing() {
    let case = generate::from_seed(1);
    let definition = case.definition.expect("has a definition");
    let machine = stepclock_conformance::case::Machine::new(&definition);
    let bytes = [0xff_u8; 64];
    let faults =
        |profile| fault::draw(&mut Unstructured::new(&bytes), &machine, profile, 3).expect("draws");
    assert_eq!(faults(Profile::Calm), []);
    assert_eq!(faults(Profile::Lite).len(), 1);
    assert_eq!("swarm".parse(), Ok(Profile::Swarm));
    assert!("wild".parse::<Profile>().is_err_and(|error| error.to_string().contains("wild")));
}
