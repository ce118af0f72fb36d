//! What follows when a state fails: `EvaluationFailed`, then a retry, a catcher, or the failure of what is
//! around it.
//!
//! ```text
//! state fails ──retrier with attempts left──▶ Retrying ──timer──▶ the state again
//!             ──catcher──▶ the state is exited with the error output ──▶ the catcher's Next
//!             ──neither, inside a Parallel or Map──▶ that state fails
//!             ──neither, at the top──▶ ExecutionFailed
//! state fails as nobody may handle ──▶ ExecutionFailed
//! ```

use serde_json::Value;

use super::core::{Execution, View};
use super::failure::StateFailure;
use super::flow::{Flow, computed, put_result};
use super::inspect::Stage;
use super::thread::{Phase, ThreadId, TimerPurpose};
use super::{Effect, Mutation, Outcome, ServiceRevision, mutation, retry};
use crate::asl::{Catcher, QueryLanguage, Retrier, StateKind, Transition};
use crate::data::Payload;
use crate::expr::ExprError;
use crate::history::{EventDetails, Failure};

impl StateKind {
    /// `Retry` and `Catch`, of the state types that have them.
    fn handlers(&self) -> (&[Retrier], &[Catcher]) {
        match self {
            Self::Task(task) => (&task.retry, &task.catch),
            Self::Parallel(parallel) => (&parallel.retry, &parallel.catch),
            Self::Map(map) => (&map.retry, &map.catch),
            _ => (&[], &[]),
        }
    }
}

impl Execution {
    /// A state of this thread failed.
    pub(super) fn state_failed(&mut self, id: ThreadId, failure: StateFailure) {
        self.record_evaluation(id, &failure);
        if !failure.ends_execution() {
            // A Map that cannot start its next iteration cuts the others.
            self.end_children(id, None, self.threads[id].last_event);
        }
        self.state_failed_after_evaluation(id, failure);
    }

    /// `EvaluationFailed`, which follows from the state's last event (measured by floci; recordings
    /// `wait_timestamp_jsonata`).
    ///
    /// When JSONata was new it followed from what `StateEntered` follows from, unless the state had done
    /// something since (recordings `undefined_reference`).
    fn record_evaluation(&mut self, id: ThreadId, failure: &StateFailure) {
        let Some(evaluation) = &failure.evaluation else { return };
        let thread = &self.threads[id];
        let state = thread.current();
        let only_entered = thread.last_event == thread.entered_event;
        let before = self.config.service_revision < ServiceRevision::Current && only_entered;
        let previous = if before { thread.before_entered } else { thread.last_event };
        let details = EventDetails::EvaluationFailed {
            error: failure.failure.error.clone().unwrap_or_default(),
            cause: failure.failure.cause.clone().unwrap_or_default(),
            location: evaluation.location.clone(),
            state: state.name.clone(),
        };
        let event = self.record(previous, details);
        self.threads[id].last_event = event;
    }

    fn state_failed_after_evaluation(&mut self, id: ThreadId, failure: StateFailure) {
        if failure.ends_execution() {
            return self.execution_failed(id, failure);
        }
        self.note(|| Stage::Failed(failure.failure.clone()));
        let graph = self.threads[id].graph.clone();
        let kind = &graph.state(self.threads[id].state).kind;
        let (retriers, catchers) = kind.handlers();
        let caught_first =
            self.planted(Mutation::CatchBeforeRetry) && failure.catcher(catchers).is_some();
        if let Some(index) = self.mutated_retrier(&failure, retriers)
            && !caught_first
            && self.retry(id, index, &retriers[index], retriers.len())
        {
            return;
        }
        let failed_event = self.threads[id].last_event;
        self.record_container_failed(id, kind);
        match self.mutated_catcher(&failure, catchers) {
            Some(index) => {
                self.note(|| Stage::Catcher(index));
                self.abandon_children(id);
                self.catch(id, &catchers[index], &failure, failed_event);
            }
            None => self.thread_failed(id, failure),
        }
    }

    /// `ParallelStateFailed`, `MapStateFailed`: recorded when the failure is not retried.
    fn record_container_failed(&mut self, id: ThreadId, kind: &StateKind) {
        match kind {
            StateKind::Parallel(_) => {
                self.chain(id, EventDetails::ParallelStateFailed);
            }
            StateKind::Map(_) => {
                self.chain(id, EventDetails::MapStateFailed);
            }
            _ => {}
        }
    }

    /// The execution ends at once, wherever the state is: neither the states around it nor what goes on
    /// beside it get an event (measured by floci; recording `max_concurrency_path`).
    fn execution_failed(&mut self, id: ThreadId, failure: StateFailure) {
        self.note(|| Stage::Failed(failure.failure.clone()));
        self.chain(id, EventDetails::ExecutionFailed(failure.failure.clone()));
        self.threads[id].phase = self.failed_phase(id);
        let Failure { error, cause } = failure.failure;
        self.finish(Outcome::Failed { error, cause });
    }

