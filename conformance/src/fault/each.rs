//! Every single fault in turn: the exhaustive mode.

use crate::case::{Case, Fault, Machine};

use super::draw::errors;

/// The case once for every fault of every task, and every fault after every step; its own faults aside.
///
/// Clocks jump by one, and redrives come after, an hour; a payload just fits, or just does not.
pub fn each(case: &Case, tasks: u64, steps: u64) -> impl Iterator<Item = Case> {
    let names: Vec<String> = match &case.definition {
        Some(definition) => {
            errors(&Machine::new(definition)).into_iter().map(str::to_owned).collect()
        }
        None => Vec::new(),
    };
    let of_tasks = (0..tasks).flat_map(move |task| faults_of_task(task, &names));
    let of_steps = (1..=steps).flat_map(faults_of_step);
    let redrive = std::iter::once(Fault::Redrive { after_ms: 3_600_000 });
    of_tasks.chain(of_steps).chain(redrive).map(|fault| {
        let id = format!("{}/{}", case.id, name(&fault));
        Case { id, faults: vec![fault], ..case.clone() }
    })
}

fn faults_of_task(task: u64, names: &[String]) -> Vec<Fault> {
    let named = names.iter().map(String::as_str);
    let error = |error: &str| Fault::TaskError { task, error: error.to_owned(), cause: None };
    let mut faults: Vec<Fault> = named.chain(["NobodyCatchesThis"]).map(error).collect();
    faults.extend([
        Fault::Throttled { task },
        Fault::Unanswered { task },
        Fault::HeartbeatsLost { task, after: 0 },
        Fault::Late { task, by_ms: 3_600_000 },
        Fault::Duplicate { task },
        Fault::WrongToken { task },
        Fault::ReusedToken { task },
        Fault::WorkerCrash { task, restart_ms: 60_000 },
        Fault::PayloadSize { task, bytes: 262_144 },
        Fault::PayloadSize { task, bytes: 262_145 },
        Fault::Malformed { task },
    ]);
    faults
}

fn faults_of_step(step: u64) -> [Fault; 3] {
    [
        Fault::ClockJump { step, by_ms: 3_600_000 },
        Fault::Stop { step, error: None, cause: None },
        Fault::EngineCrash { step },
    ]
}

/// A fault as part of a case's name.
fn name(fault: &Fault) -> String {
    let place = fault.task().or(fault.step());
    let detail = match fault {
        Fault::TaskError { error, .. } => format!("-{error}"),
        Fault::PayloadSize { bytes, .. } => format!("-{bytes}"),
        _ => String::new(),
    };
    match place {
        Some(place) => format!("{}-{place}{detail}", fault.kind()),
        None => fault.kind().to_owned(),
    }
}
