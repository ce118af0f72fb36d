//! When a Wait state ends ("Wait State").

use serde_json::Value;

use super::failure::{Result, fails, runtime, unknown};
use super::flow;
use super::interpret::Visit;
use super::moment::Moment;
use super::scope::Scope;
use super::timestamp;

/// The longest delay AWS takes: 2³¹ seconds (recording `timestamp_too_far_in_future_boundary`).
const DELAY_MAX_MS: i64 = (1 << 31) * 1_000;

/// The moment a Wait state ends.
pub(super) fn until(scope: &Scope<'_>, visit: &Visit<'_>, now: Moment) -> Result<Moment> {
    let input = flow::effective(scope, visit.fields, visit.raw)?.input;
    let field = |name| flow::number(scope, visit.fields, name, visit.raw, &input);
    if let Some(seconds) = field("Seconds")? {
        return match super::opaque::clear(&seconds)?.as_i64() {
            Some(seconds) if (0..=99_999_999).contains(&seconds) => Ok(now.plus(seconds * 1_000)),
            // The definition may say no more; whether a path may find more is not known.
            Some(seconds) if !scope.jsonata && (0..=DELAY_MAX_MS / 1_000).contains(&seconds) => {
                unknown("a wait of more seconds than a definition may say")
            }
            _ => wrong(scope, seconds.is_number()),
        };
    }
    let Some(text) = field("Timestamp")? else { return unknown("a Wait state without a delay") };
    let Some(nanos) = text.as_str().and_then(timestamp::parse) else {
        super::opaque::clear(&text)?;
        return wrong(scope, true);
    };
    let Some(started) = scope.given.started_ms else {
        return unknown("a moment, when the start of the execution is not known");
    };
    let at = |nanos: i128| i64::try_from(nanos.div_euclid(1_000_000)).unwrap_or(i64::MAX / 8);
    let due = Moment { earliest: at(nanos) - started, latest: at(nanos + 999_999) - started };
    if due.earliest - now.latest > DELAY_MAX_MS {
        return runtime();
    }
    Ok(now.later_of(due))
}

/// A delay that is none.
fn wrong(scope: &Scope<'_>, evidenced: bool) -> Result<Moment> {
    match (scope.jsonata, evidenced) {
        (true, _) => fails("States.QueryEvaluationError"),
        (false, true) => runtime(),
        (false, false) => unknown("a delay that is no number"),
    }
}

/// A timeout in milliseconds: `TimeoutSeconds` and `HeartbeatSeconds`, their paths and expressions.
pub(super) fn limit(
    scope: &Scope<'_>,
    visit: &Visit<'_>,
    name: &str,
    input: &Value,
) -> Result<Option<i64>> {
    let Some(seconds) = flow::number(scope, visit.fields, name, visit.raw, input)? else {
        return Ok(None);
    };
    match super::opaque::clear(&seconds)?.as_i64() {
        Some(seconds) if (1..=99_999_999).contains(&seconds) => Ok(Some(seconds * 1_000)),
        // Measured on AWS: 0 lies between the bounds, but not what it does.
        seconds if scope.jsonata && seconds != Some(0) => fails("States.QueryEvaluationError"),
        _ => unknown("a timeout that is no number of seconds"),
    }
}
