//! The hub from the inside of the process: operations in, answers out, on a simulated clock.

use std::sync::Arc;

use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;
use stepclock_engine::sim::Workers;
use stepclock_server::api;
use stepclock_server::config::{ClockMode, ServerConfig};
use stepclock_server::error::ApiError;
use stepclock_server::hub::{self, Answerers, Handle};
use stepclock_server::store::{MemoryStore, SqliteStore, Store, StoreError};

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

fn simulated() -> ServerConfig {
    let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: false };
    ServerConfig { clock, ..ServerConfig::default() }
}

fn start_on(store: &Arc<dyn Store>) -> Handle {
    hub::start(simulated(), store.clone(), Answerers::default()).expect("the store can be read")
}

fn fresh() -> Handle {
    start_on(&(Arc::new(MemoryStore::default()) as Arc<dyn Store>))
}

async fn ask(hub: &Handle, operation: &str, request: Value) -> Value {
    try_ask(hub, operation, request).await.expect(operation)
}

async fn try_ask(hub: &Handle, operation: &str, request: Value) -> Result<Value, ApiError> {
    api::call(hub, operation, request).await
}

async fn machine(hub: &Handle, name: &str, kind: &str, definition: Value) -> String {
    let request = json!({
        "name": name, "roleArn": ROLE, "type": kind, "definition": definition.to_string(),
    });
    let created = ask(hub, "CreateStateMachine", request).await;
    created["stateMachineArn"].as_str().expect("has an ARN").to_owned()
}

async fn run(hub: &Handle, machine: &str, name: &str, input: &str) -> String {
    let request = json!({"stateMachineArn": machine, "name": name, "input": input});
    let started = ask(hub, "StartExecution", request).await;
    started["executionArn"].as_str().expect("has an ARN").to_owned()
}

/// Lets simulated time run, and describes the execution.
async fn settled(hub: &Handle, arn: &str) -> Value {
    hub.run_until_idle().await.expect("the clock is simulated");
    ask(hub, "DescribeExecution", json!({"executionArn": arn})).await
}

fn wait(seconds: u64) -> Value {
    json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "End": true}}})
}

#[tokio::test]
async fn a_year_passes_at_once() {
    let hub = fresh();
    let machine = machine(&hub, "yearly", "STANDARD", wait(31_536_000)).await;
    let arn = run(&hub, &machine, "a", r#"{"a": 1}"#).await;
    let described = settled(&hub, &arn).await;
    assert_eq!(described["status"], "SUCCEEDED");
    assert_eq!(described["input"], r#"{"a": 1}"#);
    let lasted = described["stopDate"].as_f64().zip(described["startDate"].as_f64());
    assert_eq!(lasted.map(|(stop, start)| stop - start), Some(31_536_000.0));
    let history = ask(&hub, "GetExecutionHistory", json!({"executionArn": arn})).await;
    let types: Vec<_> = history["events"].as_array().expect("is a list").iter().collect();
    assert_eq!(types.len(), 4);
    assert_eq!(types[3]["type"], "ExecutionSucceeded");
}

/// The answer to a start leaves before time jumps; the next request must not see the execution on its way.
#[tokio::test]
async fn time_has_come_to_rest_when_a_request_is_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path()).expect("the file can be used");
    let hub = start_on(&(Arc::new(store) as Arc<dyn Store>));
    let machine = machine(&hub, "m", "STANDARD", wait(60)).await;
    for number in 0..100 {
        let arn = run(&hub, &machine, &number.to_string(), "{}").await;
        let described = ask(&hub, "DescribeExecution", json!({"executionArn": arn})).await;
        assert_eq!(described["status"], "SUCCEEDED", "{number}");
        let started = Timestamp::DEFAULT_EPOCH.as_millis() / 1_000 + number * 60;
        assert_eq!(described["startDate"].as_f64().map(|start| start as i64), Some(started));
    }
}

#[tokio::test]
async fn a_history_is_read_in_pages_from_either_end() {
    let hub = fresh();
    let machine = machine(&hub, "m", "STANDARD", wait(1)).await;
    let arn = run(&hub, &machine, "a", "{}").await;
    settled(&hub, &arn).await;
    for (reverse, expected) in [(false, [1, 2, 3, 4]), (true, [4, 3, 2, 1])] {
        let mut request = json!({"executionArn": arn, "maxResults": 3, "reverseOrder": reverse});
        let mut ids = Vec::new();
        loop {
            let page = ask(&hub, "GetExecutionHistory", request.clone()).await;
            let events = page["events"].as_array().expect("is a list");
            ids.extend(events.iter().filter_map(|event| event["id"].as_i64()));
            match page.get("nextToken") {
                Some(token) => request["nextToken"] = token.clone(),
                None => break,
            }
        }
        assert_eq!(ids, expected);
    }
}

