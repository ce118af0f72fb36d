//! The server under load: a process of its own, and what can be seen of it from outside.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;

/// A server process; it is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// How long it took from the start to the first answer.
    pub(crate) ready: Duration,
}

/// A folder that goes when this does.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("stepclock-load-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    /// What its files take, in MiB.
    pub(crate) fn size(&self) -> f64 {
        let files = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let bytes = files.filter_map(|file| file.metadata().ok()).map(|data| data.len());
        bytes.sum::<u64>() as f64 / f64::from(1 << 20)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Server {
    pub(crate) fn in_memory(command: &Path) -> Self {
        Self::start(command, &[])
    }

    pub(crate) fn durable(command: &Path, folder: &Folder) -> Self {
        Self::start(command, &["--data", folder.0.to_str().expect("is UTF-8")])
    }

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

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.address)
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        let kib = line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) / 1_024.0
    }

    /// Processor time that it has used, in seconds: unlike rates, this hardly depends on what else the machine does.
    pub(crate) fn processor(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        // In hundredths, after the name in parentheses: the 14th and 15th field of all.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
    }

    pub(crate) fn machine(&self, name: &str, kind: &str, definition: &Value) -> String {
        let request = json!({
            "name": name, "type": kind, "roleArn": "arn:aws:iam::123456789012:role/r",
            "definition": definition.to_string(),
        });
        let created = self.client().call("CreateStateMachine", &request);
        created["stateMachineArn"].as_str().expect("has an ARN").to_owned()
    }

    /// Looks until no execution of a machine runs any more.
    pub(crate) fn settle(&self, machine: &str) {
        let request =
            json!({"stateMachineArn": machine, "statusFilter": "RUNNING", "maxResults": 1});
        let mut client = self.client();
        while client.call("ListExecutions", &request)["executions"] != json!([]) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Calls a second by so many clients for a time, and microseconds of the server's processor time a call; `until` is
    /// called when they have stopped, and counts.
    pub(crate) fn rate(
        &self,
        request: &[u8],
        clients: usize,
        span: Duration,
        until: impl FnOnce(),
    ) -> (f64, f64) {
        let used = self.processor();
        let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| {
                    let mut client = self.client();
                    while !stop.load(Ordering::Relaxed) {
                        client.send(request);
                        client.receive();
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            std::thread::sleep(span);
            stop.store(true, Ordering::Relaxed);
        });
        until();
        let (done, seconds) = (done.into_inner() as f64, begun.elapsed().as_secs_f64());
        (done / seconds, (self.processor() - used) / done * 1e6)
    }

    /// Calls so often, by so many clients.
    pub(crate) fn repeat(&self, request: &[u8], clients: usize, times: u64) {
        let left = AtomicU64::new(times);
        let take = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        std::thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| {
                    let mut client = self.client();
                    while take().is_ok() {
                        client.send(request);
                        client.receive();
                    }
                });
            }
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
