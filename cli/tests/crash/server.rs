//! The server as a process that can be killed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::http::Client;

/// Looks at what still runs, at most, before the test gives up.
const LOOKS_MAX: usize = 2_000_000;

/// A server process.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    /// Starts it, with the functions that it may call.
    pub(crate) fn start(data: &Path, functions: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stepclock"))
            .args(["serve", "--port", "0", "--lambda-endpoint", functions, "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("the server says where it listens");
        let address = line.trim().rsplit("http://").next().expect("an address").to_owned();
        assert!(address.contains(':'), "the server did not start: {line:?}");
        Self { child, address }
    }

    /// `kill -9`.
    pub(crate) fn kill(self) {
        drop(self);
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.address).expect("connects")
    }

    pub(crate) fn ask(&self, operation: &str, request: &Value) -> Value {
        self.client().call(operation, request).expect("the server answers").expect(operation)
    }

    /// The types of an execution's events, in order.
    pub(crate) fn history(&self, arn: &str) -> Vec<String> {
        let request = json!({"executionArn": arn, "maxResults": 1_000});
        let page = self.ask("GetExecutionHistory", &request);
        let events = page["events"].as_array().expect("is a list").iter().enumerate();
        events
            .map(|(index, event)| {
                assert_eq!(event["id"], index + 1, "ids are dense");
                event["type"].as_str().expect("is a text").to_owned()
            })
            .collect()
    }

    /// Executions of a machine that have not ended, a thousand at most.
    pub(crate) fn running(&self, machine: &str) -> Vec<String> {
        let request =
            json!({"stateMachineArn": machine, "statusFilter": "RUNNING", "maxResults": 1_000});
        let listed = self.ask("ListExecutions", &request);
        let executions = listed["executions"].as_array().expect("is a list").iter();
        executions.filter_map(|e| e["executionArn"].as_str()).map(str::to_owned).collect()
    }

    /// Looks until nothing runs any more.
    pub(crate) fn settle(&self, machines: &[String]) {
        let mut client = self.client();
        for _ in 0..LOOKS_MAX {
            let still = machines.iter().any(|arn| {
                let request =
                    json!({"stateMachineArn": arn, "statusFilter": "RUNNING", "maxResults": 1});
                let listed = client.call("ListExecutions", &request).expect("the server answers");
                listed.expect("lists")["executions"] != json!([])
            });
            if !still {
                return;
            }
        }
        panic!("executions still run");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL, also when a test has failed: whoever waits for an answer must not wait for ever.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
