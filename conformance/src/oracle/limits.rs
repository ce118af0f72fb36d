//! AWS's quotas on payloads, histories and durations.

use serde_json::Value;

use super::{Findings, Oracle, Trial};

/// The quotas.
pub(super) struct Limits;

/// 256 KiB of UTF-8.
const PAYLOAD_BYTES_MAX: usize = 262_144;
const HISTORY_EVENTS_MAX: usize = 25_000;
const YEAR_MS: i64 = 365 * 24 * 3_600 * 1_000;
const FIVE_MINUTES_MS: i64 = 5 * 60 * 1_000;

impl Oracle for Limits {
    fn name(&self) -> &'static str {
        "limits"
    }

    fn rule(&self) -> &'static str {
        "No input, output or parameters of a task, state or execution has more than 262,144 bytes of UTF-8; a \
         history has at most 25,000 events; a STANDARD execution takes at most a year, an EXPRESS one at most \
         five minutes"
    }

    fn source(&self) -> &'static str {
        "AWS developer guide, \"Service quotas\": maximum input or output size, maximum execution history \
         size, maximum execution time"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let Some(trace) = trial.trace else { return };
        for event in &trace.events {
            for name in ["input", "output", "parameters"] {
                if let Some(text) = event.details.get(name).and_then(Value::as_str) {
                    findings.check(
                        text.len() <= PAYLOAD_BYTES_MAX,
                        "payload",
                        Some(event.id),
                        || format!("the {name} of {} has {} bytes", event.kind, text.len()),
                    );
                }
            }
        }
        let is_express = trial.is_express();
        findings.check(
            is_express || trace.events.len() <= HISTORY_EVENTS_MAX,
            "history",
            None,
            || format!("the history has {} events", trace.events.len()),
        );
        // A redriven execution's clock starts over.
        if let Some(duration) = trial.seen.duration_ms().filter(|_| trial.is_exact())
            && !trial.was_redriven()
        {
            let longest = if is_express { FIVE_MINUTES_MS } else { YEAR_MS };
            // One that takes exactly as long as it may has not run out of time yet.
            findings.check(duration <= longest + 1, "duration", None, || {
                format!("it took {duration} ms")
            });
        }
    }
}
