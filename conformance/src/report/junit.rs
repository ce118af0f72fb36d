//! JUnit's XML, for services that show test results.

use quick_junit::{NonSuccessKind, Report as JUnit, TestCase, TestCaseStatus, TestSuite};

use super::Report;
use crate::suite::Outcome;

/// A report as JUnit's XML. Cases of the suite are tests; so are the kept failures of random cases, and their
/// whole as one more.
#[must_use]
pub fn to_junit(report: &Report) -> String {
    let mut junit = JUnit::new(format!("stepclock conformance of {}", report.engine.name));
    let mut suite = TestSuite::new("suite");
    for case in &report.cases {
        let status = match &case.outcome {
            Outcome::Passed => TestCaseStatus::success(),
            Outcome::Failed(reason) => failure(reason),
            Outcome::Skipped(reason) => skipped(reason),
            Outcome::KnownGap(reason) => skipped(&format!("known gap: {reason}")),
        };
        let (class, name) = case.name.rsplit_once('/').unwrap_or(("", &case.name));
        let mut test = TestCase::new(name, status);
        test.set_classname(class.replace('/', "."));
        suite.add_test_case(test);
    }
    junit.add_test_suite(suite);
    if !report.random.seeds.is_empty() {
        junit.add_test_suite(random(report));
    }
    junit.to_string().unwrap_or_default()
}

fn random(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("random");
    let failed = report.random.failed;
    let status = match failed {
        0 => TestCaseStatus::success(),
        _ => failure(&format!("{failed} of {} cases broke a rule", report.random.judged)),
    };
    let mut whole = TestCase::new("every seed", status);
    whole.set_classname("random");
    suite.add_test_case(whole);
    for problem in report.problems().iter().filter(|problem| problem.name.starts_with("random/")) {
        let reason = format!("{}\n\n{}", problem.reason, problem.replay.join("\n"));
        let mut test = TestCase::new(problem.name.trim_start_matches("random/"), failure(&reason));
        test.set_classname("random");
        suite.add_test_case(test);
    }
    suite
}

fn failure(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(reason.lines().next().unwrap_or_default()).set_description(reason);
    status
}

fn skipped(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(reason);
    status
}
