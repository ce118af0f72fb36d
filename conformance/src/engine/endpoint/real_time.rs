//! Which cases can be run in real time: those that end soon, and do not come to another end when answers are a little
//! late.

use serde_json::Value;

use super::faults::simulated;
use crate::case::Case;
use crate::engine::Execution;

/// Executions that take longer are not waited for, in milliseconds.
const REAL_MS_MAX: i64 = 10_000;
/// How late a worker may be who hears of a task over a network, in milliseconds.
const LATENESS_MS: i64 = 500;

/// Why a case cannot be run in real time, if so: the simulated world tells how long it takes.
pub(super) fn fits(case: &Case) -> Result<(), String> {
    let expects_stop = case.expect.status.as_deref() == Some("ABORTED");
    if case.expect.history_is_prefix || expects_stop {
        return Err("it is looked at, or stopped, at a moment of simulated time".to_owned());
    }
    let Ok(seen) = simulated(case) else { return Ok(()) };
    match seen.duration_ms() {
        Some(millis) if millis <= REAL_MS_MAX => {}
        Some(millis) => return Err(format!("it takes {} s of real time", millis / 1_000)),
        None => {
            return Err("it comes to rest without an end, which real time never shows".to_owned());
        }
    }
    match simulated(&late(case)) {
        Ok(late) if !has_same_end(&seen, &late) => {
            Err("what comes of it depends on fractions of a second".to_owned())
        }
        _ => Ok(()),
    }
}

fn has_same_end(one: &Execution, other: &Execution) -> bool {
    (&one.status, &one.output, &one.error) == (&other.status, &other.output, &other.error)
}

/// The case with every answer a little later.
fn late(case: &Case) -> Case {
    let mut case = case.clone();
    for task in &mut case.tasks {
        task.duration_ms += LATENESS_MS;
    }
    let workers = case.workers.as_mut().and_then(|script| script.get_mut("workers"));
    let workers = workers.and_then(Value::as_array_mut).into_iter().flatten();
    let answers = workers.filter_map(|worker| worker.get_mut("answers")?.as_array_mut()).flatten();
    for answer in answers.filter_map(Value::as_object_mut) {
        if answer.contains_key("return") || answer.contains_key("throw") {
            let after = answer.get("afterSeconds").and_then(Value::as_f64).unwrap_or(0.0);
            answer.insert("afterSeconds".to_owned(), (after + LATENESS_MS as f64 / 1e3).into());
        }
    }
    case
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(after_seconds: f64, seconds: u32) -> Case {
        let case = json!({
            "id": "real-time", "source": "here", "kind": "result",
            "definition": {"StartAt": "A", "States": {"A": {
                "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
                "TimeoutSeconds": seconds, "End": true}}},
            "input": {},
            "workers": {"workers": [
                {"state": "A", "answers": [{"return": 1, "afterSeconds": after_seconds}]}]},
            "expect": {},
        });
        serde_json::from_value(case).expect("is a case")
    }

    #[test]
    fn what_has_time_fits() {
        assert_eq!(fits(&case(4.0, 5)), Ok(()));
    }

    #[test]
    fn what_ends_just_in_time_does_not() {
        assert!(fits(&case(4.999, 5)).is_err_and(|reason| reason.contains("fractions")));
    }

    #[test]
    fn what_takes_long_does_not() {
        assert_eq!(fits(&case(60.0, 90)), Err("it takes 60 s of real time".to_owned()));
    }
}
