//! The command as users meet it: exit codes, output, messages.

mod common;

use std::path::Path;

use common::{file, root, stepclock, stepclock_with};

const RENEWAL: &str = "corpus/definitions/renewal.asl.json";
const ORDER: &str = "corpus/definitions/order.asl.yaml";
const WORKERS: &str = "corpus/definitions/order.workers.yaml";
const ORDER_INPUT: &str = r#"{"orderId": 7, "parcels": ["a", "b", "c"]}"#;

#[test]
fn a_year_long_wait_runs_at_once() {
    let ran = stepclock(&["run", RENEWAL, "--input", r#"{"customer": "Ada"}"#]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn a_failing_payment_is_retried() {
    let ran = stepclock(&["run", ORDER, "--workers", WORKERS, "--input", ORDER_INPUT]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn the_same_seed_prints_the_same_bytes() {
    let run = |seed| {
        let arguments = [
            "run",
            ORDER,
            "--workers",
            WORKERS,
            "--input",
            ORDER_INPUT,
            "--format",
            "history",
            "--seed",
            seed,
        ];
        stepclock(&arguments).out
    };
    assert_eq!(run("5"), run("5"));
    assert_ne!(run("5"), run("6"), "tokens are drawn from the seed");
}

#[test]
fn a_failed_execution_exits_with_one() {
    let path = file(
        "fail.asl.json",
        r#"{"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E"}}}"#,
    );
    let ran = stepclock(&["run", &path, "--format", "result"]);
    assert_eq!(ran.code, 1);
    let result: serde_json::Value = serde_json::from_str(&ran.out).expect("the result is JSON");
    assert_eq!((&result["status"], &result["error"]), (&"FAILED".into(), &"E".into()));
}

#[test]
fn a_task_nobody_answers_exits_with_two_and_says_how_to_script_it() {
    let ran = stepclock(&["run", ORDER, "--input", ORDER_INPUT]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("Charge"), "what has happened so far is shown: {}", ran.out);
    insta::assert_snapshot!(ran.err);
}

#[test]
fn input_comes_from_a_file_or_standard_input() {
    let path = file("input.json", r#"{"customer": "Bob"}"#);
    let from_file =
        stepclock(&["run", RENEWAL, "--input", &format!("@{path}"), "--format", "result"]);
    assert!(from_file.out.contains("Bob"), "{}", from_file.out);
    let piped = stepclock_with(
        &["run", RENEWAL, "--input", "-", "--format", "result"],
        r#"{"customer": "Eve"}"#,
    );
    assert!(piped.out.contains("Eve"), "{}", piped.out);
}

#[test]
fn bad_usage_exits_with_two() {
    let broken = file("broken.asl.json", "{\"StartAt\": ");
    let latin = file("latin.asl.json", b"{\"Comment\": \"\xe9\"}");
    let script =
        file("workers.json", r#"{"workers": [{"state": "A", "answers": [{"retrun": 1}]}]}"#);
    for (arguments, message) in [
        (vec!["run", "no-such-file.json"], "cannot read no-such-file.json"),
        (vec!["run", &broken], "is refused"),
        (vec!["run", &latin], "is not UTF-8 (byte 13)"),
        (vec!["run", RENEWAL, "--input", "{"], "--input is not JSON"),
        (vec!["run", RENEWAL, "--start-time", "yesterday"], "--start-time: `yesterday`"),
        (vec!["run", RENEWAL, "--machine", "Child"], "NAME=FILE"),
        (vec!["run", RENEWAL, "--workers", &script], "retrun"),
        (vec!["run", RENEWAL, "--mock", "x.json"], "--case"),
        (vec!["nonsense"], "nonsense"),
        (vec!["replay", "no-such-folder"], "cannot read no-such-folder"),
    ] {
        let ran = stepclock(&arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(message), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn mock_files_are_read_as_they_are() {
    let definition = file(
        "pay.asl.json",
        r#"{"StartAt": "Pay", "States": {"Pay": {"Type": "Task", "End": true,
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:pay",
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}}}"#,
    );
    let mock = file(
        "MockConfigFile.json",
        r#"{"StateMachines": {"pay": {"TestCases": {"Retry": {"Pay": "Twice"}}}},
            "MockedResponses": {"Twice": {"0-1": {"Throw": {"Error": "Down", "Cause": "c"}},
                "2": {"Return": {"paid": true}}}}}"#,
    );
    let ran = stepclock(&["run", &definition, "--mock", &mock, "--case", "Retry"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("retry after +00:00:02"), "{}", ran.out);
    let unknown = stepclock(&["run", &definition, "--mock", &mock, "--case", "None"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("there are: Retry"), "{}", unknown.err);
}

#[test]
fn objects_are_read_from_and_written_to_a_folder() {
    file("store/in/items.json", "[1, 2]");
    let definition = file(
        "map.asl.json",
        r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON"}, "Parameters": {"Bucket": "in", "Key": "items.json"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}},
            "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {"Bucket": "out", "Prefix": "run"}}}}}"#,
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("store");
    let ran = stepclock(&[
        "run",
        &definition,
        "--objects",
        &folder.display().to_string(),
        "--format",
        "result",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let result: serde_json::Value = serde_json::from_str(&ran.out).expect("is JSON");
    let output: serde_json::Value =
        serde_json::from_str(result["output"].as_str().expect("is text")).expect("is JSON");
    let manifest = output["ResultWriterDetails"]["Key"].as_str().expect("names the manifest");
    assert!(folder.join("out").join(manifest).is_file(), "{manifest}");
}

#[test]
fn nested_machines_run() {
    let parent = file(
        "parent.asl.json",
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true,
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Child"},
            "ResultSelector": {"out.$": "$.Output"}}}}"#,
    );
    let child = file(
        "child.asl.json",
        r#"{"StartAt": "B", "States": {"B": {"Type": "Pass", "Result": 7, "End": true}}}"#,
    );
    let ran =
        stepclock(&["run", &parent, "--machine", &format!("Child={child}"), "--format", "result"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains(r#"{\"out\":7}"#), "{}", ran.out);
}

#[test]
fn validate_shows_line_and_caret() {
    let bad = file(
        "bad.asl.json",
        "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\"Type\": \"Pass\", \"Next\": \"B\"}\n  }\n}\n",
    );
    let ran = stepclock(&["validate", &bad]);
    assert_eq!(ran.code, 1);
    // The file is in a folder of this machine.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).display().to_string();
    insta::assert_snapshot!(ran.out.replace(&format!("{folder}/"), ""));
    let json = stepclock(&["validate", "--json", &bad]);
    assert_eq!(json.code, 1);
    let answer: serde_json::Value = serde_json::from_str(&json.out).expect("is JSON");
    assert_eq!(answer["result"], "FAIL");
    assert_eq!(answer["diagnostics"][0]["location"], "/States/A/Next");
    assert_eq!(stepclock(&["validate", RENEWAL, ORDER]).code, 0);
    assert_eq!(stepclock(&["validate", "no-such-file.json"]).code, 2);
}

#[test]
fn graphs_are_drawn() {
    insta::assert_snapshot!(stepclock(&["graph", ORDER]).out);
    insta::assert_snapshot!(stepclock(&["graph", ORDER, "--format", "dot"]).out);
    let svg = stepclock(&["graph", ORDER, "--format", "svg"]).out;
    assert!(
        svg.starts_with("<svg") && svg.contains(">ShipAll</text>") && svg.contains("url(#catch)"),
        "{svg}"
    );
}

#[test]
fn replay_judges_cases() {
    let good = stepclock(&["replay", "corpus/suite/pass"]);
    assert_eq!(good.code, 0, "{}", good.out);
    let case = std::fs::read_to_string(root().join("corpus/suite/pass/result-into-path.json"))
        .expect("is there");
    let wrong = file("wrong/case.json", case.replace("\"c\": 7", "\"c\": 8"));
    let bad = stepclock(&["replay", &wrong]);
    assert_eq!(bad.code, 1);
    assert!(
        bad.out.contains("output at /b/c\n       expected 8\n       observed 7"),
        "{}",
        bad.out
    );
    let line = stepclock(&["replay", "--json", "--jobs", "2", &wrong, "corpus/suite/pass"]).out;
    let lines: Vec<serde_json::Value> =
        line.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect();
    assert_eq!((&lines[0]["verdict"], &lines[1]["verdict"]), (&"fail".into(), &"pass".into()));
    assert_eq!(lines[0]["observed"]["output"]["b"]["c"], 7, "observed is what the engine produced");
    let keys: Vec<_> =
        lines[0].as_object().expect("is an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["id", "verdict", "reason", "observed"]);
    assert_eq!(stepclock(&["replay", &file("not-a-case.json", "{}")]).code, 2);
}

#[test]
fn help_has_examples_and_completions_exist() {
    for command in ["run", "validate", "graph", "replay"] {
        let ran = stepclock(&[command, "--help"]);
        assert!(ran.code == 0 && ran.out.contains("Examples:"), "{command}");
    }
    assert!(stepclock(&["completions", "bash"]).out.contains("stepclock"));
}

#[test]
fn a_state_is_tested_by_itself() {
    let mock = r#"{"errorOutput": {"error": "CardTerminalDown", "cause": "no carrier"}}"#;
    let ran = stepclock(&[
        "test-state",
        ORDER,
        "--state-name",
        "Charge",
        "--input",
        ORDER_INPUT,
        "--mock",
        mock,
        "--inspection-level",
        "debug",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).expect("it is JSON");
    assert_eq!(answer["status"], "RETRIABLE");
    let details = &answer["inspectionData"]["errorDetails"];
    assert_eq!(details["retryBackoffIntervalSeconds"], 5, "{answer}");
    assert_eq!(answer["inspectionData"]["input"]["orderId"], 7, "data is shown as what it says");
}

#[test]
fn what_the_operation_refuses_is_bad_usage() {
    let ran = stepclock(&["test-state", ORDER, "--state-name", "Nowhere"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("ValidationException: State not found in definition"), "{}", ran.err);
}
