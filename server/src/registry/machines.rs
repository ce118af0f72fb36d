//! Creating, changing and deleting state machines.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use stepclock_engine::asl::{Definition, WorkflowType};

use super::{
    CreatedWith, Machine, Revision, Tags, Version, arn, document, machine_deleting, no_machine,
    publish_version,
};
use crate::error::ApiError;
use crate::hub::Hub;
use crate::store::ExecutionQuery;

/// Most state machines in an account and region.
const MACHINES_MAX: usize = 100_000;

/// What a revision consists of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The definition's text as it was sent.
    pub text: Arc<str>,
    /// The same, compiled.
    pub definition: Arc<Definition>,
    /// The role it runs as.
    pub role_arn: String,
    /// `loggingConfiguration`, complete.
    pub logging: Value,
    /// `tracingConfiguration`, complete.
    pub tracing: Value,
    /// `encryptionConfiguration`, complete.
    pub encryption: Value,
}

/// What a machine is created with.
#[derive(Debug, Clone)]
pub struct NewMachine {
    /// Its name.
    pub name: String,
    /// STANDARD or EXPRESS.
    pub workflow_type: WorkflowType,
    /// Its first revision.
    pub settings: Settings,
    /// Its tags.
    pub tags: Tags,
    /// Whether to publish the first version.
    pub created_with: CreatedWith,
}

/// A machine that was created, or was there already.
#[derive(Debug, Clone)]
pub struct Created {
    /// The machine.
    pub machine: Arc<Machine>,
    /// Its version, if one was to be published.
    pub version: Option<Version>,
}

/// What to change about a machine; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct MachineChange {
    /// Another definition: its text, and the same compiled.
    pub definition: Option<(Arc<str>, Arc<Definition>)>,
    /// Another role.
    pub role_arn: Option<String>,
    /// Another `loggingConfiguration`, complete.
    pub logging: Option<Value>,
    /// Another `tracingConfiguration`, complete.
    pub tracing: Option<Value>,
    /// Another `encryptionConfiguration`, complete.
    pub encryption: Option<Value>,
    /// Whether to publish a version of what comes of it.
    pub publish: bool,
    /// What the version is about.
    pub version_description: Option<String>,
}

/// What came of a change.
#[derive(Debug, Clone)]
pub struct Updated {
    /// The current revision.
    pub revision: Arc<Revision>,
    /// Its version, if one was to be published.
    pub version: Option<Version>,
}

/// Creates a machine, or finds the one that is the same but for its role and tags: these stay then.
///
/// # Errors
/// `StateMachineAlreadyExists`, `StateMachineDeleting`, `StateMachineLimitExceeded`.
pub fn create_machine(hub: &mut Hub, new: NewMachine) -> Result<Created, ApiError> {
    let arn = arn(&hub.config, "stateMachine", &new.name);
    new.tags.check(&arn)?;
    finish_deleting(hub, &arn);
    if let Some(machine) = hub.registry.machines.get(&arn).cloned() {
        return existing(hub, machine, &new);
    }
    if hub.registry.machines.len() >= MACHINES_MAX {
        let message = format!("The account has its {MACHINES_MAX} state machines already");
        return Err(ApiError::new("StateMachineLimitExceeded", message));
    }
    let revision = new_revision(hub, &arn, None, new.workflow_type, new.settings);
    let machine = Machine {
        arn: arn.clone(),
        name: new.name,
        sequence: hub.registry.next_sequence(),
        workflow_type: new.workflow_type,
        created: hub.now(),
        revision: revision.key.clone(),
        deleting: false,
        next_version: 1,
        tags: new.tags.0,
        created_with: new.created_with.clone(),
        versions: BTreeMap::new(),
        aliases: BTreeMap::new(),
    };
    hub.write(document::revision(&revision));
    hub.write(document::machine(&machine));
    hub.registry.revisions.insert(revision.key.clone(), Arc::new(revision));
    hub.registry.put_machine(machine);
    let version = match new.created_with {
        CreatedWith { publish: true, version_description } => {
            Some(publish_version(hub, &arn, None, version_description)?)
        }
        CreatedWith { publish: false, .. } => None,
    };
    Ok(Created { machine: hub.registry.existing(&arn)?.clone(), version })
}

