//! Exploring workflows: what is reported can be worked out by hand.

use rstest::rstest;
use serde_json::{Value, json};
use stepclock_conformance::engine::{Engine, Observation, Ran, ReferenceEngine};
use stepclock_conformance::explore::{Covered, Expectations, Explorer, Part, Report, Setup, sweep};
use stepclock_conformance::fault::Profile;
use stepclock_conformance::judge;

fn setup(definition: Value, profile: Profile) -> Setup {
    Setup { name: "test".to_owned(), definition, profile, ..Setup::default() }
}

fn explore_with(setup: &Setup, expect: &str, seeds: u64, jobs: usize) -> Report {
    let explorer = Explorer::new(setup);
    let expectations = match expect {
        "" => Expectations::default(),
        text => Expectations::parse(text, explorer.machine()).expect(text),
    };
    let engine = ReferenceEngine::new();
    sweep(&explorer, &expectations, &engine, 0..seeds, jobs, &|_| ())
        .expect("every run comes about")
}

fn explore(setup: &Setup, seeds: u64) -> Report {
    explore_with(setup, "", seeds, 1)
}

fn covered<'r>(report: &'r Report, state: &str, part: Part) -> &'r Covered {
    let found =
        report.coverage.iter().find(|c| c.construct.state == state && c.construct.part == part);
    found.unwrap_or_else(|| panic!("{state} has no {part:?}"))
}

fn lambda(name: &str) -> Value {
    json!({"Type": "Task", "Resource": format!("arn:aws:lambda:us-east-1:123456789012:function:{name}")})
}

fn with(mut state: Value, fields: Value) -> Value {
    let map = state.as_object_mut().expect("is an object");
    map.extend(fields.as_object().expect("is an object").clone());
    state
}

#[test]
fn a_calm_chain_does_every_task_once() {
    let definition = json!({"StartAt": "A", "States": {
        "A": with(lambda("a"), json!({"Next": "B"})),
        "B": with(lambda("b"), json!({"Next": "C"})),
        "C": with(lambda("c"), json!({"End": true})),
    }});
    let report = explore(&setup(definition, Profile::Calm), 50);
    assert_eq!(report.endings.len(), 1);
    assert_eq!((report.endings[0].status.as_str(), report.endings[0].runs), ("SUCCEEDED", 50));
    assert_eq!((report.attempts.min, report.attempts.max), (3, 3));
    assert_eq!(report.missed().count(), 0);
    assert!(report.coverage.iter().all(|covered| covered.hits == 50 && covered.runs == 50));
}

#[test]
fn a_scripted_failure_uses_up_its_retrier_in_every_run() {
    let definition = json!({"StartAt": "Pay", "States": {
        "Pay": with(lambda("pay"), json!({"End": true,
            "Retry": [{"ErrorEquals": ["Declined"], "IntervalSeconds": 10, "MaxAttempts": 2, "BackoffRate": 2}],
            "Catch": [{"ErrorEquals": ["Other"], "Next": "Help"}]})),
        "Help": {"Type": "Succeed"},
    }});
    let mut setup = setup(definition, Profile::Calm);
    setup.workers = Some(json!({"workers": [
        {"state": "Pay", "answers": [{"throw": {"error": "Declined", "cause": "no"}, "afterSeconds": 1}]}
    ]}));
    let report = explore(&setup, 20);
    let ending = &report.endings[0];
    assert_eq!(
        (ending.status.as_str(), ending.error.as_deref(), ending.at.as_deref(), ending.runs),
        ("FAILED", Some("Declined"), Some("Pay"), 20)
    );
    // Three attempts of a second each, and delays of 10 and 20 seconds.
    assert_eq!((report.attempts.min, report.attempts.max), (3, 3));
    assert_eq!((report.duration_ms.min, report.duration_ms.max), (33_000, 33_000));
    assert_eq!(covered(&report, "Pay", Part::Retrier(0)).hits, 40);
    let catcher = covered(&report, "Pay", Part::Catcher(0));
    assert_eq!(catcher.runs, 0);
    assert_eq!(catcher.hint.as_deref(), Some("its scripted workers never throw that"));
    assert_eq!(covered(&report, "Help", Part::State).runs, 0);
}

