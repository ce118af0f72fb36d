//! Cases of kind `history`, `result`, `sync` and `express_async`: an execution from its start to its end, over the API.
//!
//! What the engine does is tested elsewhere; here it goes the way of a client, and what comes out must be the same:
//! the definition is created, the execution started, described, and its history read page by page. What no operation
//! shows is read in the log of executions.

use serde_json::{Value, json};
use stepclock_conformance::case::{Case, Kind, Named, WorkflowTypeName};
use stepclock_conformance::engine::reference::{CaseWorker, service_revision, start_time};
use stepclock_conformance::engine::{Comparison, Execution, Observation, Ran};
use stepclock_conformance::judge::{Verdict, judge};
use stepclock_engine::sim::ObjectStore;
use stepclock_server::config::{ClockMode, ServerConfig};
use stepclock_server::hub::Answerers;

use crate::log::{self, Log};
use crate::server::Server;

/// The role of cases that name none.
const ROLE: &str = "arn:aws:iam::123456789012:role/role";

/// Events on a page of a history: so few that most histories have several pages.
const PAGE: u64 = 7;

pub(crate) fn run(case: &Case) -> Verdict {
    if let Some(reason) = skip(case) {
        return Verdict::Skip(reason);
    }
    let (ran, logged) = match observe(case, Time::Simulated) {
        Ok((seen, logged)) => (Ran::Ran(Observation::Execution(Box::new(seen))), logged),
        Err(reason) => (Ran::Errored(reason), Vec::new()),
    };
    match (judge(case, Comparison::default(), ran).verdict, log::difference(case, &logged)) {
        (Verdict::Pass, Some(difference)) => Verdict::Fail(difference),
        (verdict, _) => verdict,
    }
}

/// Why a case cannot be run here.
pub(crate) fn skip(case: &Case) -> Option<String> {
    if case.definition.is_none() {
        Some("it has no definition".to_owned())
    } else if !case.faults.is_empty() {
        Some("its faults need a simulated world".to_owned())
    } else {
        CaseWorker::refuses(case)
    }
}

/// How time passes in a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    Simulated,
    Real,
}

/// What the API shows of an execution, and what was logged of it.
pub(crate) fn observe(case: &Case, time: Time) -> Result<(Execution, Vec<Value>), String> {
    let log = Log::of(case).map_err(|error| error.to_string())?;
    let run = Run::new(case, log.as_ref(), time)?;
    run.create()?;
    let shown_by_log = log::is_shown_by_log_alone(case);
    let seen = match case.kind {
        Kind::Sync => run.synchronous()?,
        _ if shown_by_log => run.asynchronous()?,
        _ => run.standard()?,
    };
    // Everything is written when it has ended.
    run.server.stop();
    let logged = log.map(|log| log.entries(&seen.execution_arn, &run.execution.arn));
    let logged = logged.transpose()?.unwrap_or_default();
    match shown_by_log {
        true => Ok((log::execution(&logged), logged)),
        false => Ok((seen, logged)),
    }
}

/// A case with the server it runs on.
struct Run<'a> {
    case: &'a Case,
    machine: Named,
    execution: Named,
    server: Server,
    is_logged: bool,
}

impl<'a> Run<'a> {
    fn new(case: &'a Case, log: Option<&Log>, time: Time) -> Result<Self, String> {
        let named = |given: &Option<Named>, kind: &str, name: &str| {
            given.clone().unwrap_or_else(|| Named {
                arn: format!("arn:aws:states:us-east-1:123456789012:{kind}:{name}"),
                name: name.rsplit(':').next().unwrap_or(name).to_owned(),
            })
        };
        let mut machine = named(&case.state_machine, "stateMachine", "machine");
        if machine.name.starts_with('<') {
            // A token of the recorder, which no machine can be called.
            machine.arn = machine.arn.replace(&machine.name, "machine");
            machine.name = "machine".to_owned();
        }
        let execution = named(&case.execution, "execution", "machine:execution");
        let mut parts = machine.arn.split(':').skip(3);
        let start = start_time(case).map_err(|error| error.to_string())?;
        let config = ServerConfig {
            region: parts.next().unwrap_or_default().into(),
            account: parts.next().unwrap_or_default().into(),
            clock: match time {
                Time::Simulated => ClockMode::Simulated { start, frozen: stays(case) },
                Time::Real => ClockMode::Real,
            },
            seed: case.seed.unwrap_or_default(),
            service_revision: service_revision(case),
            execution_log: log.map(Log::target),
            ..ServerConfig::default()
        };
        let worker = CaseWorker::new(case).map_err(|error| error.to_string())?;
        let mut objects = ObjectStore::default();
        for (bucket, contents) in &case.resources.s3 {
            objects.create_bucket(bucket);
            for (key, body) in contents {
                objects.put(bucket, key, body.as_bytes(), start);
            }
        }
        let answerers = Answerers {
            workers: vec![Box::new(worker)],
            objects: Some(Box::new(objects)),
            ..Answerers::default()
        };
        let server = Server::start(config, answerers)?;
        Ok(Self { case, machine, execution, server, is_logged: log.is_some() })
    }

