//! The world of a case: its machines, objects, workers, and the execution in it.

use std::sync::Arc;

use stepclock_engine::asl::WorkflowType;
use stepclock_engine::data::{Payload, Timestamp, TimestampError};
use stepclock_engine::execution::{Mutation, ServiceRevision};
use stepclock_engine::sim::{ExecutionKey, Machine, StartRequest, Worker, World, WorldConfig};

use super::definitions::Definitions;
use crate::case::{Case, Kind, Named, WorkflowTypeName};
use crate::engine::Budget;

/// When simulated time starts unless the case says: moments in the recorded cases are relative to it.
const START_TIME: &str = "2026-11-21T02:40:11Z";

/// When simulated time starts.
///
/// # Errors
/// When the case says something that is no moment.
pub fn start_time(case: &Case) -> Result<Timestamp, TimestampError> {
    Timestamp::parse_rfc3339(case.start_time.as_deref().unwrap_or(START_TIME))
}

/// Why a case cannot be run.
pub(super) enum Unrunnable {
    /// The engine lacks something.
    Skip(String),
    /// The definition is refused, with this message.
    Refused(String),
    /// The case itself is wrong.
    Fail(String),
}

/// STANDARD unless the case says otherwise.
pub(super) fn workflow_type(case: &Case) -> WorkflowType {
    match case.workflow_type {
        Some(WorkflowTypeName::Express) => WorkflowType::Express,
        _ => WorkflowType::Standard,
    }
}

/// A world with the case's machine, objects and worker, and the execution in it.
pub(super) fn prepare(
    case: &Case,
    budget: &Budget,
    mutation: Option<Mutation>,
    definitions: &Definitions,
    answers: impl Worker + 'static,
) -> Result<(World, ExecutionKey), Unrunnable> {
    let skip = |reason: &str| Unrunnable::Skip(reason.to_owned());
    let definition = case.definition.as_ref().ok_or_else(|| skip("it has no definition"))?;
    let workflow_type = workflow_type(case);
    let start_time = start_time(case).map_err(|error| Unrunnable::Fail(error.to_string()))?;
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
        // In a recording, one of which no task was ever scheduled had been deleted.
        let used = |arn: &&String| {
            case.workers.is_some()
                || case.tasks.iter().any(|task| task.resource.as_ref() == Some(arn))
        };
        all.keys().filter(used).cloned().collect()
    });
    let mut world = World::new(WorldConfig {
        start_time,
        region: region.into(),
        account: account.into(),
        activities,
        service_revision: service_revision(case),
        seed: case.seed.unwrap_or_default(),
        steps_max: budget.steps,
        mutation,
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
    let compiled =
        definitions.compile(&definition.to_string(), workflow_type).map_err(Unrunnable::Refused)?;
    world.register_machine(Machine {
        name: machine.name.as_str().into(),
        arn: machine.arn.as_str().into(),
        definition: compiled,
        workflow_type,
        role_arn: role,
    });
    for (name, other) in &case.machines {
        let compiled = definitions
            .compile(&other.to_string(), WorkflowType::Standard)
            .map_err(|message| Unrunnable::Refused(format!("machine {name}: {message}")))?;
        world.register(name, compiled, WorkflowType::Standard);
    }
    world.add_worker(answers);
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
#[must_use]
pub fn service_revision(case: &Case) -> ServiceRevision {
    let month = case.recorded.as_deref().and_then(|recorded| {
        let (year, month) = (recorded.get(6..10)?, recorded.get(3..5)?);
        Some((year.parse::<u32>().ok()?, month.parse::<u32>().ok()?))
    });
    match month {
        Some(month) if month < (2024, 11) => ServiceRevision::Before2024November,
        Some(month) if month < (2024, 12) => ServiceRevision::Before2024December,
        _ => ServiceRevision::Current,
    }
}
