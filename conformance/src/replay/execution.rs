//! Running a case that is an execution.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use stepclock_engine::asl::{WorkflowType, compile, definition_error};
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{Outcome, ServiceRevision};
use stepclock_engine::history::{EventDetails, event_to_json};
use stepclock_engine::sim::{
    ExecutionKey, ExecutionRecord, Machine, StartRequest, World, WorldConfig, WorldError,
};

use super::worker::CaseWorker;
use super::{Observed, Replayed, Verdict};
use crate::case::{Case, Kind, Named, WorkflowTypeName};
use crate::compare::{Matcher, compare_history};

/// When simulated time starts unless the case says: moments in the recorded cases are relative to it.
const START_TIME: &str = "2026-11-21T02:40:11Z";

pub(super) fn run(case: &Case) -> Replayed {
    if let Some(reason) = CaseWorker::refuses(case) {
        return Replayed::skip(reason);
    }
    let world = match prepare(case) {
        Ok((world, key)) => execute(case, world, key),
        Err(Unrunnable::Skip(reason)) => return Replayed::skip(reason),
        Err(Unrunnable::Fail(reason)) => return Replayed::fail(reason, None),
    };
    let (world, key, error) = world;
    let record = world.execution(key);
    let observed = observe(record);
    if let Some(error) = error {
        return Replayed::fail(error.to_string(), Some(observed));
    }
    let verdict = match compare(case, record, &observed) {
        None => Verdict::Pass,
        Some(reason) => Verdict::Fail(reason),
    };
    Replayed { verdict, observed: Some(observed) }
}

enum Unrunnable {
    Skip(String),
    Fail(String),
}

/// A world with the case's machine, objects and worker, and the execution in it.
fn prepare(case: &Case) -> Result<(World, ExecutionKey), Unrunnable> {
    let skip = |reason: &str| Unrunnable::Skip(reason.to_owned());
    let definition = case.definition.as_ref().ok_or_else(|| skip("it has no definition"))?;
    let workflow_type = match case.workflow_type {
        Some(WorkflowTypeName::Express) => WorkflowType::Express,
        _ => WorkflowType::Standard,
    };
    let start = case.start_time.as_deref().unwrap_or(START_TIME);
    let start_time =
        Timestamp::parse_rfc3339(start).map_err(|e| Unrunnable::Fail(e.to_string()))?;
    let named = |given: &Option<Named>, kind: &str, name: &str| {
        given.clone().unwrap_or_else(|| Named {
            arn: format!("arn:aws:states:us-east-1:123456789012:{kind}:{name}"),
            name: name.rsplit(':').next().unwrap_or(name).to_owned(),
        })
    };
    let machine = named(&case.state_machine, "stateMachine", "machine");
    let execution = named(&case.execution, "execution", "machine:execution");
    let mut parts = machine.arn.split(':').skip(3);
    let region = parts.next().unwrap_or("us-east-1").to_owned();
    let account = parts.next().unwrap_or("123456789012").to_owned();
    let activities = case.resources.activities.as_ref().map(|all| {
        // One of which no task was ever scheduled had been deleted.
        let used =
            |arn: &&String| case.tasks.iter().any(|task| task.resource.as_ref() == Some(arn));
        all.keys().filter(used).cloned().collect()
    });
    let mut world = World::new(WorldConfig {
        start_time,
        region: region.into(),
        account: account.into(),
        activities,
        service_revision: revision(case),
        ..WorldConfig::default()
    });
    for (bucket, objects) in &case.resources.s3 {
        world.objects.create_bucket(bucket);
        for (key, body) in objects {
            world.objects.put(bucket, key, body.as_bytes(), start_time);
        }
    }
    let role: Arc<str> =
        case.role_arn.as_deref().unwrap_or("arn:aws:iam::123456789012:role/role").into();
    let compiled = compile(&definition.to_string(), workflow_type);
    let Some(compiled_definition) = compiled.definition.clone() else {
        let message = definition_error(&compiled).unwrap_or_default();
        return Err(Unrunnable::Fail(message));
    };
    world.register_machine(Machine {
        name: machine.name.as_str().into(),
        arn: machine.arn.as_str().into(),
        definition: compiled_definition,
        workflow_type,
        role_arn: role,
    });
    for (name, other) in &case.machines {
        let compiled = compile(&other.to_string(), WorkflowType::Standard);
        match compiled.definition.clone() {
            Some(definition) => world.register(name, definition, WorkflowType::Standard),
            None => {
                let message = definition_error(&compiled).unwrap_or_default();
                return Err(Unrunnable::Fail(format!("machine {name}: {message}")));
            }
        }
    }
    world.add_worker(CaseWorker::new(case));
    let text = case.input_text.clone().unwrap_or_else(|| {
        case.input.as_ref().map_or_else(|| "{}".to_owned(), ToString::to_string)
    });
    let input = Payload::parse(&text).map_err(|error| Unrunnable::Fail(error.to_string()))?;
    let request = StartRequest {
        machine: machine.name.as_str().into(),
        input,
        name: Some(execution.name.as_str().into()),
        execution_arn: Some(execution.arn.as_str().into()),
        synchronous: case.kind == Kind::Sync,
    };
    let key = world.start(request).map_err(|error| Unrunnable::Fail(error.to_string()))?;
    Ok((world, key))
}