    /// Ends an execution whose machine has been deleted, at a transition (API reference, "DeleteStateMachine"; the words
    /// are those of AWS's knowledge center, "stuck in the DELETING status").
    pub(super) fn fail_deleted(&mut self, id: ThreadId) {
        let cause = format!("State machine {} has been deleted.", self.config.state_machine_name);
        self.execution_failed(id, StateFailure::named("States.Runtime", cause));
    }

    /// Whether it knows that its machine has been deleted.
    #[must_use]
    pub fn is_machine_deleted(&self) -> bool {
        self.machine_deleted
    }

    /// Starts the delay before the next attempt; false when the retrier's attempts are used up.
    fn retry(&mut self, id: ThreadId, index: usize, retrier: &Retrier, retriers: usize) -> bool {
        let index = if self.planted(Mutation::RetryCountersShared) { 0 } else { index };
        let max_attempts = match retrier.max_attempts {
            0 if self.planted(Mutation::RetryZeroIsDefault) => 3,
            attempts if self.planted(Mutation::RetryOnceTooOften) => attempts.saturating_add(1),
            attempts => attempts,
        };
        self.note(|| Stage::Retrier(index));
        let given = self.given().map(|given| given.retries);
        let counters = &mut self.threads[id].retries;
        counters.resize(retriers, 0);
        if let Some(retries) = given {
            counters[index] = retries;
        }
        if counters[index] >= max_attempts {
            return false;
        }
        counters[index] += 1;
        let attempt = counters[index];
        self.abandon_children(id);
        let delay = self.mutated_delay(retrier, attempt);
        self.note(|| Stage::RetryDelay(delay));
        let timer = self.set_timer(self.now + delay, TimerPurpose::Retry(id));
        self.threads[id].phase = Phase::Retrying { timer };
        true
    }

    /// Hands a failure to a catcher; `failed_event` is what the state's own failure event follows from.
    fn catch(
        &mut self,
        id: ThreadId,
        catcher: &Catcher,
        failure: &StateFailure,
        failed_event: u64,
    ) {
        let mut error_output = failure.failure.error_output();
        if self.planted(Mutation::CatchLosesCause)
            && let Value::Object(map) = &mut error_output
        {
            map.shift_remove("Cause");
        }
        match self.catch_flow(id, catcher, &error_output) {
            Ok(flow) => {
                let assigned = match self.planted(Mutation::CatchAssignIgnored) {
                    true => Vec::new(),
                    false => flow.assigned,
                };
                let flow = Flow { assigned, ..flow };
                if self.planted(Mutation::HistoryNoExitOnCatch) {
                    return self.move_on(id, flow, Transition::Next(catcher.next));
                }
                self.leave_state(id, flow, Transition::Next(catcher.next));
            }
            Err(error) => self.catcher_failed(id, error, failed_event),
        }
    }

    /// A catcher's own fields could not be evaluated: the state fails a second time, from where it failed the
    /// first time, and its catchers are not asked again (measured by floci with a catcher's `Output`).
    fn catcher_failed(&mut self, id: ThreadId, error: ExprError, failed_event: u64) {
        let thread = &self.threads[id];
        let failure =
            StateFailure::interpreter(error, &thread.current().name, thread.entered_event);
        if failure.ends_execution() {
            return self.execution_failed(id, failure);
        }
        if failure.evaluation.is_some() {
            self.threads[id].last_event = failed_event;
            self.record_evaluation(id, &failure);
            let graph = self.threads[id].graph.clone();
            self.record_container_failed(id, &graph.state(self.threads[id].state).kind);
        }
        self.thread_failed(id, failure);
    }

    fn catch_flow(
        &self,
        id: ThreadId,
        catcher: &Catcher,
        error_output: &Value,
    ) -> Result<Flow, ExprError> {
        let thread = &self.threads[id];
        match thread.current().query_language {
            QueryLanguage::Jsonata => {
                let view =
                    View { error_output: Some(error_output), ..View::of(thread.input.value()) };
                let assigned = self.assigned(thread, catcher.assign.as_ref(), view)?;
                let output = match &catcher.output {
                    Some(template) => self.template(thread, template, view)?,
                    None => Payload::new(error_output.clone()),
                };
                Ok(Flow { output, assigned })
            }
            QueryLanguage::JsonPath => {
                let view = View::of(error_output);
                let assigned = self.assigned(thread, catcher.assign.as_ref(), view)?;
                let result = computed(error_output.clone())?;
                let output = match self.planted(Mutation::CatchIgnoresResultPath) {
                    true => result,
                    false => put_result(&catcher.result_path, &thread.input, result)?,
                };
                Ok(Flow { output, assigned })
            }
        }
    }

