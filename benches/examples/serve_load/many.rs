//! Much at once: executions that all run, workers that all ask.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;

use crate::client::Client;
use crate::machines::{start, waits, works};
use crate::server::{Folder, Server};

/// Executions that run at the same time.
const RUNNING: u64 = 10_000;
/// How long after the first start they are all due.
const AHEAD: Duration = Duration::from_secs(15);
/// Workers that ask at the same time.
const POLLERS: usize = 1_000;

/// Executions that wait for one moment, and all go on at it.
pub(crate) fn running(command: &Path) {
    let folder = Folder::new("running");
    let server = Server::durable(command, &folder);
    let machine = server.machine("m", "STANDARD", &waits());
    let due = SystemTime::now() + AHEAD;
    let since = due.duration_since(SystemTime::UNIX_EPOCH).expect("is after 1970");
    let due_text = Timestamp::from_millis(i64::try_from(since.as_millis()).expect("is small"));
    let input = json!({"until": due_text.to_string()}).to_string();
    let request = json!({"stateMachineArn": machine, "input": input});
    let idle = server.memory();
    let begun = Instant::now();
    server.repeat(&Client::request("StartExecution", &request), 64, RUNNING);
    let started = begun.elapsed();
    let memory = server.memory();
    std::thread::sleep(due.duration_since(SystemTime::now()).unwrap_or_default());
    server.settle(&machine);
    let late = due.elapsed().unwrap_or_default();
    println!(
        "{RUNNING} executions that wait for one moment: started in {:.1} s, {memory:.0} MiB ({idle:.0} before); all have \
         ended on disk {:.2} s after it",
        started.as_secs_f64(),
        late.as_secs_f64()
    );
}

/// Workers that all wait for a task, and get one each.
pub(crate) fn polls(command: &Path) {
    let folder = Folder::new("polls");
    let server = Server::durable(command, &folder);
    let created = server.client().call("CreateActivity", &json!({"name": "work"}));
    let activity = created["activityArn"].as_str().expect("has an ARN");
    let machine = server.machine("m", "STANDARD", &works(activity));
    let idle = server.memory();
    let poll = Client::request("GetActivityTask", &json!({"activityArn": activity}));
    let mut workers: Vec<Client> = (0..POLLERS).map(|_| server.client()).collect();
    workers.iter_mut().for_each(|worker| worker.send(&poll));
    let memory = server.memory();
    let begun = Instant::now();
    let begin = Client::request("StartExecution", &start(&machine));
    server.repeat(&begin, 64, POLLERS as u64);
    let mut tokens = BTreeSet::new();
    for worker in &mut workers {
        let task: Value = serde_json::from_slice(worker.receive()).expect("is JSON");
        let token = task["taskToken"].as_str().expect("every worker gets a task").to_owned();
        let answer = json!({"taskToken": token, "output": "1"});
        worker.send(&Client::request("SendTaskSuccess", &answer));
        assert!(tokens.insert(token), "a task is given to one worker");
    }
    workers.iter_mut().for_each(|worker| {
        worker.receive();
    });
    server.settle(&machine);
    println!(
        "{POLLERS} workers that wait for a task: {memory:.0} MiB ({idle:.0} before, {:.0} after); each got one, and \
         returned it, within {:.2} s",
        server.memory(),
        begun.elapsed().as_secs_f64()
    );
}
