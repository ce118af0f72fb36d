//! Which cases can be run in real time: those that end soon, if need be with their times divided, and do not come to
//! another end when answers are a little late.

use serde_json::Value;

use super::faults::simulated;
use super::names::millis;
use super::scale::{change_answers, scaled};
use super::tasks::kind;
use crate::case::Case;
use crate::engine::Execution;

/// Executions that take longer are not waited for, in milliseconds.
const REAL_MS_MAX: i64 = 10_000;
/// How long executions take whose times are divided, about and in milliseconds.
const SCALED_MS: i64 = 4_000;
/// By how much more times are divided, when less does not do: whole seconds are rounded up.
const MORE: [i64; 4] = [1, 3, 10, 100];
/// How late a worker may be who hears of a task over a network, in milliseconds.
pub(super) const LATENESS_MS: i64 = 500;
/// By how much a timer may be late, so that an answer that is due at the same moment comes first, in milliseconds.
const EARLINESS_MS: i64 = 50;
/// Why a case is not run that ends in another way when answers are late.
pub(super) const FRACTIONS: &str = "what comes of it depends on fractions of a second";

/// Why a case cannot be run in real time, if so: the simulated world tells how long it takes.
pub(super) fn fits(case: &Case) -> Result<(), String> {
    let expects_stop = case.expect.status.as_deref() == Some("ABORTED");
    if case.expect.history_is_prefix || expects_stop {
        return Err("it is looked at, or stopped, at a moment of simulated time".to_owned());
    }
    let Ok(seen) = simulated(case) else { return Ok(()) };
    fits_as_seen(case, &seen)
}

/// The case with its times divided, if it takes too long as it is, and comes to the same by the same events when they
/// are: the simulated world tells.
pub(super) fn shortened(case: &Case) -> Option<Case> {
    let seen = simulated(case).ok()?;
    let duration_ms = seen.duration_ms().filter(|millis| *millis > REAL_MS_MAX)?;
    MORE.iter().find_map(|more| {
        let short = scaled(case, (duration_ms / SCALED_MS).saturating_mul(*more));
        let shown = simulated(&short).ok()?;
        let is_same = has_same_end(&seen, &shown) && has_same_events(&seen, &shown);
        (is_same && fits_as_seen(&short, &shown).is_ok()).then_some(short)
    })
}

fn fits_as_seen(case: &Case, seen: &Execution) -> Result<(), String> {
    match seen.duration_ms() {
        Some(millis) if millis <= REAL_MS_MAX => {}
        Some(millis) => return Err(format!("it takes {} s of real time", millis / 1_000)),
        None => {
            return Err("it comes to rest without an end, which real time never shows".to_owned());
        }
    }
    if has_timers_of_one_moment(seen) {
        return Err(FRACTIONS.to_owned());
    }
    for by_ms in [LATENESS_MS, -EARLINESS_MS] {
        if simulated(&shifted(case, by_ms)).is_ok_and(|shifted| !has_same_end(seen, &shifted)) {
            return Err(FRACTIONS.to_owned());
        }
    }
    Ok(())
}

/// Whether several tasks run out of time at one moment: in real time the first that does may end the others.
fn has_timers_of_one_moment(seen: &Execution) -> bool {
    let timed_out = seen
        .history
        .iter()
        .filter(|event| kind(event).ends_with("TimedOut") && kind(event) != "ExecutionTimedOut");
    let mut moments: Vec<i64> = timed_out.filter_map(|event| millis(event, "timestamp")).collect();
    let all = moments.len();
    moments.dedup();
    moments.len() < all
}

fn has_same_end(one: &Execution, other: &Execution) -> bool {
    let end = |seen: &Execution| [&seen.output, &seen.error, &seen.cause].map(Clone::clone);
    one.status == other.status && end(one) == end(other)
}

