//! What an execution is created with.

use std::sync::Arc;

use crate::asl::{StateGraph, WorkflowType};

/// Everything about an execution that never changes.
#[derive(Debug, Clone)]
pub struct ExecutionConfig {
    /// What it runs: a machine's top level, or the item processor of a distributed Map.
    pub graph: Arc<StateGraph>,
    /// The machine's `TimeoutSeconds`.
    pub timeout_seconds: Option<u64>,
    /// STANDARD or EXPRESS.
    pub workflow_type: WorkflowType,
    /// EXPRESS: started with `StartSyncExecution`. Its context object has no `RedriveCount`.
    pub synchronous: bool,
    /// The execution's ARN.
    pub execution_arn: Arc<str>,
    /// The execution's name.
    pub name: Arc<str>,
    /// The state machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// The state machine's name.
    pub state_machine_name: Arc<str>,
    /// The role it runs as; empty when it has none, which only a tested state may (recording
    /// `state_with_variables.base_expressions`).
    pub role_arn: Arc<str>,
    /// The region, as `TaskScheduled` shows it.
    pub region: Arc<str>,
    /// The account.
    pub account: Arc<str>,
    /// Seeds the execution's own random streams: jitter, UUIDs, task tokens.
    pub seed: u64,
    /// ARNs of the activities that exist; `None` when any activity does. A Task of one that does not
    /// exist fails with `States.Runtime`.
    pub activities: Option<Arc<std::collections::BTreeSet<String>>>,
    /// Which AWS it behaves as.
    pub service_revision: ServiceRevision,
    /// A planted bug; without the feature `mutants` it has no effect.
    pub mutation: Option<super::Mutation>,
}

/// The service as it was at a time, where recordings show that AWS has changed what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum ServiceRevision {
    /// Before November 2024: a distributed Map's `MapStateExited` follows from `MapRunSucceeded`.
    Before2024November,
    /// In November 2024, when it came to follow from `MapRunStarted`: `EvaluationFailed` follows from what the
    /// state's `StateEntered` follows from.
    Before2024December,
    /// Since then: `EvaluationFailed` follows from the state's last event.
    #[default]
    Current,
}