/// A request to create a machine that is there.
fn existing(hub: &Hub, machine: Arc<Machine>, new: &NewMachine) -> Result<Created, ApiError> {
    if machine.deleting {
        return Err(machine_deleting(&machine.arn));
    }
    let current = hub.registry.existing_revision(&machine.revision)?;
    let same = machine.workflow_type == new.workflow_type
        && machine.created_with == new.created_with
        && current.text == new.settings.text
        && current.logging == new.settings.logging
        && current.tracing == new.settings.tracing
        && current.encryption == new.settings.encryption;
    if !same {
        let message = format!("State Machine Already Exists: '{}'", machine.arn);
        return Err(ApiError::new("StateMachineAlreadyExists", message));
    }
    let published = new.created_with.publish;
    let of_current = |version: &&Version| version.revision == machine.revision;
    let version = machine.versions.values().find(of_current).filter(|_| published).cloned();
    Ok(Created { machine, version })
}

/// Changes a machine. What stays as it was gives no new revision.
///
/// # Errors
/// `StateMachineDoesNotExist`, also of a version or an alias; `StateMachineDeleting`.
pub fn update_machine(
    hub: &mut Hub,
    arn: &str,
    change: MachineChange,
) -> Result<Updated, ApiError> {
    let machine = hub.registry.existing(arn)?.clone();
    if machine.deleting {
        return Err(machine_deleting(arn));
    }
    let current = hub.registry.existing_revision(&machine.revision)?;
    let (text, definition) = match change.definition {
        Some(changed) => changed,
        None => (current.text.clone(), current.definition()?.clone()),
    };
    let settings = Settings {
        text,
        definition,
        role_arn: change.role_arn.unwrap_or_else(|| current.role_arn.clone()),
        logging: change.logging.unwrap_or_else(|| current.logging.clone()),
        tracing: change.tracing.unwrap_or_else(|| current.tracing.clone()),
        encryption: change.encryption.unwrap_or_else(|| current.encryption.clone()),
    };
    let revision = if same(&current, &settings) {
        current
    } else {
        let id = hub.ids.uuid();
        let revision = Arc::new(new_revision(hub, arn, Some(id), machine.workflow_type, settings));
        hub.registry.revisions.insert(revision.key.clone(), revision.clone());
        let machine = hub.registry.machines.get_mut(arn).ok_or_else(|| no_machine(arn))?;
        let machine = Arc::make_mut(machine);
        machine.revision.clone_from(&revision.key);
        let write = document::machine(machine);
        hub.write(document::revision(&revision));
        hub.write(write);
        revision
    };
    let version = if change.publish {
        Some(publish_version(hub, arn, None, change.version_description)?)
    } else {
        None
    };
    Ok(Updated { revision, version })
}

fn same(current: &Revision, settings: &Settings) -> bool {
    current.text == settings.text
        && current.role_arn == settings.role_arn
        && current.logging == settings.logging
        && current.tracing == settings.tracing
        && current.encryption == settings.encryption
}

fn new_revision(
    hub: &mut Hub,
    arn: &str,
    id: Option<String>,
    workflow_type: WorkflowType,
    settings: Settings,
) -> Revision {
    Revision {
        key: format!("{arn}#{}", id.clone().unwrap_or_else(|| hub.ids.uuid())),
        machine_arn: arn.to_owned(),
        id,
        text: settings.text,
        compiled: OnceLock::from(Some(settings.definition)),
        workflow_type,
        role_arn: settings.role_arn,
        logging: settings.logging,
        tracing: settings.tracing,
        encryption: settings.encryption,
        updated: hub.now(),
    }
}

/// Deletes a machine, if it is there: at once, or when its last execution has ended. STANDARD ones end where they would
/// enter the next state.
pub fn delete_machine(hub: &mut Hub, arn: &str) {
    let Some(machine) = hub.registry.machines.get_mut(arn) else { return };
    let machine = Arc::make_mut(machine);
    machine.deleting = true;
    let write = document::machine(machine);
    hub.write(write);
    finish_deleting(hub, arn);
}

/// Removes a machine that was deleted, unless an execution of it still runs.
pub fn finish_deleting(hub: &mut Hub, arn: &str) {
    if !hub.registry.machines.get(arn).is_some_and(|machine| machine.deleting) {
        return;
    }
    let running = ExecutionQuery {
        machine_arn: Some(arn.to_owned()),
        status: Some("RUNNING".to_owned()),
        limit: 1,
        ..ExecutionQuery::default()
    };
    // A store that cannot be read says so to whoever needs it next; until then the machine stays.
    if !hub.store.list(&running).is_ok_and(|found| found.is_empty()) {
        return;
    }
    let Some(machine) = hub.registry.machines.remove(arn) else { return };
    hub.registry.order.remove(&machine.sequence);
    for version in machine.versions.values() {
        hub.write(document::delete_version(&version.arn));
    }
    for alias in machine.aliases.values() {
        hub.write(document::delete_alias(&alias.arn));
    }
    hub.write(document::delete_machine(arn));
}