#[test]
fn a_catcher_behind_one_for_the_same_error_is_never_reached() {
    let definition = json!({"StartAt": "T", "States": {
        "T": with(lambda("t"), json!({"End": true, "Catch": [
            {"ErrorEquals": ["Boom"], "Next": "First"}, {"ErrorEquals": ["Boom"], "Next": "Second"}]})),
        "First": {"Type": "Succeed"},
        "Second": {"Type": "Succeed"},
    }});
    let report = explore(&setup(definition, Profile::Swarm), 500);
    assert!(covered(&report, "T", Part::Catcher(0)).runs > 0);
    let shadowed = covered(&report, "T", Part::Catcher(1));
    assert_eq!(
        (shadowed.runs, shadowed.hint.as_deref()),
        (0, Some("an earlier one takes all its errors"))
    );
    assert_eq!(covered(&report, "Second", Part::State).runs, 0);
    let handled = covered(&report, "T", Part::Catcher(0)).runs;
    assert_eq!(covered(&report, "First", Part::State).runs, handled);
}

#[test]
fn rules_that_lead_to_the_same_state_are_told_apart() {
    let definition = json!({"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Default": "Z", "Choices": [
            {"Variable": "$.n", "NumericEquals": 1, "Next": "Z"},
            {"Variable": "$.n", "NumericEquals": 2, "Next": "Z"},
            {"Variable": "$.n", "NumericEquals": 2, "Next": "Z"}]},
        "Z": {"Type": "Succeed"},
    }});
    let mut setup = setup(definition, Profile::Calm);
    setup.inputs = vec![json!({"n": 1}), json!({"n": 2}), json!({"n": 3})];
    let report = explore(&setup, 300);
    let hits = |part| covered(&report, "C", part).hits;
    assert_eq!(hits(Part::Rule(0)) + hits(Part::Rule(1)) + hits(Part::Default), 300);
    assert!(hits(Part::Rule(0)) > 50 && hits(Part::Rule(1)) > 50 && hits(Part::Default) > 50);
    // The third rule asks what the second has taken.
    assert_eq!(hits(Part::Rule(2)), 0);
}

#[test]
fn a_missed_heartbeat_is_handled_as_one() {
    let definition = json!({"StartAt": "Ask", "States": {
        "Ask": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:ask",
            "TimeoutSeconds": 1000, "HeartbeatSeconds": 10, "End": true, "Catch": [
                {"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Silent"},
                {"ErrorEquals": ["States.Timeout"], "Next": "Late"}]},
        "Silent": {"Type": "Succeed"},
        "Late": {"Type": "Succeed"},
    }});
    let mut setup = setup(definition, Profile::Calm);
    setup.workers = Some(json!({"workers": [{"state": "Ask", "answers": [{"never": true}]}]}));
    let report = explore(&setup, 5);
    assert_eq!(covered(&report, "Ask", Part::Catcher(0)).runs, 5);
    assert_eq!(covered(&report, "Ask", Part::Catcher(1)).runs, 0);
    assert_eq!(report.duration_ms.max, 10_000);
}

#[test]
fn items_of_a_map_are_drawn_and_children_of_a_distributed_one_are_counted() {
    for mode in ["INLINE", "DISTRIBUTED"] {
        let mut config = json!({"Mode": mode});
        if mode == "DISTRIBUTED" {
            config["ExecutionType"] = "STANDARD".into();
        }
        let definition = json!({"StartAt": "Each", "States": {
            "Each": {"Type": "Map", "End": true, "ItemsPath": "$.parcels", "ItemProcessor": {
                "ProcessorConfig": config, "StartAt": "Ship", "States": {"Ship": with(lambda("ship"), json!({"End": true}))}}},
        }});
        let mut setup = setup(definition, Profile::Calm);
        setup.inputs = vec![json!({"parcels": [1, 2, 3]})];
        let report = explore(&setup, 10);
        assert_eq!(covered(&report, "Ship", Part::State).hits, 30, "{mode}");
        assert_eq!((report.attempts.min, report.attempts.max), (3, 3), "{mode}");
        // Without an input, lists have up to five items.
        setup.inputs.clear();
        let report = explore(&setup, 100);
        assert_eq!((report.attempts.min, report.attempts.max), (0, 5), "{mode}");
    }
}

