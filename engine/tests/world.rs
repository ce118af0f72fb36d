//! Whole executions in the simulated world: time, workers, tokens, nesting, determinism.

use std::sync::Arc;

use rstest::rstest;
use serde_json::{Value, json};
use stepclock_engine::asl::{Definition, WorkflowType, compile};
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{ApplyError, Input, Outcome};
use stepclock_engine::history::EventDetails;
use stepclock_engine::sim::{
    Answer, AnswerOutcome, ExecutionKey, MockConfig, StartRequest, TaskCall, Workers, World,
    WorldConfig, WorldError, replay,
};

const LAMBDA: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
const CALLBACK: &str = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";

fn definition(source: &Value) -> Arc<Definition> {
    let compiled = compile(&source.to_string(), WorkflowType::Standard);
    compiled.definition.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

fn world(source: &Value) -> World {
    let mut world = World::new(WorldConfig::default());
    world.register("Machine", definition(source), WorkflowType::Standard);
    world
}

fn start(world: &mut World, input: Value) -> ExecutionKey {
    world.start(StartRequest::new("Machine", Payload::new(input))).expect("is registered")
}

fn run(world: &mut World) -> ExecutionKey {
    let key = start(world, json!({}));
    world.run(key).unwrap_or_else(|error| panic!("{error}"));
    key
}

fn task(resource: &str, extra: Value) -> Value {
    let mut state = json!({"Type": "Task", "Resource": resource, "End": true});
    let fields = state.as_object_mut().expect("is an object");
    fields.extend(extra.as_object().expect("is an object").clone());
    json!({"StartAt": "A", "States": {"A": state}})
}

fn types(world: &World, key: ExecutionKey) -> Vec<&'static str> {
    world.execution(key).history().iter().map(|event| event.details.type_name()).collect()
}

/// Milliseconds from start to end.
fn duration(world: &World, key: ExecutionKey) -> i64 {
    let record = world.execution(key);
    record.stopped().expect("has ended").as_millis() - record.started().as_millis()
}

fn output(world: &World, key: ExecutionKey) -> Value {
    match world.execution(key).outcome() {
        Some(Outcome::Succeeded { output }) => output.value().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_year_passes_at_once() {
    let source = json!({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 31_536_000, "End": true}}});
    let mut world = world(&source);
    let key = run(&mut world);
    assert_eq!(world.execution(key).status(), "SUCCEEDED");
    assert_eq!(duration(&world, key), 31_536_000_000);
}

#[test]
fn longer_than_a_year_times_out() {
    let source = json!({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 31_536_001, "End": true}}});
    let mut world = world(&source);
    let key = run(&mut world);
    assert_eq!(world.execution(key).status(), "TIMED_OUT");
    assert_eq!(types(&world, key), ["ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut"]);
}

/// Delays 2, 4, 8, then 10 and 10 by MaxDelaySeconds.
#[test]
fn a_retry_ladder_waits_as_the_formula_says() {
    let retry = json!({"Retry": [{"ErrorEquals": ["Down"], "IntervalSeconds": 2, "MaxAttempts": 5,
        "BackoffRate": 2, "MaxDelaySeconds": 10}]});
    let mut world = world(&task(LAMBDA, retry));
    world.add_worker(|call: &TaskCall<'_>| {
        Some(if call.calls_of_state < 5 {
            Answer::failed("Down", "")
        } else {
            Answer::succeeded(Payload::new(json!("up")))
        })
    });
    let key = run(&mut world);
    assert_eq!(output(&world, key), json!("up"));
    assert_eq!(duration(&world, key), (2 + 4 + 8 + 10 + 10) * 1_000);
}

