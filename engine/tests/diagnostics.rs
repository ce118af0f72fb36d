//! What validation says, rule by rule: code, message, location and the text it points at.
//!
//! The expectations were measured on AWS (its own validator, published by the projects LocalStack, floci and
//! cdk-preflight) unless a comment says otherwise.

use rstest::rstest;
use stepclock_engine::asl::{Severity, WorkflowType, compile, validation_answer};

/// Compiles and compares `CODE: message at location` of every finding.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    check_type(text, WorkflowType::Standard, expected);
}

#[track_caller]
fn check_type(text: &str, workflow_type: WorkflowType, expected: &[&str]) {
    let compiled = compile(text, workflow_type);
    let found: Vec<String> = compiled
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, expected, "{text}");
}

/// A machine with one state `A` of these fields.
fn state(fields: &str) -> String {
    format!(r#"{{"StartAt":"A","States":{{"A":{{{fields}}}}}}}"#)
}

/// The same in JSONata.
fn jsonata_state(fields: &str) -> String {
    format!(r#"{{"QueryLanguage":"JSONata","StartAt":"A","States":{{"A":{{{fields}}}}}}}"#)
}

const LAMBDA: &str =
    r#""Type":"Task","End":true,"Resource":"arn:aws:lambda:us-east-1:123456789012:function:F""#;
const PROCESSOR: &str = r#"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#;

fn task(fields: &str) -> String {
    state(&format!("{LAMBDA},{fields}"))
}

fn map(fields: &str) -> String {
    state(&format!(r#""Type":"Map","End":true,"ItemProcessor":{PROCESSOR},{fields}"#))
}

/// A Choice state `A` with these rules, before a Succeed state `B`.
fn choice(rules: &str) -> String {
    format!(
        r#"{{"StartAt":"A","States":{{"A":{{"Type":"Choice","Choices":[{rules}],"Default":"B"}},"B":{{"Type":"Succeed"}}}}}}"#
    )
}

/// `SCHEMA_VALIDATION_FAILED` with this message and location.
fn schema(message: &str, location: &str) -> String {
    format!("SCHEMA_VALIDATION_FAILED: {message} at {location}")
}

#[rstest]
#[case("{}", "These fields are required: [States, StartAt]", "/")]
#[case(r#"{"StartAt":"A"}"#, "These fields are required: [States]", "/")]
#[case(r#"{"States":{"A":{"Type":"Succeed"}}}"#, "These fields are required: [StartAt]", "/")]
#[case(
    r#"{"Version":"2.0","StartAt":"A","States":{"A":{"Type":"Succeed"}}}"#,
    "Value should be one of the following: [1.0]",
    "/Version"
)]
#[case(
    r#"{"startAt":"A","StartAt":"A","States":{"A":{"Type":"Succeed"}}}"#,
    "Field 'startAt' is not supported",
    "/"
)]
fn the_machine(#[case] text: &str, #[case] message: &str, #[case] location: &str) {
    check(text, &[&schema(message, location)]);
}

#[test]
fn a_machine_timeout_of_zero_is_accepted() {
    check(r#"{"TimeoutSeconds":0,"StartAt":"A","States":{"A":{"Type":"Succeed"}}}"#, &[]);
}

#[rstest]
#[case(
    r#""Type":"Unknown","End":true"#,
    "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
    "/States/A/Type"
)]
#[case(r#""Type":"Pass","End":true,"Retry":[]"#, "Field 'Retry' is not supported", "/States/A")]
#[case(r#""Type":"Fail","End":true"#, "Field 'End' is not supported", "/States/A")]
#[case(r#""Type":"Succeed","Next":"A""#, "Field 'Next' is not supported", "/States/A")]
#[case(
    r#""Type":"Wait","End":true,"Seconds":1,"ResultPath":"$.x""#,
    "Field 'ResultPath' is not supported",
    "/States/A"
)]
#[case(r#""Type":"Fail","InputPath":"$.x""#, "Field 'InputPath' is not supported", "/States/A")]
#[case(
    r#""Type":"Pass","End":true,"Next":"A""#,
    "There should only be one of the following fields: [Next, End]",
    "/States/A"
)]
#[case(
    r#""Type":"Fail","Error":"E","ErrorPath":"$.e""#,
    "There should only be one of the following fields: [Error, ErrorPath]",
    "/States/A"
)]
#[case(
    r#""Type":"Wait","End":true,"Seconds":1,"SecondsPath":"$.s""#,
    "There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp]",
    "/States/A"
)]
#[case(
    r#""Type":"Parallel","Branches":[],"End":true"#,
    "Value cannot be empty",
    "/States/A/Branches"
)]
#[case(
    r#""Type":"Map","End":true"#,
    "This object should have only one of the following fields: [ItemProcessor, Iterator]",
    "/States/A"
)]
fn state_fields(#[case] fields: &str, #[case] message: &str, #[case] location: &str) {
    check(&state(fields), &[&schema(message, location)]);
}