#[tokio::test]
async fn a_synchronous_execution_answers_with_its_output() {
    let hub = fresh();
    let machine = machine(&hub, "quick", "EXPRESS", wait(5)).await;
    let request = json!({"stateMachineArn": machine, "input": "[1]"});
    let answer = ask(&hub, "StartSyncExecution", request).await;
    assert_eq!(answer["status"], "SUCCEEDED");
    assert_eq!(answer["output"], "[1]");
    assert_eq!(answer["billingDetails"]["billedDurationInMilliseconds"], 5_000);
    let arn = answer["executionArn"].as_str().expect("has an ARN");
    let error = try_ask(&hub, "DescribeExecution", json!({"executionArn": arn})).await;
    assert_eq!(error.expect_err("EXPRESS is not described").code, "InvalidArn");
}

#[tokio::test]
async fn nothing_is_left_of_synchronous_executions() {
    let hub = fresh();
    let machine = machine(&hub, "quick", "EXPRESS", wait(1)).await;
    for _ in 0..50 {
        ask(&hub, "StartSyncExecution", json!({"stateMachineArn": machine})).await;
    }
    let resident = hub.call(|hub| Ok(hub.resident_count())).await.expect("counts");
    assert!(resident <= 1, "{resident} executions are in memory");
}

#[tokio::test]
async fn a_name_is_given_once() {
    let hub = fresh();
    let machine = machine(&hub, "m", "STANDARD", wait(1)).await;
    hub.call(|hub| hub.freeze(true)).await.expect("the clock is simulated");
    let arn = run(&hub, &machine, "a", "{}").await;
    assert_eq!(run(&hub, &machine, "a", " {}").await, arn, "the same start gives it back");
    let other = json!({"stateMachineArn": machine, "name": "a", "input": "[]"});
    let error = try_ask(&hub, "StartExecution", other).await.expect_err("it has another input");
    assert_eq!(
        error.to_string(),
        format!("ExecutionAlreadyExists: Execution Already Exists: '{arn}'")
    );
    settled(&hub, &arn).await;
    let again = json!({"stateMachineArn": machine, "name": "a", "input": "{}"});
    let error = try_ask(&hub, "StartExecution", again).await.expect_err("it has ended");
    assert_eq!(error.code, "ExecutionAlreadyExists");
}

async fn activity_machine(hub: &Handle) -> (String, String) {
    let created = ask(hub, "CreateActivity", json!({"name": "pack"})).await;
    let activity = created["activityArn"].as_str().expect("has an ARN").to_owned();
    let definition = json!({"StartAt": "Pack", "States": {"Pack": {
        "Type": "Task", "Resource": activity, "TimeoutSeconds": 600, "HeartbeatSeconds": 60,
        "Retry": [{"ErrorEquals": ["Jam"], "IntervalSeconds": 7}], "End": true}}});
    (activity, machine(hub, "packing", "STANDARD", definition).await)
}

async fn poll(hub: &Handle, activity: &str) -> (String, String) {
    let request = json!({"activityArn": activity, "workerName": "w1"});
    let task = ask(hub, "GetActivityTask", request).await;
    let text = |member: &str| task[member].as_str().expect(member).to_owned();
    (text("taskToken"), text("input"))
}

