//! Engines behind the AWS Step Functions API: Stepclock's server, an emulator, AWS itself.
//!
//! ```text
//! case ─rewrite─▶ definition whose tasks are activities ─create, start─▶ endpoint
//!                                   ▲                                      │
//!  CaseWorker ─answers, when due────┘ ◀──tasks scheduled, in history───────┤
//!                                                                          ▼
//!                          Observation ◀─restore─ what it showed, in the case's names
//! ```
//!
//! Nothing but the API is needed: whatever a Task calls, an activity stands for it, and the adapter is its worker.
//! Events of such activities are shown under the names of what they stood for; their details are fewer, so histories
//! are compared by type. Cases that cannot be run so are skipped, and the reason says why.

mod client;
mod clock;
mod drive;
mod operations;
mod record;
mod restore;
mod rewrite;
mod run;
mod sign;
mod tasks;
mod wall;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use serde_json::Value;

pub use client::CallError;
pub use sign::Credentials;

use client::Client;
use clock::Clock;
use run::{Raw, Run, text};

use super::reference::{ReferenceEngine, start_time};
use super::{
    Budget, CauseComparison, Comparison, Engine, EngineInfo, Execution, HistoryComparison,
    Observation, Ran, TimingComparison,
};
use crate::case::{Case, Expect, Kind, WorkflowTypeName};

/// In real time, longer executions are not run, in milliseconds.
const REAL_MS_MAX: i64 = 10_000;
/// The role that machines get when nobody names one; emulators take any.
const ROLE: &str = "arn:aws:iam::123456789012:role/role";

/// What an endpoint must be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointSettings {
    /// The key that calls are signed with; without one they are not signed.
    pub credentials: Option<Credentials>,
    /// The region that calls are signed for; `us-east-1` when absent.
    pub region: Option<String>,
    /// The role of the machines that are created.
    pub role_arn: Option<String>,
}

/// Why an endpoint cannot be tested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is none.
    #[error("{0}")]
    Url(String),
    /// It does not answer.
    #[error("the endpoint does not answer as AWS Step Functions does: {0}")]
    Call(#[from] CallError),
}

/// An engine behind the AWS Step Functions API.
#[derive(Debug)]
pub struct EndpointEngine {
    info: EngineInfo,
    client: Client,
    clock: Clock,
    role_arn: String,
    /// What everything that is created is called, with a number.
    prefix: String,
    runs: AtomicU64,
    /// Whoever moves the endpoint's simulated time needs it for himself.
    time: Mutex<()>,
}

impl EndpointEngine {
    /// The endpoint at a URL, `http://127.0.0.1:8083`.
    ///
    /// # Errors
    /// When there is none.
    pub fn connect(url: &str, settings: EndpointSettings) -> Result<Self, EndpointError> {
        let region = settings.region.as_deref().unwrap_or("us-east-1");
        let client = Client::new(url, region, settings.credentials).map_err(EndpointError::Url)?;
        client.call("ListActivities", &serde_json::json!({"maxResults": 1}))?;
        let is_stepclock = client.control("clock", None).is_some();
        let clock = Clock::of(&client);
        let info = EngineInfo {
            name: "endpoint".to_owned(),
            version: match is_stepclock {
                true => format!("Stepclock at {}", client.url()),
                false => client.url().to_owned(),
            },
            unsupported: Vec::new(),
            comparison: Comparison {
                history: HistoryComparison::Types,
                causes: CauseComparison::Exact,
                timing: match clock {
                    Clock::Simulated => TimingComparison::Exact,
                    Clock::Real => TimingComparison::Ignored,
                },
            },
        };
        Ok(Self {
            info,
            client,
            clock,
            role_arn: settings.role_arn.unwrap_or_else(|| ROLE.to_owned()),
            // Nobody else's run has the same names.
            prefix: format!("stepclock-{:x}-{:x}", wall::now().as_millis(), std::process::id()),
            runs: AtomicU64::new(0),
            time: Mutex::default(),
        })
    }

    /// The region of the endpoint.
    #[must_use]
    pub fn region(&self) -> &str {
        self.client.region()
    }

    fn next_name(&self) -> String {
        format!("{}-{}", self.prefix, self.runs.fetch_add(1, Ordering::Relaxed))
    }

    fn execute(&self, case: &Case, budget: &Budget) -> Result<Execution, Ran> {
        if let Some(reason) = rewrite::unrunnable(case) {
            return Err(Ran::Skipped(reason));
        }
        let tasks = rewrite::tasks(case).map_err(Ran::Skipped)?;
        if self.clock == Clock::Real {
            fits_in_real_time(case, budget).map_err(Ran::Skipped)?;
        }
        let _time = self.hold_time();
        self.reach_start(case)?;
        let synchronous = case.workflow_type == Some(WorkflowTypeName::Express);
        let mut run = Run::new(&self.client, self.clock, case, self.next_name(), &self.role_arn);
        let raw = run.execute(&tasks, synchronous || case.kind == Kind::Sync, budget);
        run.clean_up();
        let raw = raw?;
        let shift_ms = self.shift_ms(case, &raw)?;
        Ok(observed(case, &raw, &run.names(&tasks, &raw), &tasks, shift_ms))
    }

