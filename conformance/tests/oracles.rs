//! The oracles hold for the project's cases, and for every history recorded on AWS.
//!
//! `STEPCLOCK_RECORDED` names the folder of recorded cases; without it they are skipped, and it is said so.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use stepclock_conformance::case::{Case, Fault, Kind, find, load};
use stepclock_conformance::engine::{
    Budget, Comparison, Engine, EngineInfo, Execution, Ran, ReferenceEngine, TimingComparison,
};
use stepclock_conformance::generate::from_seed;
use stepclock_conformance::oracle::{Findings, all, examine, judge_case};

#[test]
fn they_hold_for_the_suite() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let files = ["suite", "regressions"].map(|name| find(&corpus.join(name)).expect("is there"));
    let engine = ReferenceEngine::new();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for file in files.concat() {
        let case = load(&file).expect("the suite's cases are cases");
        let mut case = Case { seed: Some(cases), ..case };
        if case.faults.is_empty() && cases % 2 == 1 {
            // Faults by which nothing changes.
            case.faults = vec![
                Fault::Duplicate { task: 0 },
                Fault::WrongToken { task: 0 },
                Fault::ReusedToken { task: 0 },
                Fault::Malformed { task: 1 },
                Fault::EngineCrash { step: 1 },
            ];
        }
        let judgement = judge_case(&case, &engine, &Budget::default());
        if case.kind != Kind::Validate {
            note(&case, &judgement.findings, &mut wrong);
        }
        cases += 1;
    }
    assert!(wrong.is_empty(), "{} violations:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases > 200);
}

#[test]
fn they_hold_for_random_cases() {
    let engine = ReferenceEngine::new();
    let mut wrong = Vec::new();
    let mut checks: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..300 {
        let case = from_seed(seed);
        let judgement = judge_case(&case, &engine, &Budget::default());
        for (oracle, made) in &judgement.findings.checks {
            *checks.entry(oracle).or_default() += made;
        }
        note(&case, &judgement.findings, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} violations:\n{}", wrong.len(), wrong.join("\n"));
    for oracle in all() {
        let made = checks.get(oracle.name()).copied().unwrap_or_default();
        assert!(made > 0, "{} never came into play: {checks:?}", oracle.name());
    }
}

#[test]
fn they_hold_for_histories_recorded_on_aws() {
    #[expect(clippy::disallowed_methods, reason = "a test reads its settings")]
    let Some(folder) = std::env::var_os("STEPCLOCK_RECORDED") else {
        eprintln!("STEPCLOCK_RECORDED is not set: recorded histories are skipped");
        return;
    };
    let engine = Recordings::new();
    let mut wrong = Vec::new();
    let mut judged = 0;
    let mut checks = 0;
    for file in find(Path::new(&folder)).expect("the folder can be read") {
        let Ok(case) = load(&file) else { continue };
        if case.kind != Kind::History || case.history_ids_normalised {
            continue;
        }
        let Some(seen) = recorded(&case) else { continue };
        let mut findings = examine(&case, &seen, &engine, &Budget::default());
        checks += findings.checks.values().sum::<u64>();
        judged += 1;
        findings.violations.retain(|violation| {
            let key = (case.id.as_str(), violation.oracle.as_str(), violation.rule.as_str());
            !OF_THE_RECORDING.contains(&key)
        });
        note(&case, &findings, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} violations:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged > 200 && checks > 10 * judged, "{judged} histories, {checks} checks");
}

/// Violations that come from how a recording was made, and why.
const OF_THE_RECORDING: [(&str, &str, &str); 4] = [
    // The event's cause was recorded parsed, the catcher's output as text: the blanks of the cause are lost.
    ("error_handling/task_lambda.raise_custom_exception", "catch", "catch-output"),
    ("error_handling/task_lambda.raise_custom_exception", "data-flow", "output"),
    // Moments in payloads were recorded as a placeholder, the definition's own literal among them.
    (
        "assign/assign_reference_variables.reference_assign.BASE_REFERENCE_IN_WAIT",
        "data-flow",
        "assigned",
    ),
    // Never checked against AWS; it holds an emulator's answer.
    ("scenarios/base_scenarios.map_state_label", "history-grammar", "data"),
];

fn note(case: &Case, findings: &Findings, wrong: &mut Vec<String>) {
    wrong.extend(findings.violations.iter().map(|violation| {
        let at = violation.event.map(|event| format!(" at event {event}")).unwrap_or_default();
        format!("{}: {}/{}{at}: {}", case.id, violation.oracle, violation.rule, violation.message)
    }));
}

/// What AWS showed, as far as the recording tells: moments were not recorded.
fn recorded(case: &Case) -> Option<Execution> {
    let mut history = case.expect.history.clone()?;
    for event in &mut history {
        let event = event.as_object_mut()?;
        event.insert("timestamp".into(), 0.into());
        let details = event.iter_mut().find(|(key, _)| key.ends_with("EventDetails"));
        let Some((_, Value::Object(details))) = details else { continue };
        // Payloads and causes that hold an object were recorded parsed.
        for name in ["input", "output", "parameters", "cause"] {
            if let Some(value) = details.get_mut(name).filter(|value| !value.is_string()) {
                *value = Value::String(value.to_string());
            }
        }
    }
    let last = history.last()?;
    let details = last.as_object()?.iter().find(|(key, _)| key.ends_with("EventDetails"));
    let text = |name: &str| {
        details.and_then(|(_, details)| details.get(name)?.as_str().map(str::to_owned))
    };
    let status = match last["type"].as_str()? {
        "ExecutionSucceeded" => "SUCCEEDED",
        "ExecutionFailed" => "FAILED",
        "ExecutionAborted" => "ABORTED",
        "ExecutionTimedOut" => "TIMED_OUT",
        _ => "RUNNING",
    };
    let timed_out = status == "TIMED_OUT";
    Some(Execution {
        status: status.to_owned(),
        output: text("output"),
        error: text("error").filter(|_| !timed_out),
        cause: text("cause"),
        history,
        stopped_ms: Some(0),
        ..Execution::default()
    })
}

/// AWS as the recordings know it: it runs nothing.
struct Recordings(EngineInfo);

impl Recordings {
    fn new() -> Self {
        let comparison = Comparison { timing: TimingComparison::Ignored, ..Comparison::default() };
        Self(EngineInfo {
            name: "recordings".to_owned(),
            version: String::new(),
            unsupported: Vec::new(),
            comparison,
        })
    }
}

impl Engine for Recordings {
    fn info(&self) -> &EngineInfo {
        &self.0
    }

    fn run(&self, _: &Case, _: &Budget) -> Ran {
        Ran::Skipped("it was recorded".to_owned())
    }
}