#[test]
fn succeed_takes_paths() {
    check(&state(r#""Type":"Succeed","InputPath":"$.a","OutputPath":"$.b""#), &[]);
}

#[test]
fn a_state_that_neither_goes_on_nor_ends() {
    check(
        &state(r#""Type":"Pass""#),
        &[
            &schema(
                "This object should have only one of the following fields: [Next, End]",
                "/States/A",
            ),
            "MISSING_END_STATE: Workflow has no terminal state at null",
        ],
    );
}

#[rstest]
#[case(r#""TimeoutSeconds":0"#, "Minimum value is 1", "TimeoutSeconds")]
#[case(r#""TimeoutSeconds":100000000"#, "Maximum value is 99999999", "TimeoutSeconds")]
#[case(r#""HeartbeatSeconds":"5""#, "Expected value of type Integer", "HeartbeatSeconds")]
#[case(r#""Credentials":{}"#, "The field 'RoleArn' is required but was missing", "Credentials")]
#[case(
    r#""Retry":[{"ErrorEquals":["States.ALL","E"]}]"#,
    "States.ALL must appear alone and at end of list",
    "Retry[0]/ErrorEquals[0]"
)]
#[case(
    r#""Retry":[{"ErrorEquals":["States.ALL"]},{"ErrorEquals":["E"]}]"#,
    "States.ALL must appear alone and at end of list",
    "Retry[0]/ErrorEquals[0]"
)]
#[case(r#""Retry":[{"ErrorEquals":[]}]"#, "Value cannot be empty", "Retry[0]/ErrorEquals")]
#[case(r#""Retry":[{}]"#, "These fields are required: [ErrorEquals]", "Retry[0]")]
#[case(
    r#""Retry":[{"ErrorEquals":["E"],"MaxAttempts":-1}]"#,
    "Minimum value is 0",
    "Retry[0]/MaxAttempts"
)]
#[case(
    r#""Retry":[{"ErrorEquals":["E"],"BackoffRate":0.5}]"#,
    "Minimum value is 1.0",
    "Retry[0]/BackoffRate"
)]
#[case(
    r#""Retry":[{"ErrorEquals":["E"],"MaxDelaySeconds":31622401}]"#,
    "Maximum value is 31622400",
    "Retry[0]/MaxDelaySeconds"
)]
#[case(
    r#""Retry":[{"ErrorEquals":["E"],"JitterStrategy":"SOME"}]"#,
    "Value should be one of the following: [NONE, FULL]",
    "Retry[0]/JitterStrategy"
)]
#[case(r#""Catch":[{"ErrorEquals":["E"]}]"#, "These fields are required: [Next]", "Catch[0]")]
fn task_fields(#[case] fields: &str, #[case] message: &str, #[case] place: &str) {
    check(&task(fields), &[&schema(message, &format!("/States/A/{place}"))]);
}