fn has_same_events(one: &Execution, other: &Execution) -> bool {
    let types = |seen: &Execution| -> Vec<Value> {
        seen.history.iter().map(|event| event["type"].clone()).collect()
    };
    let of_all = |seen: &Execution| -> Vec<Vec<Value>> {
        std::iter::once(seen).chain(&seen.others).map(types).collect()
    };
    of_all(one) == of_all(other)
}

/// The case with every answer a little later, or earlier.
fn shifted(case: &Case, by_ms: i64) -> Case {
    let mut case = case.clone();
    for task in &mut case.tasks {
        task.duration_ms = (task.duration_ms + by_ms).max(0);
    }
    change_answers(&mut case, &mut |answer| {
        if answer.get("return").is_some() || answer.get("throw").is_some() {
            let after = answer.get("afterSeconds").and_then(Value::as_f64).unwrap_or(0.0);
            answer["afterSeconds"] = (after + by_ms as f64 / 1e3).max(0.0).into();
        }
    });
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
        for after_seconds in [4.999, 5.0, 5.001] {
            let fits = fits(&case(after_seconds, 5));
            assert!(fits.is_err_and(|reason| reason.contains("fractions")), "{after_seconds}");
        }
    }

    #[test]
    fn answers_that_are_named_by_calls_are_looked_at_too() {
        let mut named = case(0.0, 5);
        let answer = json!({"0-": {"return": 1, "afterSeconds": 4.999}});
        named.workers = Some(json!({"workers": [{"state": "A", "answers": answer}]}));
        assert!(fits(&named).is_err_and(|reason| reason.contains("fractions")));
    }

    #[test]
    fn timers_of_one_moment_race() {
        let seen = |other: f64| Execution {
            history: vec![
                json!({"type": "TaskTimedOut", "timestamp": 5.0}),
                json!({"type": "LambdaFunctionTimedOut", "timestamp": other}),
                json!({"type": "ExecutionTimedOut", "timestamp": other}),
            ],
            ..Execution::default()
        };
        assert!(has_timers_of_one_moment(&seen(5.0)));
        assert!(!has_timers_of_one_moment(&seen(6.0)));
    }

    #[test]
    fn what_takes_long_fits_when_it_is_shortened() {
        let long = case(60.0, 90);
        assert_eq!(fits(&long), Err("it takes 60 s of real time".to_owned()));
        let short = shortened(&long).expect("comes to the same in less time");
        assert_eq!(fits(&short), Ok(()));
        let timeout = |case: &Case| {
            let definition = case.definition.as_ref();
            definition.and_then(|definition| definition["States"]["A"]["TimeoutSeconds"].as_u64())
        };
        assert_eq!((timeout(&long), timeout(&short)), (Some(90), Some(6)));
    }

    #[test]
    fn what_has_time_is_not_shortened() {
        assert!(shortened(&case(4.0, 5)).is_none());
    }

    #[test]
    fn what_comes_to_something_else_in_less_time_is_not_shortened() {
        let fails = |name: &str, seconds: u32| {
            let wait = json!({"Type": "Wait", "Seconds": seconds, "Next": name});
            let fail = json!({"Type": "Fail", "Error": name});
            let wait_of = format!("W{name}");
            json!({"StartAt": wait_of, "States": {wait_of.as_str(): wait, name: fail}})
        };
        // The second branch fails first; divided, both fail at once.
        let mut race = case(60.0, 90);
        let branches = [fails("A", 3_602), fails("B", 3_601)];
        race.definition = Some(json!({"StartAt": "P", "States": {
            "P": {"Type": "Parallel", "Branches": branches, "End": true}}}));
        assert!(shortened(&race).is_none());
        let mut computed = case(60.0, 90);
        computed.definition = Some(json!({"StartAt": "W", "States": {
            "W": {"Type": "Wait", "SecondsPath": "$.seconds", "End": true}}}));
        computed.input = Some(json!({"seconds": 60}));
        assert!(shortened(&computed).is_none());
    }
}
