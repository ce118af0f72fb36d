//! What people see: timelines, messages, drawings and reports, kept letter for letter.

mod common;
#[path = "../../conformance/tests/filters/mod.rs"]
mod filters;

use std::sync::LazyLock;

use common::{file, stepclock};
use rstest::{Context, rstest};

const ORDER: &str = "corpus/definitions/order.asl.yaml";
const WORKERS: &str = "corpus/definitions/order.workers.yaml";
const EXPECT: &str = "corpus/definitions/order.expect.yaml";
const RENEWAL: &str = "corpus/definitions/renewal.asl.json";

/// Three ways out of a Choice, a loop back, and two rules to the same state.
const CHOICES: &str = r#"{"StartAt": "Look", "States": {
    "Look": {"Type": "Choice", "Default": "Ask", "Choices": [
        {"And": [{"Variable": "$.total", "NumericGreaterThan": 1000}, {"Variable": "$.tier", "StringEquals": "gold"}], "Next": "Offer"},
        {"Not": {"Variable": "$.seen", "IsPresent": true}, "Next": "Ask"},
        {"Variable": "$.asked", "BooleanEquals": true, "Next": "Done"}]},
    "Ask": {"Type": "Wait", "Seconds": 60, "Next": "Mark"},
    "Mark": {"Type": "Pass", "Result": true, "ResultPath": "$.asked", "Next": "Seen"},
    "Seen": {"Type": "Pass", "Result": true, "ResultPath": "$.seen", "Next": "Look"},
    "Offer": {"Type": "Pass", "Result": {"discount": 10}, "Next": "Done"},
    "Done": {"Type": "Succeed"}}}"#;

/// A Parallel with a Map in one branch, retried and caught.
const NESTED: &str = r#"{"StartAt": "Both", "States": {
    "Both": {"Type": "Parallel", "Next": "Done",
        "Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 2, "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Undo"}],
        "Branches": [
            {"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 100, "End": true}}},
            {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {
                "StartAt": "Work", "States": {"Work": {"Type": "Task", "End": true,
                    "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work"}}}}}}]},
    "Undo": {"Type": "Pass", "End": true},
    "Done": {"Type": "Succeed"}}}"#;

/// An activity with a heartbeat and a timeout, both handled.
const ACTIVITY: &str = r#"{"StartAt": "Ask", "TimeoutSeconds": 3600, "States": {
    "Ask": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:ask",
        "TimeoutSeconds": 120, "HeartbeatSeconds": 30, "ResultPath": "$.answer",
        "Retry": [{"ErrorEquals": ["States.HeartbeatTimeout"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Later"}], "End": true},
    "Later": {"Type": "Fail", "Error": "NoAnswer", "Cause": "nobody was there"}}}"#;

/// Files that several tests use; written once, for tests run at the same time.
static DEFINITIONS: LazyLock<[(&str, String); 5]> = LazyLock::new(|| {
    [
        ("order", ORDER.to_owned()),
        ("renewal", RENEWAL.to_owned()),
        ("choices", file("choices.asl.json", CHOICES)),
        ("nested", file("nested.asl.json", NESTED)),
        ("activity", file("activity.asl.json", ACTIVITY)),
    ]
});

fn definition(name: &str) -> String {
    let found = DEFINITIONS.iter().find(|(known, _)| *known == name);
    found.map(|(_, path)| path.clone()).unwrap_or_else(|| panic!("{name} is not defined"))
}

/// Keeps what a run of the command showed: its exit code, output and messages.
fn keep(name: &str, arguments: &[&str]) {
    let ran = stepclock(arguments);
    let shown = format!("exit {}\n\n{}{}", ran.code, ran.out, ran.err);
    filters::settings().bind(|| insta::assert_snapshot!(name, shown));
}

#[rstest]
fn graphs(
    #[values("order", "renewal", "choices", "nested", "activity")] name: &str,
    #[values("mermaid", "dot", "svg")] format: &str,
) {
    keep(&format!("graph-{name}-{format}"), &["graph", &definition(name), "--format", format]);
}

#[rstest]
#[case::gold("choices", r#"{"total": 5000, "tier": "gold"}"#, "workers: []")]
#[case::asked("choices", r#"{"total": 5, "tier": "iron"}"#, "workers: []")]
#[case::retried(
    "nested",
    "[1, 2]",
    "workers:\n  - state: Work\n    count: state\n    answers:\n      - {throw: {error: Flaky, cause: once}, afterSeconds: 3}\n      - {return: ok, afterSeconds: 5}\n"
)]
#[case::undone(
    "nested",
    "[1, 2, 3]",
    "workers:\n  - state: Work\n    in: {map: Each, index: 1}\n    answers: [{throw: {error: Broken, cause: for good}, afterSeconds: 4}]\n  - state: Work\n    answers: [{return: ok, afterSeconds: 9}]\n"
)]
#[case::kept_alive(
    "activity",
    "{}",
    "workers:\n  - state: Ask\n    answers: [{heartbeatsSeconds: [20, 45, 70], afterSeconds: 90, workerName: Ada, return: yes}]\n"
)]
#[case::fell_silent(
    "activity",
    "{}",
    "workers:\n  - state: Ask\n    answers:\n      - {heartbeatsSeconds: [20], never: true}\n      - {startAfterSeconds: 5, afterSeconds: 10, return: late}\n"
)]
#[case::too_slow(
    "activity",
    "{}",
    "workers:\n  - state: Ask\n    answers: [{heartbeatsSeconds: [20, 40, 60, 80, 100, 119], afterSeconds: 121, return: late}]\n"
)]
fn timelines(
    #[context] context: Context,
    #[case] name: &str,
    #[case] input: &str,
    #[case] workers: &str,
) {
    let case = context.description.unwrap_or_default();
    let workers = file(&format!("{case}.workers.yaml"), workers);
    let definition = definition(name);
    keep(
        &format!("timeline-{name}-{case}"),
        &["run", &definition, "--input", input, "--workers", &workers],
    );
}

