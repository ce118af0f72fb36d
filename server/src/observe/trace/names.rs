//! What spans and their attributes are called. Where OpenTelemetry's semantic conventions have a name it is used; what
//! only executions have is below `stepclock.`.

use std::sync::Arc;

use stepclock_engine::asl::WorkflowType;
use stepclock_engine::history::{EventDetails, StateType, TaskScheduledDetails};

use super::span::Attribute;
use crate::store::ExecutionRow;

pub(super) const ACTIVITY_ARN: &str = "aws.step_functions.activity.arn";
pub(super) const MACHINE_ARN: &str = "aws.step_functions.state_machine.arn";
pub(super) const FUNCTION_ARN: &str = "aws.lambda.invoked_arn";
pub(super) const ERROR: &str = "error.type";
pub(super) const EXECUTION_ARN: &str = "stepclock.execution.arn";
pub(super) const EXECUTION_NAME: &str = "stepclock.execution.name";
pub(super) const EXECUTION_TYPE: &str = "stepclock.execution.type";
pub(super) const REDRIVE_COUNT: &str = "stepclock.execution.redrive_count";
pub(super) const STATE_TYPE: &str = "stepclock.state.type";
pub(super) const ITERATION: &str = "stepclock.map.index";
pub(super) const MAP_LENGTH: &str = "stepclock.map.length";
pub(super) const MAP_RUN_ARN: &str = "stepclock.map_run.arn";
pub(super) const ATTEMPT: &str = "stepclock.task.attempt";
pub(super) const RESOURCE: &str = "stepclock.task.resource";
pub(super) const STATUS: &str = "stepclock.status";

/// A span's name and the attributes it begins with.
pub(super) type Described = (Arc<str>, Vec<(&'static str, Attribute)>);

pub(super) fn text(value: &str) -> Attribute {
    Attribute::Text(value.into())
}

/// The part of an ARN behind its last colon.
pub(super) fn last(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

pub(super) fn execution(row: &ExecutionRow) -> Described {
    let machine = row.version_arn.as_ref().unwrap_or(&row.machine_arn);
    let kind = match row.workflow_type {
        WorkflowType::Standard => "STANDARD",
        WorkflowType::Express => "EXPRESS",
    };
    let attributes = vec![
        (MACHINE_ARN, text(machine)),
        (EXECUTION_ARN, text(&row.arn)),
        (EXECUTION_NAME, text(&row.name)),
        (EXECUTION_TYPE, text(kind)),
    ];
    // `arn:aws:states:region:account:stateMachine:Name`, for children of a Map Run with `/Label` behind it.
    (last(&row.machine_arn).into(), attributes)
}

pub(super) fn state_type(state_type: StateType) -> Attribute {
    text(match state_type {
        StateType::Pass => "Pass",
        StateType::Task => "Task",
        StateType::Choice => "Choice",
        StateType::Wait => "Wait",
        StateType::Succeed => "Succeed",
        StateType::Fail => "Fail",
        StateType::Parallel => "Parallel",
        StateType::Map => "Map",
    })
}

/// An attempt of a task, if an event schedules one.
pub(super) fn attempt(details: &EventDetails) -> Option<Described> {
    Some(match details {
        EventDetails::TaskScheduled(details) => {
            let TaskScheduledDetails { resource, .. } = &**details;
            let resource = format!("{}:{}", resource.resource_type, resource.resource);
            (resource.as_str().into(), vec![(RESOURCE, text(&resource))])
        }
        EventDetails::LambdaFunctionScheduled(details) => {
            (last(&details.resource).into(), vec![(FUNCTION_ARN, text(&details.resource))])
        }
        EventDetails::ActivityScheduled(details) => {
            (last(&details.resource).into(), vec![(ACTIVITY_ARN, text(&details.resource))])
        }
        _ => return None,
    })
}