/// Each heartbeat starts the clock again; the one that does not come is missed 30 s after the last.
#[test]
fn a_heartbeat_that_stays_away_is_missed() {
    let source = json!({"StartAt": "A", "States": {
        "A": {"Type": "Task", "Resource": CALLBACK, "HeartbeatSeconds": 30, "TimeoutSeconds": 600,
            "Parameters": {"QueueUrl": "q", "MessageBody": {"Token.$": "$$.Task.Token"}},
            "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "B"}], "End": true},
        "B": {"Type": "Pass", "End": true}}});
    let mut world = world(&source);
    world.add_worker(|_: &TaskCall<'_>| {
        Some(Answer {
            submitted: Some(Payload::empty_object()),
            heartbeats_ms: vec![20_000, 45_000],
            ..Answer::at_once(AnswerOutcome::Never)
        })
    });
    let key = run(&mut world);
    assert_eq!(duration(&world, key), 75_000);
    assert_eq!(output(&world, key), json!({"Error": "States.Timeout", "Cause": ""}));
}

#[test]
fn a_callback_may_take_ninety_days() {
    let mut world = world(&task(
        CALLBACK,
        json!({"Parameters": {"QueueUrl": "q", "MessageBody": {"Token.$": "$$.Task.Token"}}}),
    ));
    let never = Answer {
        submitted: Some(Payload::empty_object()),
        ..Answer::at_once(AnswerOutcome::Never)
    };
    world.add_worker(move |_: &TaskCall<'_>| Some(never.clone()));
    let key = start(&mut world, json!({}));
    let days = 90 * 24 * 3_600 * 1_000;
    world.advance_to(Timestamp::DEFAULT_EPOCH + days).expect("waits");
    let token = world
        .execution(key)
        .history()
        .iter()
        .find_map(|event| match &event.details {
            EventDetails::TaskScheduled(details) => {
                details.parameters.value()["MessageBody"]["Token"].as_str().map(str::to_owned)
            }
            _ => None,
        })
        .expect("the message holds the token");
    let answer = |task| Input::TaskSucceeded { task, output: Payload::new(json!("approved")) };
    world.answer_token(&token, answer).expect("the task waits");
    world.run(key).expect("ends");
    assert_eq!((output(&world, key), duration(&world, key)), (json!("approved"), days));
    let late = world.answer_token(&token, |task| Input::TaskHeartbeat { task });
    assert!(matches!(late, Err(WorldError::Refused(ApplyError::Ended))), "{late:?}");
    let unknown = world.answer_token("nobody", |task| Input::TaskHeartbeat { task });
    assert!(matches!(unknown, Err(WorldError::UnknownToken(_))), "{unknown:?}");
}

fn nested(pattern: &str) -> (World, ExecutionKey) {
    let parent = task(
        &format!("arn:aws:states:::states:startExecution{pattern}"),
        json!({"Parameters": {"StateMachineArn":
            "arn:aws:states:us-east-1:123456789012:stateMachine:Child", "Input": {"n": 1}}}),
    );
    let mut world = world(&parent);
    let child = json!({"StartAt": "C", "States": {
        "C": {"Type": "Wait", "Seconds": 60, "Next": "D"}, "D": {"Type": "Pass", "End": true}}});
    world.register("Child", definition(&child), WorkflowType::Standard);
    let key = run(&mut world);
    (world, key)
}

/// `.sync` gives the nested output as text, `.sync:2` as JSON (recordings `sfn_start_execution_sync`).
#[test]
fn nested_executions_are_waited_for() {
    let (world, key) = nested(".sync");
    assert_eq!(output(&world, key)["Output"], json!("{\"n\":1}"));
    assert_eq!(duration(&world, key), 60_000);
    let (world, key) = nested(".sync:2");
    assert_eq!(output(&world, key)["Output"], json!({"n": 1}));
    let (world, key) = nested("");
    assert_eq!(duration(&world, key), 0, "request and response wait for nothing");
    assert!(output(&world, key)["ExecutionArn"].is_string());
}

/// The same text for `.sync` and `.sync:2`, and States.TaskFailed whatever the nested error (measured by floci).
#[rstest]
#[case(".sync")]
#[case(".sync:2")]
fn a_nested_failure_is_told_in_full(#[case] pattern: &str) {
    let parent = task(
        &format!("arn:aws:states:::states:startExecution{pattern}"),
        json!({"Parameters": {"StateMachineArn":
            "arn:aws:states:us-east-1:123456789012:stateMachine:Child", "Name": "run", "Input": {"n": 1}}}),
    );
    let mut world = world(&parent);
    let child = json!({"StartAt": "C", "States": {
        "C": {"Type": "Fail", "Error": "States.Timeout", "Cause": "c"}}});
    world.register("Child", definition(&child), WorkflowType::Standard);
    let key = run(&mut world);
    let Some(Outcome::Failed { error, cause }) = world.execution(key).outcome() else {
        panic!("{:?}", world.execution(key).outcome())
    };
    assert_eq!(error.as_deref(), Some("States.TaskFailed"));
    let moment = Timestamp::DEFAULT_EPOCH.as_millis();
    let expected = format!(
        r#"{{"Cause":"c","Error":"States.Timeout","ExecutionArn":"arn:aws:states:us-east-1:123456789012:execution:Child:run","Input":"{{\"n\":1}}","InputDetails":{{"Included":true}},"Name":"run","RedriveCount":0,"RedriveStatus":"REDRIVABLE","StartDate":{moment},"StateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:Child","Status":"FAILED","StopDate":{moment}}}"#
    );
    assert_eq!(cause.as_deref(), Some(expected.as_str()));
}

/// Measured by floci.
#[test]
fn a_branch_that_is_cut_aborts_its_nested_execution() {
    let nest = json!({"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn":
            "arn:aws:states:us-east-1:123456789012:stateMachine:Child", "Name": "run"}, "End": true});
    let source = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "N", "States": {"N": nest}},
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "F"},
            "F": {"Type": "Fail", "Error": "Boom"}}}]}}});
    let mut world = world(&source);
    let child =
        json!({"StartAt": "C", "States": {"C": {"Type": "Wait", "Seconds": 60, "End": true}}});
    world.register("Child", definition(&child), WorkflowType::Standard);
    let key = run(&mut world);
    world.run_until_idle().expect("the nested execution is stopped");
    let nested = world.executions().map(|(nested, _)| nested).find(|nested| *nested != key);
    let nested = nested.expect("it was started");
    let cause = format!(
        "The Task state in AWS Step Functions execution [{}] which was managing this resource was aborted",
        world.execution(key).config().execution_arn
    );
    let Some(Outcome::Aborted { error: None, cause: Some(told) }) =
        world.execution(nested).outcome()
    else {
        panic!("{:?}", world.execution(nested).outcome())
    };
    assert_eq!((&**told, duration(&world, nested)), (cause.as_str(), 1_000));
}

