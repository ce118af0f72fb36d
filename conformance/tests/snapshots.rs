//! Whole histories and verdicts, kept letter for letter: what a change does to them shows in review.
//!
//! The cases are those of `corpus/suite`, chosen so that every shape of history is there: each of their rules was
//! checked against its source; here the rest of the history is kept as well.

mod filters;

use std::fmt::Write;
use std::path::Path;

use rstest::rstest;
use serde_json::Value;
use stepclock_conformance::case::{Case, load};
use stepclock_conformance::engine::{Budget, Engine, Execution, Observation, Ran, ReferenceEngine};

fn case(id: &str) -> Case {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/suite").join(format!("{id}.json"));
    load(&file).unwrap_or_else(|error| panic!("{error}"))
}

/// One line for each event: `id<previous  milliseconds since the start  type  details`.
fn lines(execution: &Execution) -> String {
    let mut out = String::new();
    for event in &execution.history {
        let at = event["timestamp"].as_f64().unwrap_or_default() * 1_000.0;
        let at = at.round() as i64 - execution.started_ms;
        let details = event
            .as_object()
            .and_then(|event| event.iter().find(|(key, _)| key.ends_with("EventDetails")))
            .map_or_else(String::new, |(_, details)| without_noise(details).to_string());
        let line = format!(
            "{:>3}<{:<3} {at:>9} {} {details}",
            event["id"],
            event["previousEventId"].to_string(),
            event["type"].as_str().unwrap_or_default(),
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let _ = writeln!(out, "{} {:?} {:?}", execution.status, execution.error, execution.cause);
    out
}

/// Details without the marks that nothing was cut off.
fn without_noise(details: &Value) -> Value {
    let mut details = details.clone();
    if let Some(map) = details.as_object_mut() {
        map.retain(|_, value| *value != serde_json::json!({"truncated": false}));
    }
    details
}

#[rstest]
fn histories(
    #[values(
        "activity/events",
        "activity/timeout-from-start",
        "callback/events",
        "callback/failure-without-error",
        "callback/kept-alive",
        "callback/missed-heartbeat",
        "catch/assign",
        "catch/evaluation-errors",
        "catch/jsonata",
        "catch/jsonata-default",
        "catch/result-path",
        "catch/runtime-errors-are-not-caught",
        "choice/assign-of-the-rule",
        "choice/no-match",
        "data-flow/order-of-steps",
        "fail/jsonata",
        "fail/nothing-given",
        "fail/paths",
        "item-batcher/batch-input",
        "item-reader/csv-first-row",
        "item-reader/missing-object",
        "jsonata/undefined",
        "limits/large-task-result",
        "map/concurrency-of-two",
        "map/cut-iterations",
        "map/evaluation-error-in-iteration",
        "map/events-one-by-one",
        "map/failing-iteration",
        "map/items-evaluation-error",
        "map/no-items",
        "map/retry",
        "map/runtime-error-in-iteration",
        "map-distributed/express-children",
        "map-distributed/no-tolerance",
        "map-distributed/standard-children",
        "map-distributed/tolerated-count-exceeded",
        "nested/child-ends-at-once",
        "nested/failing-child",
        "nested/sync",
        "nested/sync-2",
        "parallel/aborted-task",
        "parallel/catch",
        "parallel/evaluation-error-in-branch",
        "parallel/events",
        "parallel/failing-branch",
        "parallel/nested",
        "parallel/retry",
        "parallel/runtime-error-in-branch",
        "pass/four-events",
        "result-writer/details",
        "retry/backoff",
        "retry/counters-by-retrier",
        "retry/evaluation-error",
        "retry/reset-on-entry",
        "task/failure",
        "task/integration-events",
        "task/lambda-events",
        "task/sdk-events",
        "task/start-failed",
        "timeout/execution",
        "timeout/task",
        "variables/shown-in-history",
        "wait/seconds",
        "wait/seconds-path-negative"
    )]
    id: &str,
) {
    let case = case(id);
    let ran = ReferenceEngine::new().run(&case, &Budget::default());
    let Ran::Ran(Observation::Execution(seen)) = ran else { panic!("{id}: {ran:?}") };
    let mut shown = format!("{}\n\n{}", case.rule.as_deref().unwrap_or_default(), lines(&seen));
    for other in &seen.others {
        let _ = write!(shown, "\n{}\n{}", other.execution_arn, lines(other));
    }
    filters::settings().bind(|| {
        insta::assert_snapshot!(format!("history-{}", id.replace('/', "-")), shown);
    });
}

#[rstest]
fn verdicts(
    #[values(
        "validate/bad-path",
        "validate/blank",
        "validate/duplicate-state-names",
        "validate/empty-choices",
        "validate/exclusive-fields",
        "validate/express-callback",
        "validate/jsonata-syntax",
        "validate/jsonata-top-level-name",
        "validate/missing-target",
        "validate/rule-with-two-operators",
        "validate/state-without-type",
        "validate/unreachable",
        "validate/unsupported-field",
        "validate/variable-of-outer-scope",
        "validate/wrong-language"
    )]
    id: &str,
) {
    let case = case(id);
    let ran = ReferenceEngine::new().run(&case, &Budget::default());
    let Ran::Ran(Observation::Validation(verdict)) = ran else { panic!("{id}: {ran:?}") };
    let shown = format!(
        "{}\n\n{:#}\n\n{}\n",
        case.rule.as_deref().unwrap_or_default(),
        verdict.answer,
        verdict.definition_error.unwrap_or_default()
    );
    filters::settings().bind(|| {
        insta::assert_snapshot!(format!("verdict-{}", id.replace('/', "-")), shown);
    });
}
