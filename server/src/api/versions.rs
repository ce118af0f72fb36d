//! PublishStateMachineVersion, DeleteStateMachineVersion, ListStateMachineVersions.

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::{List, Page};
use super::request::{add, empty, read, seconds};
use crate::error::ApiError;
use crate::hub::Handle;
use crate::registry::{self, Arn};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Publish {
    state_machine_arn: String,
    revision_id: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delete {
    state_machine_version_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListVersions {
    state_machine_arn: String,
    #[serde(flatten)]
    page: Page,
}

pub(super) async fn publish(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Publish { state_machine_arn, revision_id, description } = read(request)?;
    Arn::whole_machine(&state_machine_arn)?;
    hub.call(move |hub| {
        let revision_id = revision_id.as_deref();
        let version = registry::publish_version(hub, &state_machine_arn, revision_id, description)?;
        Ok(json!({
            "creationDate": seconds(version.created),
            "stateMachineVersionArn": version.arn,
        }))
    })
    .await
}

pub(super) async fn delete(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Delete { state_machine_version_arn } = read(request)?;
    hub.call(move |hub| registry::delete_version(hub, &state_machine_version_arn).map(|()| empty()))
        .await
}

/// Newest first. A machine that is not there has no versions: `StateMachineDoesNotExist` is none of this
/// operation's errors.
pub(super) async fn list(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let ListVersions { state_machine_arn, page } = read(request)?;
    Arn::whole_machine(&state_machine_arn)?;
    let seed = hub.config().seed;
    hub.call(move |hub| {
        let of = format!("ListStateMachineVersions {state_machine_arn}");
        let list = List { seed, of, now: hub.now() };
        let before = match page.place(&list)? {
            0 => u64::MAX,
            before => before,
        };
        let machine = hub.registry.machine(&state_machine_arn);
        let versions =
            machine.into_iter().flat_map(|machine| machine.versions.range(..before).rev());
        let (versions, token) = page.cut(&list, versions, |(number, _)| number.to_string());
        let entry = |(_, version): (&u64, &registry::Version)| {
            json!({
                "stateMachineVersionArn": version.arn,
                "creationDate": seconds(version.created),
            })
        };
        let versions: Vec<Value> = versions.into_iter().map(entry).collect();
        let mut answer = json!({"stateMachineVersions": versions});
        add(&mut answer, "nextToken", token);
        Ok(answer)
    })
    .await
}