#[test]
fn a_task_nobody_answers_says_how_to_script_it() {
    let mut world = world(&task(LAMBDA, json!({})));
    let key = start(&mut world, json!({}));
    let error = world.run(key).expect_err("nobody answers").to_string();
    assert!(error.contains("state `A`") && error.contains("\"answers\""), "{error}");
    let script = &error[error.find("{\"workers\"").expect("a script to copy")..];
    let mut world = self::world(&task(LAMBDA, json!({})));
    world.add_worker(Workers::parse(script).expect("the script it shows is one"));
    let key = run(&mut world);
    assert_eq!(world.execution(key).status(), "SUCCEEDED");
}

#[test]
fn scripts_answer_by_place_call_and_input() {
    let source = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
        "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": LAMBDA, "End": true,
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}}}}}});
    let mut world = world(&source);
    let script = "
workers:
  - state: A
    in: {map: M, index: 1}
    answers:
      '0-1': {throw: {error: Down}}
      '2-': {return: third}
  - state: A
    input: {k: x}
    answers: [{return: by input}]
  - state: A
    answers: [{return: else, afterSeconds: 1.5}]
";
    world.add_worker(Workers::parse_yaml(script).expect("is a script"));
    let key = start(&mut world, json!([{"k": "x", "more": 1}, {"k": "x"}, {"k": "y"}]));
    world.run(key).expect("ends");
    assert_eq!(output(&world, key), json!(["by input", "third", "else"]));
    assert_eq!(duration(&world, key), 3_000, "two retries of one and two seconds");
}

