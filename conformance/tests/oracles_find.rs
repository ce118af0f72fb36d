//! Every oracle finds what it is for: histories broken by hand, and engines that misbehave.

use std::borrow::Cow;

use serde_json::{Value, json};
use stepclock_conformance::case::{Case, Fault, WorkflowTypeName};
use stepclock_conformance::engine::{
    Budget, Engine, EngineInfo, Execution, HistoryComparison, Observation, Probe, Ran,
    ReferenceEngine, TimingComparison,
};
use stepclock_conformance::oracle::{examine, judge_case};

fn case(definition: Value, workers: Value) -> Case {
    Case {
        definition: Some(definition),
        workers: Some(json!({"workers": workers})),
        input: Some(json!({"a": 1})),
        // A seed for which no oracle runs the case once more.
        seed: Some(3),
        ..Case::default()
    }
}

fn seen(case: &Case) -> Execution {
    match ReferenceEngine::new().run(case, &Budget::default()) {
        Ran::Ran(Observation::Execution(seen)) => *seen,
        other => panic!("{other:?}"),
    }
}

/// The kinds of violations in a history, each once; the model has oracles of its own.
fn kinds(case: &Case, seen: &Execution) -> Vec<String> {
    let findings = examine(case, seen, &ReferenceEngine::new(), &Budget::default());
    let mut kinds: Vec<String> = findings
        .violations
        .iter()
        .filter(|violation| violation.oracle != "model")
        .map(|violation| format!("{}/{}", violation.oracle, violation.rule))
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Breaks what the reference engine shows, and expects this violation to be found.
fn finds(case: &Case, kind: &str, edit: impl FnOnce(&mut Execution)) {
    let mut seen = seen(case);
    assert_eq!(
        kinds(case, &seen),
        Vec::<String>::new(),
        "the history is sound before it is broken"
    );
    edit(&mut seen);
    let found = kinds(case, &seen);
    assert!(found.iter().any(|one| one == kind), "expected {kind}, found {found:?}");
}

fn event<'e>(seen: &'e mut Execution, kind: &str) -> &'e mut Value {
    seen.history.iter_mut().find(|event| event["type"] == kind).expect("there is such an event")
}

/// Delays an event and all that come after it.
fn delay(seen: &mut Execution, kind: &str, seconds: f64) {
    let at = seen.history.iter().position(|event| event["type"] == kind).expect("it is there");
    for event in &mut seen.history[at..] {
        event["timestamp"] = json!(event["timestamp"].as_f64().unwrap_or_default() + seconds);
    }
    seen.stopped_ms = seen.stopped_ms.map(|stopped| stopped + (seconds * 1_000.0) as i64);
}

/// Takes an event out; later ids and what follows from it close the gap.
fn remove(seen: &mut Execution, kind: &str) {
    let at = seen.history.iter().position(|event| event["type"] == kind).expect("it is there");
    let removed = seen.history.remove(at);
    let (id, before) = (at as u64 + 1, removed["previousEventId"].as_u64().unwrap_or_default());
    for event in &mut seen.history {
        for field in ["id", "previousEventId"] {
            let number = event[field].as_u64().unwrap_or_default();
            event[field] = match number {
                number if number == id && field == "previousEventId" => before.into(),
                number if number > id => (number - 1).into(),
                number => number.into(),
            };
        }
    }
}

fn one_task(fields: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "Next": "Done"});
    let has_catch = fields.get("Catch").is_some();
    let map = task.as_object_mut().expect("it is an object");
    map.extend(fields.as_object().expect("fields are an object").clone());
    let mut states = json!({"Work": task, "Done": {"Type": "Succeed"}});
    if has_catch {
        states["Other"] = json!({"Type": "Succeed"});
    }
    json!({"StartAt": "Work", "States": states})
}

fn succeeding() -> Case {
    case(
        one_task(json!({})),
        json!([{"state": "Work", "answers": [{"return": {"b": 2}, "afterSeconds": 2}]}]),
    )
}

