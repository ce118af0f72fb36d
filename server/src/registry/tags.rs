//! Tags of state machines and activities.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Arn, document};
use crate::error::ApiError;
use crate::hub::Hub;

/// Most tags that a resource has.
const TAGS_MAX: usize = 50;

/// Tags, in the order they were given; a key that comes again has its last value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(pub IndexMap<String, String>);

impl Tags {
    /// `TooManyTags` when a resource may not have so many.
    ///
    /// # Errors
    /// `TooManyTags`.
    pub fn check(&self, arn: &str) -> Result<(), ApiError> {
        if self.0.len() <= TAGS_MAX {
            return Ok(());
        }
        let message = format!("Too many tags: a resource has at most {TAGS_MAX}");
        Err(ApiError::new("TooManyTags", message).with("resourceName", arn))
    }
}

/// The tags of a state machine or activity.
///
/// # Errors
/// `InvalidArn`, `ResourceNotFound`: a version or an alias has no tags.
pub fn tags_of(hub: &Hub, arn: &str) -> Result<Tags, ApiError> {
    let parsed = Arn::parse(arn, &["stateMachine", "activity"])?;
    let tags = if parsed.kind == "activity" {
        hub.registry.activities.get(arn).map(|activity| &activity.tags)
    } else {
        hub.registry.machines.get(arn).map(|machine| &machine.tags)
    };
    let missing = || ApiError::new("ResourceNotFound", format!("Resource not found: '{arn}'"));
    tags.cloned().map(Tags).ok_or_else(missing)
}

/// Adds tags to those of a state machine or activity.
///
/// # Errors
/// `InvalidArn`, `ResourceNotFound`, `TooManyTags`.
pub fn tag(hub: &mut Hub, arn: &str, more: Tags) -> Result<(), ApiError> {
    let mut tags = tags_of(hub, arn)?;
    tags.0.extend(more.0);
    tags.check(arn)?;
    set_tags(hub, arn, tags);
    Ok(())
}

/// Takes tags from those of a state machine or activity.
///
/// # Errors
/// `InvalidArn`, `ResourceNotFound`.
pub fn untag(hub: &mut Hub, arn: &str, keys: &[String]) -> Result<(), ApiError> {
    let mut tags = tags_of(hub, arn)?;
    tags.0.retain(|key, _| !keys.contains(key));
    set_tags(hub, arn, tags);
    Ok(())
}

fn set_tags(hub: &mut Hub, arn: &str, tags: Tags) {
    if let Some(activity) = hub.registry.activities.get_mut(arn) {
        activity.tags = tags.0;
        let write = document::activity(activity);
        hub.write(write);
    } else if let Some(machine) = hub.registry.machines.get_mut(arn) {
        let machine = Arc::make_mut(machine);
        machine.tags = tags.0;
        let write = document::machine(machine);
        hub.write(write);
    }
}
