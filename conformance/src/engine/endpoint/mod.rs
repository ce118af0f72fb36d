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
mod faults;
mod names;
mod operations;
mod poll;
mod real_time;
mod record;
mod restore;
mod run;
mod scale;
mod sign;
mod stand_in;
mod steps;
mod tasks;
mod wall;
mod watch;
mod wire;

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::Value;

pub use client::CallError;
pub use sign::Credentials;

use client::Client;
use clock::Clock;
use names::{DAY_MS, Names, millis, shift, shift_dates, shift_numbers};
use run::{Raw, Run, text};
use stand_in::{TaskName, Tasks};
use steps::Sequence;
use watch::Watched;

use super::reference::start_time;
use super::{
    Budget, CauseComparison, Comparison, Engine, EngineInfo, Execution, HistoryComparison,
    Observation, Ran, TimingComparison,
};
use crate::case::{Case, Expect, Kind, WorkflowTypeName};

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
    role_arn: Option<String>,
    /// What everything that is created is called, with a number.
    prefix: String,
    runs: AtomicU64,
    /// Whoever moves the endpoint's simulated time, or lists everything it has, needs it for himself.
    turn: RwLock<()>,
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
            unsupported: faults::IMPOSSIBLE.map(str::to_owned).to_vec(),
            comparison: Comparison {
                history: HistoryComparison::Structure,
                causes: CauseComparison::Exact,
                timing: match clock {
                    Clock::Simulated => TimingComparison::Exact,
                    Clock::Real => TimingComparison::Ordered,
                },
            },
        };
        Ok(Self {
            info,
            client,
            clock,
            role_arn: settings.role_arn,
            // Nobody else's run has the same names.
            prefix: format!("stepclock-{:x}-{:x}", wall::now().as_millis(), std::process::id()),
            runs: AtomicU64::new(0),
            turn: RwLock::default(),
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
        if let Some(reason) = stand_in::unrunnable(case) {
            return Err(Ran::Skipped(reason));
        }
        let tasks = stand_in::tasks(case).map_err(Ran::Skipped)?;
        if self.clock == Clock::Real {
            real_time::fits(case).map_err(Ran::Skipped)?;
        }
        let _turn = self.turn(self.clock == Clock::Simulated);
        let ahead_days = self.days_ahead(case)?;
        let express = case.workflow_type == Some(WorkflowTypeName::Express);
        let mut run = self.new_run(case, &tasks, ahead_days);
        let raw = run.execute(express || case.kind == Kind::Sync, budget);
        run.clean_up();
        let raw = raw?;
        let shift_ms = self.shift_ms(case, &raw)?;
        let names = run.names(&raw);
        let span = (millis(&raw.described, "startDate"), millis(&raw.described, "stopDate"));
        let span = (span.0.unwrap_or_default(), span.1.or(span.0).unwrap_or_default());
        let region = run.whereabouts().0;
        let task_of = |execution: &Watched, event: &Value| run.task_of(execution, event);
        let seen =
            Seen { names, task_of: &task_of, tasks: &tasks, shift_ms, span, ahead_days, region };
        Ok(seen.execution(case, raw))
    }

    fn new_run<'a>(&'a self, case: &'a Case, tasks: &'a Tasks, ahead_days: i64) -> Run<'a> {
        let name = self.next_name();
        Run::new(&self.client, self.clock, case, tasks, name, self.role_arn(), ahead_days)
    }

    /// Runs a case and writes down what came out, as what must come out.
    ///
    /// # Errors
    /// What came of it instead, when there is nothing to be recorded.
    pub fn record(&self, case: &Case, budget: &Budget) -> Result<Case, Ran> {
        let source = format!("recorded on {}", self.info.version);
        match case.kind {
            Kind::History | Kind::Result => self.record_execution(case, budget, &source),
            Kind::Api | Kind::Sync | Kind::TestState | Kind::Validate => {
                let seen = match self.run(case, budget) {
                    Ran::Ran(seen) => seen,
                    other => return Err(other),
                };
                let now = self.clock.settle(&self.client);
                record::answers::recorded(case, seen, &source, now).map_err(Ran::Skipped)
            }
            Kind::ExpressAsync | Kind::Eventbridge => {
                Err(Ran::Skipped("no operation shows what it is about".to_owned()))
            }
        }
    }

    fn record_execution(&self, case: &Case, budget: &Budget, source: &str) -> Result<Case, Ran> {
        if case.workflow_type == Some(WorkflowTypeName::Express) {
            return Err(Ran::Skipped(
                "no operation tells what an EXPRESS execution did".to_owned(),
            ));
        }
        let is_scripted = case.workers.is_some() || !case.tasks.is_empty();
        let tasks = match is_scripted {
            true => stand_in::tasks(case).map_err(Ran::Skipped)?,
            false => Tasks::new(),
        };
        if !case.faults.is_empty() {
            return Err(Ran::Skipped(
                "what went wrong cannot be told from what came out".to_owned(),
            ));
        }
        // What it expects must not lead what is recorded.
        let case = Case { expect: Expect::default(), ..case.clone() };
        let _turn = self.turn(self.clock == Clock::Simulated);
        let mut run = self.new_run(&case, &tasks, 0);
        let raw = run.execute(false, budget);
        run.clean_up();
        record::recorded(&case, &raw?, &run, source).map_err(Ran::Skipped)
    }

    /// Waits until it may be used: beside others, or alone.
    fn turn(&self, alone: bool) -> Turn<'_> {
        match alone {
            true => Turn::Alone(self.turn.write().unwrap_or_else(PoisonError::into_inner)),
            false => Turn::Beside(self.turn.read().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    fn role_arn(&self) -> &str {
        self.role_arn.as_deref().unwrap_or(ROLE)
    }

    fn steps(&self, case: &Case) -> Ran {
        let _turn = self.turn(true);
        let role_arn = self.role_arn.as_deref();
        match Sequence::new(&self.client, self.clock, case, &self.next_name(), role_arn) {
            Ok(sequence) => sequence.run(case),
            Err(ran) => ran,
        }
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

    /// How many days the endpoint's simulated time is ahead of a case that depends on the moment: it is run at the
    /// same time of another day, and all its dates are moved by as many days.
    fn days_ahead(&self, case: &Case) -> Result<i64, Ran> {
        let Some(what) = stand_in::depends_on_moment(case) else { return Ok(0) };
        if self.clock == Clock::Real {
            let reason = format!("what comes of {what} depends on the moment");
            return Err(Ran::Skipped(reason));
        }
        let start = start_time(case).map_err(|error| Ran::Errored(error.to_string()))?;
        let now = self.clock.settle(&self.client);
        let behind_ms = now.as_millis() - start.as_millis();
        let moment = now + (DAY_MS - behind_ms.rem_euclid(DAY_MS)).rem_euclid(DAY_MS);
        match self.clock.advance_to(&self.client, moment) {
            true => Ok((moment.as_millis() - start.as_millis()) / DAY_MS),
            false => Err(Ran::Errored("the endpoint's time cannot be moved".to_owned())),
        }
    }
}

impl Engine for EndpointEngine {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn fitted<'c>(&self, case: &'c Case) -> Cow<'c, Case> {
        let shortened = match self.clock {
            Clock::Real => real_time::shortened(case),
            Clock::Simulated => None,
        };
        shortened.map_or(Cow::Borrowed(case), Cow::Owned)
    }

    fn run(&self, case: &Case, budget: &Budget) -> Ran {
        match case.kind {
            Kind::Validate => {
                operations::validate(&self.client, case, &self.next_name(), self.role_arn())
            }
            Kind::TestState => operations::test_state(&self.client, case, &self.next_name()),
            Kind::Api => self.steps(case),
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

/// That nobody else uses the endpoint, or that nobody needs it for himself.
#[expect(dead_code, reason = "held until it is over")]
enum Turn<'a> {
    Alone(RwLockWriteGuard<'a, ()>),
    Beside(RwLockReadGuard<'a, ()>),
}

/// How what an endpoint showed is told in the words of the case.
struct Seen<'a> {
    names: Names,
    task_of: &'a dyn Fn(&Watched, &Value) -> Option<TaskName>,
    tasks: &'a Tasks,
    shift_ms: i64,
    /// From the start to the end of the run.
    span: (i64, i64),
    ahead_days: i64,
    region: &'a str,
}

impl Seen<'_> {
    fn execution(&self, case: &Case, raw: Raw) -> Execution {
        let mut executions = raw.executions.iter();
        let history = executions.next().map(|own| self.history(own)).unwrap_or_default();
        let described = self.value(&raw.described);
        let text_of = |member: &str| described.get(member).and_then(Value::as_str);
        let optional = |member: &str| text_of(member).map(str::to_owned);
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
            probes: raw.probes,
        }
    }

    fn history(&self, execution: &Watched) -> Vec<Value> {
        let restored = restore::restore(execution, self.task_of, self.tasks, self.region);
        restored.iter().map(|event| self.value(event)).collect()
    }

    fn value(&self, value: &Value) -> Value {
        let text = self.names.in_text(&value.to_string());
        let text = shift_dates(&text, -self.ahead_days);
        let text = shift_numbers(&text, self.span, self.shift_ms);
        let value = serde_json::from_str(&text).unwrap_or_else(|_| value.clone());
        shift(value, self.shift_ms)
    }
}
