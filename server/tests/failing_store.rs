//! A store that refuses to write, as a full disk does: requests are refused, nothing is lost, nothing is invented, and
//! the server goes on when the disk does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stepclock_engine::asl::Resource;
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_server::api;
use stepclock_server::config::{ClockMode, ServerConfig};
use stepclock_server::hub::{self, Answerers, Handle, Outside, OutsideCall, OutsideEnd};
use stepclock_server::store::{
    ChildCount, DocumentKind, ExecutionId, ExecutionQuery, JournalEntry, MemoryStore,
    OpenExecution, Store, StoreError, StoredExecution, Write,
};

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

/// A store whose disk is full when told so.
#[derive(Default)]
struct Disk {
    store: MemoryStore,
    full: AtomicBool,
}

impl Store for Disk {
    fn is_durable(&self) -> bool {
        true
    }

    fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::Failed { message: "the disk is full".to_owned() });
        }
        self.store.commit(batch)
    }

    fn documents(&self, kind: DocumentKind) -> Result<Vec<(String, String)>, StoreError> {
        self.store.documents(kind)
    }

    fn document(&self, kind: DocumentKind, key: &str) -> Result<Option<String>, StoreError> {
        self.store.document(kind, key)
    }

    fn execution(&self, id: ExecutionId) -> Result<Option<StoredExecution>, StoreError> {
        self.store.execution(id)
    }

    fn find(&self, arn: &str) -> Result<Option<ExecutionId>, StoreError> {
        self.store.find(arn)
    }

    fn journal(&self, id: ExecutionId) -> Result<Vec<JournalEntry>, StoreError> {
        self.store.journal(id)
    }

    fn token(&self, token: &str) -> Result<Option<(ExecutionId, u64)>, StoreError> {
        self.store.token(token)
    }

    fn list(&self, query: &ExecutionQuery) -> Result<Vec<StoredExecution>, StoreError> {
        self.store.list(query)
    }

    fn count_children(&self, map_run_arn: &str) -> Result<Vec<ChildCount>, StoreError> {
        self.store.count_children(map_run_arn)
    }

    fn documents_below(
        &self,
        kind: DocumentKind,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.store.documents_below(kind, prefix)
    }

    fn open_executions(&self) -> Result<Vec<OpenExecution>, StoreError> {
        self.store.open_executions()
    }

    fn ended_before(
        &self,
        moment: Timestamp,
        limit: usize,
    ) -> Result<Vec<ExecutionId>, StoreError> {
        self.store.ended_before(moment, limit)
    }

    fn latest(&self) -> Result<(u64, Option<Timestamp>), StoreError> {
        self.store.latest()
    }
}

async fn start_execution(hub: &Handle, machine: &str, name: &str) -> Result<String, String> {
    let request = json!({"stateMachineArn": machine, "name": name});
    let started = api::call(hub, "StartExecution", request).await;
    let started = started.map_err(|error| error.code.into_owned())?;
    Ok(started["executionArn"].as_str().expect("has an ARN").to_owned())
}

async fn status(hub: &Handle, arn: &str) -> Value {
    let described = api::call(hub, "DescribeExecution", json!({"executionArn": arn})).await;
    described.expect("it is there")["status"].clone()
}