const ORDER: &str = r#"{"StartAt": "Charge", "States": {
    "Charge": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:charge", "ResultPath": null,
        "Retry": [{"ErrorEquals": ["Down"], "MaxAttempts": 1}], "Next": "Ship"},
    "Ship": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:ship",
        "Catch": [{"ErrorEquals": ["Lost"], "ResultPath": null, "Next": "Refund"}], "Next": "Done"},
    "Refund": {"Type": "Pass", "Result": {"status": "refunded", "by": {"who": "us"}}, "End": true},
    "Done": {"Type": "Pass", "Result": {"status": "shipped"}, "End": true}}}"#;

/// Charges on the second attempt after 1 second of waiting; the parcel is lost, or the ship sinks.
fn order(error: Option<&str>) -> Setup {
    let mut setup = setup(serde_json::from_str(ORDER).expect("is JSON"), Profile::Calm);
    let ship = match error {
        Some(error) => json!({"throw": {"error": error, "cause": "at sea"}, "afterSeconds": 3600}),
        None => json!({"return": {}, "afterSeconds": 3600}),
    };
    setup.workers = Some(json!({"workers": [
        {"state": "Charge", "answers": [{"throw": {"error": "Down", "cause": ""}}, {"return": {}}]},
        {"state": "Ship", "answers": [ship]}
    ]}));
    setup
}

#[rstest]
#[case::refund_runs(
    Some("Lost"),
    "whenever: {succeeded: Charge, failed: Ship, then: Refund}",
    Ok(true)
)]
#[case::refund_does_not_run(
    Some("Sunk"),
    "whenever: {succeeded: Charge, failed: Ship, then: Refund}",
    Err("Refund did not run; it ended FAILED with Sunk at Ship")
)]
#[case::nothing_failed(
    None,
    "whenever: {succeeded: Charge, failed: Ship, then: Refund}",
    Ok(false)
)]
#[case::then_not(
    Some("Lost"),
    "whenever: {failed: Ship, then_not: [Done, Refund]}",
    Err("Refund ran")
)]
#[case::then_ends(Some("Sunk"), "whenever: {error: Sunk, then_ends: FAILED}", Ok(true))]
#[case::ends(None, "whenever: {ends: SUCCEEDED, then: Done}", Ok(true))]
#[case::retried_is_not_failed(None, "whenever: {failed: Charge, then: Refund}", Ok(false))]
#[case::expected_error(Some("Sunk"), "never_fails_except: [Sunk, States.Timeout]", Ok(true))]
#[case::unexpected_error(
    Some("Sunk"),
    "never_fails_except: Lost",
    Err("it ended FAILED with Sunk at Ship")
)]
#[case::caught_error(Some("Lost"), "always_succeeds: true", Ok(true))]
#[case::in_time(None, "within: 1h 1s", Ok(true))]
#[case::too_late(None, "within: 1h", Err("it took 1h, more than 1h"))]
#[case::seconds(None, "within: 3600.9", Err("it took 1h, more than 3600.9 s"))]
#[case::visited(Some("Lost"), "always_visits: [Charge, Refund]", Ok(true))]
#[case::not_visited(
    Some("Lost"),
    "always_visits: [Charge, Done]",
    Err("Done was not visited; it ended SUCCEEDED")
)]
#[case::never_visited(None, "never_visits: Refund", Ok(true))]
#[case::visited_after_all(Some("Lost"), "never_visits: [Done, Refund]", Err("Refund was visited"))]
#[case::output(Some("Lost"), "output_matches: {by: {who: us}}", Ok(true))]
#[case::other_output(
    Some("Lost"),
    "output_matches: {by: {who: them}}",
    Err(".by.who is \"us\", not \"them\"")
)]
#[case::no_output(Some("Sunk"), "output_matches: {status: shipped}", Ok(false))]
#[case::attempts(None, "at_most: {state: Charge, times: 2}", Ok(true))]
#[case::too_many_attempts(
    None,
    "at_most: {state: Charge, times: 1}",
    Err("Charge was done 2 times")
)]
fn expectations_hold_or_say_why_not(
    #[case] ship: Option<&str>,
    #[case] expectation: &str,
    #[case] wanted: Result<bool, &str>,
) {
    let report = explore_with(&order(ship), &format!("expect:\n  - {expectation}\n"), 1, 1);
    let found = &report.expectations[0];
    match wanted {
        Ok(in_play) => {
            assert_eq!((found.in_play, found.violations), (u64::from(in_play), 0), "{found:?}");
        }
        Err(message) => {
            assert_eq!((found.violations, found.message.as_deref()), (1, Some(message)));
            assert!(!report.holds());
        }
    }
}

