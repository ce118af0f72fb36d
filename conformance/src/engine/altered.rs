//! What faults do to the answers of tasks: errors, silence, lateness. The same for every adapter that answers them.

use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::sim::{Answer, AnswerOutcome};

use crate::case::Fault;

/// What a service says that refuses a task for there are too many (`lambda:invoke`).
const THROTTLED: (&str, &str) = ("Lambda.TooManyRequestsException", "Rate Exceeded.");

/// Faults of tasks, carried out on their answers.
#[derive(Debug)]
pub(super) struct Altered {
    faults: Vec<Fault>,
    /// How many tasks were scheduled so far.
    scheduled: u64,
    /// When a crashed worker works again.
    working_again: Option<Timestamp>,
}

impl Altered {
    pub(super) fn new(faults: &[Fault]) -> Self {
        Self { faults: faults.to_vec(), scheduled: 0, working_again: None }
    }

    /// A task was scheduled: its number, in order over all executions of a run.
    pub(super) const fn count(&mut self) -> u64 {
        self.scheduled += 1;
        self.scheduled - 1
    }

    /// How the task of this number is really answered.
    pub(super) fn alter(&mut self, number: u64, mut answer: Answer, now: Timestamp) -> Answer {
        if let Some(moment) = self.working_again.filter(|moment| *moment > now) {
            answer.start_delay_ms += moment.as_millis() - now.as_millis();
        }
        for fault in self.faults.iter().filter(|fault| fault.task() == Some(number)) {
            match fault {
                Fault::TaskError { error, cause, .. } => {
                    answer.outcome = AnswerOutcome::Failed {
                        error: Some(error.as_str().into()),
                        cause: cause.as_deref().map(Into::into),
                    };
                }
                Fault::Throttled { .. } => {
                    let duration_ms = answer.duration_ms;
                    answer = Answer::failed(THROTTLED.0, THROTTLED.1).after_ms(duration_ms);
                }
                Fault::Unanswered { .. } => answer.outcome = AnswerOutcome::Never,
                Fault::HeartbeatsLost { after, .. } => answer.heartbeats_ms.truncate(*after),
                Fault::Late { by_ms, .. } => answer.duration_ms += by_ms,
                Fault::WorkerCrash { restart_ms, .. } => {
                    answer.outcome = AnswerOutcome::Never;
                    answer.heartbeats_ms.clear();
                    self.working_again = Some(now + *restart_ms);
                }
                Fault::PayloadSize { bytes, .. } => {
                    let text = "x".repeat(bytes.saturating_sub(2));
                    answer.outcome = AnswerOutcome::Succeeded(Payload::new(text.into()));
                }
                _ => {}
            }
        }
        answer
    }
}
