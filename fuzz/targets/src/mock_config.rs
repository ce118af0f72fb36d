//! Scripts of workers: AWS's mock files, and our own in JSON and YAML.

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use stepclock_engine::asl::{Definition, WorkflowType, compile};
use stepclock_engine::data::Payload;
use stepclock_engine::sim::{MockConfig, Worker, Workers};

use crate::run::{INPUT, finish, nobody, start, world};

/// A script of workers in any of the three formats, at work for a machine with every kind of task.
///
/// # Panics
/// When a rule is broken.
pub fn mock_config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let workers = Workers::parse(text);
    if let Ok(workers) = &workers {
        let value: Value = serde_json::from_str(text).expect("was read as JSON");
        // A key that stands twice is refused in a text, and merged in a value.
        assert!(Workers::from_value(&value).is_ok(), "a script is one as a value, too");
        run(workers.clone());
    } else if let Ok(workers) = Workers::parse_yaml(text) {
        run(workers);
    }
    let Ok(config) = MockConfig::parse(text) else { return };
    let Ok(Value::Object(file)) = serde_json::from_str(text) else { return };
    for (machine, mocked) in
        file.get("StateMachines").and_then(Value::as_object).into_iter().flatten()
    {
        for case in mocked["TestCases"].as_object().into_iter().flatten().map(|(case, _)| case) {
            if let Ok(case) = config.case(machine, case) {
                run(case);
            }
        }
    }
    assert!(config.case("no such machine", "").is_err());
}

fn run(worker: impl Worker + 'static) {
    let mut world = world(machine(), WorkflowType::Standard);
    world.add_worker(worker);
    world.add_worker(nobody());
    let key = start(&mut world, Payload::parse(INPUT).expect("the input is JSON"));
    finish(&mut world, key);
}

/// A function with retries, an activity with heartbeats, a callback, and a Map of tasks.
fn machine() -> &'static Arc<Definition> {
    static MACHINE: OnceLock<Arc<Definition>> = OnceLock::new();
    const TEXT: &str = r#"{"StartAt": "A", "States": {
        "A": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "JitterStrategy": "FULL"}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "B"}], "Next": "B"},
        "B": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a",
            "TimeoutSeconds": 60, "HeartbeatSeconds": 10,
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "C"}], "Next": "C"},
        "C": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}, "TimeoutSeconds": 60,
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "D"}], "Next": "D"},
        "D": {"Type": "Map", "ItemsPath": "$.items", "End": true, "ItemProcessor": {
            "StartAt": "E", "States": {"E": {"Type": "Task", "End": true,
                "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "g"}}}}}}}"#;
    MACHINE.get_or_init(|| compile(TEXT, WorkflowType::Standard).definition.expect("is valid"))
}
