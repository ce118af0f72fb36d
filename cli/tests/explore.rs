//! `stepclock explore` as workflow authors meet it.

mod common;

use common::{file, stepclock};
use serde_json::Value;

const ORDER: &str = "corpus/definitions/order.asl.yaml";
const EXPECT: &str = "corpus/definitions/order.expect.yaml";
const RENEWAL: &str = "corpus/definitions/renewal.asl.json";

/// A report, and the exit code it came with.
fn report(arguments: &[&str]) -> (i32, Value) {
    let ran = stepclock(&[&["explore", "--json"], arguments].concat());
    let report =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    (ran.code, report)
}

#[test]
fn a_year_of_waiting_is_a_year_in_every_run() {
    let (code, report) = report(&[RENEWAL, "--seeds", "50", "--input", r#"{"customer": "Ada"}"#]);
    assert_eq!(code, 0);
    assert_eq!(report["runs"], 50);
    assert_eq!(report["endings"][0]["runs"], 50);
    let year_ms = 365 * 86_400_000_i64;
    assert_eq!(
        (&report["duration_ms"]["min"], &report["duration_ms"]["max"]),
        (&year_ms.into(), &year_ms.into())
    );
    assert_eq!(report["attempts"]["max"], 0, "it has no tasks");
}

#[test]
fn a_violated_expectation_exits_with_one_and_its_seed_shows_it_again() {
    let (code, report) = report(&[ORDER, "--expect", EXPECT, "--seeds", "200"]);
    assert_eq!(code, 1);
    let expectations = report["expectations"].as_array().expect("is a list");
    let refund = &expectations[2];
    assert_eq!(refund["expectation"], "money comes back when a parcel cannot be shipped");
    assert!(refund["violations"].as_u64() > Some(0), "{refund}");
    assert_eq!(refund["violations"], refund["in_play"], "no way leads from ShipAll to Refund");
    let seed = refund["first_seed"].to_string();
    let again = stepclock(&["explore", ORDER, "--expect", EXPECT, "--seed", &seed]);
    assert_eq!(again.code, 1, "{}", again.err);
    assert!(again.out.contains("✗ money comes back"), "{}", again.out);
    assert!(again.out.contains("Refund did not run"), "{}", again.out);
    // Money that was not taken need not come back, and nothing was shipped for it.
    assert_eq!(expectations[1]["violations"], 0);
}

#[test]
fn the_commands_that_are_printed_work_in_a_shell() {
    let arguments = [ORDER, "--expect", EXPECT, "--input", r#"{"orderId": "it's", "parcels": []}"#];
    let ran = stepclock(&[&["explore", "--seeds", "50"], &arguments[..]].concat());
    let line = ran.out.lines().find(|line| line.contains("--seed ")).expect("a command is printed");
    let words = shlex::split(line.trim()).expect("it is quoted");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(words[0], "stepclock");
    let again = stepclock(&words[1..]);
    assert!(again.code < 2 && again.out.contains("it's"), "{}{}", again.out, again.err);
}

#[test]
fn expectations_that_hold_exit_with_zero() {
    let expect =
        file("holds.expect.yaml", "expect:\n  - within: 365 days\n  - always_succeeds: true\n");
    let input = r#"{"customer": "Ada"}"#;
    let (code, report) = report(&[RENEWAL, "--expect", &expect, "--input", input, "--seeds", "20"]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["expectations"][0]["in_play"], 20);
}

#[test]
fn the_report_does_not_depend_on_the_jobs() {
    let run = |jobs| report(&[ORDER, "--seeds", "150", "--first-seed", "7", "--jobs", jobs]);
    assert_eq!(run("1"), run("3"));
}

#[test]
fn a_case_of_a_run_replays() {
    let ran = stepclock(&["explore", ORDER, "--seed", "5", "--format", "case"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let case = file("explored.case.json", &ran.out);
    let replayed = stepclock(&["replay", &case]);
    assert_eq!(replayed.code, 0, "{}", replayed.out);
}

#[test]
fn faults_come_to_scripted_tasks_too_unless_it_is_calm() {
    let workers = file(
        "fine.workers.yaml",
        "workers:\n  - {state: Charge, answers: [{return: {}}]}\n  - {state: Approve, answers: [{submitted: {}, return: {}}]}\n  - {state: Ship, answers: [{return: {}}]}\n",
    );
    let input = r#"{"orderId": 1, "parcels": ["a"]}"#;
    let arguments = [ORDER, "--workers", &workers, "--input", input, "--seeds", "200"];
    let (_, calm) = report(&[&arguments[..], &["--faults", "calm"]].concat());
    assert_eq!(
        (&calm["endings"][0]["status"], &calm["endings"][0]["runs"]),
        (&"SUCCEEDED".into(), &200.into())
    );
    assert_eq!(calm["assumptions"], serde_json::json!([]), "nothing was left to assume");
    let (_, swarm) = report(&arguments);
    assert!(swarm["endings"].as_array().is_some_and(|endings| endings.len() > 1), "{swarm:#}");
}

#[test]
fn html_is_one_file_with_nothing_from_outside() {
    let page = file("report.html", "");
    let ran = stepclock(&["explore", ORDER, "--expect", EXPECT, "--seeds", "100", "--html", &page]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let text = std::fs::read_to_string(&page).expect("was written");
    assert!(text.starts_with("<!doctype html>") && text.ends_with("</html>\n"));
    for outside in ["<script", "<link", "src=", "@import", "url(http"] {
        assert!(!text.contains(outside), "{outside}");
    }
    for inside in
        ["money comes back", "class=\"state \"", ">Charge</text>", "prefers-color-scheme: dark"]
    {
        assert!(text.contains(inside), "{inside}");
    }
    assert_eq!(text.matches("<svg").count(), 3, "the graph and two histograms");
}

#[test]
fn bad_usage_exits_with_two() {
    let expect = file("typo.expect.yaml", "expect:\n  - within: 1h\n  - never_vists: Refund\n");
    let ran = stepclock(&["explore", ORDER, "--expect", &expect]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains(
            "typo.expect.yaml: line 3: unknown key `never_vists`: did you mean `never_visits`?"
        ),
        "{}",
        ran.err
    );
    assert_eq!(stepclock(&["explore", ORDER, "--inputs", EXPECT]).code, 2, "inputs are JSON");
    assert_eq!(stepclock(&["explore", ORDER, "--seed", "1", "--seeds", "2"]).code, 2);
    assert_eq!(stepclock(&["explore", "nowhere.json"]).code, 2);
}

/// A machine that starts another: both are covered, and told apart.
#[test]
fn the_machines_it_starts_are_covered_too() {
    let parent = r#"{"StartAt": "Run", "States": {"Run": {"Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Child",
            "Input": {"n.$": "$.n"}},
        "End": true}}}"#;
    // Two rules lead to the same state, and nothing leads to `Big` when n is small.
    let child = r#"{"StartAt": "Size", "States": {
        "Size": {"Type": "Choice", "Default": "Small", "Choices": [
            {"Variable": "$.n", "NumericGreaterThan": 100, "Next": "Big"},
            {"Variable": "$.n", "NumericEquals": 1, "Next": "Small"}]},
        "Small": {"Type": "Succeed"},
        "Big": {"Type": "Fail", "Error": "TooBig"}}}"#;
    let (parent, child) = (file("parent.asl.json", parent), file("child.asl.json", child));
    let machine = format!("Child={child}");
    let arguments = [&parent, "--machine", &machine, "--seeds", "20", "--input", r#"{"n": 1}"#];
    let (code, told) = report(&arguments);
    assert_eq!(code, 0);
    let coverage = told["coverage"].as_array().expect("is a list");
    let runs = |machine: Option<&str>, state: &str, part: &str, index: Option<u64>| {
        let found = coverage.iter().find(|covered| {
            covered["machine"].as_str() == machine
                && covered["state"] == state
                && covered["part"] == part
                && covered["index"].as_u64() == index
        });
        found.unwrap_or_else(|| panic!("{state} is told of"))["runs"].as_u64()
    };
    assert_eq!(runs(None, "Run", "state", None), Some(20));
    assert_eq!(runs(Some("Child"), "Size", "state", None), Some(20));
    assert_eq!(runs(Some("Child"), "Size", "rule", Some(0)), Some(0));
    assert_eq!(runs(Some("Child"), "Size", "rule", Some(1)), Some(20), "its own rule, not Default");
    assert_eq!(runs(Some("Child"), "Size", "default", None), Some(0));
    assert_eq!(runs(Some("Child"), "Big", "state", None), Some(0));
    let shown = stepclock(&[&["explore"], &arguments[..]].concat());
    assert!(shown.out.contains("  of Child\n"), "{}", shown.out);
}
