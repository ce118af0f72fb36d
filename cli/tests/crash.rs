//! `kill -9` at any moment: what was acknowledged is there after a restart, runs to its end once, and has the history
//! of an execution that nothing happened to.
//!
//! `STEPCLOCK_CRASHES` says how often the server is killed; 12 times unless it does.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use serde_json::{Value, json};
use stepclock_engine::data::RandomStream;

/// Kills, unless the environment says otherwise.
const CRASHES: u64 = 12;
/// Clients that start executions at the same time.
const CLIENTS: u64 = 4;
/// Acknowledged starts before a kill, at most.
const STARTS_MAX: u64 = 120;
/// Looks at what still runs, at most, before the test gives up.
const LOOKS_MAX: usize = 2_000_000;

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

/// A server process.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stepclock"))
            .args(["serve", "--port", "0", "--data"])
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
    fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    fn ask(&self, operation: &str, request: &Value) -> Value {
        let mut client = Client::new(&self.address).expect("connects");
        client.call(operation, request).expect("the server answers").expect(operation)
    }
}

/// A connection to the server.
struct Client(BufReader<TcpStream>);

impl Client {
    fn new(address: &str) -> Option<Self> {
        TcpStream::connect(address).ok().map(|stream| Self(BufReader::new(stream)))
    }

    /// Calls an operation; nothing when the server is gone.
    fn call(&mut self, operation: &str, request: &Value) -> Option<Result<Value, Value>> {
        let body = request.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions.{operation}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.0.get_mut().write_all((head + &body).as_bytes()).ok()?;
        let (mut status, mut length) = (String::new(), 0);
        self.0.read_line(&mut status).ok().filter(|read| *read > 0)?;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).ok().filter(|read| *read > 0)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).ok()?;
        let answer = serde_json::from_slice(&body).ok()?;
        Some(if status.contains(" 200 ") { Ok(answer) } else { Err(answer) })
    }
}

/// Machines of every kind that keeps something beyond one step, by name.
fn machines() -> BTreeMap<&'static str, Value> {
    let pass = json!({"Type": "Pass", "End": true});
    let wait = json!({"Type": "Wait", "Seconds": 1, "End": true});
    let passes = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "C"}, "C": pass}});
    let inner = "arn:aws:states:us-east-1:123456789012:stateMachine:a-passes";
    BTreeMap::from([
        ("a-passes", passes),
        (
            "waits",
            json!({"StartAt": "W", "States": {
            "W": {"Type": "Wait", "Seconds": 1, "Next": "A"}, "A": pass}}),
        ),
        (
            "branches",
            json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
            "Branches": [{"StartAt": "A", "States": {"A": pass}}, {"StartAt": "W", "States": {"W": wait}}]}}}),
        ),
        (
            "retries",
            json!({"StartAt": "T", "States": {
            "T": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:none", "End": true,
                "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A"}]},
            "A": pass}}),
        ),
        (
            "nests",
            json!({"StartAt": "N", "States": {"N": {"Type": "Task", "End": true,
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": inner}}}}),
        ),
        (
            "spreads",
            json!({"StartAt": "M", "States": {"M": {"Type": "Map", "Label": "each", "End": true,
            "ItemsPath": "$.items", "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "A", "States": {"A": pass}}}}}),
        ),
    ])
}

/// The types of an execution's events, in order.
fn history(server: &Server, arn: &str) -> Vec<String> {
    let request = json!({"executionArn": arn, "maxResults": 1_000});
    let page = server.ask("GetExecutionHistory", &request);
    let events = page["events"].as_array().expect("is a list").iter().enumerate();
    events
        .map(|(index, event)| {
            assert_eq!(event["id"], index + 1, "ids are dense");
            event["type"].as_str().expect("is a text").to_owned()
        })
        .collect()
}

/// Looks until nothing runs any more.
fn settle(server: &Server, machines: &[String]) {
    let mut client = Client::new(&server.address).expect("connects");
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

fn start(client: &mut Client, machine: &str, name: &str) -> Option<String> {
    let request =
        json!({"stateMachineArn": machine, "name": name, "input": r#"{"items": [1, 2]}"#});
    let started = client.call("StartExecution", &request)?.expect("starts");
    started["executionArn"].as_str().map(str::to_owned)
}

/// Starts executions until the server is killed after so many; gives the ARNs that were acknowledged.
fn load(server: Server, machines: &[String], round: u64, kill_after: u64) -> Vec<String> {
    let (sender, acknowledged) = mpsc::channel();
    let address = server.address.clone();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (sender, address) = (sender.clone(), &address);
            scope.spawn(move || {
                let mut connection = Client::new(address)?;
                for (index, machine) in machines.iter().cycle().enumerate() {
                    let arn =
                        start(&mut connection, machine, &format!("{round}-{client}-{index}"))?;
                    sender.send(arn).ok()?;
                }
                Some(())
            });
        }
        drop(sender);
        let mut arns: Vec<String> =
            acknowledged.iter().take(usize::try_from(kill_after).unwrap_or(1)).collect();
        server.kill();
        arns.extend(acknowledged.iter());
        arns
    })
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    #[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
    let crashes = std::env::var("STEPCLOCK_CRASHES").ok().and_then(|text| text.parse().ok());
    let crashes: u64 = crashes.unwrap_or(CRASHES);
    let data = tempfile::tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut arns = Vec::new();
    let mut expected = BTreeMap::new();
    for (name, definition) in machines() {
        let request = json!({"name": name, "roleArn": ROLE, "definition": definition.to_string()});
        let created = server.ask("CreateStateMachine", &request);
        arns.push(created["stateMachineArn"].as_str().expect("has an ARN").to_owned());
    }
    for arn in &arns {
        let mut client = Client::new(&server.address).expect("connects");
        let execution = start(&mut client, arn, "undisturbed").expect("the server answers");
        settle(&server, &arns);
        expected.insert(
            arn.rsplit(':').next().unwrap_or_default().to_owned(),
            history(&server, &execution),
        );
    }
    server.kill();

    let mut random = RandomStream::new(crashes, "crashes");
    let mut acknowledged = Vec::new();
    for round in 0..crashes {
        let server = Server::start(data.path());
        acknowledged.extend(load(server, &arns, round, 1 + random.below(STARTS_MAX)));
    }

    let server = Server::start(data.path());
    settle(&server, &arns);
    assert!(acknowledged.len() as u64 >= crashes, "every round acknowledges something");
    for arn in &acknowledged {
        let described = server.ask("DescribeExecution", &json!({"executionArn": arn}));
        assert_eq!(described["status"], "SUCCEEDED", "{described}");
        let machine = arn.rsplit(':').nth(1).unwrap_or_default();
        assert_eq!(history(&server, arn), expected[machine], "{arn}");
    }
    server.kill();
}
