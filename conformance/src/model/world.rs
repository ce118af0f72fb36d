//! What tasks answer: the case's recorded tasks and scripted workers, as the case format defines them.

use serde_json::Value;

use super::failure::{Result, unknown};
use super::opaque;
use crate::case::{Case, PathStep, TaskFailure, TaskOutcome, TaskStarted};

/// How a task is answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Milliseconds from scheduling to start.
    pub start_ms: i64,
    /// Milliseconds after the start at which it says it is alive.
    pub heartbeats_ms: Vec<i64>,
    /// Milliseconds from start to end.
    pub duration_ms: i64,
    /// The end.
    pub outcome: Answered,
}

/// How a task ends.
#[derive(Debug, Clone)]
pub(crate) enum Answered {
    Succeeded(Value),
    Failed(Option<String>, Option<String>),
    /// It fails before it starts.
    Refused(Option<String>, Option<String>),
    Never,
    NotStarted,
    /// One of its clocks ran out; never an answer of a worker.
    TimedOut {
        heartbeat: bool,
    },
}

/// The answer to a task; `None` when the case has none. `number` counts from 0 for each state and place.
pub(crate) fn answer(
    case: &Case,
    state: &str,
    path: &[PathStep],
    number: usize,
    parameters: &Value,
) -> Result<Option<Answer>> {
    let recorded = case
        .tasks
        .iter()
        .find(|task| task.state == state && task.attempt == number as u64 + 1 && task.path == path);
    if let Some(task) = recorded {
        return Ok(Some(Answer {
            start_ms: 0,
            heartbeats_ms: task.heartbeats_ms.clone(),
            duration_ms: task.duration_ms,
            outcome: outcome(&task.outcome, task.started.as_ref()),
        }));
    }
    let workers = case.workers.as_ref().and_then(|workers| workers["workers"].as_array());
    for worker in workers.into_iter().flatten() {
        if worker["state"] == state
            && fits(worker, path, parameters)?
            && let Some(answer) = in_turn(&worker["answers"], number)?
        {
            return scripted(answer).map(Some);
        }
    }
    Ok(None)
}

fn fits(worker: &Value, path: &[PathStep], parameters: &Value) -> Result<bool> {
    if worker.get("machine").is_some() || worker.get("count").is_some_and(|count| count != "place")
    {
        return unknown("a worker of a form the model does not read");
    }
    if let Some(wanted) = worker.get("input")
        && !is_part(wanted, opaque::clear(parameters)?)
    {
        return Ok(false);
    }
    let Some(place) = worker.get("in") else { return Ok(true) };
    if place.get("branch").is_some() {
        return unknown("a worker of a form the model does not read");
    }
    let is = |name: &str, found: &str| place.get(name).is_none_or(|wanted| wanted == found);
    Ok(path.iter().any(|step| match step {
        PathStep::Map { map, index } => {
            place.get("parallel").is_none()
                && is("map", map)
                && place.get("index").is_none_or(|wanted| wanted.as_u64() == Some(*index as u64))
        }
        PathStep::Parallel { parallel } => {
            place.get("map").is_none() && place.get("index").is_none() && is("parallel", parallel)
        }
    }))
}

fn is_part(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .all(|(key, value)| found.get(key).is_some_and(|other| is_part(value, other))),
        _ => wanted == found,
    }
}

/// The answer with a number: a list whose last entry goes on for ever, or ranges of numbers.
fn in_turn(answers: &Value, number: usize) -> Result<Option<&Value>> {
    match answers {
        Value::Array(answers) => Ok(answers.get(number).or(answers.last())),
        Value::Object(ranges) => {
            for (range, answer) in ranges {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let last = if last.is_empty() { Ok(usize::MAX) } else { last.parse() };
                match (first.parse(), last) {
                    (Ok(first), Ok(last)) if (first..=last).contains(&number) => {
                        return Ok(Some(answer));
                    }
                    (Ok(_), Ok(_)) => {}
                    _ => return unknown("a worker of a form the model does not read"),
                }
            }
            Ok(None)
        }
        _ => unknown("a worker of a form the model does not read"),
    }
}

fn scripted(answer: &Value) -> Result<Answer> {
    let ms = |seconds: &Value| (seconds.as_f64().unwrap_or(0.0) * 1_000.0).round() as i64;
    let text = |name: &str| answer["throw"][name].as_str().map(str::to_owned);
    let outcome = match (answer.get("return"), answer.get("throw"), answer.get("refuse")) {
        (Some(value), _, _) => Answered::Succeeded(value.clone()),
        (None, Some(_), None) => Answered::Failed(text("error"), text("cause")),
        (None, Some(_), Some(stage)) if stage == "submit" => {
            Answered::Failed(text("error"), text("cause"))
        }
        (None, Some(_), Some(_)) => Answered::Refused(text("error"), text("cause")),
        (None, None, _) => Answered::Never,
    };
    let heartbeats = answer["heartbeatsSeconds"].as_array();
    Ok(Answer {
        start_ms: ms(&answer["startAfterSeconds"]),
        heartbeats_ms: heartbeats.into_iter().flatten().map(ms).collect(),
        duration_ms: ms(&answer["afterSeconds"]),
        outcome,
    })
}

fn outcome(outcome: &TaskOutcome, started: Option<&TaskStarted>) -> Answered {
    let texts = |failure: &TaskFailure| {
        let cause = match (&failure.cause_text, &failure.cause) {
            (Some(text), _) => Some(text.clone()),
            (None, Some(Value::String(text))) => Some(text.clone()),
            (None, Some(other)) => Some(other.to_string()),
            (None, None) => None,
        };
        (failure.error.clone(), cause)
    };
    match outcome {
        TaskOutcome::Succeeded { output, output_text } => {
            let parsed = output_text.as_deref().and_then(|text| serde_json::from_str(text).ok());
            Answered::Succeeded(parsed.unwrap_or_else(|| output.clone()))
        }
        TaskOutcome::Failed(failure) | TaskOutcome::SubmitFailed(failure) => {
            let (error, cause) = texts(failure);
            Answered::Failed(error, cause)
        }
        TaskOutcome::StartFailed(failure) | TaskOutcome::ScheduleFailed(failure) => {
            let (error, cause) = texts(failure);
            Answered::Refused(error, cause)
        }
        TaskOutcome::TimedOut { .. } | TaskOutcome::None {} => match started {
            Some(TaskStarted::Plain(false)) => Answered::NotStarted,
            _ => Answered::Never,
        },
    }
}
