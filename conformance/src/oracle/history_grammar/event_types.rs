//! Each event by itself: its type, its details, its moment.

use crate::oracle::{Event, Findings, Trace};

/// Whether the details of a type must be there. Some never are.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Details {
    Always,
    Sometimes,
    Never,
}

pub(super) fn check(trace: &Trace<'_>, findings: &mut Findings) {
    let mut before = i64::MIN;
    for event in &trace.events {
        findings.check(event.at_ms >= before, "time", Some(event.id), || {
            format!("{} happens before the event it comes after", event.kind)
        });
        before = event.at_ms;
        let Some(wanted) = details_of(event.kind) else {
            findings.violated("type", Some(event.id), format!("{} is no type", event.kind));
            continue;
        };
        let fits = match wanted {
            Details::Always => is_key_of(event),
            Details::Sometimes => event.details_key.is_empty() || is_key_of(event),
            Details::Never => event.details_key.is_empty(),
        };
        findings.check(fits, "details", Some(event.id), || match event.details_key {
            "" => format!("{} has no details", event.kind),
            key => format!("{} has details of another type: {key}", event.kind),
        });
    }
}

/// The API's event types, and whether they have details.
fn details_of(kind: &str) -> Option<Details> {
    use Details::{Always, Never, Sometimes};
    let of_state = |rest: &str| {
        ["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"].contains(&rest)
    };
    if let Some(state) = kind.strip_suffix("StateEntered") {
        return of_state(state).then_some(Always);
    }
    if let Some(state) = kind.strip_suffix("StateExited") {
        // A Fail state is never exited.
        return (of_state(state) && state != "Fail").then_some(Always);
    }
    Some(match kind {
        "ExecutionStarted" | "ExecutionSucceeded" | "ExecutionAborted" | "ExecutionRedriven" => {
            Always
        }
        "ExecutionFailed" | "ExecutionTimedOut" => Sometimes,
        "TaskScheduled" | "TaskStarted" | "TaskStartFailed" | "TaskSubmitted"
        | "TaskSubmitFailed" | "TaskSucceeded" | "TaskFailed" | "TaskTimedOut" => Always,
        "LambdaFunctionScheduled" | "LambdaFunctionSucceeded" => Always,
        "LambdaFunctionScheduleFailed"
        | "LambdaFunctionStartFailed"
        | "LambdaFunctionFailed"
        | "LambdaFunctionTimedOut" => Sometimes,
        "LambdaFunctionStarted" => Never,
        "ActivityScheduled" | "ActivityStarted" | "ActivitySucceeded" => Always,
        "ActivityScheduleFailed" | "ActivityFailed" | "ActivityTimedOut" => Sometimes,
        "MapStateStarted"
        | "MapIterationStarted"
        | "MapIterationSucceeded"
        | "MapIterationFailed"
        | "MapIterationAborted"
        | "MapRunStarted"
        | "MapRunRedriven" => Always,
        "MapRunFailed" => Sometimes,
        "EvaluationFailed" => Always,
        "WaitStateAborted"
        | "TaskStateAborted"
        | "ParallelStateStarted"
        | "ParallelStateSucceeded"
        | "ParallelStateFailed"
        | "ParallelStateAborted"
        | "MapStateSucceeded"
        | "MapStateFailed"
        | "MapStateAborted"
        | "MapRunSucceeded"
        | "MapRunAborted" => Never,
        _ => return None,
    })
}

/// Whether the key of an event's details is that of its type: `taskFailedEventDetails` of `TaskFailed`.
fn is_key_of(event: &Event<'_>) -> bool {
    let Some(key) = event.details_key.strip_suffix("EventDetails") else { return false };
    if event.enters() {
        return key == "stateEntered";
    }
    if event.exits() {
        return key == "stateExited";
    }
    let (mut key, mut kind) = (key.chars(), event.kind.chars());
    key.next() == kind.next().map(|first| first.to_ascii_lowercase())
        && key.as_str() == kind.as_str()
}