#[test]
fn history_grammar() {
    let case = succeeding();
    finds(&case, "history-grammar/ids", |seen| seen.history[2]["id"] = json!(9));
    finds(&case, "history-grammar/previous", |seen| seen.history[2]["previousEventId"] = json!(9));
    finds(&case, "history-grammar/time", |seen| seen.history[3]["timestamp"] = json!(1.0));
    finds(&case, "history-grammar/type", |seen| {
        seen.history[3]["type"] = json!("LambdaFunctionBegun")
    });
    finds(&case, "history-grammar/details", |seen| {
        let details = seen.history[1]["stateEnteredEventDetails"].take();
        seen.history[1]
            .as_object_mut()
            .expect("an object")
            .shift_remove("stateEnteredEventDetails");
        seen.history[1]["stateExitedEventDetails"] = details;
    });
    finds(&case, "history-grammar/order", |seen| remove(seen, "LambdaFunctionScheduled"));
    finds(&case, "history-grammar/exit", |seen| remove(seen, "SucceedStateExited"));
    finds(&case, "history-grammar/data", |seen| {
        event(seen, "SucceedStateEntered")["stateEnteredEventDetails"]["input"] =
            json!("{\"b\":3}");
    });
    finds(&case, "history-grammar/status", |seen| seen.status = "FAILED".to_owned());
    finds(&case, "history-grammar/result", |seen| seen.output = Some("{}".to_owned()));
    finds(&case, "history-grammar/ends", |seen| remove(seen, "ExecutionSucceeded"));
    finds(&case, "history-grammar/belongs", |seen| {
        event(seen, "SucceedStateEntered")["stateEnteredEventDetails"]["name"] = json!("Nobody");
    });
    let states = json!({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "End": true}});
    let three = self::case(json!({"StartAt": "A", "States": states}), json!([]));
    finds(&three, "history-grammar/transition", |seen| {
        seen.history[3]["stateEnteredEventDetails"]["name"] = json!("C");
        seen.history[4]["stateExitedEventDetails"]["name"] = json!("C");
    });
    finds(&three, "history-grammar/start", |seen| {
        seen.history[1]["stateEnteredEventDetails"]["name"] = json!("B");
        seen.history[2]["stateExitedEventDetails"]["name"] = json!("B");
    });
}

