//! Answers: what a task's script says is what the history shows of it.

use serde_json::Value;

use super::{Findings, Oracle, Trial};
use crate::case::{Fault, TaskOutcome};

/// The rules of how answers are recorded.
pub(super) struct Answers;

impl Oracle for Answers {
    fn name(&self) -> &'static str {
        "answers"
    }

    fn rule(&self) -> &'static str {
        "A task of `.sync` or `.waitForTaskToken` whose service took the request has a TaskSubmitted event before \
         it succeeds; a timeout that no worker reported is recorded as timed out, not as failed"
    }

    fn source(&self) -> &'static str {
        "AWS Step Functions API reference, HistoryEvent; recordings sqs_wait_for_task_tok_call_chain, \
         fixed_timeout_lambda, heartbeat_timeout"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let Some(trace) = trial.trace else { return };
        for visit in &trace.visits {
            let mut submitted = false;
            for index in &visit.events {
                let event = &trace.events[*index];
                match event.kind {
                    "TaskScheduled" => submitted = false,
                    "TaskSubmitted" => submitted = true,
                    "TaskSucceeded" => {
                        let waits = event.text("resource").is_some_and(|resource| {
                            resource.contains(".sync") || resource.ends_with(".waitForTaskToken")
                        });
                        if waits && always_submits(trial, visit.state) {
                            findings.check(submitted, "submitted", Some(event.id), || {
                                format!("`{}` succeeded without TaskSubmitted", visit.state)
                            });
                        }
                    }
                    "TaskFailed" | "LambdaFunctionFailed" | "ActivityFailed"
                        if event.text("error") == Some("States.Timeout")
                            // A nested execution's timeout is an error of its task.
                            && !event.text("resource").is_some_and(|r| r.contains("startExecution")) =>
                    {
                        findings.check(throws_timeouts(trial), "timed-out", Some(event.id), || {
                            format!("no worker reported the timeout of `{}`", visit.state)
                        });
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The script's workers of a state.
fn workers<'a>(trial: &Trial<'a>) -> impl Iterator<Item = &'a Value> {
    let workers = trial.case.workers.as_ref().and_then(|script| script.get("workers"));
    workers.and_then(Value::as_array).into_iter().flatten()
}

/// All answers of a worker, however they are written.
fn answers(worker: &Value) -> Vec<&Value> {
    match worker.get("answers") {
        Some(Value::Array(answers)) => answers.iter().collect(),
        Some(Value::Object(answers)) => answers.values().collect(),
        _ => Vec::new(),
    }
}

/// Whether every answer the case has for a state says that the service took the request.
fn always_submits(trial: &Trial<'_>, state: &str) -> bool {
    let mut scripted = workers(trial).filter(|worker| worker["state"] == state).peekable();
    let mut tasks = trial.case.tasks.iter().filter(|task| task.state == state).peekable();
    (scripted.peek().is_some() || tasks.peek().is_some())
        && scripted.all(|worker| answers(worker).iter().all(|a| a.get("submitted").is_some()))
        && tasks.all(|task| task.submitted.is_some())
}

/// Whether somebody reports `States.Timeout` as if it were an error of theirs.
fn throws_timeouts(trial: &Trial<'_>) -> bool {
    const TIMEOUT: &str = "States.Timeout";
    let scripted = workers(trial).any(|worker| {
        answers(worker).iter().any(|a| a.pointer("/throw/error").is_some_and(|e| e == TIMEOUT))
    });
    let in_tasks = trial.case.tasks.iter().any(|task| match &task.outcome {
        TaskOutcome::Failed(failure)
        | TaskOutcome::StartFailed(failure)
        | TaskOutcome::SubmitFailed(failure)
        | TaskOutcome::ScheduleFailed(failure) => failure.error.as_deref() == Some(TIMEOUT),
        _ => false,
    });
    let injected =
        trial.has(|fault| matches!(fault, Fault::TaskError { error, .. } if error == TIMEOUT));
    scripted || in_tasks || injected
}
