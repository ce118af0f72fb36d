//! A write that was cut off: whatever becomes of the end of the write-ahead log, the server starts, has all that was
//! committed up to some moment and nothing of what came later, and every execution goes on to its end.
//!
//! `STEPCLOCK_TORN` says how many places of the log are tried; 24 unless it does.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use stepclock_engine::data::{RandomStream, Timestamp};
use stepclock_server::api;
use stepclock_server::config::{ClockMode, ServerConfig};
use stepclock_server::error::ApiError;
use stepclock_server::hub::{self, Answerers, Handle};
use stepclock_server::store::SqliteStore;

/// Places of the log, unless the environment says otherwise.
const PLACES: u64 = 24;
/// Executions that are started.
const EXECUTIONS: usize = 24;
/// From here on SQLite moves the log into its file: what is moved cannot be cut off any more, because the log has
/// been synchronised before.
const LOG_MAX: usize = 4 << 20;

const ROLE: &str = "arn:aws:iam::123456789012:role/r";
const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:work";
const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:m";

/// Something that was acknowledged, in order.
#[derive(Debug, Clone)]
enum Done {
    Activity,
    Machine,
    Started(String),
    Returned(String),
}

fn start(folder: &Path) -> Handle {
    let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: true };
    let config = ServerConfig { clock, ..ServerConfig::default() };
    let store = SqliteStore::open(folder).expect("the store opens");
    hub::start(config, Arc::new(store), Answerers::default()).expect("the store can be read")
}

async fn ask(hub: &Handle, operation: &str, request: Value) -> Result<Value, ApiError> {
    api::call(hub, operation, request).await
}

async fn history(hub: &Handle, arn: &str) -> Vec<Value> {
    let request = json!({"executionArn": arn, "maxResults": 1_000});
    let page = ask(hub, "GetExecutionHistory", request).await.expect("its journal can be applied");
    page["events"].as_array().expect("is a list").clone()
}

/// Creates, starts and returns, one request after the other, so that each has a commit of its own.
async fn work(hub: &Handle) -> Vec<Done> {
    let definition = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": ACTIVITY, "Parameters": {"execution.$": "$$.Execution.Id"},
            "Next": "M"},
        "M": {"Type": "Map", "ItemsPath": "$.items", "Next": "W", "ItemProcessor": {
            "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}},
        "W": {"Type": "Wait", "Seconds": 60, "End": true}}});
    let machine = json!({"name": "m", "roleArn": ROLE, "definition": definition.to_string()});
    let mut done = vec![Done::Activity, Done::Machine];
    ask(hub, "CreateActivity", json!({"name": "work"})).await.expect("creates");
    ask(hub, "CreateStateMachine", machine).await.expect("creates");
    for index in 0..EXECUTIONS {
        let request = json!({"stateMachineArn": MACHINE, "name": format!("e{index}")});
        let started = ask(hub, "StartExecution", request).await.expect("starts");
        done.push(Done::Started(started["executionArn"].as_str().expect("has one").to_owned()));
        if !index.is_multiple_of(3) {
            done.push(Done::Returned(return_one(hub).await));
        }
    }
    done
}

