//! Faults of tasks. A fault names a task by its number in the order of scheduling over the whole run; the model
//! runs branches one after the other, so it finds the number out by running the case without the fault first.

use super::failure::{Result, unknown};
use super::interpret::Thread;
use super::log::{Log, Presence};
use super::moment::Moment;
use super::opaque;
use super::world::{Answer, Answered};
use crate::case::{Case, Fault, PathStep};

/// A task, as the model knows it: its state, its place, and its number there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub execution: usize,
    pub state: String,
    pub path: Vec<PathStep>,
    pub number: usize,
    /// When it is scheduled.
    pub at: Moment,
}

impl Target {
    /// The task a thread schedules now.
    pub(super) fn of(thread: &Thread, state: &str, number: usize) -> Self {
        Self {
            execution: thread.execution,
            state: state.to_owned(),
            path: thread.path.clone(),
            number,
            at: thread.at,
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.execution == other.execution
            && self.state == other.state
            && self.path == other.path
            && self.number == other.number
    }
}

/// The faults of a case that the model must place on tasks, the first task first.
pub(super) fn of_tasks(case: &Case) -> Result<Vec<&Fault>> {
    let has = |wanted: fn(&Fault) -> bool| case.faults.iter().any(wanted);
    if has(|fault| matches!(fault, Fault::Stop { .. }))
        && has(|fault| matches!(fault, Fault::Redrive { .. }))
    {
        return unknown("an execution that is stopped and redriven");
    }
    if jumps(case) > 0 && !is_jump_proof(case) {
        return unknown("a clock that jumps where clocks race");
    }
    let mut faults = Vec::new();
    for fault in &case.faults {
        match fault {
            Fault::ClockJump { .. } | Fault::Stop { .. } | Fault::Redrive { .. } => {}
            fault if fault.is_transparent() => {}
            fault => faults.push(fault),
        }
    }
    faults.sort_by_key(|fault| fault.task());
    Ok(faults)
}

/// How far the clock jumps in all: everything may come so much later.
pub(super) fn jumps(case: &Case) -> i64 {
    let jump = |fault: &Fault| match fault {
        Fault::ClockJump { by_ms, .. } => *by_ms,
        _ => 0,
    };
    case.faults.iter().map(jump).sum()
}

/// Whether a jump of the clock can only make things late: nothing runs beside anything else, no clock of the
/// definition can run out.
fn is_jump_proof(case: &Case) -> bool {
    let racing = |fault: &Fault| matches!(fault, Fault::WorkerCrash { .. } | Fault::Stop { .. });
    let definition = case.definition.as_ref().map(ToString::to_string).unwrap_or_default();
    let clocks = [
        "\"TimeoutSeconds",
        "\"HeartbeatSeconds",
        "\"Branches\"",
        "\"ItemProcessor\"",
        "\"Iterator\"",
    ];
    case.machines.is_empty()
        && !case.faults.iter().any(racing)
        && !clocks.iter().any(|name| definition.contains(name))
}

/// The task with a number; `None` when there are not so many.
pub(super) fn find(log: &Log, number: u64) -> Result<Option<Target>> {
    let mut calls: Vec<_> =
        log.calls.iter().filter(|call| call.presence != Presence::Absent).collect();
    calls.sort_by_key(|call| call.at);
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    let Some(call) = calls.get(number) else { return Ok(None) };
    // The others' order among themselves does not matter, as long as each is before or after this one.
    let is_clear = calls.iter().enumerate().all(|(index, other)| {
        let is_apart = other.at.before(call.at) || call.at.before(other.at);
        (is_apart || other.thread == call.thread)
            && (index > number || other.presence == Presence::Certain)
    });
    if !is_clear {
        return unknown("a fault of a task whose number depends on who came first");
    }
    let before = &calls[..=number];
    if call.execution > 0 {
        return unknown("a fault of a task of another execution");
    }
    let of_place = before
        .iter()
        .filter(|other| {
            other.execution == 0 && other.state == call.state && other.path == call.path
        })
        .count();
    Ok(Some(Target {
        execution: 0,
        state: call.state.clone(),
        path: call.path.clone(),
        number: of_place - 1,
        at: call.at,
    }))
}

/// Whether any fault happens to a task.
pub(super) fn happen(faults: &[(Target, &Fault)], task: &Target) -> bool {
    faults.iter().any(|(target, _)| target.is(task))
}

/// Does to an answer what goes wrong with its task.
pub(super) fn afflict(
    faults: &[(Target, &Fault)],
    task: &Target,
    answer: &mut Answer,
) -> Result<()> {
    for (target, fault) in faults {
        if let Fault::WorkerCrash { restart_ms, .. } = fault {
            let again = target.at.plus(*restart_ms);
            match (task.at.known(), again.known(), target.at.known()) {
                (Some(now), Some(again), Some(at)) if now > at && now < again => {
                    answer.start_ms += again - now;
                }
                (Some(now), Some(_), Some(at)) if now == at && !target.is(task) => {
                    return unknown("a task that comes with a crash of its worker");
                }
                (Some(_), Some(_), Some(_)) => {}
                _ => return unknown("a crash at a moment in a span"),
            }
        }
    }
    let mine = faults.iter().filter(|(target, _)| target.is(task));
    for (_, fault) in mine {
        match fault {
            Fault::TaskError { error, cause, .. } => {
                answer.outcome = Answered::Failed(Some(error.clone()), cause.clone());
            }
            Fault::Throttled { .. } => {
                *answer = Answer {
                    start_ms: 0,
                    heartbeats_ms: Vec::new(),
                    duration_ms: answer.duration_ms,
                    outcome: Answered::Failed(
                        Some("Lambda.TooManyRequestsException".to_owned()),
                        opaque::text("cause").as_str().map(str::to_owned),
                    ),
                };
            }
            Fault::Unanswered { .. } => answer.outcome = Answered::Never,
            Fault::WorkerCrash { .. } => {
                answer.outcome = Answered::Never;
                answer.heartbeats_ms.clear();
            }
            Fault::HeartbeatsLost { after, .. } => answer.heartbeats_ms.truncate(*after),
            Fault::Late { by_ms, .. } => answer.duration_ms += by_ms,
            Fault::PayloadSize { bytes, .. } => {
                answer.outcome = Answered::Succeeded("x".repeat(bytes.saturating_sub(2)).into());
            }
            _ => {}
        }
    }
    Ok(())
}