#[test]
fn retry() {
    let retry = json!([
        {"ErrorEquals": ["Custom"], "IntervalSeconds": 2, "MaxAttempts": 2},
        {"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}
    ]);
    let throws = |error: &str| json!([{"state": "Work", "answers": [{"throw": {"error": error}}, {"return": 1}]}]);
    let retried = case(one_task(json!({"Retry": retry.clone()})), throws("Custom"));
    let scheduled_again = |seen: &mut Execution, by: f64| {
        let at = seen.history.iter().rposition(|event| event["type"] == "LambdaFunctionScheduled");
        for event in &mut seen.history[at.expect("it was scheduled")..] {
            event["timestamp"] = json!(event["timestamp"].as_f64().unwrap_or_default() + by);
        }
        seen.stopped_ms = seen.stopped_ms.map(|stopped| stopped + (by * 1_000.0) as i64);
    };
    finds(&retried, "retry/delay-early", |seen| scheduled_again(seen, -1.0));
    finds(&retried, "retry/delay-late", |seen| scheduled_again(seen, 1.0));
    finds(&retried, "retry/not-retried", |seen| {
        event(seen, "LambdaFunctionFailed")["lambdaFunctionFailedEventDetails"]["error"] =
            json!("Other");
    });
    let failed = case(one_task(json!({"Retry": retry})), throws("Other"));
    finds(&failed, "retry/retried", |seen| {
        for kind in ["LambdaFunctionFailed", "ExecutionFailed"] {
            let key = format!("{}{}EventDetails", kind[..1].to_lowercase(), &kind[1..]);
            event(seen, kind)[key]["error"] = json!("Custom");
        }
        seen.error = Some("Custom".to_owned());
    });
}

#[test]
fn catch() {
    let catch = json!([
        {"ErrorEquals": ["Custom"], "ResultPath": "$.error", "Next": "Done"},
        {"ErrorEquals": ["States.Timeout"], "Next": "Other"}
    ]);
    let throws =
        json!([{"state": "Work", "answers": [{"throw": {"error": "Custom", "cause": "why"}}]}]);
    let caught = case(one_task(json!({"Catch": catch})), throws.clone());
    finds(&caught, "catch/not-caught", |seen| {
        event(seen, "LambdaFunctionFailed")["lambdaFunctionFailedEventDetails"]["error"] =
            json!("custom");
    });
    finds(&caught, "catch/catch-next", |seen| {
        event(seen, "SucceedStateEntered")["stateEnteredEventDetails"]["name"] = json!("Other");
        event(seen, "SucceedStateExited")["stateExitedEventDetails"]["name"] = json!("Other");
    });
    finds(&caught, "catch/catch-output", |seen| {
        event(seen, "TaskStateExited")["stateExitedEventDetails"]["output"] =
            json!("{\"Error\":\"Custom\",\"Cause\":\"why\"}");
    });
    let uncaught = case(one_task(json!({})), throws);
    finds(&uncaught, "catch/climbs", |seen| {
        event(seen, "ExecutionFailed")["executionFailedEventDetails"]["cause"] = json!("because");
        seen.cause = Some("because".to_owned());
    });
}

#[test]
fn timeouts() {
    let silent = json!([{"state": "Work", "answers": [{"never": true}]}]);
    let timed_out = case(one_task(json!({"TimeoutSeconds": 10})), silent);
    finds(&timed_out, "timeouts/timeout-early", |seen| delay(seen, "LambdaFunctionTimedOut", -1.0));
    finds(&timed_out, "timeouts/timeout-late", |seen| delay(seen, "LambdaFunctionTimedOut", 1.0));
    finds(&timed_out, "timeouts/timeout-scheduled", |seen| {
        event(seen, "LambdaFunctionScheduled")["lambdaFunctionScheduledEventDetails"]["timeoutInSeconds"] =
            json!(9);
    });
    let answers = json!([{"state": "Work", "answers": [{"return": 1, "afterSeconds": 5}]}]);
    let answered = case(one_task(json!({"TimeoutSeconds": 10})), answers);
    finds(&answered, "timeouts/timeout-missed", |seen| delay(seen, "LambdaFunctionSucceeded", 6.0));
    // A worker of which the script knows no heartbeat.
    let silent = json!([{"state": "Work", "answers": [{"never": true}]}]);
    let beats = one_task(json!({"HeartbeatSeconds": 3, "TimeoutSeconds": 10}));
    finds(&case(beats.clone(), silent), "timeouts/timeout-late", |seen| {
        delay(seen, "LambdaFunctionTimedOut", 2.0);
    });
    let answers = json!([{"state": "Work", "answers": [{"return": 1, "afterSeconds": 2}]}]);
    finds(&case(beats, answers), "timeouts/timeout-missed", |seen| {
        delay(seen, "LambdaFunctionSucceeded", 2.0);
    });
    let mut waits =
        json!({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 5, "End": true}}});
    let wait = case(waits.clone(), json!([]));
    finds(&wait, "timeouts/wait-early", |seen| delay(seen, "WaitStateExited", -1.0));
    finds(&wait, "timeouts/wait-late", |seen| delay(seen, "WaitStateExited", 1.0));
    waits["TimeoutSeconds"] = json!(3);
    let short = case(waits, json!([]));
    finds(&short, "timeouts/execution-early", |seen| delay(seen, "ExecutionTimedOut", -1.0));
    finds(&short, "timeouts/execution-late", |seen| delay(seen, "ExecutionTimedOut", 1.0));
}

