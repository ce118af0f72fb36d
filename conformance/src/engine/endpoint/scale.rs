//! A case whose times are divided, for endpoints whose time cannot be moved.
//!
//! What a definition writes out as a number is divided and rounded up: the language knows whole seconds only. What it
//! computes stays as it is. The times of workers and faults are divided to the millisecond.

use serde_json::{Map, Value};

use crate::case::{Case, Fault, change_states};

/// Fields of states that hold seconds.
const OF_STATES: [&str; 3] = ["Seconds", "TimeoutSeconds", "HeartbeatSeconds"];
/// Fields of retriers that hold seconds.
const OF_RETRIERS: [&str; 2] = ["IntervalSeconds", "MaxDelaySeconds"];
/// What an answer of a script has in seconds.
const OF_ANSWERS: [&str; 2] = ["afterSeconds", "startAfterSeconds"];

/// The case with all its times divided.
pub(super) fn scaled(case: &Case, by: i64) -> Case {
    let mut case = case.clone();
    for definition in case.definition.iter_mut().chain(case.machines.values_mut()) {
        if let Some(fields) = definition.as_object_mut() {
            divide_seconds(fields, &["TimeoutSeconds"], by);
        }
        change_states(definition, &mut |_, fields| divide_state(fields, by));
    }
    for task in &mut case.tasks {
        task.duration_ms /= by;
        for at in &mut task.heartbeats_ms {
            *at /= by;
        }
    }
    change_answers(&mut case, &mut |answer| divide_answer(answer, by));
    for fault in &mut case.faults {
        match fault {
            Fault::Late { by_ms: time, .. }
            | Fault::WorkerCrash { restart_ms: time, .. }
            | Fault::ClockJump { by_ms: time, .. }
            | Fault::Redrive { after_ms: time } => *time /= by,
            _ => {}
        }
    }
    case
}

/// Changes every answer of the script of a case, whether they are listed or named by calls.
pub(super) fn change_answers(case: &mut Case, change: &mut impl FnMut(&mut Value)) {
    let workers = case.workers.as_mut().and_then(|script| script.get_mut("workers"));
    for worker in workers.and_then(Value::as_array_mut).into_iter().flatten() {
        match worker.get_mut("answers") {
            Some(Value::Array(list)) => list.iter_mut().for_each(&mut *change),
            Some(Value::Object(calls)) => calls.values_mut().for_each(&mut *change),
            _ => {}
        }
    }
}

fn divide_state(fields: &mut Map<String, Value>, by: i64) {
    // To other states these are not fields at all.
    if matches!(fields.get("Type").and_then(Value::as_str), Some("Wait" | "Task")) {
        divide_seconds(fields, &OF_STATES, by);
    }
    let retriers = fields.get_mut("Retry").and_then(Value::as_array_mut);
    for retrier in retriers.into_iter().flatten().filter_map(Value::as_object_mut) {
        divide_seconds(retrier, &OF_RETRIERS, by);
    }
}

fn divide_seconds(fields: &mut Map<String, Value>, names: &[&str], by: i64) {
    for name in names {
        let Some(seconds) = fields.get_mut(*name) else { continue };
        if let Some(whole) = seconds.as_i64() {
            *seconds = (whole / by + i64::from(whole % by > 0)).into();
        }
    }
}

fn divide_answer(answer: &mut Value, by: i64) {
    let divide = |seconds: &mut Value| {
        if let Some(time) = seconds.as_f64() {
            *seconds = (time / by as f64).into();
        }
    };
    for name in OF_ANSWERS {
        answer.get_mut(name).into_iter().for_each(divide);
    }
    let heartbeats = answer.get_mut("heartbeatsSeconds").and_then(Value::as_array_mut);
    heartbeats.into_iter().flatten().for_each(divide);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_divided_wherever_they_are_written_out() {
        let case = |timeout: u64, wait: u64, retry: [u64; 2], after: f64, late: u64| -> Case {
            let task = json!({
                "Type": "Task", "TimeoutSeconds": wait, "HeartbeatSeconds": wait, "End": true,
                "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": retry[0],
                           "MaxDelaySeconds": retry[1], "BackoffRate": 100, "MaxAttempts": 100}],
            });
            let inner = json!({"StartAt": "T", "States": {"T": task}});
            let definition = json!({
            "StartAt": "W", "TimeoutSeconds": timeout, "States": {
                "W": {"Type": "Wait", "Seconds": wait, "Next": "M"},
                "M": {"Type": "Map", "ItemProcessor": inner, "Next": "P"},
                "P": {"Type": "Parallel", "Branches": [inner], "Next": "D"},
                "D": {"Type": "Pass", "Result": {"Seconds": 100}, "Seconds": 100, "End": true},
            }});
            let answer = json!({"return": 100, "afterSeconds": after, "startAfterSeconds": after,
                                "heartbeatsSeconds": [after]});
            let case = json!({
                "id": "here/case", "source": "here", "kind": "result",
                "definition": definition, "machines": {"other": definition},
                "workers": {"workers": [{"state": "T", "answers": [answer]},
                                        {"state": "T", "answers": {"0-": answer}}]},
                "tasks": [{"state": "T", "outcome": {"kind": "succeeded", "output": 100},
                           "duration_ms": late, "heartbeats_ms": [late]}],
                "faults": [{"fault": "late", "task": 100, "by_ms": late}],
            });
            serde_json::from_value(case).expect("is a case")
        };
        let long = case(1_000, 101, [100, 0], 10.0, 2_500);
        let short = case(10, 2, [1, 0], 0.1, 25);
        assert_eq!(scaled(&long, 100).to_text(), short.to_text());
    }

    #[test]
    fn what_is_computed_stays() {
        let waits = json!({"StartAt": "W", "States": {
            "W": {"Type": "Wait", "Seconds": "{% 100 %}", "Next": "X"},
            "X": {"Type": "Wait", "SecondsPath": "$.seconds", "End": true},
        }});
        let case = Case { definition: Some(waits), ..Case::default() };
        assert_eq!(scaled(&case, 100).to_text(), case.to_text());
    }
}