    /// Runs a case and writes down what came out, as what must come out.
    ///
    /// # Errors
    /// What came of it instead, when there is nothing to be recorded.
    pub fn record(&self, case: &Case, budget: &Budget) -> Result<Case, Ran> {
        let express = case.workflow_type == Some(WorkflowTypeName::Express);
        if express || !matches!(case.kind, Kind::History | Kind::Result) {
            return Err(Ran::Skipped("it is not about a STANDARD execution".to_owned()));
        }
        let is_scripted = case.workers.is_some() || !case.tasks.is_empty();
        let tasks = match is_scripted {
            true => rewrite::tasks(case).map_err(Ran::Skipped)?,
            false => rewrite::Tasks::new(),
        };
        if !case.faults.is_empty() {
            return Err(Ran::Skipped("its faults need a simulated world".to_owned()));
        }
        // What it expects must not lead what is recorded.
        let case = Case { expect: Expect::default(), ..case.clone() };
        let _time = self.hold_time();
        let mut run = Run::new(&self.client, self.clock, &case, self.next_name(), &self.role_arn);
        let raw = run.execute(&tasks, false, budget);
        run.clean_up();
        let source = format!("recorded on {}", self.info.version);
        Ok(record::recorded(&case, &raw?, &source, &self.role_arn))
    }

    fn hold_time(&self) -> Option<MutexGuard<'_, ()>> {
        let lock = || self.time.lock().unwrap_or_else(|broken| broken.into_inner());
        (self.clock == Clock::Simulated).then(lock)
    }

    /// How far simulated time was from where the case starts: only what lies between moments is the case's.
    fn shift_ms(&self, case: &Case, raw: &Raw) -> Result<i64, Ran> {
        if self.clock == Clock::Real {
            return Ok(0);
        }
        let start = start_time(case).map_err(|error| Ran::Errored(error.to_string()))?;
        let started = millis(&raw.described, "startDate").unwrap_or(start.as_millis());
        Ok(start.as_millis() - started)
    }

    /// A case that names a moment begins at it, where time can be moved.
    fn reach_start(&self, case: &Case) -> Result<(), Ran> {
        if case.start_time.is_none() {
            return Ok(());
        }
        let start = start_time(case).map_err(|error| Ran::Errored(error.to_string()))?;
        let is_ahead = self.clock == Clock::Simulated && self.clock.settle(&self.client) <= start;
        match is_ahead && self.clock.advance_to(&self.client, start) {
            true => Ok(()),
            false => {
                Err(Ran::Skipped("it starts at a moment that the endpoint is past".to_owned()))
            }
        }
    }
}

impl Engine for EndpointEngine {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn run(&self, case: &Case, budget: &Budget) -> Ran {
        match case.kind {
            Kind::Validate => {
                operations::validate(&self.client, case, &self.next_name(), &self.role_arn)
            }
            Kind::TestState => operations::test_state(&self.client, case),
            Kind::Api => Ran::Skipped("sequences of operations are not run on endpoints".into()),
            Kind::Eventbridge => {
                Ran::Skipped("events on the event bus are not observed here".into())
            }
            Kind::History | Kind::Result | Kind::Sync | Kind::ExpressAsync => {
                match self.execute(case, budget) {
                    Ok(seen) => Ran::Ran(Observation::Execution(Box::new(seen))),
                    Err(ran) => ran,
                }
            }
        }
    }
}

/// Why a case cannot be run in real time, if so: the simulated world tells how long it takes.
fn fits_in_real_time(case: &Case, budget: &Budget) -> Result<(), String> {
    let expects_stop = case.expect.status.as_deref() == Some("ABORTED");
    if case.expect.history_is_prefix || expects_stop {
        return Err("it is looked at, or stopped, at a moment of simulated time".to_owned());
    }
    let Ran::Ran(Observation::Execution(seen)) = ReferenceEngine::new().run(case, budget) else {
        return Ok(());
    };
    match seen.duration_ms() {
        Some(millis) if millis <= REAL_MS_MAX => Ok(()),
        Some(millis) => Err(format!("it takes {} s of real time", millis / 1_000)),
        None => Err("it comes to rest without an end, which real time never shows".to_owned()),
    }
}

/// What the endpoint showed, in the case's names.
fn observed(
    case: &Case,
    raw: &Raw,
    names: &restore::Names,
    tasks: &rewrite::Tasks,
    shift_ms: i64,
) -> Execution {
    let restored = |value: &Value| restore::shift(restore::rename(value, names), shift_ms);
    let described = restored(&raw.described);
    let history = restore::restore(&raw.history, tasks).iter().map(restored).collect();
    let optional = |member: &str| described.get(member).and_then(Value::as_str).map(str::to_owned);
    let arn = text(&described, "executionArn");
    Execution {
        machine: arn.split(':').nth(6).unwrap_or_default().to_owned(),
        execution_arn: arn,
        status: text(&described, "status"),
        output: optional("output"),
        error: optional("error"),
        cause: optional("cause"),
        started_ms: millis(&described, "startDate").unwrap_or_default(),
        stopped_ms: millis(&described, "stopDate"),
        history,
        sync_answer: (case.kind == Kind::Sync).then(|| described.clone()),
        others: Vec::new(),
        probes: Vec::new(),
    }
}

/// A date in milliseconds.
fn millis(answer: &Value, member: &str) -> Option<i64> {
    let seconds = answer.get(member).and_then(Value::as_f64);
    seconds.map(|seconds| (seconds * 1_000.0).round() as i64)
}