#[test]
fn containers() {
    let branch = |name: &str, result: u64| json!({"StartAt": name, "States": {name: {"Type": "Pass", "Result": result, "End": true}}});
    let parallel = json!({"StartAt": "Both", "States": {"Both": {
        "Type": "Parallel", "Branches": [branch("A", 1), branch("B", 2)], "End": true}}});
    finds(&case(parallel, json!([])), "containers/output", |seen| {
        event(seen, "ParallelStateExited")["stateExitedEventDetails"]["output"] = json!("[2,1]");
        event(seen, "ExecutionSucceeded")["executionSucceededEventDetails"]["output"] =
            json!("[2,1]");
        seen.output = Some("[2,1]".to_owned());
    });
    let each = |limit: u64| {
        let map = json!({"StartAt": "Each", "States": {"Each": {
            "Type": "Map", "MaxConcurrency": limit, "End": true,
            "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Wait", "Seconds": 1, "End": true}}}}}});
        Case { input: Some(json!([1, 2, 3])), ..case(map, json!([])) }
    };
    let mut many = seen(&each(3));
    many.output = Some("[1,2,3]".to_owned());
    assert!(kinds(&each(2), &many).contains(&"containers/concurrency".to_owned()));
    finds(&each(3), "containers/iterations", |seen| {
        event(seen, "MapIterationSucceeded")["mapIterationSucceededEventDetails"]["index"] =
            json!(2);
    });
    let failing = json!({"StartAt": "Both", "States": {"Both": {
        "Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}},
            {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}}]}}});
    finds(&case(failing, json!([])), "containers/after-end", |seen| {
        let last = seen.history.pop().expect("it ended");
        let entered = seen.history.iter().find(|event| event["type"] == "WaitStateEntered");
        let follows = entered.expect("it waits")["id"].clone();
        let at = seen.history.len() as u64;
        seen.history
            .push(json!({"timestamp": last["timestamp"], "type": "WaitStateExited", "id": at + 1,
            "previousEventId": follows, "stateExitedEventDetails": {"name": "W", "output": "{}"}}));
        let mut last = last;
        last["id"] = json!(at + 2);
        seen.history.push(last);
    });
}

#[test]
fn map_runs() {
    let each = |fields: Value| {
        let mut map = json!({"Type": "Map", "End": true, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "I", "States": {"I": {"Type": "Wait", "Seconds": 1, "End": true}}}});
        let fields = fields.as_object().expect("fields are an object").clone();
        map.as_object_mut().expect("it is an object").extend(fields);
        let machine = json!({"StartAt": "Each", "States": {"Each": map}});
        Case { input: Some(json!([1, 2, 3])), ..case(machine, json!([])) }
    };
    finds(&each(json!({})), "map-runs/children", |seen| _ = seen.others.pop());
    finds(&each(json!({"MaxConcurrency": 1})), "map-runs/concurrency", |seen| {
        seen.others[1].started_ms -= 500;
    });
    finds(&each(json!({})), "map-runs/within", |seen| seen.others[0].started_ms -= 1);
    finds(&each(json!({})), "map-runs/within", |seen| seen.others[0].stopped_ms = None);
    let fails = |seen: &mut Execution, count: usize| {
        seen.others.iter_mut().take(count).for_each(|child| child.status = "FAILED".to_owned());
    };
    finds(&each(json!({})), "map-runs/tolerated", |seen| fails(seen, 1));
    let count = each(json!({"ToleratedFailureCount": 1}));
    finds(&count, "map-runs/tolerated", |seen| fails(seen, 2));
    let share = each(json!({"ToleratedFailurePercentage": 50}));
    finds(&share, "map-runs/tolerated", |seen| fails(seen, 2));
    let failing = json!({"StartAt": "I", "States": {"I": {"Type": "Fail", "Error": "E"}},
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}});
    finds(&each(json!({"ItemProcessor": failing})), "map-runs/tolerated", |seen| {
        seen.others.iter_mut().for_each(|child| child.status = "SUCCEEDED".to_owned());
    });
}

