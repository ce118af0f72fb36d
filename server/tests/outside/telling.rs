//! What services outside are told besides a task: its trace, and how executions go.

use super::*;

/// A function's own tracing goes on with the trace of the execution.
#[tokio::test]
async fn calls_carry_the_trace_of_their_task() {
    let world = World::new(|_| answer(200, &[], "{}")).await;
    let outside = services(&[format!("lambda=http://{}", world.address)]);
    let answerers = Answerers { outside: Some(outside), ..Answerers::default() };
    let collector = format!("http://{}", World::new(|_| answer(200, &[], "")).await.address);
    let traces = TraceConfig::read(Some(&collector), |_| None, &Tls::default()).expect("is one");
    let config = ServerConfig { traces, ..ServerConfig::default() };
    let hub = hub::start(config, Arc::new(MemoryStore::default()), answerers).expect("starts");
    let task = json!({"Type": "Task", "Resource": format!("{FUNCTION}:F"), "End": true});
    run_machine(&hub, json!({"StartAt": "T", "States": {"T": task}}), "{}").await;
    let seen = world.last();
    let (xray, w3c) = (seen.header("x-amzn-trace-id"), seen.header("traceparent"));
    assert!(!seen.header("authorization").contains("trace"), "{}", seen.header("authorization"));
    let [version, trace, span, flags] = w3c.split('-').collect::<Vec<_>>()[..] else {
        panic!("{w3c}")
    };
    assert_eq!((version, trace.len(), span.len(), flags), ("00", 32, 16, "01"));
    let (time, rest) = trace.split_at(8);
    assert_eq!(xray, format!("Root=1-{time}-{rest};Parent={span};Sampled=1"));
}

/// What EventBridge was told: `detail` of every event, and the entries' other members.
async fn told(definition: Value, kind: &str, input: &str) -> Vec<(Value, Value)> {
    let world = World::new(|seen| {
        assert_eq!(seen.header("x-amz-target"), "AWSEvents.PutEvents");
        assert!(seen.header("authorization").contains("/us-east-1/events/aws4_request"));
        answer(200, &[], r#"{"FailedEntryCount": 0, "Entries": []}"#)
    })
    .await;
    let mut endpoints = Endpoints::default();
    endpoints.add(&format!("events=http://{}", world.address)).expect("is an endpoint");
    let bus = EventBus::of(&endpoints, AccessKey::default(), &Tls::default(), "us-east-1".into());
    let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: false };
    let config = ServerConfig { clock, event_bus: bus, ..ServerConfig::default() };
    let store = Arc::new(MemoryStore::default());
    let hub = hub::start(config, store, Answerers::default()).expect("starts");
    let request = json!({
        "name": "m",
        "roleArn": "arn:aws:iam::123456789012:role/r",
        "type": kind,
        "definition": definition.to_string(),
    });
    let created = api::call(&hub, "CreateStateMachine", request).await.expect("is created");
    let machine = &created["stateMachineArn"];
    let start = json!({"stateMachineArn": machine, "name": "e", "input": input});
    api::call(&hub, "StartExecution", start).await.expect("starts");
    hub.run_until_idle().await.expect("the clock is simulated");
    // What is durable has been sent when the server has stopped.
    hub.stop().await;
    let seen = world.seen.lock().expect("is not poisoned").clone();
    let requests: Vec<Value> = seen.iter().map(Seen::json).collect();
    let entries = requests.iter().flat_map(|request| request["Entries"].as_array().cloned());
    entries
        .flatten()
        .map(|mut entry| {
            let detail = entry["Detail"].take();
            let detail = detail.as_str().map(serde_json::from_str).expect("is a text");
            (detail.expect("is JSON"), entry)
        })
        .collect()
}

#[tokio::test]
async fn eventbridge_hears_how_standard_executions_go() {
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}});
    let told_of = told(wait.clone(), "STANDARD", r#"{"a":1}"#).await;
    let [(running, entry), (succeeded, _)] = &told_of[..] else { panic!("{told_of:?}") };
    let execution = "arn:aws:states:us-east-1:123456789012:execution:m:e";
    let expected = json!({
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Detail": null,
        "Resources": [execution],
        "Time": 1_767_225_600,
    });
    assert_eq!(*entry, expected);
    let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
    // As AWS was recorded (`base.event_bridge_events_base`): every member, in its order.
    let detail = |status: &str, stopped: Value, output: Value, included: Value| {
        json!({
            "executionArn": execution,
            "stateMachineArn": machine,
            "name": "e",
            "status": status,
            "startDate": 1_767_225_600_000_u64,
            "stopDate": stopped,
            "input": "{\"a\":1}",
            "output": output,
            "stateMachineVersionArn": null,
            "stateMachineAliasArn": null,
            "redriveCount": 0,
            "redriveDate": null,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": format!("Execution is {status} and cannot be redriven"),
            "inputDetails": {"included": true},
            "outputDetails": included,
            "error": null,
            "cause": null,
        })
    };
    let expected = detail("RUNNING", json!(null), json!(null), json!(null));
    assert_eq!(running.to_string(), expected.to_string());
    let stopped = json!(1_767_225_660_000_u64);
    let expected = detail("SUCCEEDED", stopped, json!("{\"a\":1}"), json!({"included": true}));
    assert_eq!(succeeded.to_string(), expected.to_string());
    assert_eq!(told(wait, "EXPRESS", "{}").await, []);
}

#[tokio::test]
async fn data_that_is_too_large_for_an_event_is_left_out() {
    let fails =
        json!({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}});
    let input = json!("\"".repeat(126_000)).to_string();
    let told_of = told(fails, "STANDARD", &input).await;
    let (failed, _) = &told_of[1];
    assert_eq!((&failed["status"], &failed["error"]), (&json!("FAILED"), &json!("E")));
    assert_eq!(
        (&failed["input"], &failed["inputDetails"]),
        (&json!(null), &json!({"included": false}))
    );
    assert_eq!((&failed["output"], &failed["outputDetails"]), (&json!(null), &json!(null)));
}
