//! State machines with their versions and aliases, and the definitions they have or had.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepclock_engine::asl::{Definition, WorkflowType, compile};
use stepclock_engine::data::Timestamp;

use crate::error::ApiError;

/// A state machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its place among what was created: later ones have greater numbers.
    pub sequence: u64,
    /// STANDARD or EXPRESS.
    pub workflow_type: WorkflowType,
    /// When it was created.
    pub created: Timestamp,
    /// The key of its current revision.
    pub revision: String,
    /// It was deleted, and waits for its executions to end.
    pub deleting: bool,
    /// The number that its next version gets. A number is never given twice.
    pub next_version: u64,
    /// Its tags.
    pub tags: IndexMap<String, String>,
    /// What it was created with, as far as another request to create it must say the same.
    pub created_with: CreatedWith,
    /// Its versions by number.
    #[serde(skip)]
    pub versions: BTreeMap<u64, Version>,
    /// Its aliases by name.
    #[serde(skip)]
    pub aliases: BTreeMap<String, Alias>,
}

/// What a request to create a machine again must repeat.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CreatedWith {
    /// Whether a version was published.
    pub publish: bool,
    /// Its description.
    pub version_description: Option<String>,
}

/// A version: a revision with a number. Never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Its ARN.
    pub arn: String,
    /// Its number.
    pub number: u64,
    /// The key of its revision.
    pub revision: String,
    /// What it is about.
    pub description: Option<String>,
    /// When it was published.
    pub created: Timestamp,
}

/// An alias: one or two versions, each with a weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its place among what was created.
    pub sequence: u64,
    /// What it is about.
    pub description: Option<String>,
    /// Where its executions go.
    pub routing: Vec<Route>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
}

/// A version that an alias points to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// The version.
    pub state_machine_version_arn: String,
    /// How many executions of a hundred it gets.
    pub weight: u64,
}

/// One definition of a machine with what belongs to it. Never changes.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Names it in the store; no other revision ever has the same, also not of a later machine of this name.
    pub key: String,
    /// The machine's ARN.
    pub machine_arn: String,
    /// `revisionId`, a UUID; absent of the first one (`INITIAL`).
    pub id: Option<String>,
    /// The definition's text as it was sent.
    pub text: Arc<str>,
    /// What its text means, once somebody has asked; nothing when this version refuses it.
    pub(super) compiled: OnceLock<Option<Arc<Definition>>>,
    /// STANDARD or EXPRESS.
    pub workflow_type: WorkflowType,
    /// The role it runs as.
    pub role_arn: String,
    /// `loggingConfiguration`, complete.
    pub logging: Value,
    /// `tracingConfiguration`, complete.
    pub tracing: Value,
    /// `encryptionConfiguration`, complete.
    pub encryption: Value,
    /// When it came to be.
    pub updated: Timestamp,
}

impl Revision {
    /// The definition, compiled when it is first asked for: a server that has thousands of them starts at once.
    ///
    /// # Errors
    /// When the text was written by a version that took it, and this one does not.
    pub fn definition(&self) -> Result<&Arc<Definition>, ApiError> {
        let compiled =
            self.compiled.get_or_init(|| compile(&self.text, self.workflow_type).definition);
        compiled.as_ref().ok_or_else(|| {
            tracing::error!(key = self.key, "a stored definition is refused");
            ApiError::internal(format!(
                "the stored definition {} is refused by this version",
                self.key
            ))
        })
    }
}

/// What an execution runs.
#[derive(Debug, Clone)]
pub struct Target {
    /// The machine.
    pub machine: Arc<Machine>,
    /// The definition.
    pub revision: Arc<Revision>,
    /// What that means.
    pub definition: Arc<Definition>,
    /// The version that was asked for, or that an alias chose.
    pub version_arn: Option<String>,
    /// The alias that was asked for.
    pub alias_arn: Option<String>,
}
