//! How what has been created looks in the store.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepclock_engine::asl::WorkflowType;
use stepclock_engine::data::Timestamp;

use super::{Activity, Alias, Arn, Machine, Registry, Revision, Version};
use crate::store::{DocumentKind, Store, StoreError, Write};

/// A revision without what follows from its text.
#[derive(Serialize, Deserialize)]
struct StoredRevision {
    machine_arn: String,
    workflow_type: WorkflowType,
    id: Option<String>,
    text: Arc<str>,
    role_arn: String,
    logging: Value,
    tracing: Value,
    encryption: Value,
    updated: Timestamp,
}

pub(super) fn machine(machine: &Machine) -> Write {
    put(DocumentKind::Machine, &machine.arn, machine)
}

pub(super) fn delete_machine(arn: &str) -> Write {
    Write::DeleteDocument { kind: DocumentKind::Machine, key: arn.to_owned() }
}

pub(super) fn revision(revision: &Revision) -> Write {
    let stored = StoredRevision {
        machine_arn: revision.machine_arn.clone(),
        workflow_type: revision.workflow_type,
        id: revision.id.clone(),
        text: revision.text.clone(),
        role_arn: revision.role_arn.clone(),
        logging: revision.logging.clone(),
        tracing: revision.tracing.clone(),
        encryption: revision.encryption.clone(),
        updated: revision.updated,
    };
    put(DocumentKind::Revision, &revision.key, &stored)
}

pub(super) fn version(version: &Version) -> Write {
    put(DocumentKind::Version, &version.arn, version)
}

pub(super) fn delete_version(arn: &str) -> Write {
    Write::DeleteDocument { kind: DocumentKind::Version, key: arn.to_owned() }
}

pub(super) fn alias(alias: &Alias) -> Write {
    put(DocumentKind::Alias, &alias.arn, alias)
}

pub(super) fn delete_alias(arn: &str) -> Write {
    Write::DeleteDocument { kind: DocumentKind::Alias, key: arn.to_owned() }
}

pub(super) fn activity(activity: &Activity) -> Write {
    put(DocumentKind::Activity, &activity.arn, activity)
}

pub(super) fn delete_activity(arn: &str) -> Write {
    Write::DeleteDocument { kind: DocumentKind::Activity, key: arn.to_owned() }
}

fn put(kind: DocumentKind, key: &str, document: &impl Serialize) -> Write {
    // Cannot fail: every key is a string, and nothing in a document refuses to be written.
    let body = serde_json::to_string(document).unwrap_or_default();
    Write::PutDocument { kind, key: key.to_owned(), body }
}

/// Everything that the store has.
pub(super) fn load(store: &dyn Store) -> Result<Registry, StoreError> {
    let mut registry = Registry::default();
    for (key, stored) in read::<StoredRevision>(store, DocumentKind::Revision)? {
        let revision = Revision {
            key: key.clone(),
            machine_arn: stored.machine_arn,
            id: stored.id,
            text: stored.text,
            compiled: OnceLock::new(),
            workflow_type: stored.workflow_type,
            role_arn: stored.role_arn,
            logging: stored.logging,
            tracing: stored.tracing,
            encryption: stored.encryption,
            updated: stored.updated,
        };
        registry.revisions.insert(key, Arc::new(revision));
    }
    let mut machines: BTreeMap<String, Machine> =
        read(store, DocumentKind::Machine)?.into_iter().collect();
    for (arn, version) in read::<Version>(store, DocumentKind::Version)? {
        if let Some(machine) = machine_of(&mut machines, &arn) {
            machine.versions.insert(version.number, version);
        }
    }
    for (arn, alias) in read::<Alias>(store, DocumentKind::Alias)? {
        registry.last_sequence = registry.last_sequence.max(alias.sequence);
        if let Some(machine) = machine_of(&mut machines, &arn) {
            machine.aliases.insert(alias.name.clone(), alias);
        }
    }
    machines.into_values().for_each(|machine| registry.put_machine(machine));
    for (_, activity) in read::<Activity>(store, DocumentKind::Activity)? {
        registry.put_activity(activity);
    }
    Ok(registry)
}

fn machine_of<'a>(
    machines: &'a mut BTreeMap<String, Machine>,
    arn: &str,
) -> Option<&'a mut Machine> {
    machines.get_mut(Arn::machine(arn).ok()?.base())
}

fn read<T: DeserializeOwned>(
    store: &dyn Store,
    kind: DocumentKind,
) -> Result<Vec<(String, T)>, StoreError> {
    let documents = store.documents(kind)?.into_iter().map(|(key, body)| {
        let document = serde_json::from_str(&body).map_err(|error| StoreError::Damaged {
            message: format!("the {} {key}: {error}", kind.name()),
        })?;
        Ok((key, document))
    });
    documents.collect()
}