#[test]
fn mock_files_answer_by_call() {
    let retry = json!({"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}]});
    let mut world = world(&task(LAMBDA, retry));
    let config = MockConfig::parse(
        r#"{"StateMachines": {"Machine": {"TestCases": {"Retry": {"A": "R"}, "Short": {"A": "S"}}}},
            "MockedResponses": {
                "R": {"0-1": {"Throw": {"Error": "Down", "Cause": "c"}}, "2": {"Return": 7}},
                "S": {"0": {"Throw": {"Error": "Down", "Cause": "c"}}}}}"#,
    )
    .expect("is a mock file");
    world.add_worker(config.case("Machine", "Retry").expect("is there"));
    let key = run(&mut world);
    assert_eq!(output(&world, key), json!(7));
    // A call beyond the file's fails the execution, whatever it retries (measured on Step Functions Local).
    let mut world = self::world(&task(LAMBDA, json!({"Retry": [{"ErrorEquals": ["States.ALL"]}]})));
    world.add_worker(config.case("Machine", "Short").expect("is there"));
    let key = run(&mut world);
    let outcome = world.execution(key).outcome().cloned();
    assert!(
        matches!(&outcome, Some(Outcome::Failed { error: Some(error), .. }) if &**error == "States.Runtime"),
        "{outcome:?}"
    );
}

/// A world with randomness, retries, jitter and concurrency in it.
fn busy(seed: u64) -> World {
    let source = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": LAMBDA, "End": true, "Retry": [
            {"ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL", "MaxAttempts": 4}]}}},
        {"StartAt": "U", "States": {"U": {"Type": "Pass", "End": true, "Parameters": {
            "id.$": "States.UUID()", "n.$": "States.MathRandom(0, 1000000)"}}}},
    ]}}});
    let mut world = World::new(WorldConfig { seed, ..WorldConfig::default() });
    world.register("Machine", definition(&source), WorkflowType::Standard);
    world.add_worker(|call: &TaskCall<'_>| {
        let failed = call.calls_of_state < 3;
        Some(if failed {
            Answer::failed("Down", "")
        } else {
            Answer::succeeded(Payload::empty_object())
        })
    });
    world
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let history = |seed| {
        let mut world = busy(seed);
        let key = run(&mut world);
        world.execution(key).history_json().to_string()
    };
    assert_eq!(history(7), history(7));
    assert_ne!(history(7), history(8));
}

#[test]
fn a_journal_rebuilds_the_same_history() {
    let mut world = busy(1);
    let key = run(&mut world);
    let record = world.execution(key);
    let journal = serde_json::to_string(record.journal()).expect("a journal can be stored");
    let journal: Vec<(Timestamp, Input)> = serde_json::from_str(&journal).expect("and read");
    let rebuilt = replay(record.config().clone(), &journal).expect("the journal fits");
    assert_eq!(rebuilt, record.history());
}

#[test]
fn stop_and_redrive() {
    let source = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Task", "Resource": LAMBDA, "End": true}}});
    let mut world = world(&source);
    world.add_worker(|call: &TaskCall<'_>| {
        Some(match call.calls_of_state {
            0 => Answer::at_once(AnswerOutcome::Never),
            1 => Answer::failed("Down", "again"),
            _ => Answer::succeeded(Payload::new(json!("done"))),
        })
    });
    let key = start(&mut world, json!({}));
    world.advance_to(Timestamp::DEFAULT_EPOCH + 1_000).expect("waits");
    world.stop(key, Some("Enough".into()), None).expect("is running");
    assert_eq!(world.execution(key).status(), "ABORTED");
    world.redrive(key).expect("can be redriven");
    world.run(key).expect("ends");
    assert_eq!(world.execution(key).status(), "FAILED");
    world.redrive(key).expect("can be redriven");
    world.run(key).expect("ends");
    assert_eq!(output(&world, key), json!("done"));
    let shown = types(&world, key);
    assert_eq!(shown.iter().filter(|name| **name == "TaskStateEntered").count(), 1, "{shown:?}");
    assert_eq!(shown.iter().filter(|name| **name == "ExecutionRedriven").count(), 2, "{shown:?}");
    assert!(world.redrive(key).is_err(), "it has succeeded");
}