#[test]
fn redriven() {
    let states = json!({
        "Work": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "Next": "P"},
        "P": {"Type": "Pass", "Next": "Done"},
        "Done": {"Type": "Succeed"},
    });
    let answers =
        json!([{"state": "Work", "answers": [{"throw": {"error": "E"}}, {"return": {"b": 2}}]}]);
    let case = Case {
        faults: vec![Fault::Redrive { after_ms: 1_000 }],
        ..case(json!({"StartAt": "Work", "States": states}), answers)
    };
    finds(&case, "history-grammar/redriven-state", |seen| {
        event(seen, "PassStateEntered")["type"] = json!("WaitStateEntered");
    });
    finds(&case, "history-grammar/redriven-transition", |seen| {
        event(seen, "SucceedStateEntered")["stateEnteredEventDetails"]["name"] = json!("Work");
    });
    finds(&case, "history-grammar/redriven-exit", |seen| {
        event(seen, "PassStateExited")["stateExitedEventDetails"]["name"] = json!("Done");
    });
    finds(&case, "history-grammar/data", |seen| {
        event(seen, "PassStateEntered")["stateEnteredEventDetails"]["input"] = json!("{}");
    });
}

#[test]
fn limits() {
    let big = format!("\"{}\"", "x".repeat(262_143));
    finds(&succeeding(), "limits/payload", |seen| {
        event(seen, "LambdaFunctionSucceeded")["lambdaFunctionSucceededEventDetails"]["output"] =
            json!(big);
    });
    let wait = json!({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 200, "End": true}}});
    let express = Case { workflow_type: Some(WorkflowTypeName::Express), ..case(wait, json!([])) };
    finds(&express, "limits/duration", |seen| delay(seen, "WaitStateExited", 200.0));
    finds(&succeeding(), "limits/history", |seen| {
        while seen.history.len() < 25_001 {
            let mut more = seen.history[1].clone();
            more["id"] = json!(seen.history.len() + 1);
            seen.history.push(more);
        }
    });
}

#[test]
fn tokens_and_termination() {
    for what in ["the same answer once more", "a wrong token", "a heartbeat after the end"] {
        finds(&succeeding(), "tokens/duplicate", |seen| {
            seen.probes.push(Probe {
                fault: "duplicate".into(),
                what: what.into(),
                refused: false,
            });
        });
    }
    finds(&succeeding(), "termination/ends", |seen| {
        seen.history.truncate(4);
        seen.status = "RUNNING".to_owned();
        seen.output = None;
    });
    for (ran, kind) in
        [(Ran::TimedOut, "termination/ends"), (Ran::Errored("it broke".to_owned()), "adapter/runs")]
    {
        let broken = Fixed(EngineInfo { name: "broken".into(), ..reference() }, ran);
        let judgement = judge_case(&succeeding(), &broken, &Budget::default());
        let kinds: Vec<_> = judgement.findings.violations.iter().map(|one| one.kind()).collect();
        assert_eq!(kinds, [kind]);
    }
}

/// An engine that always shows the same.
struct Fixed(EngineInfo, Ran);

impl Engine for Fixed {
    fn info(&self) -> &EngineInfo {
        &self.0
    }

    fn run(&self, _: &Case, _: &Budget) -> Ran {
        self.1.clone()
    }
}

fn reference() -> EngineInfo {
    ReferenceEngine::new().info().clone()
}

/// What the oracles find in the reference engine's history when a run of the case once more shows another one.
fn kinds_if_then(case: &Case, edit: impl FnOnce(&mut Execution)) -> Vec<String> {
    let sound = seen(case);
    let mut other = sound.clone();
    edit(&mut other);
    let engine = Fixed(reference(), Ran::Ran(Observation::Execution(Box::new(other))));
    let findings = examine(case, &sound, &engine, &Budget::default());
    findings.violations.iter().filter(|one| one.oracle != "model").map(|one| one.kind()).collect()
}

/// An engine in real time, which shows this.
fn in_real_time(seen: Execution) -> Fixed {
    let mut info = reference();
    info.comparison.timing = TimingComparison::Ordered;
    info.comparison.history = HistoryComparison::Structure;
    Fixed(info, Ran::Ran(Observation::Execution(Box::new(seen))))
}

