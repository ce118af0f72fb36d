//! A load on `stepclock serve`: how many executions a second it starts and ends, how fast it starts, what it holds.
//!
//! ```sh
//! cargo build --release -p stepclock
//! cargo run --release -p stepclock-benches --example serve_load -- target/release/stepclock
//! ```
//!
//! Clients are threads of this process, each with one connection and one request at a time; they share the machine
//! with the server. A row is the executions of a fixed time.

#![expect(clippy::disallowed_methods, reason = "a load generator measures real time")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long each row is measured.
const SPAN: Duration = Duration::from_secs(3);
/// Clients at once, of each row.
const CLIENTS: [usize; 3] = [1, 8, 64];

struct Server {
    child: Child,
    address: String,
    ready: Duration,
}

impl Server {
    fn start(command: &Path, arguments: &[&str]) -> Self {
        let begun = Instant::now();
        let mut child = Command::new(command)
            .args(["serve", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the server says where it listens");
        let address = line.trim().rsplit("http://").next().expect("an address").to_owned();
        Client::new(&address).call("ListActivities", &json!({}));
        Self { child, address, ready: begun.elapsed() }
    }

    /// Resident memory in MiB.
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        let kib = line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) / 1_024.0
    }

    fn machine(&self, name: &str, kind: &str, definition: &Value) -> String {
        let request = json!({
            "name": name, "type": kind, "roleArn": "arn:aws:iam::123456789012:role/r",
            "definition": definition.to_string(),
        });
        let created = Client::new(&self.address).call("CreateStateMachine", &request);
        created["stateMachineArn"].as_str().expect("has an ARN").to_owned()
    }

    /// Calls a second of an operation by so many clients.
    fn rate(&self, operation: &str, machine: &str, clients: usize) -> f64 {
        let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let request = json!({"stateMachineArn": machine, "input": r#"{"items": [1]}"#});
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| {
                    let mut client = Client::new(&self.address);
                    while !stop.load(Ordering::Relaxed) {
                        client.call(operation, &request);
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            std::thread::sleep(SPAN);
            stop.store(true, Ordering::Relaxed);
        });
        done.into_inner() as f64 / begun.elapsed().as_secs_f64()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn new(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("connects");
        stream.set_nodelay(true).expect("is a socket");
        Self(BufReader::new(stream))
    }

    fn call(&mut self, operation: &str, request: &Value) -> Value {
        let body = request.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions.{operation}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.0.get_mut().write_all((head + &body).as_bytes()).expect("writes");
        let (mut line, mut length) = (String::new(), 0);
        self.0.read_line(&mut line).expect("reads");
        let status = line.clone();
        while line.trim() != "" {
            line.clear();
            self.0.read_line(&mut line).expect("reads");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("is a number");
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("reads");
        assert!(status.contains(" 200 "), "{status}{}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("is JSON")
    }
}

fn passes(count: usize) -> Value {
    let states = (0..count).map(|index| {
        let state = match index + 1 == count {
            true => json!({"Type": "Pass", "End": true}),
            false => json!({"Type": "Pass", "Next": format!("P{}", index + 1)}),
        };
        (format!("P{index}"), state)
    });
    json!({"StartAt": "P0", "States": states.collect::<serde_json::Map<_, _>>()})
}

fn map(items: usize) -> Value {
    let items: Vec<usize> = (0..items).collect();
    json!({"StartAt": "I", "States": {
        "I": {"Type": "Pass", "Result": items, "Next": "M"},
        "M": {"Type": "Map", "End": true, "ItemProcessor": passes(1)}}})
}

fn parallel(branches: usize) -> Value {
    let branch = |index| {
        let name = format!("B{index}");
        json!({"StartAt": name, "States": {name.clone(): {"Type": "Pass", "End": true}}})
    };
    let branches: Vec<Value> = (0..branches).map(branch).collect();
    json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": branches}}})
}

fn row(server: &Server, title: &str, operation: &str, machine: &str) {
    let rates: Vec<String> = CLIENTS
        .iter()
        .map(|clients| format!("{:>9.0}", server.rate(operation, machine, *clients)))
        .collect();
    println!("| {title} | {} |", rates.join(" | "));
}

fn main() {
    let command = std::env::args().nth(1).map(PathBuf::from);
    let command = command.expect("usage: serve_load PATH-OF-STEPCLOCK");
    let data = std::env::temp_dir().join(format!("stepclock-load-{}", std::process::id()));
    let data_text = data.to_str().expect("is UTF-8").to_owned();
    println!("executions a second, by clients\n\n| | 1 | 8 | 64 |\n|---|---:|---:|---:|");
    let memory = Server::start(&command, &[]);
    let (ready, idle) = (memory.ready, memory.memory());
    let quick = memory.machine("quick", "EXPRESS", &passes(1));
    row(&memory, "synchronous EXPRESS, one Pass", "StartSyncExecution", &quick);
    drop(memory);
    let durable = Server::start(&command, &["--data", &data_text]);
    let workloads = [
        ("one Pass", passes(1)),
        ("ten Pass", passes(10)),
        ("Map of 100", map(100)),
        ("Parallel of 10", parallel(10)),
    ];
    for (index, (title, definition)) in workloads.iter().enumerate() {
        let machine = durable.machine(&format!("m{index}"), "STANDARD", definition);
        row(&durable, &format!("durable STANDARD, {title}"), "StartExecution", &machine);
    }
    println!("\nfirst answer {} ms after the start, {idle:.0} MiB when idle", ready.as_millis());
    println!("{:.0} MiB after the load", durable.memory());
    drop(durable);
    let again = Server::start(&command, &["--data", &data_text]);
    println!("first answer {} ms after a restart with everything kept", again.ready.as_millis());
    drop(again);
    let _ = std::fs::remove_dir_all(data);
}
