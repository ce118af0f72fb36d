//! Every execution ends, whatever goes wrong.

use super::{Findings, Oracle, Role, Trial};

/// Whether executions end.
pub(super) struct Termination;

impl Oracle for Termination {
    fn name(&self) -> &'static str {
        "termination"
    }

    fn rule(&self) -> &'static str {
        "An execution ends, whatever goes wrong: tasks that are never answered, workers and engines that die, \
         and jumps of the clock delay its end but do not prevent it, for every execution has a longest duration"
    }

    fn source(&self) -> &'static str {
        "AWS developer guide, \"Service quotas\": the maximum execution time is one year (STANDARD) or five \
         minutes (EXPRESS); \"Processing input and output\": an execution has exactly one final status"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        const ENDS: [&str; 4] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];
        let seen = trial.seen;
        // What a task started without waiting for it may still run when the case ends.
        if trial.role == Role::Nested && seen.status == "RUNNING" || !trial.is_whole() {
            return;
        }
        let ended = ENDS.contains(&seen.status.as_str());
        findings.check(ended, "ends", None, || {
            format!("it came to rest with the status {}", seen.status)
        });
    }
}