#[test]
fn in_real_time_things_come_late_but_never_early() {
    let case = succeeding();
    let kinds = |seconds: f64| -> Vec<String> {
        let mut seen = seen(&case);
        delay(&mut seen, "LambdaFunctionSucceeded", seconds);
        let judgement = judge_case(&case, &in_real_time(seen), &Budget::default());
        judgement.findings.violations.iter().map(|one| one.kind()).collect()
    };
    assert_eq!(kinds(0.3), Vec::<String>::new());
    assert_eq!(kinds(-0.3), ["model/duration"]);
}

#[test]
fn a_retry_that_comes_early_is_found_in_real_time() {
    let retry = json!({"Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 3}]});
    let answers = json!([{"throw": {"error": "E"}}, {"return": {}}]);
    let case = case(one_task(retry), json!([{"state": "Work", "answers": answers}]));
    let mut seen = seen(&case);
    let is_scheduled = |event: &Value| event["type"] == "LambdaFunctionScheduled";
    let again = seen.history.iter().rposition(is_scheduled).expect("is there");
    let at = seen.history[again]["timestamp"].as_f64().unwrap_or_default();
    seen.history[again]["timestamp"] = json!(at - 1.0);
    let judgement = judge_case(&case, &in_real_time(seen), &Budget::default());
    let kinds: Vec<_> = judgement.findings.violations.iter().map(|one| one.kind()).collect();
    assert_eq!(kinds, ["retry/delay-early"]);
}

/// An engine that runs another case than the one it is asked for.
struct Fitting(ReferenceEngine, Case);

impl Engine for Fitting {
    fn info(&self) -> &EngineInfo {
        self.0.info()
    }

    fn fitted<'c>(&self, _: &'c Case) -> Cow<'c, Case> {
        Cow::Owned(self.1.clone())
    }

    fn run(&self, case: &Case, budget: &Budget) -> Ran {
        self.0.run(case, budget)
    }
}

#[test]
fn an_engine_is_judged_by_the_case_that_it_runs() {
    let timeout = |seconds: u64| {
        let never = json!([{"state": "Work", "answers": [{"never": true}]}]);
        case(one_task(json!({"TimeoutSeconds": seconds})), never)
    };
    let engine = Fitting(ReferenceEngine::new(), timeout(4));
    let judgement = judge_case(&timeout(400), &engine, &Budget::default());
    assert!(judgement.findings.violations.is_empty(), "{:?}", judgement.findings.violations);
    let Ran::Ran(Observation::Execution(seen)) = judgement.ran else { panic!("does not run") };
    assert_eq!(seen.duration_ms(), Some(4_000));
}

#[test]
fn determinism() {
    let later = |seen: &mut Execution| delay(seen, "SucceedStateEntered", 1.0);
    let again = Case { seed: Some(0), ..succeeding() };
    assert_eq!(kinds_if_then(&again, later), ["determinism/again"]);
    let crashed = Case { seed: Some(1), ..succeeding() };
    assert_eq!(kinds_if_then(&crashed, later), ["determinism/crash"]);
    let unnoticed =
        Case { seed: Some(3), faults: vec![Fault::Duplicate { task: 0 }], ..succeeding() };
    assert_eq!(kinds_if_then(&unnoticed, later), ["determinism/unnoticed"]);
}

#[test]
fn metamorphic() {
    let pass =
        json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"b": 2}, "End": true}}});
    for (seed, rule) in [(2, "rename"), (5, "wrap"), (11, "front"), (13, "twin")] {
        let case = Case { seed: Some(seed), ..case(pass.clone(), json!([])) };
        assert_eq!(kinds(&case, &seen(&case)), Vec::<String>::new());
        let kind = format!("metamorphic/{rule}");
        let other = kinds_if_then(&case, |seen| seen.output = Some("{\"b\":3}".to_owned()));
        assert_eq!(other, [kind.as_str()]);
        let failed = kinds_if_then(&case, |seen| seen.status = "FAILED".to_owned());
        assert!(failed.contains(&kind), "{failed:?}");
    }
}
