//! Whatever must be refused was refused: second answers, wrong and spent tokens, malformed outputs.

use super::{Findings, Oracle, Role, Trial};

/// The rules of task tokens.
pub(super) struct Tokens;

impl Oracle for Tokens {
    fn name(&self) -> &'static str {
        "tokens"
    }

    fn rule(&self) -> &'static str {
        "A task is answered once: a second answer, a heartbeat after the end, a token that nobody was given \
         and an output that is not JSON are refused"
    }

    fn source(&self) -> &'static str {
        "AWS Step Functions API reference, SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat: InvalidToken, \
         TaskTimedOut, TaskDoesNotExist, InvalidOutput"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        if trial.role != Role::Root {
            return;
        }
        for probe in &trial.seen.probes {
            findings.check(probe.refused, &probe.fault, None, || {
                format!("{} was accepted", probe.what)
            });
        }
    }
}
