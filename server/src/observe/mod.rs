//! What can be seen of a server while it runs: metrics with AWS's names, logs and traces of executions,
//! and the events that EventBridge gets of them.
//!
//! ```text
//! events of executions ─▶ Observer (on the hub) ─▶ counters ─▶ /metrics
//!                                               ├▶ lines ─▶ --execution-log
//!                                               ├▶ spans ─▶ --otlp-endpoint
//!                                               └▶ status events ─▶ --endpoint events=URL
//! requests, commits ────▶ Observed (shared) ─────▶ counters ─▶ /metrics
//! ```
//!
//! The hub counts in plain memory of its own; only whoever reads the metrics waits.

mod courier;
mod execution_log;
mod exposition;
mod metrics;
mod observed;
mod status_events;
mod trace;
mod work;

pub use execution_log::LogTarget;
pub(crate) use execution_log::{ExecutionLog, LogSettings};
pub(crate) use exposition::Exposition;
pub(crate) use metrics::{Metrics, Subject};
pub use observed::Observed;
pub(crate) use status_events::send_to;
pub(crate) use trace::export;
pub use trace::{TraceConfig, TraceConfigError, TraceContext};
pub(crate) use work::WorkInHand;

use std::sync::Arc;

use stepclock_engine::history::{EventDetails, HistoryEvent};

use self::courier::Courier;
use self::status_events::StatusEvent;
use self::trace::{Span, Tracer};
use crate::store::ExecutionRow;

/// Sees every event of every execution.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    pub(crate) metrics: Metrics,
    pub(crate) log: Option<ExecutionLog>,
    pub(crate) traces: Option<Courier<Span>>,
    pub(crate) status_events: Option<Courier<StatusEvent>>,
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
        if let Some(events) = &mut self.status_events {
            events.pending.extend(status_events::of(subject, event));
        }
    }

    /// What is to be done when the events so far are durable.
    pub(crate) fn take(&mut self) -> Vec<Box<dyn FnOnce() + Send>> {
        let mut work: Vec<Box<dyn FnOnce() + Send>> = Vec::new();
        if let Some(write) = self.log.as_mut().and_then(ExecutionLog::take) {
            work.push(Box::new(write));
        }
        if let Some(send) = self.traces.as_mut().and_then(Courier::take) {
            work.push(Box::new(send));
        }
        if let Some(send) = self.status_events.as_mut().and_then(Courier::take) {
            work.push(Box::new(send));
        }
        work
    }

    /// Drops what is not durable: it has not happened.
    pub(crate) fn forget(&mut self) {
        self.log.iter_mut().for_each(ExecutionLog::forget);
        self.traces.iter_mut().for_each(Courier::forget);
        self.status_events.iter_mut().for_each(Courier::forget);
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

    /// The trace that the task that was scheduled last goes on with.
    pub(crate) fn context_of_task(&self) -> Option<TraceContext> {
        Some(self.tracer.as_ref()?.below_last_attempt())
    }

    /// The trace header of the executions of a Map Run.
    pub(crate) fn header_of_map_run(&self, arn: &str) -> Option<String> {
        Some(self.tracer.as_ref()?.below_map_run(arn).header())
    }
}
