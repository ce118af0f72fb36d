//! The executions of a run, as their histories show them: the case's own, those that its tasks start, and the
//! children of its Map Runs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::client::CallError;
use super::run::{Run, text};
use super::stand_in::{definitions, own_machine};
use super::tasks::kind;
use crate::case::Machine;

/// An execution that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) arn: String,
    /// Its machine's name in the case.
    pub(super) machine: String,
    /// Its events so far.
    pub(super) history: Vec<Value>,
    /// What the service says that takes a task, by the event that scheduled it.
    pub(super) submitted: BTreeMap<u64, String>,
    /// When the adapter said that it works on a task, in milliseconds since its start, by the event that scheduled it.
    pub(super) heartbeats_ms: BTreeMap<u64, Vec<i64>>,
}

impl Watched {
    fn new(arn: String, machine: &str) -> Self {
        let machine = machine.to_owned();
        let (submitted, heartbeats_ms) = (BTreeMap::new(), BTreeMap::new());
        Self { arn, machine, history: Vec::new(), submitted, heartbeats_ms }
    }

    /// Whether it has ended, and was not redriven since.
    pub(super) fn has_ended(&self) -> bool {
        self.history.last().is_some_and(|event| {
            matches!(
                kind(event),
                "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted"
            )
        })
    }
}

/// Looks at the executions of a run.
pub(super) struct Watch<'a> {
    run: &'a Run<'a>,
    executions: Vec<Watched>,
    known: BTreeSet<String>,
    /// Map Runs that may still start children, with their machine.
    map_runs: Vec<(String, String)>,
    /// Whether there is something to do in executions other than the case's own.
    has_others: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn new(run: &'a Run<'a>, arn: String) -> Self {
        let own = own_machine(run.case);
        let has_others = definitions(run.case).any(|(name, definition)| {
            let machine = Machine::new(definition);
            let is_other = |state: &&str| {
                name != own || machine.state(state).is_some_and(|state| state.distributed > 0)
            };
            let tasks = run.tasks.keys().filter(|(of, _)| of == name);
            tasks.map(|(_, state)| state.as_str()).any(|state| is_other(&state))
        });
        let executions = vec![Watched::new(arn.clone(), own)];
        Self { run, executions, known: BTreeSet::from([arn]), map_runs: Vec::new(), has_others }
    }

    pub(super) fn executions(&self) -> &[Watched] {
        &self.executions
    }

    pub(super) fn into_executions(self) -> Vec<Watched> {
        self.executions
    }

    /// The execution of the case.
    pub(super) fn own(&self) -> &Watched {
        &self.executions[0]
    }

    /// Notes what the service says that takes a task.
    pub(super) fn note_submitted(&mut self, (place, id): (usize, u64), output: &str) {
        self.executions[place].submitted.insert(id, output.to_owned());
    }

    /// Notes when the adapter says that it works on a task.
    pub(super) fn note_heartbeats(&mut self, (place, id): (usize, u64), heartbeats_ms: &[i64]) {
        self.executions[place].heartbeats_ms.insert(id, heartbeats_ms.to_vec());
    }

    /// Reads the histories of all that have not ended, and of those that they have started.
    ///
    /// # Errors
    /// When the endpoint does not answer.
    pub(super) fn refresh(&mut self) -> Result<(), CallError> {
        let mut at = 0;
        while at < self.executions.len() {
            if at == 0 || !self.executions[at].has_ended() {
                let arn = self.executions[at].arn.clone();
                self.executions[at].history = self.run.history(&arn)?;
                if self.has_others {
                    self.discover(at);
                }
            }
            at += 1;
            if at == self.executions.len() && self.has_others {
                self.list_children()?;
            }
        }
        Ok(())
    }

    /// Finds what an execution has started.
    fn discover(&mut self, at: usize) {
        let watched = &self.executions[at];
        let (machine, mut started, mut runs) = (watched.machine.clone(), Vec::new(), Vec::new());
        for event in &watched.history {
            let details = match kind(event) {
                "TaskSubmitted" => &event["taskSubmittedEventDetails"],
                "TaskSucceeded" => &event["taskSucceededEventDetails"],
                "MapRunStarted" => {
                    runs.push(text(&event["mapRunStartedEventDetails"], "mapRunArn"));
                    continue;
                }
                _ => continue,
            };
            let output = details["output"].as_str().unwrap_or_default();
            let output: Value = serde_json::from_str(output).unwrap_or_default();
            let arn = text(&output, "ExecutionArn");
            if let Some(machine) = self.run.machine_of(&arn) {
                started.push((arn.clone(), machine.to_owned()));
            }
        }
        for (arn, machine) in started {
            self.add(arn, &machine);
        }
        for arn in runs {
            if self.known.insert(arn.clone()) {
                self.map_runs.push((arn, machine.clone()));
            }
        }
    }

    fn list_children(&mut self) -> Result<(), CallError> {
        for (map_run, machine) in self.map_runs.clone() {
            let listed =
                self.run.pages("ListExecutions", json!({"mapRunArn": map_run}), "executions")?;
            // The newest comes first.
            for child in listed.iter().rev() {
                self.add(text(child, "executionArn"), &machine);
            }
        }
        Ok(())
    }

    fn add(&mut self, arn: String, machine: &str) {
        if self.known.insert(arn.clone()) {
            self.executions.push(Watched::new(arn, machine));
        }
    }
}