/// Takes a task and returns it; gives whose it was.
async fn return_one(hub: &Handle) -> String {
    let task = ask(hub, "GetActivityTask", json!({"activityArn": ACTIVITY})).await;
    let task = task.expect("there is a task");
    let input: Value =
        serde_json::from_str(task["input"].as_str().expect("has an input")).expect("is JSON");
    let answer = json!({"taskToken": task["taskToken"], "output": r#"{"items": [1, 2]}"#});
    ask(hub, "SendTaskSuccess", answer).await.expect("is taken");
    input["execution"].as_str().expect("says whose it is").to_owned()
}

/// Whether a server knows of something.
async fn knows(hub: &Handle, done: &Done) -> bool {
    match done {
        Done::Activity => {
            ask(hub, "DescribeActivity", json!({"activityArn": ACTIVITY})).await.is_ok()
        }
        Done::Machine => {
            ask(hub, "DescribeStateMachine", json!({"stateMachineArn": MACHINE})).await.is_ok()
        }
        Done::Started(arn) => {
            ask(hub, "DescribeExecution", json!({"executionArn": arn})).await.is_ok()
        }
        Done::Returned(arn) => {
            let request = json!({"executionArn": arn});
            if ask(hub, "DescribeExecution", request).await.is_err() {
                return false;
            }
            history(hub, arn).await.iter().any(|event| event["type"] == "ActivitySucceeded")
        }
    }
}

/// Damages the end of a log from a place on.
fn damage(log: &[u8], place: usize, round: u64, random: &mut RandomStream) -> Vec<u8> {
    let (kept, lost) = log.split_at(place);
    let mut damaged = kept.to_vec();
    match round % 4 {
        // It never reached the disk.
        0 => {}
        // The file had grown already, its content had not arrived.
        1 => damaged.resize(log.len(), 0),
        // Something else stands there.
        2 => damaged.extend(lost.iter().map(|_| random.next_u64().to_le_bytes()[0])),
        // One byte is wrong, all others arrived.
        _ => {
            damaged.extend(lost);
            damaged[place] ^= 0x10;
        }
    }
    damaged
}

/// Starts a server on what is left of the files, and lets it run to the end; gives how much of `done` it knows.
async fn survives(folder: &Path, done: &[Done], before: &[(String, Vec<Value>)]) -> usize {
    let hub = start(folder);
    let mut known = 0;
    for (place, step) in done.iter().enumerate() {
        if knows(&hub, step).await {
            assert_eq!(known, place, "something before {step:?} is missing");
            known += 1;
        }
    }
    let mut left = Vec::new();
    for (arn, whole) in before {
        if knows(&hub, &Done::Started(arn.clone())).await {
            let history = history(&hub, arn).await;
            assert!(whole.starts_with(&history), "{arn}: {history:?}");
            left.push(arn);
            // A task that was given to a worker is not given to another.
            let request = json!({"executionArn": arn});
            if whole.len() > history.len() && history.last().is_some_and(is_given) {
                ask(&hub, "StopExecution", request).await.expect("stops");
                left.pop();
            } else if history.last().is_some_and(|event| event["type"] == "ActivityScheduled") {
                return_one(&hub).await;
            }
        }
    }
    hub.run_until_idle().await.expect("the clock is simulated");
    for arn in left {
        let described = ask(&hub, "DescribeExecution", json!({"executionArn": arn})).await;
        assert_eq!(described.expect("is there")["status"], "SUCCEEDED", "{arn}");
    }
    hub.stop().await;
    known
}

fn is_given(event: &Value) -> bool {
    event["type"] == "ActivityStarted"
}

#[tokio::test]
async fn a_torn_log_loses_only_what_came_last() {
    #[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
    let places = std::env::var("STEPCLOCK_TORN").ok().and_then(|text| text.parse().ok());
    let places: u64 = places.unwrap_or(PLACES);
    let folder = tempfile::tempdir().expect("a folder");
    let hub = start(folder.path());
    let done = work(&hub).await;
    let mut before = Vec::new();
    for step in &done {
        if let Done::Started(arn) = step {
            before.push((arn.clone(), history(&hub, arn).await));
        }
    }
    // As a kill leaves them: nothing is closed.
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("is there");
    let (file, log) = (read("stepclock.sqlite"), read("stepclock.sqlite-wal"));
    hub.stop().await;
    assert!(log.len() < LOG_MAX, "the log has {} bytes", log.len());

    let mut random = RandomStream::new(places, "torn");
    let mut losses = Vec::new();
    for round in 0..=places {
        let place = match round {
            0 => log.len() - 1,
            _ => usize::try_from(random.below(log.len() as u64)).expect("is small"),
        };
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("stepclock.sqlite"), &file).expect("writes");
        let damaged = damage(&log, place, round, &mut random);
        std::fs::write(folder.path().join("stepclock.sqlite-wal"), damaged).expect("writes");
        losses.push(done.len() - survives(folder.path(), &done, &before).await);
    }
    assert_eq!(losses[0], 1, "the last byte takes the last commit with it, and no other");
    assert!(losses.iter().any(|lost| *lost > 1), "{losses:?}");
}
