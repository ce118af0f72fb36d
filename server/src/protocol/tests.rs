//! What AWS was seen to say, and what its service model says.

use serde_json::{Value, json};

use super::*;

fn refusal(name: &str, body: &str) -> Value {
    let operation = model().operation(name).expect("the operation exists");
    error_body(&read(operation, body.as_bytes()).expect_err("is refused"))
}

fn message(name: &str, request: Value) -> String {
    let refusal = refusal(name, &request.to_string());
    assert_eq!(refusal["__type"], "com.amazon.coral.validate#ValidationException");
    refusal["message"].as_str().expect("has a message").to_owned()
}

#[test]
fn the_model_has_the_37_operations() {
    assert_eq!(model().operations().count(), 37);
    let sync: Vec<_> =
        model().operations().filter(|o| o.host_prefix.is_some()).map(|o| &*o.name).collect();
    assert_eq!(sync, ["StartSyncExecution", "TestState"]);
}

#[test]
fn every_pattern_of_a_request_is_known() {
    fn walk(id: ShapeId, seen: &mut Vec<usize>) {
        let shape = model().shape(id);
        match &shape.kind {
            Kind::String { pattern: Some(pattern), .. } => {
                assert!(constraints::is_known(pattern), "{}: {pattern}", shape.name);
                seen.push(1);
            }
            Kind::Structure { members } => members.values().for_each(|m| walk(m.shape, seen)),
            Kind::List { element, .. } => walk(*element, seen),
            Kind::Map { value } => walk(*value, seen),
            _ => {}
        }
    }
    let mut seen = Vec::new();
    model().operations().for_each(|operation| walk(operation.input, &mut seen));
    assert!(seen.len() >= 4);
}

#[test]
fn unknown_targets_are_unknown_operations() {
    assert_eq!(
        operation(Some("AWSStepFunctions.ListTagsForResource")).unwrap().name,
        "ListTagsForResource"
    );
    for target in [
        None,
        Some(""),
        Some("ListActivities"),
        Some("AWSStepFunctions."),
        Some("AWSStepFunctions.listActivities"),
        Some("AmazonAthena.ListActivities"),
    ] {
        let error = operation(target).expect_err("is unknown");
        assert_eq!(error.code, "UnknownOperationException", "{target:?}");
    }
}

/// Recorded on AWS in tests of `ListExecutions`, `CreateStateMachineAlias`.
#[test]
fn refusals_that_were_recorded() {
    let machine = "arn:aws:states:us-east-1:111111111111:stateMachine:m";
    assert_eq!(
        message("ListExecutions", json!({"stateMachineArn": machine, "maxResults": 1001})),
        "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have \
         value less than or equal to 1000"
    );
    let token = "x".repeat(3097);
    assert_eq!(
        message("ListExecutions", json!({"stateMachineArn": machine, "nextToken": token})),
        format!(
            "1 validation error detected: Value '{token}' at 'nextToken' failed to satisfy constraint: Member must \
             have length less than or equal to 3096"
        )
    );
    assert_eq!(
        message("ListExecutions", json!({"stateMachineArn": machine, "statusFilter": "succeeded"})),
        "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must \
         satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]"
    );
    let route = |version: u8, weight: u8| json!({"stateMachineVersionArn": format!("{machine}:{version}"), "weight": weight});
    assert_eq!(
        message(
            "CreateStateMachineAlias",
            json!({"name": "a", "routingConfiguration": [route(1, 50), route(2, 30), route(3, 20)]})
        ),
        format!(
            "1 validation error detected: Value '[RoutingConfigurationListItem(stateMachineVersionArn={machine}:1, \
             weight=50), RoutingConfigurationListItem(stateMachineVersionArn={machine}:2, weight=30), \
             RoutingConfigurationListItem(stateMachineVersionArn={machine}:3, weight=20)]' at \
             'routingConfiguration' failed to satisfy constraint: Member must have length less than or equal to 2"
        )
    );
    assert_eq!(
        message(
            "CreateStateMachineAlias",
            json!({"name": "a", "routingConfiguration": [route(1, 101)]})
        ),
        "1 validation error detected: Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy \
         constraint: Member must have value less than or equal to 100"
    );
}