#[tokio::test]
async fn a_full_disk_refuses_requests_and_loses_nothing() {
    let disk = Arc::new(Disk::default());
    let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: true };
    let config = ServerConfig { clock, ..ServerConfig::default() };
    let hub =
        hub::start(config, disk.clone(), Answerers::default()).expect("the store can be read");
    let definition = json!({"StartAt": "W", "States": {
        "W": {"Type": "Wait", "Seconds": 60, "End": true}}});
    let request = json!({"name": "m", "roleArn": ROLE, "definition": definition.to_string()});
    let created = api::call(&hub, "CreateStateMachine", request).await.expect("creates");
    let machine = created["stateMachineArn"].as_str().expect("has an ARN").to_owned();
    let before = start_execution(&hub, &machine, "before").await.expect("there is room");

    disk.full.store(true, Ordering::SeqCst);
    for name in ["a", "b"] {
        let refused = start_execution(&hub, &machine, name).await;
        assert_eq!(refused, Err("InternalFailure".to_owned()), "{name}");
    }
    let refused = api::call(&hub, "CreateActivity", json!({"name": "x"})).await;
    assert_eq!(refused.expect_err("there is no room").status, 500);
    assert_eq!(status(&hub, &before).await, "RUNNING", "what is durable can be read");

    disk.full.store(false, Ordering::SeqCst);
    // The server reads everything again in its own time, and then takes requests.
    let mut after = start_execution(&hub, &machine, "a").await;
    while after.is_err() {
        tokio::task::yield_now().await;
        after = start_execution(&hub, &machine, "a").await;
    }
    hub.run_until_idle().await.expect("the clock is simulated");
    for arn in [&before, &after.expect("there is room")] {
        assert_eq!(status(&hub, arn).await, "SUCCEEDED", "{arn}");
    }
    let request = json!({"stateMachineArn": machine});
    let listed = api::call(&hub, "ListExecutions", request).await.expect("lists");
    let names: Vec<_> =
        listed["executions"].as_array().expect("is a list").iter().map(|e| &e["name"]).collect();
    assert_eq!(names, ["a", "before"], "what was refused was not started");
    let activities = api::call(&hub, "ListActivities", json!({})).await.expect("lists");
    assert_eq!(activities["activities"], json!([]));
}

/// How a call is answered.
type Done = Box<dyn FnOnce(OutsideEnd) + Send>;

/// Functions that answer when the test does.
#[derive(Default)]
struct Functions(Mutex<Vec<Done>>);

impl Outside for Functions {
    fn answers(&self, _: &Resource) -> bool {
        true
    }

    fn call(&self, _: OutsideCall, done: Done) {
        self.0.lock().expect("is whole").push(done);
    }
}

impl Functions {
    /// The one call that was made, once it was.
    async fn called(&self) -> Done {
        loop {
            if let Some(done) = self.0.lock().expect("is whole").pop() {
                return done;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// `full_at_end` says whether the disk is full when the call ends, or only before.
async fn a_call_is_not_cut_off(full_at_end: bool) {
    let (disk, functions) = (Arc::new(Disk::default()), Arc::new(Functions::default()));
    let answerers = Answerers { outside: Some(functions.clone()), ..Answerers::default() };
    let hub = hub::start(ServerConfig::default(), disk.clone(), answerers).expect("it starts");
    let function = "arn:aws:lambda:us-east-1:123456789012:function:f";
    let definition = json!({"StartAt": "F", "States": {
        "F": {"Type": "Task", "Resource": function, "End": true}}});
    let request = json!({"name": "m", "roleArn": ROLE, "definition": definition.to_string()});
    let created = api::call(&hub, "CreateStateMachine", request).await.expect("creates");
    let machine = created["stateMachineArn"].as_str().expect("has an ARN").to_owned();
    let calling = start_execution(&hub, &machine, "calling").await.expect("there is room");
    let done = functions.called().await;

    disk.full.store(true, Ordering::SeqCst);
    let refused = api::call(&hub, "CreateActivity", json!({"name": "x"})).await;
    assert_eq!(refused.expect_err("there is no room").status, 500);
    let output = Payload::parse("7").expect("is JSON");
    if full_at_end {
        done(Ok(output));
        disk.full.store(false, Ordering::SeqCst);
    } else {
        disk.full.store(false, Ordering::SeqCst);
        while api::call(&hub, "CreateActivity", json!({"name": "x"})).await.is_err() {
            tokio::task::yield_now().await;
        }
        done(Ok(output));
    }
    while status(&hub, &calling).await == "RUNNING" {
        tokio::task::yield_now().await;
    }
    assert_eq!(status(&hub, &calling).await, "SUCCEEDED");
    assert!(functions.0.lock().expect("is whole").is_empty(), "it is called once");
}

#[tokio::test]
async fn a_call_goes_on_while_the_disk_is_full() {
    a_call_is_not_cut_off(false).await;
}

#[tokio::test]
async fn the_end_of_a_call_waits_for_the_disk() {
    a_call_is_not_cut_off(true).await;
}
