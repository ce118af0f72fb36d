//! Creating and deleting activities.

use serde_json::Value;

use super::{Activity, Tags, arn, document};
use crate::error::ApiError;
use crate::hub::Hub;

/// Most activities in an account and region.
const ACTIVITIES_MAX: usize = 100_000;

/// Creates an activity, or finds the one that has the name already: then its tags stay.
///
/// # Errors
/// `ActivityAlreadyExists` when that one is encrypted in another way; `ActivityLimitExceeded`.
pub fn create_activity(
    hub: &mut Hub,
    name: String,
    encryption: Value,
    tags: Tags,
) -> Result<Activity, ApiError> {
    let arn = arn(&hub.config, "activity", &name);
    if let Some(activity) = hub.registry.activities.get(&arn) {
        if activity.encryption != encryption {
            let message = format!("Activity Already Exists: '{arn}'");
            return Err(ApiError::new("ActivityAlreadyExists", message));
        }
        return Ok(activity.clone());
    }
    if hub.registry.activities.len() >= ACTIVITIES_MAX {
        let message = format!("The account has its {ACTIVITIES_MAX} activities already");
        return Err(ApiError::new("ActivityLimitExceeded", message));
    }
    let activity = Activity {
        arn,
        name,
        sequence: hub.registry.next_sequence(),
        created: hub.now(),
        encryption,
        tags: tags.0,
    };
    hub.write(document::activity(&activity));
    hub.registry.put_activity(activity.clone());
    Ok(activity)
}

/// Deletes an activity, if it is there.
pub fn delete_activity(hub: &mut Hub, arn: &str) {
    let Some(activity) = hub.registry.activities.remove(arn) else { return };
    hub.registry.activity_order.remove(&activity.sequence);
    hub.write(document::delete_activity(arn));
}
