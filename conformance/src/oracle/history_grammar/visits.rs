//! What may follow what while a state is visited, and that every visit has an end.

use crate::oracle::{Findings, Trace, Trial, Visit};

pub(super) fn check(trial: &Trial<'_>, trace: &Trace<'_>, findings: &mut Findings) {
    for visit in &trace.visits {
        order(trial, trace, visit, findings);
    }
    endings(trial, trace, findings);
}

fn order(trial: &Trial<'_>, trace: &Trace<'_>, visit: &Visit<'_>, findings: &mut Findings) {
    let Some(state) = trial.machine.state(visit.state) else { return };
    let kind = state.kind();
    let first = &trace.events[visit.events[0]];
    let enters = first.kind.strip_suffix("StateEntered") == Some(kind);
    findings.check(enters, "state-type", Some(first.id), || {
        format!("{} is entered as {}, but is a {kind}", visit.state, first.kind)
    });
    for pair in visit.events.windows(2) {
        let (before, after) = (&trace.events[pair[0]], &trace.events[pair[1]]);
        let fits = may_follow(kind, before.kind, after.kind);
        findings.check(fits, "order", Some(after.id), || {
            format!("{} of `{}` cannot come after {}", after.kind, visit.state, before.kind)
        });
    }
}

/// Whether one event of a state's visit may come after another.
fn may_follow(state: &str, before: &str, after: &str) -> bool {
    let after_part = Part::of(after);
    match state {
        "Task" => task(before, after),
        "Parallel" | "Map" => container(state, Part::of(before), after_part),
        // They are entered, and exited or not; an evaluation may fail on the way.
        _ => match Part::of(before) {
            Part::Entered => {
                after_part == Part::Evaluation
                    || after_part == Part::Exited && state != "Fail"
                    || after_part == Part::Aborted && state == "Wait"
            }
            Part::Evaluation => after_part == Part::Aborted && state == "Wait",
            _ => false,
        },
    }
}

fn task(before: &str, after: &str) -> bool {
    let stages = |kind: &str| -> Option<(usize, Stage)> {
        let prefixes = ["Task", "LambdaFunction", "Activity"];
        prefixes.iter().enumerate().find_map(|(index, prefix)| {
            kind.strip_prefix(prefix).and_then(Stage::of).map(|stage| (index, stage))
        })
    };
    let after_part = Part::of(after);
    let ends = matches!(after_part, Part::Exited | Part::Aborted | Part::Evaluation);
    match (stages(before), stages(after)) {
        (Some((one, before)), Some((other, after))) => one == other && before.may_lead_to(after),
        (Some((_, Stage::Ended)), None) => ends,
        // Only an abort ends a task that has not been answered.
        (Some(_), None) => after_part == Part::Aborted,
        (None, after) => {
            let is_over = matches!(Part::of(before), Part::Exited | Part::Aborted);
            !is_over && (ends || after.is_some_and(|(_, stage)| stage == Stage::Scheduled))
        }
    }
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Scheduled,
    Started,
    Submitted,
    Ended,
}

impl Stage {
    fn of(rest: &str) -> Option<Self> {
        Some(match rest {
            "Scheduled" => Self::Scheduled,
            "Started" => Self::Started,
            "Submitted" => Self::Submitted,
            "Succeeded" | "Failed" | "TimedOut" | "ScheduleFailed" | "StartFailed"
            | "SubmitFailed" => Self::Ended,
            _ => return None,
        })
    }

    fn may_lead_to(self, after: Self) -> bool {
        matches!(
            (self, after),
            (Self::Scheduled, Self::Started | Self::Ended)
                | (Self::Started, Self::Submitted | Self::Ended)
                | (Self::Submitted, Self::Ended)
                // Tried again.
                | (Self::Ended, Self::Scheduled)
        )
    }
}

/// What an event of a visit is about, when it is not about a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Entered,
    Started,
    Iteration,
    Run,
    RunEnded,
    Succeeded,
    Failed,
    Aborted,
    Exited,
    Evaluation,
    Other,
}

