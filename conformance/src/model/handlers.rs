//! Retriers and catchers ("Retrying after error", "Fallback states").

use serde_json::Value;

use super::failure::{Cause, Failure, Result, unknown};
use super::flow::{self, Fields};
use super::opaque;
use super::scope::{Scope, States, Variables};

/// What retrying has been used up in one visit of a state.
pub(crate) struct Retries {
    attempts: Vec<u64>,
    /// All retries of this visit.
    pub total: u64,
}

impl Retries {
    pub(crate) fn new(fields: &Fields) -> Self {
        Self { attempts: vec![0; list(fields, "Retry").len()], total: 0 }
    }

    /// The least and the most milliseconds until the next attempt, if there is one.
    pub(crate) fn next(
        &mut self,
        fields: &Fields,
        failure: &Failure,
    ) -> Result<Option<(i64, i64)>> {
        for (retrier, attempts) in list(fields, "Retry").iter().zip(&mut self.attempts) {
            if !matches(retrier, failure)? {
                continue;
            }
            // The first that matches decides, even when it is used up.
            let number =
                |name: &str, default: f64| retrier.get(name).map_or(Some(default), Value::as_f64);
            let (Some(interval), Some(rate), Some(most), Some(cap)) = (
                number("IntervalSeconds", 1.0),
                number("BackoffRate", 2.0),
                number("MaxAttempts", 3.0),
                number("MaxDelaySeconds", f64::INFINITY),
            ) else {
                return unknown("a retrier with a field that is no number");
            };
            if *attempts as f64 >= most {
                return Ok(None);
            }
            let exponent = i32::try_from(*attempts).unwrap_or(i32::MAX);
            let delay = (interval * rate.powi(exponent)).min(cap) * 1_000.0;
            *attempts += 1;
            self.total += 1;
            // How AWS rounds a part of a millisecond is not known.
            let (least, most) = (delay.floor() as i64, delay.ceil() as i64);
            let jitter = retrier.get("JitterStrategy").is_some_and(|jitter| jitter == "FULL");
            return Ok(Some((if jitter { 0 } else { least }, most)));
        }
        Ok(None)
    }
}

/// The catcher that takes a failure.
pub(crate) fn catcher<'a>(fields: &'a Fields, failure: &Failure) -> Result<Option<&'a Fields>> {
    for catcher in list(fields, "Catch") {
        if matches(catcher, failure)? {
            return Ok(catcher.as_object());
        }
    }
    Ok(None)
}

/// What a catcher hands on, and what it assigns.
pub(crate) fn catch(
    scope: &Scope<'_>,
    catcher: &Fields,
    raw: &Value,
    failure: &Failure,
) -> Result<(Value, Variables)> {
    let error = failure.output();
    let states = States { input: Some(raw), result: None, error: Some(&error) };
    let assigned = flow::assign(scope, catcher.get("Assign"), &error, states)?;
    let output = match (scope.jsonata, catcher.get("Output")) {
        (true, Some(output)) => scope.evaluate(output, states)?,
        (true, None) => error,
        (false, _) => flow::combine(catcher.get("ResultPath"), raw, error)?,
    };
    Ok((output, assigned))
}

fn list<'a>(fields: &'a Fields, name: &str) -> &'a [Value] {
    fields.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a retrier or catcher is for a failure.
fn matches(handler: &Value, failure: &Failure) -> Result<bool> {
    if failure.fatal {
        return Ok(false);
    }
    let error = failure.error.as_deref();
    if error.is_some_and(|error| opaque::is_in(&error.into())) {
        return unknown("an error of an unknown name that may be caught");
    }
    if error.is_none() && failure.cause == Cause::Unsure {
        return unknown("a Fail state without an error that may be caught");
    }
    for name in list(handler.as_object().unwrap_or(&Fields::new()), "ErrorEquals") {
        let name = name.as_str().unwrap_or_default();
        let reserved = ["States.Runtime", "States.DataLimitExceeded", "States.HeartbeatTimeout"];
        if error.is_some_and(|error| reserved.contains(&error)) {
            return unknown("a reserved error name that a task gave");
        }
        let is = match (name, error) {
            ("States.ALL", _) => true,
            ("States.TaskFailed", None) => return unknown("whether no error is States.TaskFailed"),
            ("States.TaskFailed", Some(error)) => error != "States.Timeout",
            _ => Some(name) == error || Some(name) == failure.alias,
        };
        if is {
            return Ok(true);
        }
    }
    Ok(false)
}
