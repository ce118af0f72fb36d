//! The tasks of an execution, as its history shows them: which are scheduled, where, and who took them.

use std::collections::BTreeMap;

use serde_json::Value;
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{Container, TaskId, TaskRequest};
use stepclock_engine::sim::{Answer, TaskCall, Worker};

use super::stand_in::{StandIn, definitions};
use super::watch::Watched;
use crate::case::{Case, Machine};
use crate::engine::altered::Altered;
use crate::engine::reference::CaseWorker;

/// The event that happened before another on its path.
pub(super) fn previous<'a>(history: &'a [Value], event: &Value) -> Option<&'a Value> {
    let id = event.get("previousEventId")?.as_u64()?;
    let wanted = |event: &&Value| event.get("id").and_then(Value::as_u64) == Some(id);
    let place = usize::try_from(id).ok()?.checked_sub(1)?;
    history.get(place).filter(wanted).or_else(|| history.iter().find(wanted))
}

/// An event's type.
pub(super) fn kind(event: &Value) -> &str {
    event.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// The state that scheduled a task.
pub(super) fn state_of(history: &[Value], scheduled: &Value) -> Option<String> {
    let mut event = scheduled;
    loop {
        if kind(event).ends_with("StateEntered") {
            let name = event.pointer("/stateEnteredEventDetails/name")?;
            return name.as_str().map(str::to_owned);
        }
        event = previous(history, event)?;
    }
}

/// The event that follows from another, if there is one yet.
pub(super) fn next<'a>(history: &'a [Value], event: &Value) -> Option<&'a Value> {
    history.iter().find(|other| other["previousEventId"] == event["id"])
}

/// The iterations and branches around a task in its execution, outermost first. Those of a distributed Map are
/// executions of their own.
///
/// `None` when no event tells: after a redrive, a task goes on wherever it was.
pub(super) fn path_of(
    history: &[Value],
    scheduled: &Value,
    name: &str,
    machine: &Machine<'_>,
) -> Option<Vec<Container>> {
    let mut path = Vec::new();
    let mut state = machine.state(name);
    while let Some(inner) = state {
        let Some(around) = inner.parent.and_then(|parent| machine.state(parent)) else { break };
        if around.is_distributed_map() {
            break;
        }
        path.push(match around.kind() {
            "Parallel" => Container::Parallel { state: around.name.into(), branch: inner.branch },
            _ => Container::Map {
                state: around.name.into(),
                index: iteration(history, scheduled, around.name)?,
            },
        });
        state = Some(around);
    }
    path.reverse();
    Some(path)
}

/// Which iteration of a Map an event is in.
fn iteration(history: &[Value], event: &Value, map: &str) -> Option<usize> {
    let mut at = Some(event);
    while let Some(event) = at {
        if let Some(details) = event.get("mapIterationStartedEventDetails")
            && details["name"] == map
        {
            return details["index"].as_u64()?.try_into().ok();
        }
        at = previous(history, event);
    }
    None
}

/// Answers the tasks of a case as the case says, found by history.
pub(super) struct Answers<'a> {
    machines: BTreeMap<&'a str, Machine<'a>>,
    worker: CaseWorker,
    altered: Altered,
    /// By execution and state.
    calls_of_state: BTreeMap<(String, String), u64>,
    calls_of_place: BTreeMap<(String, String, Vec<Container>), u64>,
}

impl<'a> Answers<'a> {
    pub(super) fn new(case: &'a Case, worker: CaseWorker) -> Self {
        let machines = definitions(case).map(|(name, definition)| (name, Machine::new(definition)));
        Self {
            machines: machines.collect(),
            worker,
            altered: Altered::new(&case.faults),
            calls_of_state: BTreeMap::new(),
            calls_of_place: BTreeMap::new(),
        }
    }

    /// Counts a task that nobody answers: Step Functions does it itself.
    pub(super) const fn pass_over(&mut self) {
        self.altered.count();
    }

