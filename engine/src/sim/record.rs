//! What the world keeps of an execution.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::queue::Place;
use crate::data::{Payload, Timestamp};
use crate::execution::{
    ChildId, Container, Execution, ExecutionConfig, Input, Outcome, TaskId, TimerId,
};
use crate::history::{HistoryEvent, history_to_json};

/// Names an execution of a [`super::World`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExecutionKey(pub(super) usize);

/// An execution with everything that has happened to it.
#[derive(Debug)]
pub struct ExecutionRecord {
    pub(super) execution: Execution,
    pub(super) machine: Arc<str>,
    pub(super) input: Payload,
    pub(super) started: Timestamp,
    pub(super) stopped: Option<Timestamp>,
    pub(super) history: Vec<HistoryEvent>,
    pub(super) journal: Vec<(Timestamp, Input)>,
    pub(super) timers: BTreeMap<TimerId, Place>,
    /// What is still to come for a task, so that it can be cancelled.
    pub(super) tasks: BTreeMap<TaskId, Vec<Place>>,
    pub(super) calls_of_state: BTreeMap<Arc<str>, u64>,
    pub(super) calls_of_place: BTreeMap<(Arc<str>, Vec<Container>), u64>,
    /// A Map Run's parent, and which child of it this is.
    pub(super) parent: Option<(ExecutionKey, ChildId)>,
    pub(super) map_run_arn: Option<Arc<str>>,
    pub(super) children: BTreeMap<ChildId, ExecutionKey>,
    /// Tasks of other executions that wait for this one to end.
    pub(super) waited_for_by: Vec<(ExecutionKey, TaskId, bool)>,
    /// Executions that tasks of this one wait for.
    pub(super) waits_for: BTreeMap<TaskId, ExecutionKey>,
    /// Tasks whose nested execution is known to have been started: its end may be told.
    pub(super) submitted_jobs: BTreeSet<TaskId>,
    /// Ends of nested executions whose tasks are still to hear of their start.
    pub(super) ended_jobs: BTreeMap<TaskId, Input>,
    pub(super) redrives: u64,
}

impl ExecutionRecord {
    /// What it was created with.
    #[must_use]
    pub fn config(&self) -> &ExecutionConfig {
        self.execution.config()
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.execution.outcome()
    }

    /// As `DescribeExecution` gives it in `status`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        self.outcome().map_or("RUNNING", Outcome::status)
    }

    /// Its input.
    #[must_use]
    pub fn input(&self) -> &Payload {
        &self.input
    }

    /// Its events so far.
    #[must_use]
    pub fn history(&self) -> &[HistoryEvent] {
        &self.history
    }

    /// Everything that was applied to it, and when: enough to rebuild it.
    #[must_use]
    pub fn journal(&self) -> &[(Timestamp, Input)] {
        &self.journal
    }

    /// When it started.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// When it ended, if it has.
    #[must_use]
    pub fn stopped(&self) -> Option<Timestamp> {
        self.stopped
    }

    /// `GetExecutionHistory`.
    #[must_use]
    pub fn history_json(&self) -> Value {
        history_to_json(&self.history)
    }

    /// `DescribeExecution`. Times are in seconds with a fraction, as the wire protocol has them.
    #[must_use]
    pub fn describe(&self) -> Value {
        let config = self.config();
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
        put("executionArn", config.execution_arn.to_string().into());
        put("stateMachineArn", config.state_machine_arn.to_string().into());
        put("name", config.name.to_string().into());
        put("status", self.status().into());
        put("startDate", seconds(self.started));
        if let Some(stopped) = self.stopped {
            put("stopDate", seconds(stopped));
        }
        put("input", self.input.text().into());
        put("inputDetails", json!({"included": true}));
        match self.outcome() {
            Some(Outcome::Succeeded { output }) => {
                put("output", output.text().into());
                put("outputDetails", json!({"included": true}));
            }
            Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) => {
                for (key, text) in [("error", error), ("cause", cause)] {
                    if let Some(text) = text {
                        put(key, text.to_string().into());
                    }
                }
            }
            Some(Outcome::TimedOut) | None => {}
        }
        if let Some(arn) = &self.map_run_arn {
            put("mapRunArn", arn.to_string().into());
        }
        put("redriveCount", self.redrives.into());
        let (status, reason) = self.redrive_status();
        put("redriveStatus", status.into());
        if let Some(reason) = reason {
            put("redriveStatusReason", reason.into());
        }
        Value::Object(map)
    }

    /// Whether it could be redriven when it ended, and what speaks against it.
    pub(super) fn redrive_status(&self) -> (&'static str, Option<String>) {
        match self.execution.redrivable_at(self.stopped.unwrap_or(self.started)) {
            Ok(()) => ("REDRIVABLE", None),
            Err(_) => {
                let reason = format!("Execution is {} and cannot be redriven", self.status());
                ("NOT_REDRIVABLE", Some(reason))
            }
        }
    }

    /// The answer of `StartSyncExecution`. Time is billed in steps of 100 ms, memory of 64 MB.
    #[must_use]
    pub fn sync_answer(&self) -> Value {
        let stopped = self.stopped.unwrap_or(self.started);
        let duration = (stopped.as_millis() - self.started.as_millis()).max(1);
        let mut answer = self.describe();
        if let Value::Object(map) = &mut answer {
            for key in ["redriveCount", "redriveStatus", "redriveStatusReason", "mapRunArn"] {
                map.shift_remove(key);
            }
            map.insert(
                "billingDetails".into(),
                json!({
                    "billedDurationInMilliseconds": (duration as u64).div_ceil(100) * 100,
                    "billedMemoryUsedInMB": 64,
                }),
            );
        }
        answer
    }
}

fn seconds(moment: Timestamp) -> Value {
    json!(moment.as_millis() as f64 / 1_000.0)
}
