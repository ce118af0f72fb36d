//! Creating, changing and deleting aliases.

use std::sync::Arc;

use super::{Alias, Arn, Route, document, machine_deleting, no_machine, no_such_resource};
use crate::error::ApiError;
use crate::hub::Hub;

/// Most aliases of a machine.
const ALIASES_MAX: usize = 100;

/// What an alias is created with.
#[derive(Debug, Clone)]
pub struct NewAlias {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// Where its executions go.
    pub routing: Vec<Route>,
}

/// What to change about an alias.
#[derive(Debug, Clone)]
pub struct AliasChange {
    /// What it is about from now on.
    pub description: Option<String>,
    /// Where its executions go from now on.
    pub routing: Option<Vec<Route>>,
}

/// Creates an alias, or finds the one that has this name, description and routing already.
///
/// # Errors
/// `ValidationException`, `ResourceNotFound`; `ConflictException` when it is there, but different;
/// `StateMachineDeleting`; `ServiceQuotaExceededException`.
pub fn create_alias(hub: &mut Hub, new: NewAlias) -> Result<Alias, ApiError> {
    let machine_arn = check_routing(hub, &new.routing, None)?;
    let now = hub.now();
    let machine = hub.registry.existing(&machine_arn)?;
    if let Some(alias) = machine.aliases.get(&new.name) {
        if alias.routing == new.routing && alias.description == new.description {
            return Ok(alias.clone());
        }
        let message = "Failed to create alias because an alias with the same name and a different routing configuration already exists.";
        return Err(ApiError::new("ConflictException", message));
    }
    if machine.aliases.len() >= ALIASES_MAX {
        let message = format!("The state machine has its {ALIASES_MAX} aliases already");
        return Err(ApiError::new("ServiceQuotaExceededException", message));
    }
    let alias = Alias {
        arn: format!("{machine_arn}:{}", new.name),
        name: new.name,
        sequence: hub.registry.next_sequence(),
        description: new.description,
        routing: new.routing,
        created: now,
        updated: now,
    };
    put(hub, &machine_arn, alias.clone())?;
    Ok(alias)
}

/// Changes an alias.
///
/// # Errors
/// `InvalidArn`, `ValidationException`, `ResourceNotFound`, `StateMachineDeleting`.
pub fn update_alias(hub: &mut Hub, arn: &str, change: AliasChange) -> Result<Alias, ApiError> {
    let parsed = Arn::machine(arn)?;
    let now = hub.now();
    let mut alias = find_alias(hub, arn)?.clone();
    if let Some(routing) = change.routing {
        check_routing(hub, &routing, Some(parsed.base()))?;
        alias.routing = routing;
    }
    if let Some(description) = change.description {
        alias.description = Some(description);
    }
    alias.updated = now;
    put(hub, parsed.base(), alias.clone())?;
    Ok(alias)
}

/// Deletes an alias, if it is there. Executions that it started go on.
///
/// # Errors
/// `InvalidArn`.
pub fn delete_alias(hub: &mut Hub, arn: &str) -> Result<(), ApiError> {
    let parsed = Arn::machine(arn)?;
    let (Some(name), Some(machine)) = (parsed.rest, hub.registry.machines.get_mut(parsed.base()))
    else {
        return Ok(());
    };
    if machine.aliases.contains_key(name) {
        Arc::make_mut(machine).aliases.remove(name);
        hub.write(document::delete_alias(arn));
    }
    Ok(())
}

/// An alias by its ARN.
///
/// # Errors
/// `InvalidArn`, `ResourceNotFound`.
pub fn find_alias<'a>(hub: &'a Hub, arn: &str) -> Result<&'a Alias, ApiError> {
    let parsed = Arn::machine(arn)?;
    let machine = hub.registry.machines.get(parsed.base());
    let alias = machine.and_then(|machine| machine.aliases.get(parsed.rest?));
    alias.ok_or_else(no_such_resource)
}

fn put(hub: &mut Hub, machine_arn: &str, alias: Alias) -> Result<(), ApiError> {
    let machine =
        hub.registry.machines.get_mut(machine_arn).ok_or_else(|| no_machine(machine_arn))?;
    let write = document::alias(&alias);
    Arc::make_mut(machine).aliases.insert(alias.name.clone(), alias);
    hub.write(write);
    Ok(())
}

/// Checks where an alias would send its executions; gives the machine's ARN.
fn check_routing(
    hub: &Hub,
    routing: &[Route],
    machine_arn: Option<&str>,
) -> Result<String, ApiError> {
    let arns: Vec<&str> =
        routing.iter().map(|route| route.state_machine_version_arn.as_str()).collect();
    // The order of these checks and their words are those of recorded refusals.
    let refuse = |rule: &str, received: &[String]| {
        let message = format!("{rule}. Received: [{}]", received.join(", "));
        Err(ApiError::validation(message).with("reason", "INVALID_ROUTING_CONFIGURATION"))
    };
    let received: Vec<String> = arns.iter().map(|arn| (*arn).to_owned()).collect();
    let parsed = arns.iter().map(|arn| Arn::machine(arn)).collect::<Result<Vec<_>, _>>()?;
    if parsed.iter().any(|arn| arn.version().is_none()) {
        return refuse("Routing configuration must contain state machine version ARNs", &received);
    }
    if arns.iter().enumerate().any(|(index, arn)| arns[..index].contains(arn)) {
        let rule = "Routing configuration must contain distinct state machine version ARNs";
        return refuse(rule, &received);
    }
    let total: u64 = routing.iter().map(|route| route.weight).sum();
    if total != 100 {
        let weights: Vec<String> = routing.iter().map(|route| route.weight.to_string()).collect();
        return refuse("Sum of routing configuration weights must equal 100", &weights);
    }
    let base = machine_arn.or(parsed.first().map(Arn::base)).unwrap_or_default();
    if parsed.iter().any(|arn| arn.base() != base) {
        let rule = "Routing configuration must contain versions of the same state machine";
        return refuse(rule, &received);
    }
    let machine = hub.registry.machines.get(base).ok_or_else(no_such_resource)?;
    if machine.deleting {
        return Err(machine_deleting(base));
    }
    if arns.iter().any(|arn| machine.version(arn).is_none()) {
        return Err(no_such_resource());
    }
    Ok(base.to_owned())
}