#[tokio::test]
async fn workers_of_an_activity_hold_time_until_they_answer() {
    let hub = fresh();
    let (activity, machine) = activity_machine(&hub).await;
    let arn = run(&hub, &machine, "a", r#"{"box":1}"#).await;
    let (token, input) = poll(&hub, &activity).await;
    assert_eq!(input, r#"{"box":1}"#);
    ask(&hub, "SendTaskHeartbeat", json!({"taskToken": token})).await;
    ask(&hub, "SendTaskFailure", json!({"taskToken": token, "error": "Jam"})).await;
    // Time jumps over the retry's delay, and stands still for the worker.
    let (second, _) = poll(&hub, &activity).await;
    assert_ne!(second, token);
    let late = try_ask(&hub, "SendTaskSuccess", json!({"taskToken": token, "output": "1"})).await;
    assert_eq!(late.expect_err("it is over").code, "TaskTimedOut");
    ask(&hub, "SendTaskSuccess", json!({"taskToken": second, "output": "\"done\""})).await;
    let described = settled(&hub, &arn).await;
    assert_eq!(
        (&described["status"], &described["output"]),
        (&json!("SUCCEEDED"), &json!("\"done\""))
    );
    let unknown = try_ask(&hub, "SendTaskHeartbeat", json!({"taskToken": "x"})).await;
    assert_eq!(unknown.expect_err("nobody has it").code, "InvalidToken");
}

#[tokio::test]
async fn a_worker_that_polled_first_is_served() {
    let hub = fresh();
    let (activity, machine) = activity_machine(&hub).await;
    let polling = tokio::spawn({
        let hub = hub.clone();
        async move { poll(&hub, &activity).await }
    });
    // The poll reaches the hub in its own time; the execution finds the worker, or the worker the task.
    tokio::task::yield_now().await;
    run(&hub, &machine, "a", "{}").await;
    let (token, _) = polling.await.expect("a task comes");
    ask(&hub, "SendTaskSuccess", json!({"taskToken": token, "output": "1"})).await;
}

#[tokio::test]
async fn nested_executions_end_before_the_one_that_waits() {
    let hub = fresh();
    let inner = machine(&hub, "inner", "STANDARD", wait(60)).await;
    let outer = json!({"StartAt": "Run", "States": {"Run": {
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": inner, "Input": {"x": 1}}, "OutputPath": "$.Output", "End": true}}});
    let outer = machine(&hub, "outer", "STANDARD", outer).await;
    let arn = run(&hub, &outer, "a", "{}").await;
    let described = settled(&hub, &arn).await;
    assert_eq!(
        (&described["status"], &described["output"]),
        (&json!("SUCCEEDED"), &json!("{\"x\":1}"))
    );
    let listed = ask(&hub, "ListExecutions", json!({"stateMachineArn": inner})).await;
    assert_eq!(listed["executions"].as_array().map(Vec::len), Some(1));
}

fn distributed() -> Value {
    json!({"StartAt": "Each", "States": {"Each": {
        "Type": "Map", "Label": "each", "MaxConcurrency": 2, "End": true,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10, "End": true}}}}}})
}

#[tokio::test]
async fn children_of_a_map_run_are_executions() {
    let hub = fresh();
    let machine = machine(&hub, "spread", "STANDARD", distributed()).await;
    let arn = run(&hub, &machine, "a", "[1,2,3]").await;
    let described = settled(&hub, &arn).await;
    assert_eq!(
        (&described["status"], &described["output"]),
        (&json!("SUCCEEDED"), &json!("[1,2,3]"))
    );
    let labelled = format!("{machine}/each");
    let listed = ask(&hub, "ListExecutions", json!({"stateMachineArn": labelled})).await;
    let children = listed["executions"].as_array().expect("is a list");
    assert_eq!(children.len(), 3);
    let child =
        ask(&hub, "DescribeExecution", json!({"executionArn": children[0]["executionArn"]})).await;
    assert_eq!(child["status"], "SUCCEEDED");
    let runs = ask(&hub, "ListMapRuns", json!({"executionArn": arn})).await;
    let run = &runs["mapRuns"][0];
    assert_eq!(run["stateMachineArn"], labelled);
    let run = ask(&hub, "DescribeMapRun", json!({"mapRunArn": run["mapRunArn"]})).await;
    assert_eq!((&run["status"], &run["maxConcurrency"]), (&json!("SUCCEEDED"), &json!(2)));
    for counts in [&run["executionCounts"], &run["itemCounts"]] {
        let found =
            ["total", "succeeded", "pending", "running"].map(|count| counts[count].as_u64());
        assert_eq!(found, [Some(3), Some(3), Some(0), Some(0)]);
    }
    let history =
        ask(&hub, "GetExecutionHistory", json!({"executionArn": children[0]["executionArn"]}))
            .await;
    assert_eq!(history["events"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn the_limits_of_a_map_run_are_changed_while_it_runs() {
    let hub = fresh();
    hub.call(|hub| hub.freeze(true)).await.expect("the clock is simulated");
    let machine = machine(&hub, "spread", "STANDARD", distributed()).await;
    let arn = run(&hub, &machine, "a", "[1,2,3,4,5]").await;
    hub.advance_to(Timestamp::DEFAULT_EPOCH).await.expect("the clock is simulated");
    let runs = ask(&hub, "ListMapRuns", json!({"executionArn": arn})).await;
    let name = json!({"mapRunArn": runs["mapRuns"][0]["mapRunArn"]});
    let counts =
        |run: &Value| ["running", "pending"].map(|count| run["executionCounts"][count].as_u64());
    let before = ask(&hub, "DescribeMapRun", name.clone()).await;
    assert_eq!(counts(&before), [Some(2), Some(3)]);
    let update = json!({"mapRunArn": name["mapRunArn"], "maxConcurrency": 4});
    ask(&hub, "UpdateMapRun", update.clone()).await;
    let after = ask(&hub, "DescribeMapRun", name).await;
    assert_eq!((counts(&after), &after["maxConcurrency"]), ([Some(4), Some(1)], &json!(4)));
    settled(&hub, &arn).await;
    let refused = try_ask(&hub, "UpdateMapRun", update).await.expect_err("it has ended");
    assert_eq!(refused.members, [("reason".to_owned(), json!("CANNOT_UPDATE_COMPLETED_MAP_RUN"))]);
}

#[tokio::test]
async fn a_server_goes_on_where_another_stopped() {
    goes_on(|| Arc::new(MemoryStore::default()), |store| store).await;
}

#[tokio::test]
async fn a_server_goes_on_from_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(folder.path()).expect("the file can be used"))
    };
    goes_on(open, |store| {
        drop(store);
        open()
    })
    .await;
}

#[test]
fn a_second_process_and_a_newer_file_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = SqliteStore::open(folder.path()).expect("the file can be used");
    let second = SqliteStore::open(folder.path()).expect_err("the first one uses it");
    assert!(matches!(second, StoreError::Locked { .. }), "{second}");
    drop(first);
    let file = rusqlite::Connection::open(folder.path().join("stepclock.sqlite")).expect("opens");
    file.pragma_update(None, "user_version", 99).expect("is written");
    let newer = SqliteStore::open(folder.path()).expect_err("it is newer");
    assert_eq!(
        newer.to_string(),
        "the store has schema 99, this version knows up to 2; use the newer stepclock"
    );
}

/// Stops a server in the middle of everything, and lets another one go on with what `again` makes of its store.
async fn goes_on(
    open: impl FnOnce() -> Arc<dyn Store>,
    again: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>,
) {
    let store = open();
    let first = start_on(&store);
    first.call(|hub| hub.freeze(true)).await.expect("the clock is simulated");
    let waiting = machine(&first, "m", "STANDARD", wait(3_600)).await;
    let waiting = run(&first, &waiting, "a", "{}").await;
    let (activity, packing) = activity_machine(&first).await;
    let packing = run(&first, &packing, "b", "{}").await;
    let (token, _) = poll(&first, &activity).await;
    let spread = machine(&first, "spread", "STANDARD", distributed()).await;
    let spread = run(&first, &spread, "c", "[1,2,3]").await;
    first.advance_to(Timestamp::DEFAULT_EPOCH + 5_000).await.expect("simulated");
    first.stop().await;
    drop(first);

    let second = start_on(&again(store));
    ask(&second, "SendTaskSuccess", json!({"taskToken": token, "output": "1"})).await;
    for arn in [&waiting, &packing, &spread] {
        let described = settled(&second, arn).await;
        assert_eq!(described["status"], "SUCCEEDED", "{described}");
    }
    let described = settled(&second, &waiting).await;
    let lasted = described["stopDate"].as_f64().zip(described["startDate"].as_f64());
    assert_eq!(lasted.map(|(stop, start)| stop - start), Some(3_600.0));
}

#[tokio::test]
async fn a_failed_execution_is_redriven() {
    let hub = fresh();
    let (activity, machine) = activity_machine(&hub).await;
    let arn = run(&hub, &machine, "a", "{}").await;
    let (token, _) = poll(&hub, &activity).await;
    ask(&hub, "SendTaskFailure", json!({"taskToken": token, "error": "Lost", "cause": "c"})).await;
    let described = settled(&hub, &arn).await;
    assert_eq!((&described["status"], &described["error"]), (&json!("FAILED"), &json!("Lost")));
    assert_eq!(described["redriveStatus"], "REDRIVABLE");
    ask(&hub, "RedriveExecution", json!({"executionArn": arn})).await;
    let (token, _) = poll(&hub, &activity).await;
    ask(&hub, "SendTaskSuccess", json!({"taskToken": token, "output": "1"})).await;
    let described = settled(&hub, &arn).await;
    assert_eq!(
        (&described["status"], &described["redriveCount"]),
        (&json!("SUCCEEDED"), &json!(1))
    );
}

#[tokio::test]
async fn idle_executions_leave_memory_and_come_back() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let config = ServerConfig { resident_max: 100, ..simulated() };
    let hub = hub::start(config, store, Answerers::default()).expect("the store can be read");
    hub.call(|hub| hub.freeze(true)).await.expect("the clock is simulated");
    let machine = machine(&hub, "m", "STANDARD", wait(3_600)).await;
    let mut arns = Vec::new();
    for index in 0..500 {
        arns.push(run(&hub, &machine, &format!("e{index}"), "{}").await);
    }
    let resident = hub.call(|hub| Ok(hub.resident_count())).await.expect("counts");
    assert!(resident <= 101, "{resident} executions are in memory");
    for arn in [&arns[0], &arns[250], &arns[499]] {
        assert_eq!(settled(&hub, arn).await["status"], "SUCCEEDED");
    }
}

#[tokio::test]
async fn tasks_of_executions_that_left_memory_are_taken_in_order_and_returned() {
    let config = ServerConfig { resident_max: 100, ..simulated() };
    let store = Arc::new(MemoryStore::default());
    let hub = hub::start(config, store, Answerers::default()).expect("the store can be read");
    let (activity, machine) = activity_machine(&hub).await;
    let mut arns = Vec::new();
    for index in 0..300 {
        arns.push(run(&hub, &machine, &format!("e{index}"), &format!("{{\"e\":{index}}}")).await);
    }
    let residents = || hub.call(|hub| Ok(hub.resident_count()));
    let resident = residents().await.expect("counts");
    assert!(resident <= 101, "{resident} executions are in memory");
    // A worker asks for one that was stopped meanwhile; it gets the next.
    ask(&hub, "StopExecution", json!({"executionArn": arns[1]})).await;
    let mut tokens = Vec::new();
    for index in (0..300).filter(|index| *index != 1) {
        let (token, input) = poll(&hub, &activity).await;
        assert_eq!(input, format!("{{\"e\":{index}}}"));
        tokens.push((index, token));
    }
    let resident = residents().await.expect("counts");
    assert!(resident <= 101, "{resident} executions are in memory while workers have their tasks");
    let held = hub.call(|hub| Ok(hub.clock_state().held)).await.expect("counts");
    assert_eq!(held, 299, "every task is in somebody's hand, so that time does not jump");
    for (index, token) in tokens {
        let request = json!({"taskToken": token, "output": index.to_string()});
        ask(&hub, "SendTaskSuccess", request).await;
        let described = ask(&hub, "DescribeExecution", json!({"executionArn": arns[index]})).await;
        assert_eq!(described["output"], index.to_string(), "{described}");
    }
    let clock = hub.call(|hub| Ok(hub.clock_state())).await.expect("counts");
    let unmoved = (Timestamp::DEFAULT_EPOCH, 0, None);
    assert_eq!((clock.now, clock.held, clock.next_due), unmoved, "nothing is left of them");
}

#[tokio::test]
async fn tasks_that_nobody_has_taken_are_taken_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        let config = ServerConfig { resident_max: 100, ..simulated() };
        let store = Arc::new(SqliteStore::open(folder.path()).expect("the file can be used"));
        hub::start(config, store, Answerers::default()).expect("the store can be read")
    };
    let hub = open();
    let (activity, machine) = activity_machine(&hub).await;
    for index in 0..300 {
        run(&hub, &machine, &format!("e{index}"), &index.to_string()).await;
    }
    let mut tokens = Vec::new();
    for _ in 0..150 {
        tokens.push(poll(&hub, &activity).await);
    }
    hub.stop().await;
    drop(hub);
    let hub = open();
    for _ in 150..300 {
        tokens.push(poll(&hub, &activity).await);
    }
    let inputs: Vec<_> = tokens.iter().map(|(_, input)| input.clone()).collect();
    assert_eq!(inputs, (0..300).map(|index| index.to_string()).collect::<Vec<_>>());
    for (token, input) in tokens {
        ask(&hub, "SendTaskSuccess", json!({"taskToken": token, "output": input})).await;
    }
    let request =
        json!({"stateMachineArn": machine, "statusFilter": "SUCCEEDED", "maxResults": 1000});
    let listed = ask(&hub, "ListExecutions", request).await;
    assert_eq!(listed["executions"].as_array().map(Vec::len), Some(300));
}

