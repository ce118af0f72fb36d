//! What can be seen of a server: metrics and logs of executions, under the simulated clock.

use std::sync::Arc;

use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;
use stepclock_engine::sim::Workers;
use stepclock_server::api;
use stepclock_server::config::{ClockMode, ServerConfig};
use stepclock_server::hub::{self, Answerers, Handle};
use stepclock_server::observe::LogTarget;
use stepclock_server::store::{MemoryStore, SqliteStore, Store};

const ROLE: &str = "arn:aws:iam::123456789012:role/r";
const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:F";

/// Answers every task after two seconds.
const WORKERS: &str =
    r#"{"workers": [{"state": "Work", "answers": {"0-": {"return": "ok", "afterSeconds": 2}}}]}"#;

fn config() -> ServerConfig {
    let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: false };
    ServerConfig { clock, ..ServerConfig::default() }
}

fn start(config: ServerConfig, store: Arc<dyn Store>) -> Handle {
    let mut answerers = Answerers::default();
    answerers.workers.push(Box::new(Workers::parse(WORKERS).expect("is a script")));
    hub::start(config, store, answerers).expect("starts")
}

fn fresh(config: ServerConfig) -> Handle {
    start(config, Arc::new(MemoryStore::default()))
}

async fn create(hub: &Handle, name: &str, definition: Value, logging: Option<Value>) {
    let mut request = json!({"name": name, "roleArn": ROLE, "definition": definition.to_string()});
    if let Some(logging) = logging {
        request["loggingConfiguration"] = logging;
    }
    api::call(hub, "CreateStateMachine", request).await.expect("is created");
}

async fn run(hub: &Handle, machine: &str, name: &str, input: &str) {
    let arn = format!("{MACHINE}:{machine}");
    let request = json!({"stateMachineArn": arn, "name": name, "input": input});
    api::call(hub, "StartExecution", request).await.expect("starts");
    hub.run_until_idle().await.expect("the clock is simulated");
}

async fn metrics(hub: &Handle) -> String {
    hub.call(|hub| Ok(hub.metrics())).await.expect("is measured")
}

/// The value of the series that begins like this.
fn value(metrics: &str, series: &str) -> Option<f64> {
    let line = metrics.lines().find(|line| line.starts_with(series))?;
    line.rsplit(' ').next()?.parse().ok()
}

fn fails() -> Value {
    json!({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}})
}

fn works() -> Value {
    json!({"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": FUNCTION, "End": true}}})
}

#[tokio::test]
async fn executions_are_counted_by_their_machine_and_end() {
    let hub = fresh(config());
    create(&hub, "works", works(), None).await;
    create(&hub, "fails", fails(), None).await;
    run(&hub, "works", "a", "{}").await;
    run(&hub, "fails", "b", "{}").await;
    run(&hub, "fails", "c", "{}").await;
    let metrics = metrics(&hub).await;
    for (name, machine, expected) in [
        ("aws_states_executions_started_total", "works", 1.0),
        ("aws_states_executions_started_total", "fails", 2.0),
        ("aws_states_executions_succeeded_total", "works", 1.0),
        ("aws_states_executions_succeeded_total", "fails", 0.0),
        ("aws_states_executions_failed_total", "fails", 2.0),
        ("aws_states_execution_time_milliseconds_sum", "works", 2_000.0),
        ("aws_states_execution_time_milliseconds_count", "works", 1.0),
    ] {
        let series = format!("{name}{{StateMachineArn=\"{MACHINE}:{machine}\"}}");
        assert_eq!(value(&metrics, &series), Some(expected), "{series}\n{metrics}");
    }
    assert_eq!(value(&metrics, "aws_states_open_execution_count"), Some(0.0));
    let function = format!("{{LambdaFunctionArn=\"{FUNCTION}\"}}");
    for (name, expected) in [
        ("aws_states_lambda_functions_scheduled_total", 1.0),
        ("aws_states_lambda_functions_started_total", 1.0),
        ("aws_states_lambda_functions_succeeded_total", 1.0),
        ("aws_states_lambda_functions_failed_total", 0.0),
        ("aws_states_lambda_function_run_time_milliseconds_sum", 2_000.0),
        ("aws_states_lambda_function_schedule_time_milliseconds_sum", 0.0),
    ] {
        assert_eq!(value(&metrics, &format!("{name}{function}")), Some(expected), "{name}");
    }
}