#[test]
fn results_and_histories() {
    let input = r#"{"customer": "Ada"}"#;
    keep("result-renewal", &["run", RENEWAL, "--input", input, "--format", "result"]);
    keep("history-renewal", &["run", RENEWAL, "--input", input, "--format", "history"]);
}

#[rstest]
#[case::one_run(&["explore", ORDER, "--expect", EXPECT, "--seed", "5"])]
#[case::report(&["explore", ORDER, "--expect", EXPECT, "--seeds", "200"])]
#[case::calm(&["explore", ORDER, "--faults", "calm", "--seeds", "100", "--input", r#"{"orderId": 1, "parcels": [1, 2]}"#])]
#[case::scripted(&["explore", ORDER, "--workers", WORKERS, "--faults", "calm", "--seeds", "20", "--input", r#"{"orderId": 7, "parcels": ["a", "b", "c"]}"#])]
#[case::one_result(&["explore", RENEWAL, "--seed", "1", "--format", "result"])]
#[case::help(&["explore", "--help"])]
fn explorations(#[context] context: Context, #[case] arguments: &[&str]) {
    keep(&format!("explore-{}", context.description.unwrap_or_default()), arguments);
}

#[test]
fn an_exploration_as_data_and_of_choices() {
    let choices = definition("choices");
    keep("explore-choices", &["explore", &choices, "--seeds", "200"]);
    keep("explore-json", &["explore", &choices, "--seeds", "40", "--json"]);
    keep("explore-activity", &["explore", &definition("activity"), "--seeds", "300"]);
}

#[rstest]
#[case::not_json("{\"StartAt\": \"A\",}")]
#[case::no_states("{\"StartAt\": \"A\"}")]
#[case::missing_target(
    "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\"Type\": \"Pass\", \"Next\": \"Bee\"},\n    \"B\": {\"Type\": \"Succeed\"}\n  }\n}\n"
)]
#[case::several(
    "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\"Type\": \"Wait\", \"Seconds\": -1, \"Timestamp\": \"soon\", \"End\": true},\n    \"B\": {\"Type\": \"Tsk\", \"End\": true},\n    \"C\": {\"Type\": \"Choice\", \"Choices\": []}\n  }\n}\n"
)]
#[case::paths(
    "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Pass\", \"InputPath\": \"$.a[\", \"ResultPath\": \"$..b\", \"End\": true}}}"
)]
#[case::jsonata(
    "{\"QueryLanguage\": \"JSONata\", \"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Pass\", \"Output\": \"{% $states.input.( %}\", \"End\": true}}}"
)]
#[case::warnings(
    "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"}, \"Alone\": {\"Type\": \"Succeed\"}}}"
)]
fn diagnostics(#[context] context: Context, #[case] text: &str) {
    let case = context.description.unwrap_or_default();
    let path = file(&format!("{case}.asl.json"), text);
    keep(&format!("validate-{case}"), &["validate", &path]);
    keep(&format!("validate-{case}-json"), &["validate", "--json", &path]);
}

#[test]
fn messages_about_bad_usage() {
    let path = |name: &str, text: &str| file(name, text);
    let bad = path("bad.asl.json", "{\"StartAt\": \"A\", \"States\": {}}");
    let workers = path("bad.workers.yaml", "workers:\n  - state: A\n    anwsers: []\n");
    let both = path(
        "both.workers.yaml",
        "workers:\n  - state: A\n    answers: [{return: 1, never: true}]\n",
    );
    let expect =
        path("bad.expect.yaml", "expect:\n  - whenever: {suceeded: Charge, then: Refund}\n");
    let state = path("state.expect.yaml", "expect:\n  - always_visits: [Charge, Aprove]\n");
    let case = path(
        "bad.case.json",
        "{\"id\": \"x\", \"source\": \"y\", \"kind\": \"history\", \"exepct\": {}}",
    );
    let runs: [(&str, &[&str]); 12] = [
        ("missing-file", &["run", "nowhere.asl.json"]),
        ("invalid-definition", &["run", &bad]),
        ("input-is-not-json", &["run", RENEWAL, "--input", "{customer: Ada}"]),
        ("unanswered-task", &["run", ORDER, "--input", "{}"]),
        ("unknown-key-in-workers", &["run", ORDER, "--workers", &workers]),
        ("two-ends-in-workers", &["run", ORDER, "--workers", &both]),
        ("machine-without-name", &["run", ORDER, "--machine", "child.asl.json"]),
        ("bad-start-time", &["run", RENEWAL, "--start-time", "yesterday"]),
        ("unknown-key-in-expectations", &["explore", ORDER, "--expect", &expect]),
        ("unknown-state-in-expectations", &["explore", ORDER, "--expect", &state]),
        ("inputs-are-not-json", &["explore", ORDER, "--inputs", WORKERS]),
        ("bad-case", &["replay", &case]),
    ];
    for (name, arguments) in runs {
        keep(&format!("message-{name}"), arguments);
    }
}

#[test]
fn a_case_that_fails() {
    let case =
        std::fs::read_to_string(common::root().join("corpus/suite/pass/result-into-path.json"))
            .expect("is there");
    let mut case: serde_json::Value = serde_json::from_str(&case).expect("is JSON");
    case["expect"]["status"] = "FAILED".into();
    let path = file("failing.case.json", case.to_string());
    keep("replay-failing", &["replay", &path]);
}
