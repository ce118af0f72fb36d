//! GetActivityTask, SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat.

use serde::Deserialize;
use serde_json::{Value, json};
use stepclock_engine::data::Payload;
use stepclock_engine::execution::Input;

use super::request::{empty, read};
use crate::error::ApiError;
use crate::hub::Handle;
use crate::registry::{self, Arn};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Poll {
    activity_arn: String,
    worker_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Success {
    task_token: String,
    output: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    task_token: String,
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Heartbeat {
    task_token: String,
}

pub(super) async fn get(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Poll { activity_arn, worker_name } = read(request)?;
    Arn::parse(&activity_arn, &["activity"])?;
    let task = hub
        .ask(move |hub, reply| {
            if hub.registry.has_activity(&activity_arn) {
                hub.poll_activity(&activity_arn, worker_name.map(Into::into), reply);
            } else {
                reply.send(Err(registry::no_activity(&activity_arn)));
            }
        })
        .await?;
    Ok(match task {
        Some(task) => json!({"taskToken": task.token, "input": task.input}),
        None => empty(),
    })
}

pub(super) async fn succeed(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Success { task_token, output } = read(request)?;
    let output = Payload::parse(&output)
        .map_err(|error| ApiError::new("InvalidOutput", format!("Invalid Output: '{error}'")))?;
    answer(hub, task_token, |task| Input::TaskSucceeded { task, output }).await
}

pub(super) async fn fail(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Failure { task_token, error, cause } = read(request)?;
    let (error, cause) = (error.map(Into::into), cause.map(Into::into));
    answer(hub, task_token, |task| Input::TaskFailed { task, error, cause }).await
}

pub(super) async fn heartbeat(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Heartbeat { task_token } = read(request)?;
    answer(hub, task_token, |task| Input::TaskHeartbeat { task }).await
}

async fn answer(
    hub: &Handle,
    token: String,
    input: impl FnOnce(stepclock_engine::execution::TaskId) -> Input + Send + 'static,
) -> Result<Value, ApiError> {
    hub.call(move |hub| Ok(hub.answer_token(&token, input)?)).await?;
    Ok(empty())
}
