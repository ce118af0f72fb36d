//! Redrive: a failed, aborted or timed-out execution goes on where it stopped.
//!
//! A state is tried again when it was entered and not exited. Of a Parallel or inline Map only the branches
//! that have not succeeded are. Retry counters and timeouts start over.

use super::Outcome;
use super::core::{ApplyError, Execution, Step};
use super::thread::{Phase, ThreadId};
use crate::asl::WorkflowType;
use crate::data::Timestamp;
use crate::history::EventDetails;
use crate::limits;

impl Execution {
    pub(super) fn check_redrive(&self) -> Result<(), ApplyError> {
        let refused = |reason| Err(ApplyError::NotRedrivable { reason });
        if self.config.workflow_type == WorkflowType::Express {
            return refused("it is an EXPRESS execution");
        }
        match self.outcome() {
            None => return refused("it is still running"),
            Some(Outcome::Succeeded { .. }) => return refused("it has succeeded"),
            Some(Outcome::Failed { .. } | Outcome::TimedOut | Outcome::Aborted { .. }) => {}
        }
        if self.event_count() >= limits::REDRIVE_EVENTS_MAX {
            return refused("its history is full");
        }
        Ok(())
    }

    /// Whether the execution may be redriven at this moment: `DescribeExecution`'s `redriveStatus`.
    ///
    /// # Errors
    /// [`ApplyError::NotRedrivable`] says why not.
    pub fn redrivable_at(&self, now: Timestamp) -> Result<(), ApplyError> {
        self.check_redrive()?;
        if now > self.now + limits::REDRIVE_PERIOD_MS_MAX {
            return Err(ApplyError::NotRedrivable { reason: "it ended too long ago" });
        }
        Ok(())
    }

    pub(super) fn redrive(&mut self) {
        let count = self.redrive.map_or(0, |(count, _)| count) + 1;
        self.redrive = Some((count, self.now));
        self.reopen();
        // No recording shows what these events follow from: we chain ExecutionRedriven from the event that
        // ended the execution, and what is tried again from ExecutionRedriven. A recorded redrive would
        // settle it.
        let previous = self.event_count();
        let details = EventDetails::ExecutionRedriven { redrive_count: count };
        let redriven = self.record(previous, details);
        self.set_execution_timer();
        if let Some(root) = self.root() {
            self.resume(root, redriven);
        }
    }

    fn resume(&mut self, id: ThreadId, redriven: u64) {
        self.threads[id].retries.clear();
        self.threads[id].last_event = redriven;
        if matches!(self.threads[id].phase, Phase::Done) {
            let output = self.threads[id].input.clone();
            return self.queue(Step::BranchSucceeded(id, output));
        }
        let children = self.children_of(id);
        if !children.is_empty() {
            for child in children {
                self.resume(child, redriven);
            }
            return;
        }
        if matches!(self.threads[id].phase, Phase::MapRun(_)) {
            return self.resume_map_run(id);
        }
        let entered = self.threads[id].entered_event != 0;
        self.queue(if entered { Step::Attempt(id) } else { Step::Enter(id) });
    }
}
