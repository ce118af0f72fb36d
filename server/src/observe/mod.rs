//! What can be seen of a server while it runs: metrics with AWS's names, and the logs of executions.
//!
//! ```text
//! events of executions ─▶ Observer (on the hub) ─▶ counters ─▶ /metrics
//!                                               └▶ lines ─▶ --execution-log
//! requests, commits ────▶ Observed (shared) ─────▶ counters ─▶ /metrics
//! ```
//!
//! The hub counts in plain memory of its own; only whoever reads the metrics waits.

mod execution_log;
mod exposition;
mod metrics;
mod observed;
mod work;

pub use execution_log::LogTarget;
pub(crate) use execution_log::{ExecutionLog, LogSettings};
pub(crate) use exposition::Exposition;
pub(crate) use metrics::{Metrics, Subject};
pub use observed::Observed;
pub(crate) use work::WorkInHand;

use stepclock_engine::history::HistoryEvent;

/// Sees every event of every execution.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    pub(crate) metrics: Metrics,
    pub(crate) log: Option<ExecutionLog>,
}

impl Observer {
    /// An event was recorded.
    pub(crate) fn record(
        &mut self,
        subject: &Subject<'_>,
        work: &mut WorkInHand,
        event: &HistoryEvent,
    ) {
        self.metrics.record(subject, work, event);
        if let Some(log) = &mut self.log {
            log.record(subject, event);
        }
    }
}
