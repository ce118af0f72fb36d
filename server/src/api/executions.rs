//! StartExecution, StartSyncExecution, StopExecution, RedriveExecution, DescribeExecution,
//! DescribeStateMachineForExecution, ListExecutions.

use serde::Deserialize;
use serde_json::{Value, json};
use stepclock_engine::asl::{WorkflowType, json_fault};
use stepclock_engine::data::Payload;

use super::machines::revision_members;
use super::name;
use super::page::{List, Page};
use super::request::{add, read, seconds};
use crate::error::ApiError;
use crate::hub::{Handle, StartRequest, describe, does_not_exist};
use crate::registry::{self, Arn, Registry};
use crate::store::{ExecutionId, ExecutionQuery, StoredExecution};

/// Bytes of an execution's input, at most.
const INPUT_BYTES_MAX: usize = 262_144;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    state_machine_arn: String,
    name: Option<String>,
    input: Option<String>,
    trace_header: Option<String>,
    included_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stop {
    execution_arn: String,
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    execution_arn: String,
    included_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    state_machine_arn: Option<String>,
    map_run_arn: Option<String>,
    status_filter: Option<String>,
    redrive_filter: Option<String>,
    #[serde(flatten)]
    page: Page,
}

pub(super) async fn start(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let (start, _) = start_request(read(request)?)?;
    let started = hub.call(move |hub| hub.start_execution(start)).await?;
    Ok(json!({"executionArn": &*started.arn, "startDate": seconds(started.date)}))
}

pub(super) async fn start_sync(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let (start, included_data) = start_request(read(request)?)?;
    let trace_header = start.trace_header.clone();
    let mut answer = hub.ask(move |hub, reply| hub.start_sync_execution(start, reply)).await?;
    add(&mut answer, "traceHeader", trace_header);
    include(&mut answer, included_data.as_deref());
    Ok(answer)
}

fn start_request(request: Start) -> Result<(StartRequest, Option<String>), ApiError> {
    let (machine, _) =
        request.state_machine_arn.split_once('#').unwrap_or((&request.state_machine_arn, ""));
    Arn::whole_machine(machine)?;
    if let Some(name) = &request.name {
        name::check(name)?;
    }
    let input = match &request.input {
        None => Payload::empty_object(),
        Some(text) => input(text)?,
    };
    let start = StartRequest {
        name: request.name,
        trace_header: request.trace_header,
        ..StartRequest::new(request.state_machine_arn, input)
    };
    Ok((start, request.included_data))
}

/// Reads an execution's input; the words of the refusals were recorded.
fn input(text: &str) -> Result<Payload, ApiError> {
    if text.len() > INPUT_BYTES_MAX {
        let message = format!(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have \
             length less than or equal to {INPUT_BYTES_MAX}"
        );
        return Err(ApiError::validation(message));
    }
    Payload::parse(text).map_err(|error| {
        let why = match text.trim().is_empty() {
            true => "Invalid execution input.".to_owned(),
            false => json_fault(text).unwrap_or_else(|| error.to_string()),
        };
        let message = format!("Invalid State Machine Execution Input: '{why}'");
        ApiError::new("InvalidExecutionInput", message)
    })
}

pub(super) async fn stop(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Stop { execution_arn, error, cause } = read(request)?;
    standard(&execution_arn)?;
    let (error, cause) = (error.map(Into::into), cause.map(Into::into));
    let stopped = hub.call(move |hub| hub.stop_execution(&execution_arn, error, cause)).await?;
    Ok(json!({"stopDate": seconds(stopped)}))
}

pub(super) async fn redrive(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Named { execution_arn, .. } = read(request)?;
    standard(&execution_arn)?;
    let redriven = hub.call(move |hub| hub.redrive_execution(&execution_arn)).await?;
    Ok(json!({"redriveDate": seconds(redriven)}))
}

pub(super) async fn describe_execution(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Named { execution_arn, included_data } = read(request)?;
    described(&execution_arn)?;
    let stored = find(hub, &execution_arn)?;
    let (row, state) = (&stored.row, &stored.state);
    let mut answer = describe(row, state).describe();
    add(&mut answer, "stateMachineVersionArn", row.version_arn.clone());
    add(&mut answer, "stateMachineAliasArn", row.alias_arn.clone());
    add(&mut answer, "traceHeader", row.trace_header.clone());
    add(&mut answer, "redriveDate", state.redriven.map(seconds));
    include(&mut answer, included_data.as_deref());
    Ok(answer)
}

pub(super) async fn describe_machine(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Named { execution_arn, included_data } = read(request)?;
    described(&execution_arn)?;
    let stored = find(hub, &execution_arn)?;
    let key = stored.row.revision.clone();
    let revision = hub
        .call(move |hub| {
            let lost = || ApiError::internal(format!("the store has no definition {key}"));
            hub.registry.revision(&key).ok_or_else(lost)
        })
        .await?;
    let name = Arn::machine(&revision.machine_arn).map(|arn| arn.name.to_owned())?;
    let mut answer = revision_members(&revision, included_data.as_deref());
    add(&mut answer, "stateMachineArn", Some(stored.row.machine_arn.as_str()));
    add(&mut answer, "name", Some(name));
    add(&mut answer, "updateDate", Some(seconds(revision.updated)));
    if let Some(parent) = &stored.row.parent {
        add(&mut answer, "mapRunArn", Some(parent.map_run_arn.clone()));
        let label = Arn::machine(&stored.row.machine_arn).ok().and_then(|arn| arn.labelled());
        add(&mut answer, "label", label.map(|(_, label)| label.to_owned()));
    }
    Ok(answer)
}