    /// Nothing handled the failure in this thread: its parent fails, or the execution.
    ///
    /// The thread stays, marked as failed, in case the execution is redriven.
    fn thread_failed(&mut self, id: ThreadId, failure: StateFailure) {
        let failing_event = self.threads[id].last_event;
        let Some((parent, _)) = self.threads[id].parent else {
            return self.execution_failed(id, failure);
        };
        self.end_children(parent, Some(id), failing_event);
        self.threads[id].phase = self.failed_phase(id);
        self.threads[parent].last_event = failing_event;
        let failure = match self.threads[parent].current().kind {
            StateKind::Parallel(_) if self.planted(Mutation::ParallelLosesError) => {
                StateFailure::named("States.BranchFailed", "A branch failed.")
            }
            _ => failure.without_evaluation(),
        };
        self.state_failed_after_evaluation(parent, failure);
    }

    /// A failed Parallel or Map keeps its children, so that a redrive can go on with them.
    fn failed_phase(&mut self, id: ThreadId) -> Phase {
        match std::mem::replace(&mut self.threads[id].phase, Phase::Failed) {
            phase @ (Phase::Parallel(_) | Phase::Map(_) | Phase::MapRun(_)) => phase,
            _ => Phase::Failed,
        }
    }

    /// Records `TaskStateAborted` or `WaitStateAborted` for a state that will not be exited (recordings
    /// `sqs_failure_in_wait_for_task_tok_no_error_field`, `service_lambda_map_timeout`).
    pub(super) fn record_state_aborted(&mut self, id: ThreadId, failing_event: u64) {
        let details = match &self.threads[id].current().kind {
            StateKind::Task(_) => EventDetails::TaskStateAborted,
            StateKind::Wait(_) => EventDetails::WaitStateAborted,
            _ => return,
        };
        self.record(failing_event, details);
    }

    /// Cancels what a thread waits for outside, leaving its place as it is.
    pub(super) fn cancel_waiting(&mut self, id: ThreadId) {
        match &self.threads[id].phase {
            Phase::Waiting { timer } | Phase::Retrying { timer } => {
                let timer = *timer;
                self.cancel_timer(Some(timer));
            }
            Phase::Task(running) => {
                let task = running.id;
                if self.tasks.contains_key(&task) {
                    self.release_task(id);
                    self.emit(Effect::CancelTask { task });
                }
            }
            Phase::MapRun(_) => self.cancel_map_run(id),
            _ => {}
        }
    }

    /// The retrier that handles a failure.
    fn mutated_retrier(&self, failure: &StateFailure, retriers: &[Retrier]) -> Option<usize> {
        let failure = self.mutated_failure(failure);
        if self.planted(Mutation::RetryLastMatch) {
            return (0..retriers.len())
                .rev()
                .find(|index| failure.retrier(&retriers[*index..=*index]).is_some());
        }
        failure.retrier(retriers)
    }

    /// The catcher that handles a failure.
    fn mutated_catcher(&self, failure: &StateFailure, catchers: &[Catcher]) -> Option<usize> {
        let failure = self.mutated_failure(failure);
        if self.planted(Mutation::CatchLastMatch) {
            return (0..catchers.len())
                .rev()
                .find(|index| failure.catcher(&catchers[*index..=*index]).is_some());
        }
        failure.catcher(catchers)
    }

    /// A failure as retriers and catchers see it.
    fn mutated_failure<'a>(&self, failure: &'a StateFailure) -> std::borrow::Cow<'a, StateFailure> {
        use std::borrow::Cow;
        if self.planted(Mutation::CatchHandlesRuntime) {
            return Cow::Owned(failure.clone().handled_by_all());
        }
        if self.planted(Mutation::TaskFailedMatchesTimeout) {
            return Cow::Owned(failure.clone().matched_by_task_failed());
        }
        Cow::Borrowed(failure)
    }

    /// The delay before a retry, in milliseconds.
    fn mutated_delay(&mut self, retrier: &Retrier, attempt: u64) -> i64 {
        let attempt = attempt + u64::from(self.planted(Mutation::RetryBackoffTooEarly));
        if self.planted(Mutation::RetryIgnoresMaxDelay) {
            let uncapped = Retrier { max_delay_seconds: None, ..retrier.clone() };
            return retry::delay_ms(&uncapped, attempt, &mut self.jitter);
        }
        let delay = retry::delay_ms(retrier, attempt, &mut self.jitter);
        if retrier.full_jitter && self.planted(Mutation::RetryJitterOnTop) {
            let plain = Retrier { full_jitter: false, ..retrier.clone() };
            return delay + retry::delay_ms(&plain, attempt, &mut self.jitter);
        }
        if retrier.full_jitter && self.planted(Mutation::AmbientJitter) {
            return delay / 2 + i64::try_from(mutation::ambient() % 500).unwrap_or_default();
        }
        delay
    }
}
