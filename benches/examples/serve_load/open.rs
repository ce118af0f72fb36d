//! A million executions that are open: they wait for next year, or for a worker.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::client::Client;
use crate::machines::{sleeps, start, works};
use crate::server::{Folder, Server};

/// Executions that are open.
const OPEN: u64 = 1_000_000;
/// Clients at once.
const CLIENTS: usize = 64;

/// What so many open executions take, and how soon a restarted server answers beside them.
pub(crate) fn open(command: &Path) {
    println!(
        "{OPEN} open executions; a restarted server is asked for one of them, or for its task\n"
    );
    println!(
        "| waiting for | s to start them | MiB in memory | MiB on disk | ms to restart | ms to the first answer |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    row(command, "next year", |_| sleeps());
    row(command, "a worker", works);
}

fn row(command: &Path, what: &str, definition: impl Fn(&str) -> Value) {
    let folder = Folder::new("open");
    let server = Server::durable(command, &folder);
    let created = server.client().call("CreateActivity", &json!({"name": "work"}));
    let activity = created["activityArn"].as_str().expect("has an ARN").to_owned();
    let machine = server.machine("m", "STANDARD", &definition(&activity));
    let begin = start(&machine);
    let first = server.client().call("StartExecution", &begin);
    let begun = Instant::now();
    server.repeat(&Client::request("StartExecution", &begin), CLIENTS, OPEN - 1);
    let took = begun.elapsed().as_secs_f64();
    let memory = server.memory();
    drop(server);
    let disk = folder.size();
    let begun = Instant::now();
    let again = Server::durable(command, &folder);
    let mut client = again.client();
    let described =
        client.call("DescribeExecution", &json!({"executionArn": first["executionArn"]}));
    assert_eq!(described["status"], "RUNNING");
    if what == "a worker" {
        let task = client.call("GetActivityTask", &json!({"activityArn": activity}));
        assert!(task["taskToken"].is_string(), "{task}");
    }
    let answered = begun.elapsed().as_millis();
    println!(
        "| {what} | {took:.0} | {memory:.0} | {disk:.0} | {} | {answered} |",
        again.ready.as_millis()
    );
}