#[tokio::test]
async fn a_task_that_nobody_takes_times_out_though_its_execution_left_memory() {
    let config = ServerConfig { resident_max: 100, ..simulated() };
    let store = Arc::new(MemoryStore::default());
    let hub = hub::start(config, store, Answerers::default()).expect("the store can be read");
    let activity = ask(&hub, "CreateActivity", json!({"name": "impatient"})).await;
    let task = json!({"Type": "Task", "Resource": activity["activityArn"], "TimeoutSeconds": 60, "End": true});
    let states = json!({"StartAt": "T", "States": {"T": task}});
    let machine = machine(&hub, "impatient", "STANDARD", states).await;
    let mut arns = Vec::new();
    for index in 0..300 {
        arns.push(run(&hub, &machine, &format!("e{index}"), "{}").await);
    }
    // A minute later nobody has come.
    let later = Timestamp::DEFAULT_EPOCH + 61_000;
    hub.advance_to(later).await.expect("the clock is simulated");
    for arn in &arns {
        let described = settled(&hub, arn).await;
        assert_eq!(
            (&described["status"], &described["error"]),
            (&json!("TIMED_OUT"), &Value::Null)
        );
    }
    let held = hub.call(|hub| Ok(hub.clock_state().held)).await.expect("counts");
    assert_eq!(held, 0);
}

