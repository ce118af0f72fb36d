//! State machines and their definitions.

use std::sync::Arc;

use serde_json::Value;
use stepclock_engine::asl::{Definition, WorkflowType};
use stepclock_engine::data::Timestamp;

/// A state machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// STANDARD or EXPRESS.
    pub workflow_type: WorkflowType,
    /// When it was created.
    pub created: Timestamp,
    /// The key of its current revision.
    pub revision: String,
}

/// One definition of a machine with what belongs to it. Never changes.
#[derive(Debug, Clone)]
pub struct Revision {
    /// `ARN#revision id`.
    pub key: String,
    /// The machine's ARN.
    pub machine_arn: String,
    /// The revision's id, a UUID; absent of the first one (`INITIAL`).
    pub id: Option<String>,
    /// The definition's text as it was sent.
    pub text: Arc<str>,
    /// The same, compiled.
    pub definition: Arc<Definition>,
    /// The role it runs as.
    pub role_arn: String,
    /// `loggingConfiguration`.
    pub logging: Option<Value>,
    /// `tracingConfiguration`.
    pub tracing: Option<Value>,
    /// When it came to be.
    pub updated: Timestamp,
}

/// What an execution runs.
#[derive(Debug, Clone)]
pub struct Target {
    /// The machine.
    pub machine: Arc<Machine>,
    /// The definition.
    pub revision: Arc<Revision>,
    /// The version that was asked for, or that an alias chose.
    pub version_arn: Option<String>,
    /// The alias that was asked for.
    pub alias_arn: Option<String>,
}
