//! What other threads than the hub count: requests and commits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Exposition;

/// Counters that threads share.
#[derive(Debug, Default)]
pub struct Observed {
    requests: Mutex<BTreeMap<(&'static str, u16), Durations>>,
    commits: AtomicU64,
    commit_micros: AtomicU64,
    commit_writes: AtomicU64,
    refused_commits: AtomicU64,
    spans_exported: AtomicU64,
    spans_dropped: AtomicU64,
    status_events_sent: AtomicU64,
    status_events_dropped: AtomicU64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Durations {
    count: u64,
    sum: Duration,
}

impl Observed {
    /// A request was answered.
    pub fn request(&self, operation: &'static str, status: u16, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = requests.entry((operation, status)).or_default();
        seen.count += 1;
        seen.sum += took;
    }

    /// A batch was committed, or refused.
    pub fn commit(&self, writes: usize, took: Duration, kept: bool) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.commit_micros.fetch_add(micros, Ordering::Relaxed);
        self.commit_writes.fetch_add(writes as u64, Ordering::Relaxed);
        self.refused_commits.fetch_add(u64::from(!kept), Ordering::Relaxed);
    }

    /// The collector has taken spans of traces.
    pub(crate) fn spans_exported(&self, count: usize) {
        self.spans_exported.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Spans found no room, or the collector did not take them.
    pub(crate) fn spans_dropped(&self, count: usize) {
        self.spans_dropped.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// The event bus has taken events of executions.
    pub(crate) fn status_events_sent(&self, count: usize) {
        self.status_events_sent.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Events of executions found no room, or the bus did not take them.
    pub(crate) fn status_events_dropped(&self, count: usize) {
        self.status_events_dropped.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn write(&self, text: &mut Exposition) {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let name = "stepclock_request_seconds";
        text.metric(name, "summary", "How long requests took, by operation and HTTP status.");
        for ((operation, status), seen) in requests {
            let status = status.to_string();
            let labels = [("operation", operation), ("status", status.as_str())];
            text.series(&format!("{name}_sum"), &labels, seen.sum.as_secs_f64());
            text.series(&format!("{name}_count"), &labels, seen.count);
        }
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let name = "stepclock_commit_seconds";
        text.metric(name, "summary", "How long the store took to make a batch durable.");
        let seconds = Duration::from_micros(read(&self.commit_micros)).as_secs_f64();
        text.series(&format!("{name}_sum"), &[], seconds);
        text.series(&format!("{name}_count"), &[], read(&self.commits));
        let help = "Writes in all batches.";
        text.single("stepclock_commit_writes_total", "counter", help, read(&self.commit_writes));
        let help = "Batches that the store refused.";
        text.single(
            "stepclock_commits_refused_total",
            "counter",
            help,
            read(&self.refused_commits),
        );
        let help = "Spans that the collector has taken.";
        let exported = read(&self.spans_exported);
        text.single("stepclock_spans_exported_total", "counter", help, exported);
        let help = "Spans that found no room in the queue, or that the collector did not take.";
        text.single("stepclock_spans_dropped_total", "counter", help, read(&self.spans_dropped));
        let help = "Events of executions that the event bus has taken.";
        let sent = read(&self.status_events_sent);
        text.single("stepclock_status_events_sent_total", "counter", help, sent);
        let help = "Events of executions that found no room, or that the event bus did not take.";
        let dropped = read(&self.status_events_dropped);
        text.single("stepclock_status_events_dropped_total", "counter", help, dropped);
    }
}