    /// Creates the machine with everything it needs.
    fn create(&self) -> Result<(), String> {
        for name in self.activities() {
            self.call("CreateActivity", &json!({"name": name}))?;
        }
        for (name, definition) in &self.case.machines {
            let definition = definition.to_string();
            let request = json!({"name": name, "roleArn": ROLE, "definition": definition});
            self.call("CreateStateMachine", &request)?;
        }
        let definition = self.case.definition.as_ref().map(ToString::to_string);
        let express = self.case.workflow_type == Some(WorkflowTypeName::Express);
        let mut request = json!({
            "name": self.machine.name,
            "roleArn": self.case.role_arn.as_deref().unwrap_or(ROLE),
            "definition": definition,
            "type": if express { "EXPRESS" } else { "STANDARD" },
        });
        if self.is_logged {
            request["loggingConfiguration"] = log::configuration(self.case);
        }
        self.call("CreateStateMachine", &request).map(|_| ())
    }

    /// Activities that exist: those that the definition names. Of those of a recording only the ones that a task was
    /// scheduled for; the others had been deleted.
    fn activities(&self) -> Vec<String> {
        let mut named = Vec::new();
        self.case.definition.iter().for_each(|definition| resources(definition, &mut named));
        let exists = |arn: &String| {
            self.case.resources.activities.is_none()
                || self.case.workers.is_some()
                || self.case.tasks.iter().any(|task| task.resource.as_ref() == Some(arn))
        };
        named.retain(exists);
        let name = |arn: String| arn.split_once(":activity:").map(|(_, name)| name.to_owned());
        named.into_iter().filter_map(name).collect()
    }

    fn start_request(&self) -> Value {
        let text = self.case.input_text.clone();
        let input = text.or_else(|| self.case.input.as_ref().map(ToString::to_string));
        json!({
            "stateMachineArn": self.machine.arn,
            "name": self.execution.name,
            "input": input.unwrap_or_else(|| "{}".to_owned()),
        })
    }

    fn standard(&self) -> Result<Execution, String> {
        let started = self.call("StartExecution", &self.start_request())?;
        let arn = started["executionArn"].clone();
        if self.case.expect.status.as_deref() == Some("ABORTED") {
            self.server.settle()?;
            let mut request = self.abort();
            request["executionArn"] = arn.clone();
            self.call("StopExecution", &request)?;
        }
        self.server.settle()?;
        while !self.server.is_simulated()? && self.is_running(&arn)? {
            self.server.pause();
        }
        let described = self.call("DescribeExecution", &json!({"executionArn": arn}))?;
        let history = self.history(&arn)?;
        Ok(Execution { history, ..execution(&described) })
    }

    fn is_running(&self, arn: &Value) -> Result<bool, String> {
        let described = self.call("DescribeExecution", &json!({"executionArn": arn}))?;
        Ok(described["status"] == "RUNNING")
    }

    /// What the caller said that stopped it.
    fn abort(&self) -> Value {
        let events = self.case.expect.history.iter().flatten();
        let mut aborted = events.filter_map(|event| event.get("executionAbortedEventDetails"));
        aborted.next().cloned().unwrap_or_else(|| json!({}))
    }

    /// All that the API shows is the ARN.
    fn asynchronous(&self) -> Result<Execution, String> {
        let started = self.call("StartExecution", &self.start_request())?;
        self.server.settle()?;
        Ok(execution(&started))
    }

    fn synchronous(&self) -> Result<Execution, String> {
        let answer = self.call("StartSyncExecution", &self.start_request())?;
        // The last part of its ARN is drawn.
        let arn = answer["executionArn"].as_str().unwrap_or_default();
        let text = answer.to_string().replace(arn, &self.execution.arn);
        let answer: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(Execution { sync_answer: Some(answer.clone()), ..execution(&answer) })
    }

    fn history(&self, arn: &Value) -> Result<Vec<Value>, String> {
        let mut events = Vec::new();
        let mut request = json!({"executionArn": arn, "maxResults": PAGE});
        loop {
            let page = self.call("GetExecutionHistory", &request)?;
            events.extend(page["events"].as_array().cloned().unwrap_or_default());
            match page.get("nextToken") {
                Some(token) => request["nextToken"] = token.clone(),
                None => return Ok(events),
            }
        }
    }

    fn call(&self, operation: &str, request: &Value) -> Result<Value, String> {
        let answer = self.server.call(operation, request)?;
        answer.map_err(|error| format!("{operation}: {error}"))
    }
}

/// Whether simulated time stands still: what was recorded while it ran, or of an execution that was stopped.
fn stays(case: &Case) -> bool {
    case.expect.history_is_prefix || case.expect.status.as_deref() == Some("ABORTED")
}

fn resources(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| resources(item, found)),
        Value::Object(members) => {
            if let Some(arn) = members.get("Resource").and_then(Value::as_str)
                && arn.contains(":activity:")
            {
                found.push(arn.to_owned());
            }
            members.values().for_each(|value| resources(value, found));
        }
        _ => {}
    }
}

/// An answer of DescribeExecution or StartSyncExecution as the judge wants to see it.
fn execution(answer: &Value) -> Execution {
    let text = |member: &str| answer.get(member).and_then(Value::as_str).map(str::to_owned);
    let millis = |member: &str| {
        let seconds = answer.get(member).and_then(Value::as_f64);
        seconds.map(|seconds| (seconds * 1_000.0).round() as i64)
    };
    let arn = text("executionArn").unwrap_or_default();
    Execution {
        machine: arn.split(':').nth(6).unwrap_or_default().to_owned(),
        execution_arn: arn,
        status: text("status").unwrap_or_default(),
        output: text("output"),
        error: text("error"),
        cause: text("cause"),
        started_ms: millis("startDate").unwrap_or_default(),
        stopped_ms: millis("stopDate"),
        history: Vec::new(),
        sync_answer: None,
        others: Vec::new(),
        probes: Vec::new(),
    }
}
