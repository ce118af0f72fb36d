//! The operations: each reads its request, asks the hub, and words the answer.
//!
//! One file a family. [`request`] and [`page`] are what they share.

mod activities;
mod aliases;
mod configuration;
mod executions;
mod history;
mod machines;
mod map_runs;
mod name;
mod page;
mod request;
mod tags;
mod tasks;
mod test_state;
mod validate;
mod versions;

use serde_json::Value;

use crate::error::ApiError;
use crate::hub::Handle;

/// Carries out an operation of the API, named as in `X-Amz-Target`. The request has the shape that the service
/// model gives it; the answer has that of the operation's output.
///
/// # Errors
/// What the operation refuses.
pub async fn call(hub: &Handle, operation: &str, request: Value) -> Result<Value, ApiError> {
    hub.settled().await?;
    match operation {
        "CreateActivity" => activities::create(hub, request).await,
        "CreateStateMachine" => machines::create(hub, request).await,
        "CreateStateMachineAlias" => aliases::create(hub, request).await,
        "DeleteActivity" => activities::delete(hub, request).await,
        "DeleteStateMachine" => machines::delete(hub, request).await,
        "DeleteStateMachineAlias" => aliases::delete(hub, request).await,
        "DeleteStateMachineVersion" => versions::delete(hub, request).await,
        "DescribeMapRun" => map_runs::describe(hub, request).await,
        "ListMapRuns" => map_runs::list(hub, request).await,
        "UpdateMapRun" => map_runs::update(hub, request).await,
        "DescribeExecution" => executions::describe_execution(hub, request).await,
        "DescribeStateMachineForExecution" => executions::describe_machine(hub, request).await,
        "GetActivityTask" => tasks::get(hub, request).await,
        "GetExecutionHistory" => history::get(hub, request).await,
        "ListExecutions" => executions::list(hub, request).await,
        "RedriveExecution" => executions::redrive(hub, request).await,
        "SendTaskFailure" => tasks::fail(hub, request).await,
        "SendTaskHeartbeat" => tasks::heartbeat(hub, request).await,
        "SendTaskSuccess" => tasks::succeed(hub, request).await,
        "StartExecution" => executions::start(hub, request).await,
        "StartSyncExecution" => executions::start_sync(hub, request).await,
        "StopExecution" => executions::stop(hub, request).await,
        "DescribeActivity" => activities::describe(hub, request).await,
        "DescribeStateMachine" => machines::describe(hub, request).await,
        "DescribeStateMachineAlias" => aliases::describe(hub, request).await,
        "ListActivities" => activities::list(hub, request).await,
        "ListStateMachineAliases" => aliases::list(hub, request).await,
        "ListStateMachineVersions" => versions::list(hub, request).await,
        "ListStateMachines" => machines::list(hub, request).await,
        "ListTagsForResource" => tags::list(hub, request).await,
        "PublishStateMachineVersion" => versions::publish(hub, request).await,
        "TagResource" => tags::tag(hub, request).await,
        "TestState" => test_state::test(hub, request).await,
        "UntagResource" => tags::untag(hub, request).await,
        "UpdateStateMachine" => machines::update(hub, request).await,
        "UpdateStateMachineAlias" => aliases::update(hub, request).await,
        "ValidateStateMachineDefinition" => validate::validate(request),
        _ => Err(ApiError::new("UnknownOperationException", format!("{operation} is not known"))),
    }
}