pub(super) async fn list(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Listing { state_machine_arn, map_run_arn, status_filter, redrive_filter, page } =
        read(request)?;
    let mut query = ExecutionQuery {
        status: status_filter,
        redriven: redrive_filter.map(|filter| filter == "REDRIVEN"),
        limit: page.size().saturating_add(1),
        ..ExecutionQuery::default()
    };
    let of = match (&state_machine_arn, map_run_arn) {
        (Some(arn), None) => {
            let parsed = Arn::machine(arn)?;
            if parsed.labelled().is_none() {
                let (arn, base) = (arn.clone(), parsed.base().to_owned());
                hub.call(move |hub| listable(&hub.registry, &arn, &base)).await?;
            }
            match (parsed.rest, parsed.version()) {
                (None, _) => query.machine_arn = Some(arn.clone()),
                (Some(_), Some(_)) => {
                    query.machine_arn = Some(parsed.base().to_owned());
                    query.version_arn = Some(arn.clone());
                }
                (Some(_), None) => {
                    query.machine_arn = Some(parsed.base().to_owned());
                    query.alias_arn = Some(arn.clone());
                }
            }
            arn.clone()
        }
        (None, Some(arn)) => {
            Arn::parse(&arn, &["mapRun"])?;
            query.map_run_arn = Some(arn.clone());
            arn
        }
        _ => {
            let message = "Must provide either a state machine ARN or map run ARN";
            return Err(ApiError::validation(message));
        }
    };
    let now = hub.call(|hub| Ok(hub.now())).await?;
    let list = List { seed: hub.config().seed, of: format!("ListExecutions {of}"), now };
    query.before = page.after(&list)?.and_then(|place| parse_place(&place));
    let found = hub.store().list(&query)?;
    let (executions, token) = page.cut(&list, found.into_iter(), place);
    let executions: Vec<Value> = executions.iter().map(entry).collect();
    let mut answer = json!({"executions": executions});
    add(&mut answer, "nextToken", token);
    Ok(answer)
}

/// EXPRESS workflows have no list of executions.
fn listable(registry: &Registry, arn: &str, base: &str) -> Result<(), ApiError> {
    let machine = registry.machine(base).ok_or_else(|| registry::no_machine(arn))?;
    if machine.workflow_type == WorkflowType::Express {
        let message = "This operation is not supported by this type of state machine";
        return Err(ApiError::new("StateMachineTypeNotSupported", message));
    }
    Ok(())
}

fn place(stored: &StoredExecution) -> String {
    format!("{}-{}", stored.row.started.as_millis(), stored.row.id.0)
}

fn parse_place(place: &str) -> Option<(stepclock_engine::data::Timestamp, ExecutionId)> {
    let (started, id) = place.rsplit_once('-')?;
    let started = stepclock_engine::data::Timestamp::from_millis(started.parse().ok()?);
    Some((started, ExecutionId(id.parse().ok()?)))
}

fn entry(stored: &StoredExecution) -> Value {
    let (row, state) = (&stored.row, &stored.state);
    let mut entry = json!({
        "executionArn": row.arn,
        "stateMachineArn": row.machine_arn,
        "name": row.name,
        "status": state.status(),
        "startDate": seconds(row.started),
    });
    add(&mut entry, "stopDate", state.stopped.map(seconds));
    add(&mut entry, "mapRunArn", row.parent.as_ref().map(|parent| parent.map_run_arn.clone()));
    add(&mut entry, "stateMachineVersionArn", row.version_arn.clone());
    add(&mut entry, "stateMachineAliasArn", row.alias_arn.clone());
    add(&mut entry, "redriveCount", Some(state.redrives));
    add(&mut entry, "redriveDate", state.redriven.map(seconds));
    entry
}

/// Leaves the data out when only metadata is asked for.
fn include(answer: &mut Value, included_data: Option<&str>) {
    let Some(members) = answer.as_object_mut() else { return };
    if included_data != Some("METADATA_ONLY") {
        return;
    }
    for (data, details) in [("input", "inputDetails"), ("output", "outputDetails")] {
        members.shift_remove(data);
        if let Some(details) = members.get_mut(details) {
            *details = json!({"included": false});
        }
    }
    for member in ["error", "cause"] {
        members.shift_remove(member);
    }
}

/// An execution of a STANDARD workflow, by its ARN's form.
pub(super) fn standard(arn: &str) -> Result<(), ApiError> {
    Arn::parse(arn, &["execution"]).map(|_| ())
}

/// An execution that can be described: of a STANDARD workflow, or an EXPRESS child of a Map Run.
fn described(arn: &str) -> Result<(), ApiError> {
    match Arn::parse(arn, &["execution", "express"])? {
        parsed if parsed.kind == "express" && parsed.labelled().is_none() => standard(arn),
        _ => Ok(()),
    }
}

/// An execution as the store has it.
pub(super) fn find(hub: &Handle, arn: &str) -> Result<StoredExecution, ApiError> {
    let id = hub.store().find(arn)?.ok_or_else(|| does_not_exist(arn))?;
    hub.store().execution(id)?.ok_or_else(|| does_not_exist(arn))
}
