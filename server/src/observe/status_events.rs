//! "Step Functions Execution Status Change": the events that EventBridge gets of STANDARD executions.
//!
//! AWS delivers them by its best effort and in no order; so do we: after what they tell is durable, a few tries, and
//! none again after a crash.

use std::io;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use stepclock_engine::asl::WorkflowType;
use stepclock_engine::data::Timestamp;
use stepclock_engine::execution::Outcome;
use stepclock_engine::history::{EventDetails, HistoryEvent};
use stepclock_engine::sim::Description;

use super::courier::{Courier, Deliver, insist};
use super::{Observed, Subject};
use crate::outside::EventBus;

/// Bytes of input and output together, as JSON texts within JSON: with more, the input is left out, and then the
/// output (developer guide, "EventBridge payloads").
const DATA_BYTES_MAX: usize = 248 << 10;
/// Bytes of a request of PutEvents.
const REQUEST_BYTES_MAX: usize = 256 << 10;

/// An entry of PutEvents.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StatusEvent(Value);

/// Sends events to a bus.
struct Sender {
    bus: EventBus,
    observed: Arc<Observed>,
    /// Whether the last request failed: a bus that is gone is told of once.
    is_failing: bool,
}

/// Starts sending events to a bus.
///
/// # Errors
/// When the thread cannot be started.
pub(crate) fn send_to(bus: EventBus, observed: Arc<Observed>) -> io::Result<Courier<StatusEvent>> {
    let sender = Sender { bus, observed: observed.clone(), is_failing: false };
    Courier::start(sender, Arc::new(move |count| observed.status_events_dropped(count)))
}

/// What EventBridge gets of an event, if it gets anything.
pub(crate) fn of(subject: &Subject<'_>, event: &HistoryEvent) -> Option<StatusEvent> {
    if subject.row.workflow_type != WorkflowType::Standard {
        return None;
    }
    let outcome = match &event.details {
        EventDetails::ExecutionStarted { .. } | EventDetails::ExecutionRedriven { .. } => None,
        EventDetails::ExecutionSucceeded { output } => {
            Some(Outcome::Succeeded { output: output.clone() })
        }
        EventDetails::ExecutionFailed(failure) => {
            Some(Outcome::Failed { error: failure.error.clone(), cause: failure.cause.clone() })
        }
        EventDetails::ExecutionAborted(failure) => {
            Some(Outcome::Aborted { error: failure.error.clone(), cause: failure.cause.clone() })
        }
        EventDetails::ExecutionTimedOut(_) => Some(Outcome::TimedOut),
        _ => return None,
    };
    let row = subject.row;
    let detail = detail(subject, outcome.as_ref(), event.timestamp);
    Some(StatusEvent(json!({
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Detail": detail.to_string(),
        "Resources": [row.arn],
        "Time": event.timestamp.as_millis().div_euclid(1_000),
    })))
}

/// The members that events have (recording `base.event_bridge_events_base`). Moments are in milliseconds.
fn detail(subject: &Subject<'_>, outcome: Option<&Outcome>, at: Timestamp) -> Value {
    let row = subject.row;
    let description = Description {
        execution_arn: &row.arn,
        state_machine_arn: &row.machine_arn,
        name: &row.name,
        input: &row.input,
        outcome,
        started: row.started,
        stopped: outcome.is_some().then_some(at),
        map_run_arn: None,
        redrives: subject.redrives,
        is_redrivable: outcome.is_some_and(|outcome| !matches!(outcome, Outcome::Succeeded { .. })),
    };
    let mut described = description.describe();
    let mut take = |name: &str| described.get_mut(name).map_or(Value::Null, Value::take);
    let (input, output) = (take("input"), take("output"));
    let escaped = |data: &Value| match data {
        Value::Null => 0,
        data => data.to_string().len(),
    };
    let output = Some(output).filter(|output| escaped(output) <= DATA_BYTES_MAX);
    let input_is_in = escaped(&input) + output.as_ref().map_or(0, escaped) <= DATA_BYTES_MAX;
    let has_output = matches!(outcome, Some(Outcome::Succeeded { .. }));
    let included = |included: bool| json!({"included": included});
    let millis = |moment: Timestamp| Value::from(moment.as_millis());
    let mut detail = Map::new();
    let mut put = |name: &str, value: Value| detail.insert(name.to_owned(), value);
    put("executionArn", row.arn.as_str().into());
    put("stateMachineArn", row.machine_arn.as_str().into());
    put("name", row.name.as_str().into());
    put("status", description.status().into());
    put("startDate", millis(row.started));
    put("stopDate", description.stopped.map_or(Value::Null, millis));
    put("input", if input_is_in { input } else { Value::Null });
    let output_is_in = output.is_some();
    put("output", output.unwrap_or_default());
    put("stateMachineVersionArn", row.version_arn.as_deref().map_or(Value::Null, Value::from));
    put("stateMachineAliasArn", row.alias_arn.as_deref().map_or(Value::Null, Value::from));
    put("redriveCount", subject.redrives.into());
    put("redriveDate", subject.redriven.map_or(Value::Null, millis));
    put("redriveStatus", take("redriveStatus"));
    put("redriveStatusReason", take("redriveStatusReason"));
    put("inputDetails", included(input_is_in));
    put("outputDetails", if has_output { included(output_is_in) } else { Value::Null });
    put("error", take("error"));
    put("cause", take("cause"));
    Value::Object(detail)
}

impl Deliver for Sender {
    type Item = StatusEvent;
    const NAME: &'static str = "status events";
    /// As many as PutEvents takes.
    const BATCH_MAX: usize = 10;

    async fn deliver(&mut self, events: Vec<StatusEvent>) {
        let mut entries: Vec<Value> = Vec::new();
        let mut bytes = 0;
        for StatusEvent(entry) in events {
            let size = entry.to_string().len();
            if bytes + size > REQUEST_BYTES_MAX && !entries.is_empty() {
                self.put(std::mem::take(&mut entries)).await;
                bytes = 0;
            }
            bytes += size;
            entries.push(entry);
        }
        self.put(entries).await;
    }
}

impl Sender {
    async fn put(&mut self, entries: Vec<Value>) {
        let count = entries.len();
        let request = json!({"Entries": entries});
        let bus = &self.bus;
        let problem = match insist(|| bus.put(&request)).await {
            Ok(answer) => {
                let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let failed = answer["FailedEntryCount"].as_u64().unwrap_or(0);
                let failed = usize::try_from(failed).unwrap_or(usize::MAX).min(count);
                self.observed.status_events_sent(count - failed);
                self.observed.status_events_dropped(failed);
                (failed > 0).then(|| answer["Entries"].to_string())
            }
            Err(problem) => {
                self.observed.status_events_dropped(count);
                Some(problem)
            }
        };
        let was_failing = std::mem::replace(&mut self.is_failing, problem.is_some());
        if let Some(problem) = problem.filter(|_| !was_failing) {
            tracing::warn!(problem, "events of executions are being dropped");
        }
    }
}
