//! Driving a case through its world, faults included, and saying what was seen.

use std::sync::Arc;

use serde_json::Value;
use stepclock_engine::execution::{Mutation, Outcome};
use stepclock_engine::history::event_to_json;
use stepclock_engine::sim::{ExecutionKey, ExecutionRecord, World, WorldError};

use super::definitions::Definitions;
use super::faults::Injector;
use super::prepare::{Unrunnable, prepare};
use super::worker::CaseWorker;
use crate::case::{Case, Kind};
use crate::engine::{Budget, Execution, Observation, Probe, Ran};

/// A world in which a case has run.
#[derive(Debug)]
pub struct Simulated {
    /// The world.
    pub world: World,
    /// The execution of the case.
    pub key: ExecutionKey,
    probes: Vec<Probe>,
}

pub(super) fn run(
    case: &Case,
    budget: &Budget,
    mutation: Option<Mutation>,
    definitions: &Definitions,
) -> Ran {
    match simulate(case, budget, mutation, definitions) {
        Ok(Simulated { world, key, probes }) => {
            Ran::Ran(Observation::Execution(Box::new(observe(case, &world, key, probes))))
        }
        Err(ran) => ran,
    }
}

pub(super) fn simulate(
    case: &Case,
    budget: &Budget,
    mutation: Option<Mutation>,
    definitions: &Definitions,
) -> Result<Simulated, Ran> {
    if let Some(reason) = CaseWorker::refuses(case) {
        return Err(Ran::Skipped(reason));
    }
    let worker = CaseWorker::new(case)
        .map_err(|error| Ran::Errored(format!("the workers of the case: {error}")))?;
    let mut injector = Injector::new(&case.faults);
    let worker = injector.wrap(worker);
    let (mut world, key) = match prepare(case, budget, mutation, definitions, worker) {
        Ok(prepared) => prepared,
        Err(Unrunnable::Skip(reason)) => return Err(Ran::Skipped(reason)),
        Err(Unrunnable::Refused(message)) => {
            return Err(Ran::Errored(format!("the definition is refused: {message}")));
        }
        Err(Unrunnable::Fail(reason)) => return Err(Ran::Errored(reason)),
    };
    match drive(case, &mut world, key, &mut injector) {
        Ok(()) => Ok(Simulated { world, key, probes: injector.into_probes() }),
        Err(WorldError::Restless { .. } | WorldError::Crowded { .. }) => Err(Ran::TimedOut),
        Err(error) => Err(Ran::Errored(error.to_string())),
    }
}

fn drive(
    case: &Case,
    world: &mut World,
    key: ExecutionKey,
    injector: &mut Injector,
) -> Result<(), WorldError> {
    let now = world.now();
    if case.expect.history_is_prefix {
        // Recorded while it was still running.
        return world.advance_to(now);
    }
    if case.expect.status.as_deref() == Some("ABORTED") && case.faults.is_empty() {
        // The caller stopped it while it waited; what the caller gave shows only in the event.
        let details = case
            .expect
            .history
            .iter()
            .flatten()
            .find_map(|event| event.get("executionAbortedEventDetails"));
        let text = |name: &str| details.and_then(|d| d.get(name)).and_then(Value::as_str);
        let (error, cause) = (text("error").map(Arc::from), text("cause").map(Arc::from));
        world.advance_to(now)?;
        return world.stop(key, error, cause);
    }
    if case.faults.is_empty() {
        return world.run(key);
    }
    injector.drive(world, key)
}

fn observe(case: &Case, world: &World, key: ExecutionKey, probes: Vec<Probe>) -> Execution {
    let mut seen = observe_one(world.execution(key));
    if case.kind == Kind::Sync {
        seen.sync_answer = Some(world.execution(key).sync_answer());
    }
    seen.others = world
        .executions()
        .filter(|(other, _)| *other != key)
        .map(|(_, record)| observe_one(record))
        .collect();
    seen.probes = probes;
    seen
}

fn observe_one(record: &ExecutionRecord) -> Execution {
    let (output, error, cause) = match record.outcome() {
        Some(Outcome::Succeeded { output }) => (Some(output.text().to_owned()), None, None),
        Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) => {
            (None, error.as_deref().map(str::to_owned), cause.as_deref().map(str::to_owned))
        }
        Some(Outcome::TimedOut) | None => (None, None, None),
    };
    Execution {
        execution_arn: record.config().execution_arn.to_string(),
        machine: record.config().state_machine_name.to_string(),
        status: record.status().to_owned(),
        output,
        error,
        cause,
        started_ms: record.started().as_millis(),
        stopped_ms: record.stopped().map(|moment| moment.as_millis()),
        history: record.history().iter().map(event_to_json).collect(),
        sync_answer: None,
        others: Vec::new(),
        probes: Vec::new(),
    }
}