#[test]
fn a_retry_interval_of_zero_is_accepted() {
    check(&task(r#""Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":0}]"#), &[]);
}

#[rstest]
#[case("TimeoutSeconds", "5", "$.t")]
#[case("HeartbeatSeconds", "5", "$.t")]
fn a_value_or_its_path(#[case] field: &str, #[case] value: &str, #[case] path: &str) {
    let message =
        format!("There should only be one of the following fields: [{field}, {field}Path]");
    let fields = format!(r#""{field}":{value},"{field}Path":"{path}""#);
    check(&task(&fields), &[&schema(&message, "/States/A")]);
}

#[rstest]
#[case("arn:aws:states:::lambda:invoke.sync")]
#[case("arn:aws:states:::lambda:invoke.nonsense")]
#[case("arn:aws:states:::dynamodb:query")]
#[case("arn:aws:states:::dynamodb:putItem.waitForTaskToken")]
#[case("arn:aws:states:::glue:startJobRun.waitForTaskToken")]
#[case("arn:aws:states:::glue:startJobRun.sync:2")]
#[case("arn:aws:states:::aws-sdk:s3:getObject.sync")]
#[case("arn:aws:states:::aws-sdk:s3:GetObject")]
#[case("arn:aws:states:::nothing:atAll")]
fn unknown_integrations(#[case] arn: &str) {
    let message = format!(
        "The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."
    );
    let text = state(&format!(r#""Type":"Task","End":true,"Resource":"{arn}","Parameters":{{}}"#));
    check(&text, &[&schema(&message, "/States/A/Resource")]);
}

#[rstest]
#[case("arn:aws:lambda:...:function:X")]
#[case("arn:aws-cn:lambda:cn-north-1:123456789012:function:F:PROD")]
#[case("arn:aws:states:us-east-1:123456789012:activity:A")]
#[case("arn:aws:states:::states:startExecution.sync:2")]
#[case("arn:aws:states:::sqs:sendMessage.waitForTaskToken")]
#[case("arn:aws:states:::ecs:runTask.waitForTaskToken")]
#[case("arn:aws:states:::aws-sdk:sfn:startExecution.waitForTaskToken")]
#[case("arn:aws-us-gov:states:::batch:submitJob.sync")]
fn known_resources(#[case] arn: &str) {
    let parameters =
        r#"{"StateMachineArn":"s","QueueUrl":"q","MessageBody":"b","TaskDefinition.$":"$.t"}"#;
    check(
        &state(&format!(
            r#""Type":"Task","End":true,"Resource":"{arn}","Parameters":{parameters}"#
        )),
        &[],
    );
}

#[test]
fn resources_that_are_no_arn() {
    for resource in ["", "function", "${Function}", "arn:aws:lambda"] {
        let text = state(&format!(r#""Type":"Task","End":true,"Resource":"{resource}""#));
        check(&text, &[&schema("Value is not a valid resource ARN", "/States/A/Resource")]);
    }
}

#[test]
fn integrations_need_their_parameters() {
    let lambda = r#""Type":"Task","End":true,"Resource":"arn:aws:states:::lambda:invoke""#;
    let message = |field| {
        format!("{field} field is required for resource ARN: arn:aws:states:::lambda:invoke")
    };
    check(&state(lambda), &[&schema(&message("Parameters"), "/States/A/Resource")]);
    check(&jsonata_state(lambda), &[&schema(&message("Arguments"), "/States/A/Resource")]);
    let missing = "The field 'FunctionName' is required but was missing";
    check(
        &state(&format!(r#"{lambda},"Parameters":{{"Payload.$":"$"}}"#)),
        &[&schema(missing, "/States/A/Parameters")],
    );
    check(&state(&format!(r#"{lambda},"Parameters":{{"FunctionName.$":"$.f"}}"#)), &[]);
    check(&jsonata_state(&format!(r#"{lambda},"Arguments":"{{% $states.input %}}""#)), &[]);
}

#[test]
fn activities_take_no_credentials() {
    let text = state(
        r#""Type":"Task","End":true,"Resource":"arn:aws:states:us-east-1:123456789012:activity:A","Credentials":{"RoleArn":"r"}"#,
    );
    check(
        &text,
        &[&schema(
            "The field 'Credentials' is not supported for activities",
            "/States/A/Credentials",
        )],
    );
}

#[rstest]
#[case(
    "arn:aws:states:::states:startExecution.sync",
    "Express state machine does not support '.sync' service integration"
)]
#[case(
    "arn:aws:states:::states:startExecution.waitForTaskToken",
    "Express state machine does not support '.waitForTaskToken' service integration "
)]
#[case(
    "arn:aws:states:us-east-1:123456789012:activity:A",
    "Express state machine does not support Activity ARN"
)]
fn what_express_does_not_support(#[case] arn: &str, #[case] message: &str) {
    let text = state(&format!(
        r#""Type":"Task","End":true,"Resource":"{arn}","Parameters":{{"StateMachineArn":"m"}}"#
    ));
    check_type(&text, WorkflowType::Express, &[&schema(message, "/States/A/Resource")]);
    check(&text, &[]);
}

#[rstest]
#[case(r#""InputPath":"foo""#, "Value must be a valid JSONPath.", "InputPath")]
#[case(r#""OutputPath":"States.UUID()""#, "Value must be a valid JSONPath.", "OutputPath")]
#[case(r#""ResultPath":"x""#, "Value must be a valid JSONPath.", "ResultPath")]
#[case(r#""ResultPath":"$.a[*]""#, "Value is not a Reference Path", "ResultPath")]
#[case(r#""ResultPath":"$..a""#, "Value is not a Reference Path", "ResultPath")]
#[case(r#""ResultPath":"$$.a""#, "Value is not a Reference Path", "ResultPath")]
#[case(
    r#""Parameters":{"a":{"b.$":"x"}}"#,
    "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call",
    "Parameters/a"
)]
#[case(
    r#""Parameters":{"b.$":1}"#,
    "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call",
    "Parameters"
)]
#[case(
    r#""Assign":{"b.$":"Test"}"#,
    "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call",
    "Assign"
)]
fn paths(#[case] fields: &str, #[case] message: &str, #[case] place: &str) {
    let text = state(&format!(r#""Type":"Pass","End":true,{fields}"#));
    check(&text, &[&schema(message, &format!("/States/A/{place}"))]);
}

#[rstest]
#[case(r#""MaxConcurrency":-1"#, "Minimum value is 0", "/MaxConcurrency")]
#[case(
    r#""ToleratedFailurePercentage":-0.5"#,
    "Minimum value is 0.0",
    "/ToleratedFailurePercentage"
)]
#[case(
    r#""ToleratedFailurePercentage":101"#,
    "Maximum value is 100.0",
    "/ToleratedFailurePercentage"
)]
#[case(r#""MaxConcurrencyPath":"$.a[*]""#, "Value is not a Reference Path", "/MaxConcurrencyPath")]
#[case(
    r#""ToleratedFailureCountPath":"$$.Execution.Input.n""#,
    "Value is not a Reference Path",
    "/ToleratedFailureCountPath"
)]
#[case(
    r#""Items":[1]"#,
    "The QueryLanguage is set to 'JSONPath', but field 'Items' is only supported for the 'JSONata' QueryLanguage",
    ""
)]
#[case(r#""TimeoutSeconds":5"#, "Field 'TimeoutSeconds' is not supported", "")]
#[case(
    r#""MaxConcurrency":1,"MaxConcurrencyPath":"$.c""#,
    "There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath]",
    ""
)]
fn map_fields(#[case] fields: &str, #[case] message: &str, #[case] place: &str) {
    check(&map(fields), &[&schema(message, &format!("/States/A{place}"))]);
}

