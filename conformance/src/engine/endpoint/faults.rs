//! A case's faults over the API: what is tried that must be refused, a stop, a redrive. What they do to answers is the
//! same for every adapter.

use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;

use super::client::{CallError, Client};
use super::clock::Clock;
use super::names::millis;
use super::real_time::{FRACTIONS, LATENESS_MS};
use super::tasks::kind;
use crate::case::{Case, Fault};
use crate::engine::{Budget, Engine, Execution, Observation, Probe, Ran, ReferenceEngine};

/// Faults that no operation of the API can bring about.
pub(super) const IMPOSSIBLE: [&str; 2] = ["Fault:clock_jump", "Fault:engine_crash"];

/// What is tried, by what the task is at.
pub(super) enum Probing {
    /// Somebody has it in hand.
    While,
    /// It was answered so.
    After { operation: &'static str, request: Value },
}

/// The faults of a case.
pub(super) struct Faults {
    faults: Vec<Fault>,
    stop: Option<Stop>,
    probes: Vec<Probe>,
}

/// When the execution is stopped, and what for.
struct Stop {
    after_ms: i64,
    error: Option<String>,
    cause: Option<String>,
}

impl Faults {
    /// # Errors
    /// Why they cannot be carried out.
    pub(super) fn of(case: &Case, clock: Clock) -> Result<Self, String> {
        let faults = case.faults.clone();
        Ok(Self { stop: Stop::of(case, clock)?, faults, probes: Vec::new() })
    }

    pub(super) fn into_probes(self) -> Vec<Probe> {
        self.probes
    }

    /// Whether a fault names a task by its number.
    pub(super) fn name_tasks(&self) -> bool {
        self.faults.iter().any(|fault| fault.task().is_some())
    }

    /// How long after its end the execution is redriven, once.
    pub(super) fn redrive_ms(&self) -> Option<i64> {
        self.faults.iter().find_map(|fault| match fault {
            Fault::Redrive { after_ms } => Some(*after_ms),
            _ => None,
        })
    }

    /// When an execution that started then is stopped.
    pub(super) fn stop_at(&self, started: Timestamp) -> Option<Timestamp> {
        self.stop.as_ref().map(|stop| started + stop.after_ms)
    }

    /// The request that stops it, once.
    pub(super) fn stop(&mut self, arn: &str) -> Value {
        let mut request = json!({"executionArn": arn});
        if let Some(stop) = self.stop.take() {
            for (member, text) in [("error", stop.error), ("cause", stop.cause)] {
                if let Some(text) = text {
                    request[member] = text.into();
                }
            }
        }
        request
    }

    /// Does what a correct engine refuses, and notes whether it did.
    ///
    /// # Errors
    /// When the endpoint does not answer.
    pub(super) fn probe(
        &mut self,
        client: &Client,
        number: u64,
        token: &str,
        at: &Probing,
    ) -> Result<(), CallError> {
        for fault in self.faults.iter().filter(|fault| fault.task() == Some(number)) {
            let (what, operation, request) = match (fault, at) {
                (Fault::WrongToken { .. }, Probing::While) => {
                    let nobodys = "a token that nobody was given";
                    let request = json!({"taskToken": nobodys, "output": "{}"});
                    ("a success under a wrong token", "SendTaskSuccess", request)
                }
                (Fault::Malformed { .. }, Probing::While) => {
                    let request = json!({"taskToken": token, "output": "{\"a\": "});
                    ("an output that is not JSON", "SendTaskSuccess", request)
                }
                (Fault::Duplicate { .. }, Probing::After { operation, request }) => {
                    ("the same answer once more", *operation, request.clone())
                }
                (Fault::ReusedToken { .. }, Probing::After { .. }) => {
                    let request = json!({"taskToken": token});
                    ("a heartbeat after the end", "SendTaskHeartbeat", request)
                }
                _ => continue,
            };
            let refused = match client.call(operation, &request) {
                Ok(_) => false,
                Err(error) if error.code().is_some() => true,
                Err(error) => return Err(error),
            };
            self.probes.push(Probe { fault: fault.kind().into(), what: what.into(), refused });
        }
        Ok(())
    }
}

impl Stop {
    /// A stop comes after a step of the simulated world; over the API it comes at a moment. Both are the same when
    /// nothing else would happen at that moment: the simulated world tells. In real time everything that comes before
    /// is a little late, so the stop is as well.
    fn of(case: &Case, clock: Clock) -> Result<Option<Self>, String> {
        let stop = case.faults.iter().find_map(|fault| match fault {
            Fault::Stop { error, cause, .. } => Some((error.clone(), cause.clone())),
            _ => None,
        });
        let Some((error, cause)) = stop else { return Ok(None) };
        let stopped = simulated(case)?;
        let aborted = stopped.history.iter().position(|event| kind(event) == "ExecutionAborted");
        // It has ended before.
        let Some(place) = aborted else { return Ok(None) };
        let mut endless = case.clone();
        endless.faults.retain(|fault| !matches!(fault, Fault::Stop { .. }));
        let after = simulated(&endless)?;
        let at = millis(&stopped.history[place], "timestamp").unwrap_or_default();
        let next = after.history.get(place).and_then(|event| millis(event, "timestamp"));
        let late_ms = match clock {
            Clock::Simulated => 0,
            Clock::Real => LATENESS_MS,
        };
        if next.is_some_and(|next| next <= at) {
            return Err(
                "it is stopped between two things that happen at the same moment".to_owned()
            );
        }
        if next.is_some_and(|next| next - at < 2 * late_ms) {
            return Err(FRACTIONS.to_owned());
        }
        Ok(Some(Self { after_ms: at - stopped.started_ms + late_ms, error, cause }))
    }
}

/// The execution in the simulated world.
pub(super) fn simulated(case: &Case) -> Result<Box<Execution>, String> {
    match ReferenceEngine::new().run(case, &Budget::default()) {
        Ran::Ran(Observation::Execution(seen)) => Ok(seen),
        Ran::Skipped(reason) => Err(reason),
        _ => Err("the simulated world cannot run it".to_owned()),
    }
}
