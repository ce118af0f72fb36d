//! What a server is started with.

use std::path::PathBuf;
use std::sync::Arc;

use stepclock_engine::data::Timestamp;
use stepclock_engine::execution::ServiceRevision;

use crate::observe::{LogTarget, TraceConfig};
use crate::outside::EventBus;

/// Everything a server is started with, except who answers tasks.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The region of its ARNs.
    pub region: Arc<str>,
    /// The account of its ARNs.
    pub account: Arc<str>,
    /// Where state is kept; in memory when absent.
    pub data: Option<PathBuf>,
    /// How time passes.
    pub clock: ClockMode,
    /// Seeds ids, jitter and task tokens. The same seed, requests and simulated clock give the same bytes.
    pub seed: u64,
    /// How long what has ended is kept, in milliseconds. AWS: 90 days.
    pub retention_ms: i64,
    /// Which AWS it behaves as.
    pub service_revision: ServiceRevision,
    /// Executions that stay in memory although nothing happens to them.
    pub resident_max: usize,
    /// Where the logs of executions go that machines ask for in `loggingConfiguration`.
    pub execution_log: Option<LogTarget>,
    /// Where traces of executions are sent.
    pub traces: Option<TraceConfig>,
    /// Who hears when the status of STANDARD executions changes.
    pub event_bus: Option<EventBus>,
}

/// How time passes in a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMode {
    /// As on the wall.
    Real,
    /// It jumps to the next due moment whenever nothing else can happen.
    Simulated {
        /// When it begins.
        start: Timestamp,
        /// It stands still unless told to move.
        frozen: bool,
    },
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            region: "us-east-1".into(),
            account: "123456789012".into(),
            data: None,
            clock: ClockMode::Real,
            seed: 0,
            retention_ms: 90 * 24 * 3_600 * 1_000,
            service_revision: ServiceRevision::Current,
            resident_max: 10_000,
            execution_log: None,
            traces: None,
            event_bus: None,
        }
    }
}