#[test]
fn map_fields_that_are_accepted() {
    for fields in [
        r#""MaxConcurrency":9223372036854775807"#,
        r#""ItemsPath":"$$.Execution.Input.items""#,
        r#""MaxConcurrencyPath":"$limit""#,
        r#""ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"b","Key":"k"},"ReaderConfig":{"InputType":"JSON"}}"#,
    ] {
        check(&map(fields), &[]);
    }
}

#[rstest]
#[case(
    r#""Resource":"arn:aws:states:::s3:putObject""#,
    "The field 'Resource' does not match any of the allowed values",
    "/Resource"
)]
#[case(
    r#""Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"CSV"}"#,
    "The field 'CSVHeaderLocation' is required",
    "/ReaderConfig"
)]
#[case(
    r#""Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"GIVEN"}"#,
    "These fields are required: [CSVHeaders]",
    "/ReaderConfig"
)]
#[case(
    r#""Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"MaxItems":100000001}"#,
    "Maximum value is 100000000",
    "/ReaderConfig/MaxItems"
)]
fn item_reader(#[case] fields: &str, #[case] message: &str, #[case] place: &str) {
    let text = map(&format!(r#""ItemReader":{{{fields}}}"#));
    check(&text, &[&schema(message, &format!("/States/A/ItemReader{place}"))]);
}

#[rstest]
#[case(
    r#"{"Mode":"DISTRIBUTED"}"#,
    "These fields are required: [ExecutionType]",
    "/ProcessorConfig"
)]
#[case(
    r#"{"Mode":"DISTRIBUTED","ExecutionType":"FAST"}"#,
    "Value should be one of the following: [STANDARD, EXPRESS]",
    "/ProcessorConfig/ExecutionType"
)]
#[case(
    r#"{"Mode":"INLINE","ExecutionType":"STANDARD"}"#,
    "Field 'ExecutionType' is not supported",
    "/ProcessorConfig"
)]
fn processor_config(#[case] config: &str, #[case] message: &str, #[case] place: &str) {
    let processor = PROCESSOR.replacen('{', &format!(r#"{{"ProcessorConfig":{config},"#), 1);
    let text = state(&format!(r#""Type":"Map","End":true,"ItemProcessor":{processor}"#));
    check(&text, &[&schema(message, &format!("/States/A/ItemProcessor{place}"))]);
}

#[test]
fn express_machines_have_no_distributed_map() {
    let config = r#"{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"#;
    let processor = PROCESSOR.replacen('{', config, 1);
    let text = state(&format!(r#""Type":"Map","End":true,"ItemProcessor":{processor}"#));
    let compiled = compile(&text, WorkflowType::Express);
    assert_eq!(
        compiled.diagnostics[0].message,
        "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"
    );
}

#[test]
fn labels() {
    let label = "l".repeat(41);
    check(
        &map(&format!(r#""Label":"{label}""#)),
        &[&format!(
            "INVALID_LABEL_NAME: Invalid Label name: Label '{label}' exceeds the 40-character limit allowed by the service at /States/A/Label"
        )],
    );
    let labelled = |name: &str, next: &str| {
        let processor = PROCESSOR.replace('P', &format!("{name}P")).replace("APass", "Pass");
        let processor = processor.replace(&format!("{name}Pass"), "Pass");
        format!(r#""{name}":{{"Type":"Map","Label":"L","ItemProcessor":{processor},{next}}}"#)
    };
    let text = format!(
        r#"{{"StartAt":"A","States":{{{},{}}}}}"#,
        labelled("A", r#""Next":"B""#),
        labelled("B", r#""End":true"#)
    );
    check(&text, &["DUPLICATE_LABEL_NAME: Duplicate Label name: L at /States/B/Label"]);
}

#[rstest]
#[case(
    r#"{"Variable":"$.x","Next":"B"}"#,
    "This object should have only one of the following fields: [StringEquals, ",
    "/States/A/Choices[0]"
)]
#[case(
    r#"{"Next":"B"}"#,
    "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]",
    "/States/A/Choices[0]"
)]
#[case(
    r#"{"Variable":"x","IsNull":true,"Next":"B"}"#,
    "Value is not a Reference Path: Reference path didn't start with '$'",
    "/States/A/Choices[0]/Variable"
)]
#[case(
    r#"{"Variable":"$.x","NumericEqualsPath":"y","Next":"B"}"#,
    "Value is not a Reference Path: Reference path didn't start with '$'",
    "/States/A/Choices[0]/NumericEqualsPath"
)]
#[case(
    r#"{"Variable":"$.x","IsNull":true}"#,
    "These fields are required: [Next]",
    "/States/A/Choices[0]"
)]
#[case(
    r#"{"Not":{"Variable":"$.x","IsNull":true,"Next":"B"},"Next":"B"}"#,
    "Field 'Next' is not supported",
    "/States/A/Choices[0]/Not"
)]
#[case(r#"{"And":[],"Next":"B"}"#, "Value cannot be empty", "/States/A/Choices[0]/And")]
#[case(
    r#"{"Condition":"{% true %}","Next":"B"}"#,
    "The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' QueryLanguage",
    "/States/A/Choices[0]"
)]
#[case(
    r#"{"Variable":"$.x","TimestampEquals":"today","Next":"B"}"#,
    "String does not match RFC3339 timestamp",
    "/States/A/Choices[0]/TimestampEquals"
)]
fn choice_rules(#[case] rule: &str, #[case] message: &str, #[case] location: &str) {
    let compiled = compile(&choice(rule), WorkflowType::Standard);
    let [found] = compiled.diagnostics.as_slice() else { panic!("{:?}", compiled.diagnostics) };
    assert!(found.message.starts_with(message), "{}", found.message);
    assert_eq!(found.location.as_deref(), Some(location));
}