#[tokio::test]
async fn busy_executions_stay_and_idle_ones_leave() {
    let config = ServerConfig { resident_max: 100, ..simulated() };
    let store = Arc::new(MemoryStore::default());
    let script =
        r#"{"workers": [{"state": "Pack", "answers": [{"return": 1, "afterSeconds": 30}]}]}"#;
    let workers = Workers::parse(script).expect("is a script");
    let answerers = Answerers { workers: vec![Box::new(workers)], ..Answerers::default() };
    let hub = hub::start(config, store, answerers).expect("the store can be read");
    let (_, busy) = activity_machine(&hub).await;
    let idle = machine(&hub, "idle", "STANDARD", wait(600)).await;
    hub.call(|hub| hub.freeze(true)).await.expect("the clock is simulated");
    for index in 0..150 {
        run(&hub, &busy, &format!("busy{index}"), "{}").await;
        run(&hub, &idle, &format!("idle{index}"), "{}").await;
    }
    let resident = hub.call(|hub| Ok(hub.resident_count())).await.expect("counts");
    assert!((150..=152).contains(&resident), "{resident} executions are in memory");
    hub.run_until_idle().await.expect("the clock is simulated");
    for machine in [busy, idle] {
        let request =
            json!({"stateMachineArn": machine, "statusFilter": "SUCCEEDED", "maxResults": 1000});
        let listed = ask(&hub, "ListExecutions", request).await;
        assert_eq!(listed["executions"].as_array().expect("is a list").len(), 150, "{machine}");
    }
}