    /// The number of a task that was scheduled, and what it is answered; no answer when nobody answers it.
    ///
    /// # Errors
    /// When no event tells where it is.
    pub(super) fn answer(
        &mut self,
        execution: &Watched,
        scheduled: &Value,
        state: &str,
        stand_in: &StandIn,
        now: Timestamp,
    ) -> Result<(u64, Option<Answer>), String> {
        let number = self.altered.count();
        let history = &execution.history;
        let machine = self.machines.get(&*execution.machine);
        let path = machine.and_then(|machine| path_of(history, scheduled, state, machine));
        let path = path.ok_or("which iteration goes on after a redrive, no event tells")?;
        let details = details(scheduled);
        let its = |state: &str| (execution.arn.clone(), state.to_owned());
        let of_state = self.calls_of_state.entry(its(state)).or_default();
        let (arn, name) = its(state);
        let of_place = self.calls_of_place.entry((arn, name, path.clone())).or_default();
        let request = TaskRequest {
            task: TaskId(scheduled["id"].as_u64().unwrap_or_default()),
            state: state.into(),
            path,
            retry_count: 0,
            resource: stand_in.resource.clone(),
            parameters: sent(details).unwrap_or_else(Payload::empty_object),
            token: None,
            timeout_seconds: details["timeoutInSeconds"].as_u64(),
            heartbeat_seconds: details["heartbeatInSeconds"].as_u64(),
            credentials: None,
        };
        let call = TaskCall {
            machine: &execution.machine,
            execution_arn: &execution.arn,
            request: &request,
            calls_of_state: *of_state,
            calls_of_place: *of_place,
            now,
        };
        *of_state += 1;
        *of_place += 1;
        let answer = self.worker.take(&call);
        Ok((number, answer.map(|answer| self.altered.alter(number, answer, now))))
    }
}

/// The details of an event.
pub(super) fn details(event: &Value) -> &Value {
    let mut members = event.as_object().into_iter().flatten();
    members.find(|(key, _)| key.ends_with("EventDetails")).map_or(&Value::Null, |(_, value)| value)
}

/// What the case's Task would send.
fn sent(details: &Value) -> Option<Payload> {
    if let Some(input) = details["input"].as_str() {
        return Payload::parse(input).ok();
    }
    let parameters: Value = serde_json::from_str(details["parameters"].as_str()?).ok()?;
    Some(Payload::new(parameters["Input"]["given"].clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_task_is_found_in_its_iteration_after_another_map() {
        let task =
            json!({"Type": "Task", "Resource": "arn:aws:lambda:r:a:function:f", "End": true});
        let inner = json!({"Type": "Map", "ItemProcessor": {
            "StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}},
        }, "Next": "T"});
        let definition = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
            "ItemProcessor": {"StartAt": "N", "States": {"N": inner, "T": task}},
        }}});
        let event = |id: u64, previous: u64, kind: &str, details: Value| {
            let mut event = json!({"id": id, "previousEventId": previous, "type": kind});
            let key = match kind {
                "MapIterationStarted" => "mapIterationStartedEventDetails",
                _ => "stateEnteredEventDetails",
            };
            event[key] = details;
            event
        };
        let history = [
            event(1, 0, "MapStateEntered", json!({"name": "M"})),
            event(2, 1, "MapIterationStarted", json!({"name": "M", "index": 3})),
            event(3, 2, "MapStateEntered", json!({"name": "N"})),
            event(4, 3, "MapIterationStarted", json!({"name": "N", "index": 7})),
            event(5, 4, "MapStateExited", json!({"name": "N"})),
            event(6, 5, "TaskStateEntered", json!({"name": "T"})),
            event(7, 6, "ActivityScheduled", json!({})),
        ];
        assert_eq!(state_of(&history, &history[6]).as_deref(), Some("T"));
        let path = path_of(&history, &history[6], "T", &Machine::new(&definition));
        assert_eq!(
            path.as_deref(),
            Some([Container::Map { state: "M".into(), index: 3 }].as_slice())
        );
    }
}