#[test]
fn a_state_must_exist_be_reached_and_be_the_only_one_of_its_name() {
    let text = r#"{"StartAt":"A","States":{"A":{"Type":"Parallel","Next":"Gone","Branches":[
        {"StartAt":"X","States":{"X":{"Type":"Succeed"}}},
        {"StartAt":"X","States":{"X":{"Type":"Succeed"},"Lone":{"Type":"Succeed"}}}]},
        "a/b":{"Type":"Succeed"}}}"#;
    check(
        text,
        &[
            "DUPLICATE_STATE_NAME: Duplicate State name: X at /States/A/Branches[1]/States/X",
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone at /States/A/Next",
            "MISSING_TRANSITION_TARGET: State \"Lone\" is not reachable. at /States/A/Branches[1]/States/Lone",
            "MISSING_TRANSITION_TARGET: State \"a/b\" is not reachable. at /States/a/b",
        ],
    );
}

#[test]
fn without_an_end_nothing_is_said_of_unreachable_states() {
    let text = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"},
        "Unused":{"Type":"Pass","Next":"A"}}}"#;
    check(text, &["MISSING_END_STATE: Workflow has no terminal state at null"]);
}

#[test]
fn a_name_of_81_characters_is_too_long() {
    let name = "é".repeat(81);
    let text = format!(r#"{{"StartAt":"{name}","States":{{"{name}":{{"Type":"Succeed"}}}}}}"#);
    check(
        &text,
        &[&format!(
            "INVALID_STATE_NAME: Invalid State name: State '{name}' exceeds the 80-character limit allowed by the service at /States/{name}"
        )],
    );
    let text = text.replace(&name, &"é".repeat(80));
    check(&text, &[]);
}

#[test]
fn variable_names() {
    let assign =
        |name: &str| state(&format!(r#""Type":"Pass","End":true,"Assign":{{"{name}":1}}"#));
    for name in ["a", "ünïcödé", "a_1", "名前"] {
        check(&assign(name), &[]);
    }
    check(
        &assign("states"),
        &[
            "RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/A/Assign/states",
        ],
    );
    for name in ["1a", "_a", "a-b", "a b", "", "a.b"] {
        check(
            &assign(name),
            &[&format!(
                "INVALID_VARIABLE_NAME: Invalid variable name '{name}': the variable name contains invalid characters. at /States/A/Assign/{name}"
            )],
        );
    }
}

#[test]
fn an_inner_scope_cannot_assign_a_variable_of_an_outer_one() {
    let machine = |inner: &str| {
        format!(
            r#"{{"StartAt":"A","States":{{"A":{{"Type":"Parallel","End":true,"Assign":{{"x.$":"$"}},
            "Branches":[{{"StartAt":"P","States":{{"P":{{"Type":"Pass","Assign":{{"{inner}":1}},"End":true}}}}}}]}}}}}}"#
        )
    };
    // The rule is the specification's; its words on AWS are not known.
    let found = compile(&machine("x"), WorkflowType::Standard).diagnostics;
    assert_eq!(found[0].code.as_str(), "DUPLICATE_VARIABLE_NAME");
    assert_eq!(found[0].location.as_deref(), Some("/States/A/Branches[0]/States/P/Assign/x"));
    check(&machine("y"), &[]);
}

