//! What recordings and cases do not reach: tasks that the caller performs, time, and requests that are refused.

use serde_json::{Value, json};

use super::{Progress, TestStateError, TestStateSettings, start, test_state};
use crate::data::{Payload, Timestamp};
use crate::history::Failure;

const ROLE: &str = "arn:aws:iam::111111111111:role/role";

fn settings() -> TestStateSettings {
    TestStateSettings {
        now: Timestamp::from_millis(1_700_000_000_000),
        seed: 7,
        region: "us-east-1".into(),
        account: "111111111111".into(),
    }
}

/// A request about a state, with other members.
fn request(state: &Value, members: &Value) -> Value {
    let mut request = members.clone();
    request["definition"] = state.to_string().into();
    request
}

fn run(request: &Value) -> Result<Value, TestStateError> {
    test_state(request, &settings(), &mut |_| None)
}

fn refused(request: &Value) -> TestStateError {
    match run(request) {
        Err(error) => error,
        Ok(answer) => panic!("{answer}"),
    }
}

fn task() -> Value {
    json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "F", "Payload.$": "$"}, "End": true})
}

fn distributed(fields: &Value) -> Value {
    let mut map = json!({"Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Work", "States": {"Work": {"Type": "Pass", "End": true}}}});
    for (name, value) in fields.as_object().into_iter().flatten() {
        map[name] = value.clone();
    }
    map
}

#[test]
fn a_task_without_a_mock_is_the_callers() {
    let members = json!({"roleArn": ROLE, "input": "{\"a\": 1}"});
    let begun = start(&request(&task(), &members), &settings()).expect("it is taken");
    let Progress::Task(pending) = begun else { panic!("{begun:?}") };
    let parameters = pending.task().parameters.value();
    assert_eq!(*parameters, json!({"FunctionName": "F", "Payload": {"a": 1}}));
    let result = Payload::new(json!({"Payload": "done"}));
    let answer = pending.finish(Some(Ok(result)));
    assert_eq!(answer, json!({"output": "{\"Payload\":\"done\"}", "status": "SUCCEEDED"}));
}

#[test]
fn a_task_of_the_caller_may_fail_or_not_be_there() {
    let members = json!({"roleArn": ROLE});
    let request = request(&task(), &members);
    let failed = test_state(&request, &settings(), &mut |_| Some(Err(Failure::new("E", "c"))));
    let expected = json!({"error": "E", "cause": "c", "status": "FAILED"});
    assert_eq!(failed.expect("it is taken"), expected);
    let absent = run(&request).expect("it is taken");
    assert_eq!(
        (&absent["status"], &absent["error"]),
        (&"FAILED".into(), &"States.TaskFailed".into())
    );
    let cause = absent["cause"].as_str().unwrap_or_default();
    assert!(cause.contains("lambda:invoke"), "{cause}");
}

/// "A test can run for up to five minutes. If it exceeds this duration, it fails with States.Timeout."
#[test]
fn five_minutes_is_the_longest() {
    let wait = |seconds| json!({"Type": "Wait", "Seconds": seconds, "Next": "B"});
    let members = json!({"input": "{\"a\": 1}"});
    let short = run(&request(&wait(300), &members)).expect("it is taken");
    assert_eq!(short, json!({"output": "{\"a\": 1}", "nextState": "B", "status": "SUCCEEDED"}));
    let long = run(&request(&wait(301), &members)).expect("it is taken");
    assert_eq!(long, json!({"error": "States.Timeout", "status": "FAILED"}));
}

#[test]
fn a_state_that_goes_to_itself_is_left_once() {
    let pass = json!({"Type": "Pass", "Next": "StateName"});
    let machine = json!({"StartAt": "A", "States": {"A": {"Type": "Choice", "Default": "B",
        "Choices": [{"Variable": "$.again", "IsPresent": true, "Next": "A"}]},
        "B": {"Type": "Succeed"}}});
    let members = json!({"stateName": "A", "input": "{\"again\": 1}"});
    let answer = run(&request(&machine, &members)).expect("it is taken");
    assert_eq!(answer["nextState"], "A");
    // A machine that cannot end is none.
    assert_eq!(refused(&request(&pass, &json!({}))).code, "InvalidDefinition");
}

#[test]
fn the_same_settings_give_the_same_answer() {
    let state = json!({"Type": "Pass", "QueryLanguage": "JSONata", "End": true,
        "Output": "{% [$uuid(), $random(), $states.context.Execution.Id] %}"});
    let request = request(&state, &json!({}));
    assert_eq!(run(&request), run(&request));
    let other = TestStateSettings { seed: 8, ..settings() };
    assert_ne!(run(&request), test_state(&request, &other, &mut |_| None));
}

