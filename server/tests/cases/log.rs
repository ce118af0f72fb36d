//! The log of executions, judged by what CloudWatch Logs got of them on AWS: the only thing that tells what an
//! asynchronous EXPRESS execution did.

use std::io;
use std::path::PathBuf;

use serde_json::{Value, json};
use stepclock_conformance::case::{Case, Kind, WorkflowTypeName};
use stepclock_conformance::engine::Execution;
use stepclock_conformance::judge::Matcher;
use stepclock_server::observe::LogTarget;
use tempfile::TempDir;

/// A server's log, in a folder of its own.
pub(crate) struct Log {
    folder: TempDir,
}

impl Log {
    /// A log, for a case that is about one, or that nothing else shows.
    pub(crate) fn of(case: &Case) -> io::Result<Option<Self>> {
        let is_needed = case.expect.logs.is_some() || is_shown_by_log_alone(case);
        is_needed.then(|| Ok(Self { folder: tempfile::tempdir()? })).transpose()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("executions.log")
    }

    /// Where the server writes.
    pub(crate) fn target(&self) -> LogTarget {
        LogTarget::File(self.file())
    }

    /// What was logged of an execution, under its name in the case; to be called when the server has ended.
    pub(crate) fn entries(&self, ours: &str, recorded: &str) -> Result<Vec<Value>, String> {
        let text = std::fs::read_to_string(self.file()).map_err(|error| error.to_string())?;
        let lines = text.lines().filter(|line| line.contains(ours));
        let read = lines.map(|line| serde_json::from_str(&line.replace(ours, recorded)));
        read.collect::<Result<_, _>>().map_err(|error| error.to_string())
    }
}

/// Whether no operation tells what the execution did: an asynchronous EXPRESS one.
pub(crate) fn is_shown_by_log_alone(case: &Case) -> bool {
    let express = case.workflow_type == Some(WorkflowTypeName::Express);
    case.kind == Kind::ExpressAsync || (express && case.kind != Kind::Sync)
}

/// The machine's `loggingConfiguration`: the case's, or one that shows everything.
pub(crate) fn configuration(case: &Case) -> Value {
    let group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/g:*";
    let destination = json!({"cloudWatchLogsLogGroup": {"logGroupArn": group}});
    let everything =
        json!({"level": "ALL", "includeExecutionData": true, "destinations": [destination]});
    case.logging.clone().unwrap_or(everything)
}

/// The first difference between what was logged and what AWS logged.
pub(crate) fn difference(case: &Case, entries: &[Value]) -> Option<String> {
    let mut matcher = Matcher::new(&case.placeholders);
    let mut compare = |name: &str, expected: &Value, found: &Value| {
        let difference = matcher.compare(expected, found)?;
        Some(format!("{name} {difference}"))
    };
    if let Some(expected) = &case.expect.logs {
        return compare("logs", expected, &entries.to_vec().into());
    }
    let expected = case.expect.end_event.as_ref()?;
    compare("logged end event", expected, entries.last().unwrap_or(&Value::Null))
}

/// An execution as its log shows it: the log is its history, and its last entry says how it ended.
pub(crate) fn execution(entries: &[Value]) -> Execution {
    let ms = |entry: Option<&Value>| entry.and_then(|entry| number(&entry["event_timestamp"]));
    let last = entries.last();
    let kind = last.and_then(|entry| entry["type"].as_str()).unwrap_or_default();
    let status = match kind {
        "ExecutionSucceeded" => "SUCCEEDED",
        "ExecutionFailed" => "FAILED",
        "ExecutionTimedOut" => "TIMED_OUT",
        "ExecutionAborted" => "ABORTED",
        _ => "RUNNING",
    };
    let detail = |name: &str| {
        let text = last?.pointer(&format!("/details/{name}"))?.as_str()?;
        Some(text.to_owned())
    };
    Execution {
        execution_arn: last
            .and_then(|entry| entry["execution_arn"].as_str())
            .unwrap_or_default()
            .to_owned(),
        status: status.to_owned(),
        output: detail("output"),
        error: detail("error"),
        cause: detail("cause"),
        started_ms: ms(entries.first()).unwrap_or_default(),
        stopped_ms: ms(last),
        history: entries.iter().map(event).collect(),
        ..Execution::default()
    }
}

/// An entry as `GetExecutionHistory` would give the event.
fn event(entry: &Value) -> Value {
    let kind = entry["type"].as_str().unwrap_or_default();
    let details = match kind {
        _ if kind.ends_with("StateEntered") => "stateEntered".to_owned(),
        _ if kind.ends_with("StateExited") => "stateExited".to_owned(),
        _ => kind[..1].to_ascii_lowercase() + &kind[1..],
    };
    let details = format!("{details}EventDetails");
    let seconds = number(&entry["event_timestamp"]).map(|ms| ms as f64 / 1_000.0);
    json!({
        "id": number(&entry["id"]),
        "previousEventId": number(&entry["previous_event_id"]),
        "type": kind,
        "timestamp": seconds,
        details: entry["details"],
    })
}

/// Numbers are texts in a log.
fn number(text: &Value) -> Option<i64> {
    text.as_str()?.parse().ok()
}
