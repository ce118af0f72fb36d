//! `kill -9` at any moment: what was acknowledged is there after a restart, runs to its end once, and has the history
//! of an execution that nothing happened to. No task is started twice, no token given twice, no answer lost.
//!
//! `STEPCLOCK_CRASHES` says how often the server is killed; 12 times unless it does.

mod functions;
mod http;
mod judge;
mod machines;
mod server;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};

use serde_json::json;
use stepclock_engine::data::RandomStream;

use self::functions::Functions;
use self::http::Client;
use self::judge::Judge;
use self::machines::{ACTIVITY, machines};
use self::server::Server;
use self::tokens::Tokens;

/// Kills, unless the environment says otherwise.
const CRASHES: u64 = 12;
/// Clients that start executions at the same time.
const CLIENTS: u64 = 4;
/// Workers that ask for tasks of the activity at the same time.
const WORKERS: usize = 2;
/// Acknowledged starts before a kill, at most.
const STARTS_MAX: u64 = 120;

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

/// What outlives every server.
struct World {
    data: PathBuf,
    /// ARNs of the machines.
    machines: Vec<String>,
    functions: Functions,
    tokens: Arc<Tokens>,
}

impl World {
    fn server(&self, killed: bool) -> Server {
        let server = Server::start(&self.data, &self.functions.endpoint);
        self.functions.calls.expect(&server.address, killed);
        self.tokens.send_all(&mut server.client());
        server
    }

    /// Takes tasks and returns them, until the server is gone.
    fn work(&self, address: &str) -> Option<()> {
        let mut client = Client::new(address)?;
        loop {
            let task = client.call("GetActivityTask", &json!({"activityArn": ACTIVITY}))?;
            let task = task.expect("the activity exists");
            let Some(token) = task["taskToken"].as_str() else { continue };
            let input: serde_json::Value =
                serde_json::from_str(task["input"].as_str().expect("has an input"))
                    .expect("is JSON");
            self.tokens.take(token, input["execution"].as_str().expect("says whose it is"));
            self.tokens.send(&mut client, token);
        }
    }

    /// Does something while workers take tasks; kills the server.
    fn with_workers<T>(&self, server: Server, work: impl FnOnce(Server) -> T) -> T {
        let address = server.address.clone();
        std::thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| self.work(&address));
            }
            work(server)
        })
    }

    /// Starts executions until the server is killed after so many; gives the ARNs that were acknowledged.
    fn load(&self, server: Server, round: u64, kill_after: u64) -> Vec<String> {
        let (sender, acknowledged) = mpsc::channel();
        let address = server.address.clone();
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (sender, address) = (sender.clone(), &address);
                scope.spawn(move || {
                    let mut connection = Client::new(address)?;
                    for (index, machine) in self.machines.iter().cycle().enumerate() {
                        let name = format!("{round}-{client}-{index}");
                        sender.send(start(&mut connection, machine, &name)?).ok()?;
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

    /// Stops the executions whose task was on its way to a worker when the server was killed: it is given to nobody
    /// else, and they wait for a timeout that they do not have. No worker may be asking.
    fn stop_lost(&self, server: &Server) -> BTreeSet<String> {
        let machine = self.machines.iter().find(|arn| arn.ends_with(":works")).expect("is there");
        let mut lost = BTreeSet::new();
        for arn in server.running(machine) {
            let started = server.history(&arn).iter().any(|event| event == "ActivityStarted");
            if started && !self.tokens.is_in_hand(&arn) {
                server.ask("StopExecution", &json!({"executionArn": arn}));
                lost.insert(arn);
            }
        }
        lost
    }
}

fn start(client: &mut Client, machine: &str, name: &str) -> Option<String> {
    let request =
        json!({"stateMachineArn": machine, "name": name, "input": r#"{"items": [1, 2]}"#});
    let started = client.call("StartExecution", &request)?.expect("starts");
    started["executionArn"].as_str().map(str::to_owned)
}

/// Creates the machines, and runs each of them undisturbed: gives the histories to expect, by machine.
fn prepare(world: &mut World) -> BTreeMap<String, Vec<String>> {
    let server = world.server(false);
    server.ask("CreateActivity", &json!({"name": "work"}));
    for (name, definition) in machines() {
        let request = json!({"name": name, "roleArn": ROLE, "definition": definition.to_string()});
        let created = server.ask("CreateStateMachine", &request);
        world.machines.push(created["stateMachineArn"].as_str().expect("has an ARN").to_owned());
    }
    world.with_workers(server, |server| {
        let run = |arn: &String| {
            let execution = start(&mut server.client(), arn, "undisturbed").expect("it lives");
            server.settle(&world.machines);
            let machine = arn.rsplit(':').next().unwrap_or_default().to_owned();
            (machine, server.history(&execution))
        };
        let histories = world.machines.iter().map(run).collect();
        server.kill();
        histories
    })
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    #[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
    let crashes = std::env::var("STEPCLOCK_CRASHES").ok().and_then(|text| text.parse().ok());
    let crashes: u64 = crashes.unwrap_or(CRASHES);
    let data = tempfile::tempdir().expect("a folder");
    let tokens = Arc::<Tokens>::default();
    let functions = Functions::start(tokens.clone());
    let mut world = World { data: data.path().to_owned(), machines: Vec::new(), functions, tokens };
    let expected = prepare(&mut world);

    let mut random = RandomStream::new(crashes, "crashes");
    let mut acknowledged = Vec::new();
    for round in 0..crashes {
        let server = world.server(true);
        let starts = 1 + random.below(STARTS_MAX);
        acknowledged.extend(world.with_workers(server, |server| world.load(server, round, starts)));
    }
    assert!(acknowledged.len() as u64 >= crashes, "every round acknowledges something");

    let server = world.server(false);
    let lost = world.stop_lost(&server);
    let workers = u64::try_from(WORKERS).unwrap_or(u64::MAX);
    assert!(lost.len() as u64 <= crashes * workers, "more tasks lost than workers asked: {lost:?}");
    world.with_workers(server, |server| {
        server.settle(&world.machines);
        let counts = world.functions.calls.counts();
        let judge =
            Judge { server: &server, expected, counts, lost, returned: world.tokens.returned() };
        let cut_off = judge.all(&acknowledged);
        let held = world.functions.calls.held();
        eprintln!("{} acknowledged, {held} calls held, {cut_off} ends cut off", acknowledged.len());
        server.kill();
    });
}
