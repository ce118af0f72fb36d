//! Publishing and deleting versions.

use std::sync::Arc;

use super::{Arn, Version, document, machine_deleting, no_machine};
use crate::error::ApiError;
use crate::hub::Hub;

/// Most versions of a machine.
const VERSIONS_MAX: usize = 1_000;

/// Publishes the current revision of a machine, or finds the version that it has been published as.
///
/// # Errors
/// `StateMachineDoesNotExist`, `StateMachineDeleting`; `ConflictException` when another revision than the one
/// asked for is the current one; `ServiceQuotaExceededException`.
pub fn publish_version(
    hub: &mut Hub,
    machine_arn: &str,
    revision_id: Option<&str>,
    description: Option<String>,
) -> Result<Version, ApiError> {
    let now = hub.now();
    let machine = hub.registry.existing(machine_arn)?;
    if machine.deleting {
        return Err(machine_deleting(machine_arn));
    }
    let current = hub.registry.existing_revision(&machine.revision)?;
    let current_id = current.id.as_deref().unwrap_or("INITIAL");
    if let Some(asked) = revision_id.filter(|asked| *asked != current_id) {
        let message = format!(
            "Failed to publish the State Machine version for revision {asked}. The current State Machine revision is {current_id}."
        );
        return Err(ApiError::new("ConflictException", message));
    }
    // The same revision never gets two numbers, except that a deleted one does not come back.
    if let Some(version) = machine.versions.values().rev().find(|had| had.revision == current.key) {
        return Ok(version.clone());
    }
    if machine.versions.len() >= VERSIONS_MAX {
        let message = format!("The state machine has its {VERSIONS_MAX} versions already");
        return Err(ApiError::new("ServiceQuotaExceededException", message));
    }
    let number = machine.next_version;
    let version = Version {
        arn: format!("{machine_arn}:{number}"),
        number,
        revision: current.key.clone(),
        description,
        created: now,
    };
    let machine =
        hub.registry.machines.get_mut(machine_arn).ok_or_else(|| no_machine(machine_arn))?;
    let machine = Arc::make_mut(machine);
    machine.next_version += 1;
    machine.versions.insert(number, version.clone());
    let write = document::machine(machine);
    hub.write(write);
    hub.write(document::version(&version));
    Ok(version)
}

/// Deletes a version, if it is there. Executions of it go on.
///
/// # Errors
/// `InvalidArn`; `ConflictException` when an alias points to it.
pub fn delete_version(hub: &mut Hub, arn: &str) -> Result<(), ApiError> {
    let parsed = Arn::whole_machine(arn)?;
    let Some(machine) = hub.registry.machines.get_mut(parsed.base()) else { return Ok(()) };
    let Some(number) = machine.version(arn).map(|version| version.number) else { return Ok(()) };
    let points_here = |alias: &&super::Alias| {
        alias.routing.iter().any(|route| route.state_machine_version_arn == arn)
    };
    let aliases: Vec<&str> =
        machine.aliases.values().filter(points_here).map(|alias| alias.name.as_str()).collect();
    if !aliases.is_empty() {
        let message = format!(
            "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [{}]",
            aliases.join(", ")
        );
        return Err(ApiError::new("ConflictException", message));
    }
    Arc::make_mut(machine).versions.remove(&number);
    hub.write(document::delete_version(arn));
    Ok(())
}