/// Only the branches that have not succeeded run again.
#[test]
fn a_redrive_spares_what_has_succeeded() {
    let branch = |name: &str| json!({"StartAt": name, "States": {name: {"Type": "Task", "Resource": LAMBDA, "End": true}}});
    let source = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
        "Branches": [branch("Good"), branch("Bad")]}}});
    let mut world = world(&source);
    world.add_worker(|call: &TaskCall<'_>| {
        Some(match (&*call.request.state, call.calls_of_state) {
            ("Bad", 0) => Answer::failed("Down", "").after_ms(10),
            (name, calls) => Answer::succeeded(Payload::new(json!([name, calls]))),
        })
    });
    let key = run(&mut world);
    assert_eq!(world.execution(key).status(), "FAILED");
    world.redrive(key).expect("can be redriven");
    world.run(key).expect("ends");
    assert_eq!(output(&world, key), json!([["Good", 0], ["Bad", 1]]));
}

#[test]
fn late_and_wrong_answers_change_nothing() {
    let mut world = world(&task(LAMBDA, json!({"TimeoutSeconds": 5})));
    world.add_worker(|_: &TaskCall<'_>| {
        Some(Answer::succeeded(Payload::new(json!("late"))).after_ms(6_000))
    });
    let key = run(&mut world);
    world.run_until_idle().expect("the late answer is refused");
    assert_eq!(duration(&world, key), 5_000);
    assert_eq!(
        types(&world, key)[2..],
        [
            "LambdaFunctionScheduled",
            "LambdaFunctionStarted",
            "LambdaFunctionTimedOut",
            "ExecutionFailed"
        ]
    );
}

/// Event 25,000 is the failure of the execution (measured).
#[test]
fn a_history_has_an_end() {
    let source = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"}}});
    let mut world = world(&source);
    let key = run(&mut world);
    let history = world.execution(key).history();
    assert_eq!(history.len(), 25_000);
    assert_eq!(history[24_999].details.type_name(), "ExecutionFailed");
}

#[test]
fn an_express_loop_times_out() {
    let source = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"}}});
    let mut world = World::new(WorldConfig::default());
    world.register("Machine", definition(&source), WorkflowType::Express);
    let key = run(&mut world);
    assert_eq!(world.execution(key).status(), "TIMED_OUT");
}

/// A payload that grows one level deeper in every round ends in an error, not in a crash.
#[test]
fn deep_payloads_are_refused() {
    let source = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"x.$": "$"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"}}});
    let mut world = world(&source);
    let key = run(&mut world);
    assert_eq!(world.execution(key).status(), "FAILED");
}

/// What fails inside a Parallel inside a Map fails the iteration; the iteration's failure follows from the last
/// event inside it.
#[test]
fn a_failure_climbs_through_nested_containers() {
    let source = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 1, "End": true,
        "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}]}}}}}});
    let mut world = world(&source);
    let key = start(&mut world, json!([1]));
    world.run(key).expect("ends");
    let history = world.execution(key).history();
    let of = |name: &str| history.iter().find(|e| e.details.type_name() == name).expect(name);
    assert_eq!(of("ParallelStateFailed").previous_event_id, of("FailStateEntered").id);
    assert_eq!(of("MapIterationFailed").previous_event_id, of("ParallelStateFailed").id);
    assert_eq!(of("MapStateFailed").previous_event_id, of("ParallelStateFailed").id);
    assert_eq!(of("ExecutionFailed").previous_event_id, of("MapStateFailed").id);
}
