//! Reports say what happened, in every form.

use serde_json::json;

use super::*;
use crate::case::Case;
use crate::engine::{Engine, ReferenceEngine};
use crate::oracle::Violation;

fn result(name: &str, construct: &str, outcome: Outcome) -> CaseResult {
    CaseResult {
        name: name.to_owned(),
        file: Some(format!("{name} 1.json")),
        constructs: vec![construct.to_owned()],
        outcome,
    }
}

fn report() -> Report {
    let mut report = Report::empty(ReferenceEngine::new().info().clone(), "stdio:python3 x.py");
    report.add_cases(vec![
        result("suite/map/b", "State:Map", Outcome::Failed("at <event> 1\nno \"b\"".to_owned())),
        result("suite/map/a", "State:Map", Outcome::Passed),
        result("suite/wait/c", "State:Wait", Outcome::Skipped("no | clock".to_owned())),
        result("suite/wait/d", "State:Wait", Outcome::KnownGap("no time".to_owned())),
    ]);
    let mut random = campaign::Report::empty(report.engine.clone());
    random.seeds.push(5..9);
    (random.judged, random.failed) = (4, 1);
    random.violations.insert("retry/delay".to_owned(), 1);
    random.checks.insert("retry".to_owned(), 7);
    random.failures.push(campaign::Failure {
        seed: 7,
        violation: Violation {
            oracle: "retry".to_owned(),
            rule: "delay".to_owned(),
            message: "too early".to_owned(),
            event: Some(3),
        },
        case: Case::default(),
        shrunk: Some(Case { id: "small".to_owned(), ..Case::default() }),
        shrink_tries: 1,
    });
    report.random = random;
    report
}

#[test]
fn verdicts_are_counted_by_group_and_construct() {
    let report = report();
    assert!(!report.is_clean());
    let total = report.total();
    assert_eq!((total.passed, total.failed, total.known_gaps, total.skipped), (4, 2, 1, 1));
    let groups = report.by_group();
    assert_eq!((groups["suite/map"].passed, groups["suite/map"].failed), (1, 1));
    assert_eq!((groups["random"].passed, groups["random"].failed), (3, 1));
    assert_eq!(report.by_construct()["State:Wait"].known_gaps, 1);
    let never = report.never_used();
    assert!(never.contains(&"State:Pass") && !never.contains(&"State:Map"));
}

#[test]
fn json_is_the_report_itself() {
    let text = to_json(&report());
    let again: Report = serde_json::from_str(&text).expect("it can be read");
    assert_eq!(to_json(&again), text);
    let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(value["cases"][1]["outcome"], json!("failed"));
}

#[test]
fn shards_add_up_to_the_whole() {
    let whole = report();
    let (mut one, mut other) = (report(), report());
    one.cases.truncate(2);
    other.cases.drain(..2);
    other.random = campaign::Report::empty(other.engine.clone());
    other.merge(one).expect("it is the same engine");
    assert_eq!(to_json(&other), to_json(&whole));
    let mut engine = whole.engine.clone();
    engine.version = "0".to_owned();
    let stranger = Report::empty(engine, "reference");
    assert!(other.merge(stranger).is_err());
}

#[test]
fn problems_say_how_to_see_them_again() {
    let problems = report().problems();
    assert_eq!(problems.len(), 2);
    assert!(problems[0].replay[0].contains("replay 'suite/map/b 1.json'"), "{problems:?}");
    assert!(problems[1].replay[0].ends_with("--seed 7 --engine 'stdio:python3 x.py'"));
    assert!(problems[1].shrunk.as_deref().is_some_and(|text| text.contains("small")));
}

#[test]
fn every_form_tells_of_every_failure() {
    let report = report();
    let markdown = to_markdown(&report);
    for part in ["**Failed.**", "| suite/map | 1 | 1 | 0 | 0 |", "### random/7", "seeds 5–8"] {
        assert!(markdown.contains(part), "{part} in {markdown}");
    }
    let junit = to_junit(&report);
    for part in [
        "tests=\"6\"",
        "failures=\"3\"",
        "at &lt;event&gt; 1",
        "known gap: no time",
        "1 of 4 cases broke a rule",
    ] {
        assert!(junit.contains(part), "{part} in {junit}");
    }
    let html = to_html(&report);
    for part in ["does not conform", "at &lt;event&gt; 1", "no &quot;b&quot;", "--seed 7"] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains("http"), "it needs nothing from elsewhere");
}
