//! How a history begins and ends, and that the execution's result is what its last event says.

use crate::oracle::{Findings, Trace, Trial};

pub(super) fn check(trial: &Trial<'_>, trace: &Trace<'_>, findings: &mut Findings) {
    for (index, event) in trace.events.iter().enumerate() {
        if event.visit.is_some() {
            continue;
        }
        let next = trace.events.get(index + 1);
        let problem = match event.kind {
            "ExecutionStarted" if index > 0 => Some("is not the first event"),
            "ExecutionSucceeded" if next.is_some() => Some("is not the last event"),
            "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted"
                if next.is_some_and(|next| next.kind != "ExecutionRedriven") =>
            {
                Some("is not the last event, and no redrive follows")
            }
            "ExecutionRedriven"
                if !index
                    .checked_sub(1)
                    .is_some_and(|before| is_end(trace.events[before].kind)) =>
            {
                Some("comes although the execution had not ended")
            }
            _ => None,
        };
        findings.checked();
        if let Some(problem) = problem {
            findings.violated("ends", Some(event.id), format!("{} {problem}", event.kind));
        }
    }
    let first = trace.events.first();
    let starts = first.is_some_and(|event| event.kind == "ExecutionStarted" && event.previous == 0);
    findings
        .check(starts, "begins", Some(1), || "it does not begin with ExecutionStarted".to_owned());
    result(trial, trace, findings);
}

fn is_end(kind: &str) -> bool {
    matches!(kind, "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted")
}

/// Status, output, error and cause are those of the last event.
fn result(trial: &Trial<'_>, trace: &Trace<'_>, findings: &mut Findings) {
    let seen = trial.seen;
    let Some(end) = trace.end() else {
        findings.check(!trial.is_whole(), "ends", None, || {
            "the last event does not end the execution".to_owned()
        });
        return;
    };
    let status = match end.kind {
        "ExecutionSucceeded" => "SUCCEEDED",
        "ExecutionFailed" => "FAILED",
        "ExecutionTimedOut" => "TIMED_OUT",
        _ => "ABORTED",
    };
    findings.check(seen.status == status, "status", Some(end.id), || {
        format!("the status is {}, but the history ends with {}", seen.status, end.kind)
    });
    // DescribeExecution shows no error of an execution that timed out, though the event has one.
    let (error, cause) = match end.kind {
        "ExecutionTimedOut" => (None, None),
        _ => (end.text("error"), end.text("cause")),
    };
    let fields = [
        ("output", seen.output.as_deref(), end.text("output")),
        ("error", seen.error.as_deref(), error),
        ("cause", seen.cause.as_deref(), cause),
    ];
    for (name, shown, told) in fields {
        // Histories may come without the data of executions.
        if told.is_some() || name != "output" || end.kind != "ExecutionSucceeded" {
            findings.check(shown == told, "result", Some(end.id), || {
                format!("the {name} is {shown:?}, but the last event has {told:?}")
            });
        }
    }
    if let Some(stopped) = seen.stopped_ms.filter(|_| trial.is_timed()) {
        findings.check(stopped == end.at_ms, "result", Some(end.id), || {
            format!("it stopped at {stopped}, but its last event is of {}", end.at_ms)
        });
    }
}
