//! TagResource, UntagResource, ListTagsForResource.

use serde::Deserialize;
use serde_json::{Value, json};

use super::request::{empty, read};
use crate::error::ApiError;
use crate::hub::Handle;
use crate::registry::{self, Tags};

/// A tag in a request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Tag {
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagResource {
    resource_arn: String,
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListTags {
    resource_arn: String,
}

/// The tags of a request.
pub(super) fn collect(tags: Vec<Tag>) -> Tags {
    Tags(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

pub(super) async fn tag(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let TagResource { resource_arn, tags } = read(request)?;
    hub.call(move |hub| registry::tag(hub, &resource_arn, collect(tags)).map(|()| empty())).await
}

pub(super) async fn untag(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let UntagResource { resource_arn, tag_keys } = read(request)?;
    hub.call(move |hub| registry::untag(hub, &resource_arn, &tag_keys).map(|()| empty())).await
}

pub(super) async fn list(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let ListTags { resource_arn } = read(request)?;
    hub.call(move |hub| {
        let tags = registry::tags_of(hub, &resource_arn)?;
        let tags = tags.0.into_iter().map(|(key, value)| json!({"key": key, "value": value}));
        Ok(json!({"tags": tags.collect::<Vec<_>>()}))
    })
    .await
}
