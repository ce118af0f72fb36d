//! What can be seen of a server while it runs: metrics with AWS's names, logs and traces of executions.
//!
//! ```text
//! events of executions ─▶ Observer (on the hub) ─▶ counters ─▶ /metrics
//!                                               ├▶ lines ─▶ --execution-log
//!                                               └▶ spans ─▶ --otlp-endpoint
//! requests, commits ────▶ Observed (shared) ─────▶ counters ─▶ /metrics
//! ```
//!
//! The hub counts in plain memory of its own; only whoever reads the metrics waits.

mod execution_log;
mod exposition;
mod metrics;
mod observed;
mod trace;
mod work;

pub use execution_log::LogTarget;
pub(crate) use execution_log::{ExecutionLog, LogSettings};
pub(crate) use exposition::Exposition;
pub(crate) use metrics::{Metrics, Subject};
pub use observed::Observed;
pub(crate) use trace::Exporter;
pub use trace::{TraceConfig, TraceConfigError};
pub(crate) use work::WorkInHand;

use std::sync::Arc;

use stepclock_engine::history::{EventDetails, HistoryEvent};

use self::trace::{Span, Tracer};
use crate::store::ExecutionRow;

/// Sees every event of every execution.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    pub(crate) metrics: Metrics,
    pub(crate) log: Option<ExecutionLog>,
    pub(crate) traces: Option<Exporter>,
}

/// What is known of an execution's earlier events.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    pub(crate) work: WorkInHand,
    pub(crate) tracer: Option<Tracer>,
}

impl Observer {
    /// An event was recorded.
    pub(crate) fn record(
        &mut self,
        subject: &Subject<'_>,
        watched: &mut Watched,
        event: &HistoryEvent,
    ) {
        self.metrics.record(subject, &mut watched.work, event);
        if let Some(log) = &mut self.log {
            log.record(subject, event);
        }
        if let Some(traces) = &mut self.traces {
            watched.trace(subject.row, event, &mut traces.pending);
        }
    }

    /// An event was recorded earlier: whoever watched then was told of it.
    pub(crate) fn remember(
        &self,
        row: &Arc<ExecutionRow>,
        watched: &mut Watched,
        event: &HistoryEvent,
    ) {
        watched.work.note(event);
        if self.traces.is_some() {
            watched.trace(row, event, &mut Vec::new());
        }
    }
}

impl Watched {
    fn trace(&mut self, row: &Arc<ExecutionRow>, event: &HistoryEvent, spans: &mut Vec<Span>) {
        if matches!(event.details, EventDetails::ExecutionStarted { .. }) {
            self.tracer = Tracer::new(row);
        }
        if let Some(tracer) = &mut self.tracer {
            tracer.note(event, spans);
        }
    }

    /// The trace header of what the task that was scheduled last starts.
    pub(crate) fn header_of_task(&self) -> Option<String> {
        Some(self.tracer.as_ref()?.below_last_attempt().header())
    }

    /// The trace header of the executions of a Map Run.
    pub(crate) fn header_of_map_run(&self, arn: &str) -> Option<String> {
        Some(self.tracer.as_ref()?.below_map_run(arn).header())
    }
}