#[tokio::test]
async fn executions_that_start_each_other_without_end_do_not_keep_whoever_moves_time() {
    let hub = fresh();
    let again = "arn:aws:states:us-east-1:123456789012:stateMachine:again";
    let next = |state: Value| json!({"StartAt": "N", "States": {"N": state}});
    let nested = next(json!({"Type": "Task", "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": {"StateMachineArn": again}, "End": true}));
    hub.call(|hub| hub.freeze(true)).await.expect("the clock is simulated");
    let machine = machine(&hub, "again", "STANDARD", nested).await;
    run(&hub, &machine, "first", "{}").await;
    let refused = hub.run_until_idle_within(1_000).await.expect_err("there is no end");
    assert_eq!(refused.code, "ClockNotIdle", "{refused}");
    // The server goes on answering.
    ask(&hub, "DescribeStateMachine", json!({"stateMachineArn": machine})).await;
    ask(&hub, "DeleteStateMachine", json!({"stateMachineArn": machine})).await;
    hub.run_until_idle().await.expect("there is an end now");
}

#[tokio::test]
async fn a_stopped_execution_is_aborted() {
    let hub = fresh();
    hub.call(|hub| hub.freeze(true)).await.expect("the clock is simulated");
    let machine = machine(&hub, "m", "STANDARD", wait(3_600)).await;
    let arn = run(&hub, &machine, "a", "{}").await;
    let request = json!({"executionArn": arn, "error": "E", "cause": "because"});
    ask(&hub, "StopExecution", request).await;
    let described = settled(&hub, &arn).await;
    assert_eq!((&described["status"], &described["cause"]), (&json!("ABORTED"), &json!("because")));
}
