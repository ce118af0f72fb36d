//! Drawing faults for any machine.

use std::collections::BTreeSet;
use std::str::FromStr;

use arbitrary::Unstructured;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::{Fault, Machine};
use crate::generate::draw::Draw;

/// How much goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Nothing.
    Calm,
    /// One thing, half of the time.
    Lite,
    /// Several things of a few kinds, both drawn for each case.
    #[default]
    Swarm,
}

/// A word that names no profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a fault profile: expected calm, lite or swarm")]
pub struct UnknownProfile(String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        match text {
            "calm" => Ok(Self::Calm),
            "lite" => Ok(Self::Lite),
            "swarm" => Ok(Self::Swarm),
            other => Err(UnknownProfile(other.to_owned())),
        }
    }
}

/// Errors besides those that a definition names.
pub(super) const ERRORS: [&str; 7] = [
    "States.TaskFailed",
    "States.Timeout",
    "Lambda.Unknown",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "NobodyCatchesThis",
    "States.Permissions",
];

/// Most faults of one case.
const FAULTS_MAX: usize = 4;

/// Draws what goes wrong with an execution of a machine that schedules about so many tasks.
///
/// # Errors
/// None today: when the bytes are used up, nothing more goes wrong.
pub fn draw(
    u: &mut Unstructured<'_>,
    machine: &Machine<'_>,
    profile: Profile,
    tasks_estimate: u64,
) -> arbitrary::Result<Vec<Fault>> {
    let mut draw = Draw(u);
    let count = match profile {
        Profile::Calm => 0,
        Profile::Lite => usize::from(draw.chance(1, 2)),
        Profile::Swarm => draw.below(FAULTS_MAX + 1),
    };
    if count == 0 {
        return Ok(Vec::new());
    }
    let errors = errors(machine);
    let kinds: Vec<(&str, u32)> = Fault::KINDS
        .iter()
        .map(|kind| {
            let about_a_task = !matches!(*kind, "clock_jump" | "stop" | "redrive" | "engine_crash");
            let on = profile == Profile::Lite || draw.chance(1, 2);
            let weight = match (on && (tasks_estimate > 0 || !about_a_task), *kind) {
                (false, _) => 0,
                (true, "task_error") => 6,
                // A quarter of a megabyte each time.
                (true, "payload_size") => 1,
                (true, _) => 2,
            };
            (*kind, weight)
        })
        .collect();
    let mut faults: Vec<Fault> = Vec::with_capacity(count);
    for _ in 0..count {
        let Some(kind) = draw.weighted(&kinds) else { break };
        let fault = one(&mut draw, kind, &errors, tasks_estimate);
        // One fault a task, one redrive and one stop: two would hide each other.
        let again = faults.iter().any(|other| {
            (fault.task().is_some() && other.task() == fault.task())
                || (matches!(kind, "redrive" | "stop") && other.kind() == kind)
        });
        if !again {
            faults.push(fault);
        }
    }
    Ok(faults)
}

/// The errors that a definition's retriers and catchers name.
pub(super) fn errors<'a>(machine: &Machine<'a>) -> Vec<&'a str> {
    let mut names = BTreeSet::new();
    for state in machine.states() {
        let handlers = state.list("Retry").iter().chain(state.list("Catch"));
        let equals = handlers.filter_map(|handler| handler.get("ErrorEquals")?.as_array());
        names.extend(equals.flatten().filter_map(Value::as_str));
    }
    // It is a pattern, not an error.
    names.remove("States.ALL");
    names.into_iter().collect()
}

fn one(draw: &mut Draw<'_, '_>, kind: &str, errors: &[&str], tasks: u64) -> Fault {
    let last = usize::try_from(tasks).unwrap_or(usize::MAX).clamp(1, 64);
    let task = draw.below(last) as u64;
    // The start, and about two inputs for each task.
    let step = 1 + draw.below(last * 2) as u64;
    match kind {
        "throttled" => Fault::Throttled { task },
        "unanswered" => Fault::Unanswered { task },
        "heartbeats_lost" => Fault::HeartbeatsLost { task, after: draw.below(3) },
        "late" => Fault::Late { task, by_ms: milliseconds(draw) },
        "duplicate" => Fault::Duplicate { task },
        "wrong_token" => Fault::WrongToken { task },
        "reused_token" => Fault::ReusedToken { task },
        "worker_crash" => Fault::WorkerCrash { task, restart_ms: milliseconds(draw) },
        "payload_size" => {
            Fault::PayloadSize { task, bytes: draw.pick(&[262_144, 262_145, 2, 262_143]) }
        }
        "malformed" => Fault::Malformed { task },
        "clock_jump" => Fault::ClockJump { step, by_ms: milliseconds(draw) },
        "stop" => {
            let named = draw.chance(1, 2);
            let text = |text: &str| named.then(|| text.to_owned());
            Fault::Stop { step, error: text("Stopped"), cause: text("by hand") }
        }
        "redrive" => Fault::Redrive { after_ms: milliseconds(draw) },
        "engine_crash" => Fault::EngineCrash { step },
        _ => {
            let error = match errors.is_empty() || draw.chance(1, 4) {
                true => draw.pick(&ERRORS),
                false => draw.pick(errors),
            };
            let cause = draw.chance(1, 2).then(|| "injected".to_owned());
            Fault::TaskError { task, error: error.to_owned(), cause }
        }
    }
}

/// From a millisecond to a day, each magnitude as often.
fn milliseconds(draw: &mut Draw<'_, '_>) -> i64 {
    let magnitude = draw.pick(&[1_000, 10, 100, 10_000, 100_000, 86_400_000]);
    draw.between(1, magnitude)
}
