//! CreateActivity, DeleteActivity, DescribeActivity, ListActivities.

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::{List, Page};
use super::request::{add, empty, read, seconds};
use super::tags::{Tag, collect};
use super::{configuration, name};
use crate::error::ApiError;
use crate::hub::Handle;
use crate::registry::{self, Activity, Arn};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    name: String,
    #[serde(default)]
    tags: Vec<Tag>,
    encryption_configuration: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    activity_arn: String,
}

pub(super) async fn create(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Create { name, tags, encryption_configuration } = read(request)?;
    name::check(&name)?;
    let encryption = configuration::encryption(encryption_configuration)?;
    let tags = collect(tags);
    let arn = registry::arn(hub.config(), "activity", &name);
    tags.check(&arn)?;
    hub.call(move |hub| {
        let activity = registry::create_activity(hub, name, encryption, tags)?;
        Ok(json!({"activityArn": activity.arn, "creationDate": seconds(activity.created)}))
    })
    .await
}

pub(super) async fn delete(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Named { activity_arn } = read(request)?;
    Arn::parse(&activity_arn, &["activity"])?;
    hub.call(move |hub| {
        registry::delete_activity(hub, &activity_arn);
        Ok(empty())
    })
    .await
}

pub(super) async fn describe(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Named { activity_arn } = read(request)?;
    Arn::parse(&activity_arn, &["activity"])?;
    hub.call(move |hub| {
        let activity = hub.registry.activity(&activity_arn);
        let activity = activity.ok_or_else(|| registry::no_activity(&activity_arn))?;
        let mut answer = entry(activity);
        add(&mut answer, "encryptionConfiguration", Some(activity.encryption.clone()));
        Ok(answer)
    })
    .await
}

pub(super) async fn list(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let page: Page = read(request)?;
    let seed = hub.config().seed;
    hub.call(move |hub| {
        let list = List { seed, of: "ListActivities".to_owned(), now: hub.now() };
        let after = page.place(&list)?;
        let rest = hub.registry.activities_after(after);
        let (activities, token) = page.cut(&list, rest, |last| last.sequence.to_string());
        let activities: Vec<Value> = activities.into_iter().map(entry).collect();
        let mut answer = json!({"activities": activities});
        add(&mut answer, "nextToken", token);
        Ok(answer)
    })
    .await
}

fn entry(activity: &Activity) -> Value {
    json!({
        "activityArn": activity.arn,
        "name": activity.name,
        "creationDate": seconds(activity.created),
    })
}