/// Measured on AWS by others: a missing member, a missing sensitive member, the size of an input.
#[test]
fn refusals_that_were_measured() {
    assert_eq!(
        message("StartExecution", json!({"name": "n"})),
        "1 validation error detected: Value null at 'stateMachineArn' failed to satisfy constraint: Member must not \
         be null"
    );
    assert_eq!(
        message("SendTaskSuccess", json!({"taskToken": "t"})),
        "1 validation error detected: Value at 'output' failed to satisfy constraint: Member must not be null"
    );
    let arn = "arn:aws:states:us-east-1:111111111111:stateMachine:m";
    assert_eq!(
        message("StartExecution", json!({"stateMachineArn": arn, "input": "ä".repeat(131_073)})),
        "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have size less than \
         or equal to 262144 bytes in UTF-8 encoding"
    );
}

#[test]
fn several_violations_are_joined_and_lengths_count_characters() {
    assert_eq!(
        message("CreateStateMachineAlias", json!({"name": "1", "routingConfiguration": []})),
        "2 validation errors detected: Value '1' at 'name' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$; Value '[]' at 'routingConfiguration' failed \
         to satisfy constraint: Member must have length greater than or equal to 1"
    );
    let operation = model().operation("CreateActivity").expect("exists");
    let name = |name: String| read(operation, json!({ "name": name }).to_string().as_bytes());
    assert!(name("ä".repeat(80)).is_ok());
    assert!(name("ä".repeat(81)).is_err());
    assert!(name(String::new()).is_err());
}

#[test]
fn what_is_no_json_or_of_a_wrong_type_is_a_serialization_exception() {
    for body in
        ["", "{", "null", "1", "\"x\"", "{\"maxResults\": 1,}", "{} {}", "{\"a\": \"\\ud800\"}"]
    {
        let expected = json!({"__type": "com.amazon.coral.service#SerializationException"});
        assert_eq!(refusal("ListActivities", body), expected, "{body}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(refusal("ListActivities", &deep).as_object().unwrap().len(), 1);
    for (name, body, words) in [
        ("ListActivities", "[]", "Start of list found where not expected"),
        (
            "ListActivities",
            r#"{"maxResults": "1"}"#,
            "STRING_VALUE can not be converted to an Integer",
        ),
        (
            "ListActivities",
            r#"{"maxResults": true}"#,
            "TRUE_VALUE can not be converted to an Integer",
        ),
        ("ListActivities", r#"{"maxResults": [1]}"#, "Start of list found where not expected"),
        ("ListActivities", r#"{"nextToken": 1}"#, "NUMBER_VALUE can not be converted to a String"),
        (
            "ListActivities",
            r#"{"nextToken": {}}"#,
            "Start of structure or map found where not expected.",
        ),
        ("CreateActivity", r#"{"name": "a", "tags": "x"}"#, "Expected list or null"),
        ("CreateActivity", r#"{"name": "a", "tags": [1]}"#, "Expected null"),
        (
            "GetExecutionHistory",
            r#"{"executionArn": "a", "reverseOrder": 1}"#,
            "NUMBER_VALUE can not be converted to a Boolean",
        ),
    ] {
        let expected =
            json!({"__type": "com.amazon.coral.service#SerializationException", "Message": words});
        assert_eq!(refusal(name, body), expected, "{body}");
    }
}

#[test]
fn nulls_are_absent_fractions_cut_off_and_unknown_members_left_alone() {
    let operation = model().operation("ListActivities").expect("exists");
    let request =
        read(operation, br#"{"maxResults": 7.9, "nextToken": null, "unknown": {"x": [null]}}"#);
    assert_eq!(request.expect("is accepted"), json!({"maxResults": 7, "unknown": {"x": [null]}}));
    let huge = message("ListActivities", json!({"maxResults": 99_999_999_999_999_999_999.0}));
    assert!(huge.contains("less than or equal to 1000"), "{huge}");
}

#[test]
fn answers_are_compared_with_their_shape() {
    let output = model().operation("StartExecution").and_then(|o| o.output).expect("has one");
    assert_eq!(conforms(output, &json!({"executionArn": "a", "startDate": 1.5})), None);
    assert_eq!(
        conforms(output, &json!({"startDate": 1.5})).as_deref(),
        Some("answer has no executionArn")
    );
    assert!(conforms(output, &json!({"executionArn": "a", "startDate": "now"})).is_some());
    assert!(conforms(output, &json!({"executionArn": "a", "startDate": 1, "x": 1})).is_some());
}

#[test]
fn errors_have_their_namespace() {
    let error = ApiError::invalid_arn("x").with("reason", "r");
    assert_eq!(
        error_body(&error),
        json!({
            "__type": "com.amazonaws.swf.service.v2.model#InvalidArn",
            "message": "Invalid Arn: 'Invalid ARN prefix: x'",
            "reason": "r"
        })
    );
    assert_eq!(namespace("ThrottlingException"), Some("com.amazon.coral.availability"));
}
