//! What has been created: state machines with their revisions, versions and aliases; activities; tags.
//!
//! All of it is in memory, and every change is written to the store as a document.
//!
//! A revision stays when its machine gets another one or goes: executions that run it, or did, are rebuilt from
//! it. [`machine`] and [`activity`] are the data; one file an undertaking holds what may be done to it, as
//! functions on the hub; [`document`] is how it looks in the store.

mod activities;
mod activity;
mod aliases;
mod arn;
mod document;
mod machine;
mod machines;
mod tags;
mod versions;

pub use activities::{create_activity, delete_activity};
pub use activity::Activity;
pub use aliases::{AliasChange, NewAlias, create_alias, delete_alias, find_alias, update_alias};
pub use arn::{Arn, arn};
pub use machine::{Alias, CreatedWith, Machine, Revision, Route, Target, Version};
pub use machines::{
    Created, MachineChange, NewMachine, Settings, Updated, create_machine, delete_machine,
    finish_deleting, update_machine,
};
pub use tags::{Tags, tag, tags_of, untag};
pub use versions::{delete_version, publish_version};

use std::collections::BTreeMap;
use std::sync::Arc;

use stepclock_engine::asl::WorkflowType;
use stepclock_engine::data::RandomStream;

use crate::error::ApiError;
use crate::store::{Store, StoreError};

/// What has been created.
#[derive(Debug, Default)]
pub struct Registry {
    /// State machines by ARN.
    machines: BTreeMap<String, Arc<Machine>>,
    /// Their ARNs in the order they were created in.
    order: BTreeMap<u64, String>,
    /// Definitions that machines have or had, by key.
    revisions: BTreeMap<String, Arc<Revision>>,
    /// Activities by ARN.
    activities: BTreeMap<String, Activity>,
    /// Their ARNs in the order they were created in.
    activity_order: BTreeMap<u64, String>,
    /// The greatest `sequence` given so far.
    last_sequence: u64,
}

impl Registry {
    /// What the store has.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(store: &dyn Store) -> Result<Self, StoreError> {
        document::load(store)
    }

    /// What an execution started with this ARN runs: a state machine, a version, or what an alias chooses.
    ///
    /// # Errors
    /// `InvalidArn`, `StateMachineDoesNotExist`, `StateMachineDeleting`.
    pub fn resolve(&self, arn: &str, choice: &mut RandomStream) -> Result<Target, ApiError> {
        let parsed = Arn::machine(arn)?;
        let machine = self.machines.get(parsed.base()).ok_or_else(|| no_machine(arn))?;
        if machine.deleting {
            return Err(machine_deleting(arn));
        }
        let alias = parsed.rest.and_then(|name| machine.aliases.get(name));
        let version = match (parsed.rest, alias) {
            (None, _) => None,
            (Some(_), Some(alias)) => {
                let chosen = choose(&alias.routing, choice).ok_or_else(|| no_machine(arn))?;
                Some(machine.version(chosen).ok_or_else(|| no_machine(arn))?)
            }
            (Some(_), None) => Some(machine.version(arn).ok_or_else(|| no_machine(arn))?),
        };
        let key = version.map_or(&machine.revision, |version| &version.revision);
        let revision = self.existing_revision(key)?;
        Ok(Target {
            machine: machine.clone(),
            definition: revision.definition()?.clone(),
            revision,
            version_arn: version.map(|version| version.arn.clone()),
            alias_arn: alias.map(|alias| alias.arn.clone()),
        })
    }

    /// The type of the machine that an execution started with this ARN runs, if there is one.
    #[must_use]
    pub fn workflow_type(&self, arn: &str) -> Option<WorkflowType> {
        let arn = arn.split('#').next().unwrap_or(arn);
        let parsed = Arn::machine(arn).ok()?;
        Some(self.machines.get(parsed.base())?.workflow_type)
    }

    /// A revision by its key, also one that no machine has any more.
    #[must_use]
    pub fn revision(&self, key: &str) -> Option<Arc<Revision>> {
        self.revisions.get(key).cloned()
    }

    /// A machine by its ARN, without version or alias, also one that is being deleted.
    #[must_use]
    pub fn machine(&self, arn: &str) -> Option<&Arc<Machine>> {
        self.machines.get(arn)
    }

    /// An activity by its ARN.
    #[must_use]
    pub fn activity(&self, arn: &str) -> Option<&Activity> {
        self.activities.get(arn)
    }

    /// Whether an activity exists.
    #[must_use]
    pub fn has_activity(&self, arn: &str) -> bool {
        self.activities.contains_key(arn)
    }

    /// Machines in the order they were created in, those after a place in it.
    pub fn machines_after(&self, sequence: u64) -> impl Iterator<Item = &Arc<Machine>> {
        let after = self.order.range(sequence.saturating_add(1)..);
        after.filter_map(|(_, arn)| self.machines.get(arn))
    }

    /// Activities in the order they were created in, those after a place in it.
    pub fn activities_after(&self, sequence: u64) -> impl Iterator<Item = &Activity> {
        let after = self.activity_order.range(sequence.saturating_add(1)..);
        after.filter_map(|(_, arn)| self.activities.get(arn))
    }

    /// The machine, whatever its state.
    fn existing(&self, arn: &str) -> Result<&Arc<Machine>, ApiError> {
        self.machines.get(arn).ok_or_else(|| no_machine(arn))
    }

    fn existing_revision(&self, key: &str) -> Result<Arc<Revision>, ApiError> {
        let lost = || ApiError::internal(format!("the store has no definition {key}"));
        self.revisions.get(key).cloned().ok_or_else(lost)
    }

    fn next_sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        self.last_sequence
    }

    fn put_machine(&mut self, machine: Machine) {
        self.last_sequence = self.last_sequence.max(machine.sequence);
        self.order.insert(machine.sequence, machine.arn.clone());
        self.machines.insert(machine.arn.clone(), Arc::new(machine));
    }

    fn put_activity(&mut self, activity: Activity) {
        self.last_sequence = self.last_sequence.max(activity.sequence);
        self.activity_order.insert(activity.sequence, activity.arn.clone());
        self.activities.insert(activity.arn.clone(), activity);
    }
}