/// Which AWS the case was recorded on: `dd-mm-yyyy`.
fn revision(case: &Case) -> ServiceRevision {
    let month = case.recorded.as_deref().and_then(|recorded| {
        let (year, month) = (recorded.get(6..10)?, recorded.get(3..5)?);
        Some((year.parse::<u32>().ok()?, month.parse::<u32>().ok()?))
    });
    match month {
        Some(month) if month < (2024, 11) => ServiceRevision::Before2024November,
        _ => ServiceRevision::Current,
    }
}

fn execute(
    case: &Case,
    mut world: World,
    key: ExecutionKey,
) -> (World, ExecutionKey, Option<WorldError>) {
    let now = world.now();
    let ran = if case.expect.history_is_prefix {
        // Recorded while it was still running.
        world.advance_to(now)
    } else if case.expect.status.as_deref() == Some("ABORTED") {
        // The caller stopped it while it waited; what the caller gave shows only in the event.
        let details = case
            .expect
            .history
            .iter()
            .flatten()
            .find_map(|event| event.get("executionAbortedEventDetails"));
        let text = |name: &str| details.and_then(|d| d.get(name)).and_then(Value::as_str);
        let (error, cause) = (text("error").map(Arc::from), text("cause").map(Arc::from));
        world.advance_to(now).and_then(|()| world.stop(key, error, cause))
    } else {
        world.run(key)
    };
    (world, key, ran.err())
}

fn observe(record: &ExecutionRecord) -> Observed {
    let (output, error, cause) = match record.outcome() {
        Some(Outcome::Succeeded { output }) => {
            let output = match output.value() {
                object @ Value::Object(_) => object.clone(),
                _ => Value::String(output.text().to_owned()),
            };
            (Some(output), None, None)
        }
        Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) => {
            (None, error.as_deref().map(str::to_owned), cause.as_deref().map(str::to_owned))
        }
        Some(Outcome::TimedOut) | None => (None, None, None),
    };
    Observed::Execution {
        status: record.status().to_owned(),
        output,
        error,
        cause,
        history: record.history().iter().map(event_to_json).collect(),
    }
}

/// The reason why the observation does not match; `None` when it does.
fn compare(case: &Case, record: &ExecutionRecord, observed: &Observed) -> Option<String> {
    let Observed::Execution { status, output, error, cause, history } = observed else {
        return Some("nothing was executed".to_owned());
    };
    let expect = &case.expect;
    let mut matcher = Matcher::new(&case.placeholders);
    if let Some(expected) = &expect.history
        && let Some(difference) = compare_history(case, expected, history, &mut matcher)
    {
        return Some(difference.to_string());
    }
    let mut fields: BTreeMap<&str, (Value, Value)> = BTreeMap::new();
    let mut field = |name, expected: &Option<Value>, found: Value| {
        if let Some(expected) = expected {
            fields.insert(name, (expected.clone(), found));
        }
    };
    field("status", &expect.status.clone().map(Value::from), status.as_str().into());
    field("output", &expect.output, output.clone().unwrap_or(Value::Null));
    field("error", &expect.error, json!(error));
    field("cause", &expect.cause, json!(cause));
    field("response", &expect.response, record.sync_answer());
    field("end event", &expect.end_event, end_event(record));
    let types: Vec<_> = record.history().iter().map(|e| e.details.type_name()).collect();
    field("events", &expect.events.as_ref().map(|events| json!(events)), json!(types));
    let duration = record.stopped().map(|at| at.as_millis() - record.started().as_millis());
    field("duration", &expect.duration_ms.map(Value::from), json!(duration));
    for (name, (expected, found)) in fields {
        let (expected, found) = comparable(name, expected, found);
        if let Some(difference) = matcher.compare(&expected, &found) {
            return Some(format!("{name} {difference}"));
        }
    }
    None
}

/// Leaves out what no recording evidences: dates and billed durations.
fn comparable(name: &str, mut expected: Value, mut found: Value) -> (Value, Value) {
    if name == "response" {
        for value in [&mut expected, &mut found] {
            if let Value::Object(map) = value {
                map.shift_remove("billingDetails");
                map.shift_remove("startDate");
                map.shift_remove("stopDate");
            }
        }
    }
    // The output itself may be any JSON; a string expectation is the output's text.
    if name == "output" && !expected.is_object() && !expected.is_string() {
        found = found.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(found);
    }
    (expected, found)
}

/// The closing event as an EXPRESS execution logs it: ids are texts, details have no name of their own.
fn end_event(record: &ExecutionRecord) -> Value {
    let Some(event) = record.history().last().filter(|event| event.details.is_terminal()) else {
        return Value::Null;
    };
    let printed = event_to_json(event);
    let details = printed.as_object().and_then(|map| {
        map.iter()
            .find(|(key, _)| key.ends_with("EventDetails"))
            .map(|(_, details)| details.clone())
    });
    let details = match (&event.details, details) {
        (EventDetails::ExecutionAborted(_), None) => json!({}),
        (_, details) => details.unwrap_or_else(|| json!({})),
    };
    json!({
        "id": event.id.to_string(),
        "type": event.details.type_name(),
        "details": details,
        "previous_event_id": event.previous_event_id.to_string(),
        "event_timestamp": event.timestamp.as_millis().to_string(),
        "execution_arn": *record.config().execution_arn,
        "redrive_count": "0",
    })
}
