//! What a world is made with.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::data::Timestamp;
use crate::execution::{Mutation, ServiceRevision};
use crate::limits;

/// What a world is made with.
#[derive(Debug, Clone)]
pub struct WorldConfig {
    /// When it begins.
    pub start_time: Timestamp,
    /// Seeds every random stream in it.
    pub seed: u64,
    /// The region of its ARNs.
    pub region: Arc<str>,
    /// The account of its ARNs.
    pub account: Arc<str>,
    /// ARNs of the activities that exist; `None` when any does.
    pub activities: Option<BTreeSet<String>>,
    /// Which AWS it behaves as.
    pub service_revision: ServiceRevision,
    /// A bug planted in its executions; without the feature `mutants` it has no effect.
    pub mutation: Option<Mutation>,
    /// Events it may work off before it gives up.
    pub steps_max: u64,
    /// Executions it may hold before it gives up.
    pub executions_max: usize,
}

impl Default for WorldConfig {
    fn default() -> Self {
        Self {
            start_time: Timestamp::DEFAULT_EPOCH,
            seed: 0,
            region: "us-east-1".into(),
            account: "123456789012".into(),
            activities: None,
            service_revision: ServiceRevision::Current,
            mutation: None,
            steps_max: 100_000_000,
            executions_max: limits::EXECUTIONS_MAX,
        }
    }
}
