//! What the world keeps of an execution.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::description::Description;
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

    /// What can be said of it from outside.
    #[must_use]
    pub fn description(&self) -> Description<'_> {
        let config = self.config();
        let stopped = self.stopped.unwrap_or(self.started);
        Description {
            execution_arn: &config.execution_arn,
            state_machine_arn: &config.state_machine_arn,
            name: &config.name,
            input: &self.input,
            outcome: self.outcome(),
            started: self.started,
            stopped: self.stopped,
            map_run_arn: self.map_run_arn.as_deref(),
            redrives: self.redrives,
            is_redrivable: self.execution.redrivable_at(stopped).is_ok(),
        }
    }

    /// `DescribeExecution`. Times are in seconds with a fraction, as the wire protocol has them.
    #[must_use]
    pub fn describe(&self) -> Value {
        self.description().describe()
    }

    /// The answer of `StartSyncExecution`.
    #[must_use]
    pub fn sync_answer(&self) -> Value {
        self.description().sync_answer()
    }
}