#[rstest]
#[case("expect:\n  - withn: 1h\n", "line 2: unknown key `withn`: did you mean `within`?")]
#[case(
    "expect:\n  - within: soon\n",
    "line 2: \"soon\" is no duration: write `24h`, `1h 30m`, or seconds"
)]
#[case(
    "expect:\n  - always_visits: [Charge,\n      Shp]\n",
    "line 3: the definition has no state `Shp`: did you mean `Ship`?"
)]
#[case("expected: []\n", "line 1: unknown key `expected`: did you mean `expect`?")]
#[case("expect: 1\n", "line 1: `expect` must be a list of expectations")]
#[case(
    "expect:\n  - name: two\n    within: 1h\n    always_succeeds: true\n",
    "line 2: an expectation has exactly one of `never_fails_except`, `always_succeeds`, `within`, `always_visits`, \
     `never_visits`, `whenever`, `output_matches`, `at_most`"
)]
#[case(
    "expect:\n  - whenever: {then: Done}\n",
    "line 2: `whenever` needs a condition: `succeeded`, `failed`, `visited`, `ends`, `error`"
)]
#[case(
    "expect:\n  - whenever:\n      ends: DONE\n",
    "line 3: a status is one of `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`"
)]
#[case("expect:\n  - at_most: {state: Charge}\n", "line 2: `times` must be a whole number")]
#[case(
    "{\"expect\": [\n {\"within\": -1}]}",
    "line 2: -1 is no duration: write `24h`, `1h 30m`, or seconds"
)]
fn mistakes_in_expectations_are_told_with_their_line(#[case] text: &str, #[case] message: &str) {
    let setup = order(None);
    let explorer = Explorer::new(&setup);
    let error = Expectations::parse(text, explorer.machine()).expect_err(text);
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_report_depends_on_its_seeds_only() {
    let mut setup = order(Some("Lost"));
    setup.workers = None;
    setup.profile = Profile::Swarm;
    let expect = "expect:\n  - always_succeeds: true\n  - within: 1m\n";
    let one = explore_with(&setup, expect, 400, 1);
    assert_eq!(one, explore_with(&setup, expect, 400, 4));
    assert!(one.endings.len() > 2 && !one.holds(), "{one:?}");
}

#[test]
fn a_pinned_run_replays() {
    let mut setup = order(None);
    setup.workers = None;
    setup.profile = Profile::Swarm;
    let explorer = Explorer::new(&setup);
    let engine = ReferenceEngine::new();
    for seed in 0..20 {
        let budget = stepclock_conformance::engine::Budget::default();
        let Ran::Ran(Observation::Execution(seen)) = engine.run(&explorer.case(seed), &budget)
        else {
            panic!("seed {seed} does not run");
        };
        let text = explorer.pinned(seed, &seen).to_text();
        let case = serde_json::from_str(&text).expect("is a case");
        let judged = judge::run(&case, &engine, &budget);
        assert_eq!(judged.verdict, judge::Verdict::Pass, "seed {seed}");
    }
}