#[rstest]
#[case("1 +", "INVALID_JSONATA_EXPRESSION: Unexpected end of expression")]
#[case("", "INVALID_JSONATA_EXPRESSION: Unexpected end of expression")]
#[case("a[1,2)", r#"INVALID_JSONATA_EXPRESSION: Expected "]", got ",""#)]
#[case(
    r#"\"unterminated"#,
    "INVALID_JSONATA_EXPRESSION: String literal must be terminated by a matching quote"
)]
#[case("$match($x, /abc", "INVALID_JSONATA_EXPRESSION: No terminating / in regular expression")]
#[case("$$", "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported.")]
#[case(
    "$.phone",
    "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$' at the top level is not supported."
)]
#[case(
    "function($x){ phone }",
    "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported."
)]
#[case(
    "$states.errorOutput",
    "UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist."
)]
#[case("$states.result", "UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist.")]
fn jsonata_expressions(#[case] expression: &str, #[case] expected: &str) {
    let text =
        jsonata_state(&format!(r#""Type":"Pass","End":true,"Output":"{{% {expression} %}}""#));
    check(&text, &[&format!("{expected} at /States/A/Output")]);
}

#[test]
fn jsonata_fields_offer_what_their_state_has() {
    let text = jsonata_state(&format!(
        r#"{LAMBDA},"Output":"{{% $states.result %}}","Assign":{{"r":"{{% $states.result %}}"}},
        "Catch":[{{"ErrorEquals":["States.ALL"],"Next":"A","Output":"{{% $states.errorOutput %}}",
        "Assign":{{"e":"{{% $states.errorOutput %}}"}}}}]"#
    ));
    check(&text, &[]);
}

#[test]
fn a_jsonata_string_has_both_its_marks() {
    for text in ["{% 1", "1 %}", " {% 1 %}"] {
        let text = jsonata_state(&format!(r#""Type":"Pass","End":true,"Output":["{text}"]"#));
        check(
            &text,
            &[&schema("JSONata string must start with {% and end with %}", "/States/A/Output[0]")],
        );
    }
}

#[test]
fn plain_text_fields_of_jsonata_states_are_not_parsed() {
    let text = jsonata_state(&format!(
        r#"{LAMBDA},"Comment":"{{% phone %}}","Retry":[{{"ErrorEquals":["{{% phone %}}"]}}]"#
    ));
    check(&text, &[]);
}

#[test]
fn warnings_do_not_refuse() {
    let text = state(r#""Type":"Pass","Parameters":{"a":"$.b"},"Result":{"c":"$.d"},"End":true"#);
    let compiled = compile(&text, WorkflowType::Standard);
    let answer = validation_answer(&compiled, 0, Severity::Warning);
    assert_eq!(answer["result"], "OK");
    let codes: Vec<&str> = answer["diagnostics"]
        .as_array()
        .expect("is an array")
        .iter()
        .map(|found| found["code"].as_str().expect("is a code"))
        .collect();
    assert_eq!(codes, ["PASS_RESULT_IS_STATIC", "NO_DOLLAR"]);
    let errors = validation_answer(&compiled, 0, Severity::Error);
    assert_eq!(errors["diagnostics"], serde_json::json!([]));
}

#[test]
fn a_literal_that_looks_like_a_path_is_a_warning() {
    let fail = state(r#""Type":"Fail","Error":"$.error","Cause":"costs $5""#);
    let rule = choice(r#"{"Variable":"$.x","StringEquals":"$.y","Next":"B"}"#);
    for (text, location) in [(fail, "/States/A/Error"), (rule, "/States/A/Choices[0]/StringEquals")]
    {
        let compiled = compile(&text, WorkflowType::Standard);
        let [found] = compiled.diagnostics.as_slice() else { panic!("{:?}", compiled.diagnostics) };
        assert_eq!(found.code.as_str(), "NO_PATH");
        assert_eq!(found.location.as_deref(), Some(location));
        assert!(compiled.definition.is_some());
    }
}

#[test]
fn an_answer_is_cut_at_the_number_of_results_asked_for() {
    let text = state(r#""Type":"Pass","a":1,"b":2,"c":3,"End":true"#);
    let compiled = compile(&text, WorkflowType::Standard);
    let answer = validation_answer(&compiled, 2, Severity::Error);
    assert_eq!(answer["diagnostics"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["truncated"], true);
    assert_eq!(validation_answer(&compiled, 0, Severity::Error)["truncated"], false);
}

#[test]
fn spans_point_at_what_is_wrong() {
    let cases = [
        (state(r#""Type":"Pass","Retry":[],"End":true"#), r#""Retry""#),
        (state(r#""Type":"Pass","InputPath":"foo","End":true"#), r#""foo""#),
        (state(r#""Type":"Pass","End":true,"Next":"A""#), r#""End""#),
        (state(r#""Type":"Pass","Parameters":{"a.$":"x"},"End":true"#), r#""x""#),
        (
            r#"{"StartAt":"B","States":{"B":{"Type":"Succeed"},"C":{"Type":"Succeed"}}}"#.into(),
            r#""C""#,
        ),
        (task(r#""Retry":[{}]"#), "{"),
    ];
    for (text, expected) in cases {
        let compiled = compile(&text, WorkflowType::Standard);
        let span = compiled.diagnostics[0].span.clone().expect("has a place");
        assert_eq!(&text[span], expected, "{text}");
    }
}