impl Machine {
    /// A version by its ARN.
    #[must_use]
    pub fn version(&self, arn: &str) -> Option<&Version> {
        let number = Arn::machine(arn).ok()?.version()?;
        self.versions.get(&number).filter(|version| version.arn == arn)
    }
}

/// A version, each with the probability of its weight.
fn choose<'a>(routing: &'a [Route], choice: &mut RandomStream) -> Option<&'a str> {
    let [first, second] = routing else {
        return routing.first().map(|route| route.state_machine_version_arn.as_str());
    };
    let total = first.weight + second.weight;
    let chosen = if choice.below(total) < first.weight { first } else { second };
    Some(&chosen.state_machine_version_arn)
}

/// `StateMachineDoesNotExist`.
#[must_use]
pub fn no_machine(arn: &str) -> ApiError {
    let message = format!("State Machine Does Not Exist: '{arn}'");
    ApiError::new("StateMachineDoesNotExist", message)
}

/// `ActivityDoesNotExist`.
#[must_use]
pub fn no_activity(arn: &str) -> ApiError {
    ApiError::new("ActivityDoesNotExist", format!("Activity Does Not Exist: '{arn}'"))
}

/// `StateMachineDeleting`.
fn machine_deleting(arn: &str) -> ApiError {
    ApiError::new("StateMachineDeleting", format!("State Machine Deleting: '{arn}'"))
}

/// `ResourceNotFound` of an alias or version.
fn no_such_resource() -> ApiError {
    // Recorded of UpdateStateMachineAlias.
    ApiError::new("ResourceNotFound", "Request references a resource that does not exist.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_sends_executions_where_its_weights_say() {
        let route = |arn: &str, weight| Route { state_machine_version_arn: arn.into(), weight };
        let mut choice = RandomStream::new(1, "alias");
        let mut firsts = |routing: &[Route]| {
            (0..10_000).filter(|_| choose(routing, &mut choice) == Some("a")).count()
        };
        assert_eq!(firsts(&[route("a", 100)]), 10_000);
        assert_eq!(firsts(&[route("a", 100), route("b", 0)]), 10_000);
        assert_eq!(firsts(&[route("b", 100), route("a", 0)]), 0);
        let tenth = firsts(&[route("a", 10), route("b", 90)]);
        assert!((850..1_150).contains(&tenth), "{tenth} of 10,000");
    }
}