#[test]
fn the_data_of_an_item_reader_is_read_as_its_object() {
    let map = distributed(&json!({
        "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            "Parameters": {"Bucket": "b", "Key": "k"}},
        "ItemSelector": {"n.$": "$$.Map.Item.Value.n"},
        "ItemBatcher": {"MaxItemsPerBatch": 2},
    }));
    let members = json!({"inspectionLevel": "DEBUG", "mock": {"result": "[\"x\", \"y\"]"},
        "stateConfiguration": {"mapItemReaderData": "n\n1\n2\n3\n"}});
    let answer = run(&request(&map, &members)).expect("it is taken");
    let seen = &answer["inspectionData"];
    assert_eq!(seen["afterItemsPath"], "[{\"n\":\"1\"},{\"n\":\"2\"},{\"n\":\"3\"}]");
    assert_eq!(seen["afterItemSelector"], "[{\"n\":\"1\"},{\"n\":\"2\"},{\"n\":\"3\"}]");
    let batches = r#"[{"Items":["{\"n\":\"1\"}","{\"n\":\"2\"}"]},{"Items":["{\"n\":\"3\"}"]}]"#;
    assert_eq!(seen["afterItemBatcher"], batches);
    assert_eq!(answer["output"], "[\"x\", \"y\"]");
    let without = json!({"mock": {"result": "[]"}});
    assert_eq!(refused(&request(&map, &without)).code, "ValidationException");
}

#[test]
fn mocks_that_do_not_fit_their_map_or_parallel() {
    let map = distributed(&json!({}));
    let code = |state: &Value, members: Value| refused(&request(state, &members)).code;
    let mock = |result: &str| json!({"input": "[1, 2]", "mock": {"result": result}});
    assert_eq!(code(&map, mock("[1]")), "ValidationException");
    assert_eq!(code(&map, mock("{}")), "ValidationException");
    let mut too_many = mock("[1, 2]");
    too_many["stateConfiguration"] = json!({"mapIterationFailureCount": 3});
    assert_eq!(code(&map, too_many), "ValidationException");
    let writer = distributed(&json!({"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "b", "Prefix": "p"}}}));
    assert_eq!(code(&writer, mock("[1, 2]")), "ValidationException");
    assert!(run(&request(&writer, &mock("{\"MapRunArn\": \"arn\"}"))).is_ok());
    let branch = json!({"StartAt": "B", "States": {"B": {"Type": "Succeed"}}});
    let parallel = json!({"Type": "Parallel", "Branches": [branch], "End": true});
    assert_eq!(code(&parallel, mock("[1, 2]")), "ValidationException");
    // Without a mock there is nothing to test.
    assert_eq!(code(&map, json!({})), "InvalidDefinition");
}

#[test]
fn requests_that_are_refused() {
    let error = |members: Value| refused(&request(&task(), &members));
    let code = |members: Value| error(members).code;
    let result = json!({"result": "{}"});
    assert_eq!(code(json!({})), "ValidationException", "it needs a role");
    assert_eq!(code(json!({"roleArn": "role"})), "InvalidArn");
    assert_eq!(code(json!({"mock": result, "input": "{"})), "InvalidExecutionInput");
    assert_eq!(code(json!({"mock": result, "variables": "[]"})), "ValidationException");
    assert_eq!(code(json!({"mock": {}})), "ValidationException");
    assert_eq!(code(json!({"mock": {"result": "{"}})), "ValidationException");
    assert_eq!(code(json!({"mock": {"errorOutput": {}}})), "ValidationException");
    assert_eq!(code(json!({"mock": result, "revealSecrets": true})), "ValidationException");
    let both = json!({"result": "{}", "errorOutput": {"error": "E"}});
    assert_eq!(code(json!({"mock": both})), "ValidationException");
    assert_eq!(code(json!({"roleArn": ROLE, "context": "{}"})), "ValidationException");
    assert_eq!(code(json!({"mock": "no object"})), "SerializationException");
    let level = error(json!({"mock": result, "inspectionLevel": "ALL"}));
    assert!(level.message.contains("'inspectionLevel'"), "{level}");
    let none = run(&json!({})).expect_err("there is no definition");
    assert_eq!(
        none.message,
        "1 validation error detected: Value at 'definition' failed to satisfy constraint: Member must not \
         be null"
    );
    for definition in ["{", "[]", "{}", "{\"Type\": \"Pass\"}"] {
        let refused = run(&json!({"definition": definition})).expect_err("it is no state");
        assert_eq!(refused.code, "InvalidDefinition", "{definition}");
    }
}

#[test]
fn patterns_that_need_a_mock() {
    for resource in [
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync",
        "arn:aws:states:us-east-1:111111111111:activity:A",
    ] {
        let state = json!({"Type": "Task", "Resource": resource, "End": true, "Parameters": {
            "QueueUrl": "q", "MessageBody": "m", "StateMachineArn": "arn:x"}});
        assert_eq!(refused(&request(&state, &json!({"roleArn": ROLE}))).code, "InvalidDefinition");
        let mocked = json!({"mock": {"errorOutput": {"error": "E"}}});
        let answer = run(&request(&state, &mocked)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(answer, json!({"error": "E", "status": "FAILED"}));
    }
}