#[tokio::test]
async fn express_executions_are_billed_in_steps_of_100_ms() {
    let hub = fresh(config());
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 2, "End": true}}});
    let request =
        json!({"name": "x", "roleArn": ROLE, "type": "EXPRESS", "definition": wait.to_string()});
    api::call(&hub, "CreateStateMachine", request).await.expect("is created");
    create(&hub, "standard", fails(), None).await;
    run(&hub, "standard", "a", "{}").await;
    assert!(!metrics(&hub).await.contains("aws_states_express"));
    run(&hub, "x", "a", "{}").await;
    run(&hub, "x", "b", "{}").await;
    let metrics = metrics(&hub).await;
    for (name, expected) in [
        ("aws_states_express_execution_billed_duration_milliseconds_sum", 4_000.0),
        ("aws_states_express_execution_billed_duration_milliseconds_count", 2.0),
        ("aws_states_express_execution_billed_memory_megabytes_sum", 128.0),
    ] {
        let series = format!("{name}{{StateMachineArn=\"{MACHINE}:x\"}}");
        assert_eq!(value(&metrics, &series), Some(expected), "{series}\n{metrics}");
    }
}

#[tokio::test]
async fn open_executions_outlive_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Arc::new(SqliteStore::open(folder.path()).expect("opens")) as Arc<dyn Store>;
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}});
    let frozen = ServerConfig {
        clock: ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: true },
        ..config()
    };
    let hub = start(frozen.clone(), open());
    create(&hub, "waits", wait, None).await;
    let request = json!({"stateMachineArn": format!("{MACHINE}:waits"), "name": "a"});
    api::call(&hub, "StartExecution", request).await.expect("starts");
    hub.stop().await;
    // It holds the store, too.
    drop(hub);
    let hub = start(frozen, open());
    assert_eq!(value(&metrics(&hub).await, "aws_states_open_execution_count"), Some(1.0));
    hub.run_until_idle().await.expect("the clock is simulated");
    let metrics = metrics(&hub).await;
    assert_eq!(value(&metrics, "aws_states_open_execution_count"), Some(0.0));
    assert!(value(&metrics, "stepclock_commit_seconds_count").is_some_and(|count| count > 0.0));
}

fn logging(level: &str, data: bool) -> Value {
    let group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/g:*";
    let destination = json!({"cloudWatchLogsLogGroup": {"logGroupArn": group}});
    json!({"level": level, "includeExecutionData": data, "destinations": [destination]})
}

/// The log of one execution of a definition.
async fn logged(definition: Value, logging: Value) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("executions.log");
    let log = ServerConfig { execution_log: Some(LogTarget::File(file.clone())), ..config() };
    let hub = fresh(log);
    create(&hub, "m", definition, Some(logging)).await;
    run(&hub, "m", "e", r#"{"a": 1}"#).await;
    hub.stop().await;
    let text = std::fs::read_to_string(file).expect("is written");
    text.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect()
}

#[tokio::test]
async fn logs_have_the_shape_of_the_recordings() {
    // Recording `logs.base.raise_failure_json5_ALL_True`.
    let lines = logged(fails(), logging("ALL", true)).await;
    let entry = |id: &str, kind: &str, previous: &str, details: Value| {
        json!({
            "id": id,
            "type": kind,
            "details": details,
            "previous_event_id": previous,
            "event_timestamp": "1767225600000",
            "execution_arn": "arn:aws:states:us-east-1:123456789012:execution:m:e",
            "redrive_count": "0",
        })
    };
    let input = r#"{"a": 1}"#;
    let whole = json!({"truncated": false});
    let expected = [
        entry(
            "1",
            "ExecutionStarted",
            "0",
            json!({"input": input, "inputDetails": whole, "roleArn": ROLE}),
        ),
        entry(
            "2",
            "FailStateEntered",
            "0",
            json!({"name": "F", "input": input, "inputDetails": whole}),
        ),
        entry("3", "ExecutionFailed", "2", json!({"error": "E", "cause": "C"})),
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn without_execution_data_names_and_errors_stay() {
    // Recording `logs.base.raise_failure_json5_ALL_False`.
    let lines = logged(fails(), logging("ALL", false)).await;
    let details: Vec<_> = lines.iter().map(|line| line["details"].clone()).collect();
    let failed = json!({"error": "E", "cause": "C"});
    assert_eq!(details, [json!({"roleArn": ROLE}), json!({"name": "F"}), failed]);
}

#[tokio::test]
async fn levels_choose_the_events() {
    let types = async |level| -> Vec<String> {
        let lines = logged(fails(), logging(level, true)).await;
        lines.iter().map(|line| line["type"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(types("FATAL").await, ["ExecutionFailed"]);
    assert_eq!(types("ERROR").await, ["FailStateEntered", "ExecutionFailed"]);
    assert_eq!(types("OFF").await, [""; 0]);
}
