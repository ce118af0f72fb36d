//! Workflows as users write them, unchanged: they validate, draw, and run with workers that fail, time out and
//! recover. `STEPCLOCK_EXAMPLES` names their folder; without it the tests skip, and say so.

use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test reads where the examples are")]
    let folder = std::env::var_os("STEPCLOCK_EXAMPLES").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("STEPCLOCK_EXAMPLES is not set: skipped");
    }
    folder
}

fn stepclock(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_stepclock"))
        .args(arguments)
        .output()
        .expect("the command runs");
    let text = |bytes| String::from_utf8(bytes).expect("is UTF-8");
    (output.status.code().expect("was not killed"), text(output.stdout), text(output.stderr))
}

/// Runs an example with scripted workers; gives the exit code and the timeline.
fn run(folder: &Path, example: &str, workers: &str, input: &str) -> (i32, String) {
    let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{example}.workers.yaml"));
    std::fs::write(&script, workers).expect("is writable");
    let definition = folder.join(format!("{example}.asl.json"));
    let (code, out, err) = stepclock(&[
        "run",
        &definition.display().to_string(),
        "--workers",
        &script.display().to_string(),
        "--input",
        input,
    ]);
    assert_ne!(code, 2, "{example}: {err}");
    (code, out)
}

#[test]
fn every_example_validates_and_draws() {
    let Some(folder) = folder() else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("is a folder") {
        let path = entry.expect("is readable").path().display().to_string();
        if !path.ends_with(".asl.json") {
            continue;
        }
        seen += 1;
        assert_eq!(stepclock(&["validate", &path]).0, 0, "{path}");
        for format in ["mermaid", "dot", "svg"] {
            let (code, out, err) = stepclock(&["graph", &path, "--format", format]);
            assert!(code == 0 && !out.is_empty(), "{path}: {err}");
        }
    }
    assert!(seen >= 5);
}

#[test]
fn an_order_chain_runs_and_fails_where_a_task_fails() {
    let Some(folder) = folder() else { return };
    let good = "workers: [{state: ValidateOrder, answers: [{return: {ok: true}}]}, \
        {state: ProcessPayment, answers: [{return: {paid: true}}]}, {state: FulfillOrder, answers: [{return: {sent: true}}]}]";
    assert_eq!(run(&folder, "order-chain", good, "{}").0, 0);
    let bad = "workers: [{state: ValidateOrder, answers: [{return: {}}]}, \
        {state: ProcessPayment, answers: [{throw: {error: CardDeclined, cause: no}}]}]";
    let (code, out) = run(&folder, "order-chain", bad, "{}");
    assert!(code == 1 && out.contains("CardDeclined"), "{out}");
}

#[test]
fn a_choice_takes_the_way_of_its_rule() {
    let Some(folder) = folder() else { return };
    let workers = "workers: [{state: HighValueOrder, answers: [{return: high}]}, \
        {state: RushOrder, answers: [{return: rush}]}, {state: StandardOrder, answers: [{return: standard}]}]";
    for (input, expected) in [
        (r#"{"total": 1500, "priority": "x"}"#, "high"),
        (r#"{"total": 1, "priority": "rush"}"#, "rush"),
        (r#"{"total": 1, "priority": "x"}"#, "standard"),
    ] {
        let (code, out) = run(&folder, "choice-order-value", workers, input);
        assert!(code == 0 && out.contains(&format!("SUCCEEDED \"{expected}\"")), "{out}");
    }
}

#[test]
fn parallel_and_map_run_their_tasks() {
    let Some(folder) = folder() else { return };
    let workers = "workers: [{state: UpdateInventory, answers: [{return: {}, afterSeconds: 3}]}, \
        {state: SendNotification, answers: [{return: {}}]}, {state: UpdateAnalytics, answers: [{return: {}}]}]";
    let (code, out) = run(&folder, "parallel", workers, "{}");
    assert!(code == 0 && out.contains("after 00:00:03 of simulated time"), "{out}");
    let workers =
        "workers: [{state: ProcessItem, answers: [{return: {done: true}, afterSeconds: 1}]}]";
    let (code, out) =
        run(&folder, "map-items", workers, r#"{"items": [1, 2, 3], "orderItems": [1, 2, 3]}"#);
    assert_eq!(code, 0, "{out}");
}

/// Two throttled calls, a timeout, and then an answer: each retrier keeps its own count.
#[test]
fn retries_recover_and_catchers_take_over() {
    let Some(folder) = folder() else { return };
    let recovers = "workers: [{state: ProcessWithRetry, answers: {'0-1': {throw: {error: Lambda.TooManyRequestsException}}, \
        '2': {throw: {error: States.Timeout}}, '3-': {return: {ok: true}}}}]";
    let (code, out) = run(&folder, "retry-and-catch", recovers, "{}");
    assert!(code == 0 && out.contains("after 00:00:11 of simulated time"), "{out}");
    let caught = "workers: [{state: ProcessWithRetry, answers: [{throw: {error: CustomError, cause: c}}]}, \
        {state: HandleCustomError, answers: [{return: {handled: true}}]}]";
    assert_eq!(run(&folder, "retry-and-catch", caught, "{}").0, 0);
    let fails = "workers: [{state: ProcessWithRetry, answers: [{throw: {error: Other}}]}]";
    let (code, out) = run(&folder, "retry-and-catch", fails, "{}");
    assert!(code == 1 && out.contains("ProcessingFailed"), "{out}");
}