impl Part {
    fn of(kind: &str) -> Self {
        match kind {
            "EvaluationFailed" => Self::Evaluation,
            "MapRunStarted" | "MapRunRedriven" => Self::Run,
            "MapRunSucceeded" | "MapRunFailed" | "MapRunAborted" => Self::RunEnded,
            _ if kind.starts_with("MapIteration") => Self::Iteration,
            _ => match kind.find("State").map(|at| &kind[at + "State".len()..]) {
                Some("Entered") => Self::Entered,
                Some("Started") => Self::Started,
                Some("Succeeded") => Self::Succeeded,
                Some("Failed") => Self::Failed,
                Some("Aborted") => Self::Aborted,
                Some("Exited") => Self::Exited,
                _ => Self::Other,
            },
        }
    }
}

fn container(state: &str, before: Part, after: Part) -> bool {
    use Part::{
        Aborted, Entered, Evaluation, Exited, Failed, Iteration, Run, RunEnded, Started, Succeeded,
    };
    let is_map = state == "Map";
    match before {
        // A failure before the start may be caught at once.
        Entered => matches!(after, Started | Evaluation | Failed | Aborted | Exited),
        Started => {
            matches!(after, Started | Succeeded | Failed | Aborted | Evaluation)
                || is_map && matches!(after, Iteration | Run | RunEnded)
        }
        Iteration => {
            matches!(after, Iteration | Started | Succeeded | Failed | Aborted | Evaluation)
        }
        // A field that is computed once the items are known may fail; AWS may compute it before.
        Run => matches!(after, RunEnded | Aborted | Failed | Evaluation),
        RunEnded => matches!(after, Succeeded | Failed | Started | Aborted | Evaluation),
        // What is made of the result may fail; that may be retried or caught.
        Succeeded => matches!(after, Exited | Evaluation | Failed | Started | Aborted),
        Failed => matches!(after, Exited | Evaluation | Aborted),
        // The ItemSelector of a later item may fail while earlier ones run.
        Evaluation => {
            matches!(after, Failed | Started | Evaluation | Aborted) || is_map && after == Iteration
        }
        // Its iterations may be aborted after it.
        Aborted => after == Iteration,
        Exited | Part::Other => false,
    }
}

/// A state is exited, unless it or something around it failed, was aborted, or the execution ended.
fn endings(trial: &Trial<'_>, trace: &Trace<'_>, findings: &mut Findings) {
    let succeeded_rounds: Vec<Option<usize>> =
        trace.visits.iter().map(|visit| round_that_succeeded(trace, visit)).collect();
    let mut open_at_top = 0;
    for visit in trace.visits.iter().filter(|visit| visit.exited.is_none()) {
        let entered = &trace.events[visit.events[0]];
        let problem = match visit.parent {
            Some(parent) => {
                let must_have = succeeded_rounds[parent].is_some_and(|round| round == visit.round);
                must_have.then(|| format!("`{}` around it succeeded", trace.visits[parent].state))
            }
            None => {
                open_at_top += 1;
                match open_at_top {
                    _ if trial.seen.status == "SUCCEEDED" && trace.redriven.is_none() => {
                        Some("the execution succeeded".to_owned())
                    }
                    1 => None,
                    _ => Some("another state was entered after it".to_owned()),
                }
            }
        };
        findings.checked();
        if let Some(problem) = problem {
            let message = format!("`{}` was entered and never exited, but {problem}", visit.state);
            findings.violated("exit", Some(entered.id), message);
        }
    }
}

fn round_that_succeeded(trace: &Trace<'_>, visit: &Visit<'_>) -> Option<usize> {
    if visit.rounds == 0 {
        return None;
    }
    let mut round = 0;
    for index in &visit.events {
        match trace.events[*index].kind {
            "MapStateStarted" | "ParallelStateStarted" => round += 1,
            "MapStateSucceeded" | "ParallelStateSucceeded" => return Some(round),
            _ => {}
        }
    }
    None
}
