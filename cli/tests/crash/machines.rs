//! Machines of every kind that keeps something beyond one step.

use std::collections::BTreeMap;

use serde_json::{Value, json};

const FUNCTIONS: &str = "arn:aws:lambda:us-east-1:123456789012:function";

/// The activity whose tasks the workers of the test take.
pub(crate) const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:work";

/// Definitions by name.
pub(crate) fn machines() -> BTreeMap<&'static str, Value> {
    let mut machines = without_answers();
    machines.extend(with_answers());
    machines
}

fn without_answers() -> BTreeMap<&'static str, Value> {
    let pass = json!({"Type": "Pass", "End": true});
    let wait = json!({"Type": "Wait", "Seconds": 1, "End": true});
    let passes = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "C"}, "C": pass}});
    let waits = json!({"StartAt": "W", "States": {
        "W": {"Type": "Wait", "Seconds": 1, "Next": "A"}, "A": pass}});
    let branches = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "A", "States": {"A": pass}}, {"StartAt": "W", "States": {"W": wait}}]}}});
    let retries = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true,
            "Parameters": {"QueueUrl": "q", "MessageBody": "m"},
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A"}]},
        "A": pass}});
    let nests = json!({"StartAt": "N", "States": {"N": {"Type": "Task", "End": true,
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:a-passes"}}}});
    let spreads = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "Label": "each", "End": true,
        "ItemsPath": "$.items", "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "A", "States": {"A": pass}}}}});
    BTreeMap::from([
        ("a-passes", passes),
        ("waits", waits),
        ("branches", branches),
        ("retries", retries),
        ("nests", nests),
        ("spreads", spreads),
    ])
}

/// Those that somebody outside has to answer. Every call and every task says which execution, state and attempt it is.
fn with_answers() -> BTreeMap<&'static str, Value> {
    let call = json!({"call.$": "States.Format('{} {} {}', $$.Execution.Id, $$.State.Name, $$.State.RetryCount)"});
    let echo = |next: Value| {
        let mut state =
            json!({"Type": "Task", "Resource": format!("{FUNCTIONS}:echo"), "Parameters": call});
        state
            .as_object_mut()
            .expect("is an object")
            .extend(next.as_object().cloned().unwrap_or_default());
        state
    };
    let calls = json!({"StartAt": "A", "States": {
        "A": echo(json!({"Next": "B"})), "B": echo(json!({"End": true}))}});
    let retry = json!([{"ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 50}]);
    let calls_again =
        json!({"StartAt": "A", "States": {"A": echo(json!({"Retry": retry, "End": true}))}});
    let mut payload = call;
    payload["token.$"] = json!("$$.Task.Token");
    let calls_back = json!({"StartAt": "C", "States": {
        "C": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": "callback", "Payload": payload}, "Next": "A"},
        "A": {"Type": "Pass", "End": true}}});
    let works = json!({"StartAt": "W", "States": {
        "W": {"Type": "Task", "Resource": ACTIVITY, "Parameters": {"execution.$": "$$.Execution.Id"}, "Next": "A"},
        "A": {"Type": "Pass", "End": true}}});
    BTreeMap::from([
        ("calls", calls),
        ("calls-again", calls_again),
        ("calls-back", calls_back),
        ("works", works),
    ])
}
