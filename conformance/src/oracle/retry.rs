//! Retriers: which one takes a failure, how often, and after which delay.

use serde_json::Value;

use super::{Failure, Findings, Given, Handling, Oracle, Trace, Trial};
use crate::case::State;

/// The rules of `Retry`.
pub(super) struct Retry;

impl Oracle for Retry {
    fn name(&self) -> &'static str {
        "retry"
    }

    fn rule(&self) -> &'static str {
        "The first retrier whose ErrorEquals matches takes a failure, at most MaxAttempts times (3) for each \
         visit of the state, and never States.Runtime; its k-th retry comes after \
         IntervalSeconds (1) × BackoffRate (2.0)^(k-1) seconds, at most MaxDelaySeconds, and with \
         JitterStrategy FULL anywhere from 0 to that; when its attempts are used up, no later retrier is tried"
    }

    fn source(&self) -> &'static str {
        "AWS developer guide, \"Handling errors in Step Functions workflows\", \"Retrying after an error\"; \
         recordings retry_interval_features_max_attempts_zero, catch_states_runtime, heartbeat_timeout"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let Some(trace) = trial.trace else { return };
        for (index, visit) in trace.visits.iter().enumerate() {
            // A visit with nothing but an exit after its events has not failed.
            let Some(state) = trial.machine.state(visit.state) else { continue };
            if !matches!(state.kind(), "Task" | "Parallel" | "Map") {
                continue;
            }
            Judge { trial, trace, visit: index, state, used: Vec::new() }.check(findings);
        }
    }
}

/// What an `ErrorEquals` says of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matching {
    Yes,
    No,
    /// It names `States.HeartbeatTimeout`, and history does not tell whether a heartbeat was missed.
    Unclear,
}

/// Whether an `ErrorEquals` matches: names are compared letter for letter, `States.ALL` matches all,
/// `States.TaskFailed` all but `States.Timeout` (AWS developer guide, "Error names").
pub(super) fn matches(error_equals: Option<&Value>, given: &Given<'_>) -> Matching {
    let mut matching = Matching::No;
    let names = error_equals.and_then(Value::as_array).into_iter().flatten();
    for name in names.filter_map(Value::as_str) {
        match name {
            "States.ALL" => return Matching::Yes,
            "States.TaskFailed" if given.error != Some("States.Timeout") => return Matching::Yes,
            // A missed heartbeat is shown as States.Timeout (recording heartbeat_timeout).
            "States.HeartbeatTimeout" if given.error == Some("States.Timeout") => {
                matching = Matching::Unclear;
            }
            name if Some(name) == given.error => return Matching::Yes,
            _ => {}
        }
    }
    matching
}

/// The first retrier or catcher that matches, or that it is unclear.
pub(super) fn first_match(handlers: &[Value], given: &Given<'_>) -> Result<Option<usize>, ()> {
    if !given.may_be_handled {
        return Ok(None);
    }
    for (index, handler) in handlers.iter().enumerate() {
        match matches(handler.get("ErrorEquals"), given) {
            Matching::Yes => return Ok(Some(index)),
            Matching::No => {}
            Matching::Unclear => return Err(()),
        }
    }
    Ok(None)
}

struct Judge<'t, 'a> {
    trial: &'t Trial<'a>,
    trace: &'t Trace<'a>,
    visit: usize,
    state: &'t State<'a>,
    /// How often each retrier was used.
    used: Vec<u64>,
}

impl<'a> Judge<'_, 'a> {
    fn check(mut self, findings: &mut Findings) {
        let retriers = self.state.list("Retry");
        self.used = vec![0; retriers.len()];
        for failure in self.trace.failures(self.visit, self.trial.machine) {
            // From an unknown failure on, counters are unknown.
            let Some(given) = failure.given else { return };
            let Ok(first) = first_match(retriers, &given) else { return };
            let expected =
                first.filter(|index| self.used[*index] < max_attempts(&retriers[*index]));
            self.judge(&failure, &given, expected, findings);
            match (failure.handling, expected) {
                (Handling::Retried(_), Some(index)) => self.used[index] += 1,
                _ => return,
            }
        }
    }

    fn judge(
        &self,
        failure: &Failure<'a>,
        given: &Given<'a>,
        expected: Option<usize>,
        findings: &mut Findings,
    ) {
        let event = Some(failure.at as u64 + 1);
        let error = given.error.unwrap_or("an error without a name");
        let name = self.state.name;
        match (failure.handling, expected) {
            (Handling::Retried(next), None) => findings.check(false, "not-retried", event, || {
                format!(
                    "{error} of `{name}` is retried at event {}, but no retrier takes it any more",
                    next + 1
                )
            }),
            (Handling::Retried(next), Some(index)) => {
                findings.checked();
                self.judge_delay(failure, next, index, findings);
            }
            (Handling::Caught(_) | Handling::CaughtBadly(_) | Handling::Climbed(_), expected) => {
                findings.check(expected.is_none(), "retried", event, || {
                    let index = expected.unwrap_or_default();
                    format!(
                        "{error} of `{name}` is not retried, but Retry[{index}] has attempts left"
                    )
                });
            }
            (Handling::Cut, Some(index)) => self.judge_missing(failure, index, findings),
            (Handling::Cut, None) => {}
        }
    }

    fn judge_delay(
        &self,
        failure: &Failure<'_>,
        next: usize,
        index: usize,
        findings: &mut Findings,
    ) {
        if !self.trial.is_timed() {
            return;
        }
        let waited = self.trace.events[next].at_ms - self.trace.events[failure.at].at_ms;
        let delay = Delay::of(&self.state.list("Retry")[index], self.used[index]);
        let event = Some(next as u64 + 1);
        findings.check(delay.least_ms <= waited, "delay-early", event, || {
            format!(
                "Retry[{index}] of `{}` comes after {waited} ms, before its delay of {} ms is over",
                self.state.name, delay.least_ms
            )
        });
        if self.trial.is_exact() {
            findings.check(waited <= delay.most_ms, "delay-late", event, || {
                format!(
                    "Retry[{index}] of `{}` comes after {waited} ms, but its delay is {} ms",
                    self.state.name, delay.most_ms
                )
            });
        }
    }

    /// A retry that never came is missing only if there was time for it.
    fn judge_missing(&self, failure: &Failure<'_>, index: usize, findings: &mut Findings) {
        if !self.trial.is_exact() || !self.trial.is_whole() {
            return;
        }
        let over = self.trace.over_after(self.visit, failure.at);
        let left = self.trace.events[over].at_ms - self.trace.events[failure.at].at_ms;
        let delay = Delay::of(&self.state.list("Retry")[index], self.used[index]);
        findings.check(left <= delay.most_ms, "retry-missing", Some(failure.at as u64 + 1), || {
            format!(
                "Retry[{index}] of `{}` was due after {} ms and never came, though {left} ms were left",
                self.state.name, delay.most_ms
            )
        });
    }
}

fn max_attempts(retrier: &Value) -> u64 {
    retrier.get("MaxAttempts").map_or(3, |max| whole(max).unwrap_or(0))
}

/// A whole number, however it is written: `2` and `2.0` are the same in JSON.
fn whole(number: &Value) -> Option<u64> {
    number.as_u64().or_else(|| {
        number.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0).map(|n| n as u64)
    })
}

/// How long a retry waits.
struct Delay {
    least_ms: i64,
    most_ms: i64,
}

impl Delay {
    /// Of the retry after `before` others by the same retrier.
    fn of(retrier: &Value, before: u64) -> Self {
        let number = |name: &str| retrier.get(name).and_then(Value::as_f64);
        // The longest a retrier may wait when it does not say; as long as any field of seconds may.
        const LONGEST_SECONDS: f64 = 99_999_999.0;
        let longest = number("MaxDelaySeconds").unwrap_or(LONGEST_SECONDS);
        let mut seconds = number("IntervalSeconds").unwrap_or(1.0);
        let rate = number("BackoffRate").unwrap_or(2.0);
        for _ in 0..before {
            seconds *= rate;
            if seconds >= longest {
                break;
            }
        }
        // What becomes of a part of a millisecond is not documented: either side is right.
        let exact_ms = seconds.min(longest) * 1_000.0;
        let is_full = retrier.get("JitterStrategy").and_then(Value::as_str) == Some("FULL");
        Self {
            least_ms: if is_full { 0 } else { exact_ms.floor() as i64 },
            most_ms: exact_ms.ceil() as i64,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn delays_are_those_of_the_documentation() {
        // Its example: an interval of 3, a rate of 2, retries after 3, 6, 12 and 24 seconds.
        let retrier = json!({"IntervalSeconds": 3, "BackoffRate": 2});
        let delays: Vec<_> = (0..4).map(|k| Delay::of(&retrier, k).most_ms).collect();
        assert_eq!(delays, [3_000, 6_000, 12_000, 24_000]);
        let capped = json!({"IntervalSeconds": 3, "BackoffRate": 2, "MaxDelaySeconds": 10});
        assert_eq!(Delay::of(&capped, 3).least_ms, 10_000);
        let jitter = json!({"JitterStrategy": "FULL", "MaxDelaySeconds": 5});
        let delay = Delay::of(&jitter, 90_000);
        assert_eq!((delay.least_ms, delay.most_ms), (0, 5_000));
    }

    #[test]
    fn errors_match_as_documented() {
        let given = |error| Given { error: Some(error), cause: None, may_be_handled: true };
        let m = |names: Value, error| matches(Some(&names), &given(error));
        assert_eq!(m(json!(["States.TaskFailed"]), "Custom"), Matching::Yes);
        assert_eq!(m(json!(["States.TaskFailed"]), "States.Timeout"), Matching::No);
        assert_eq!(m(json!(["custom"]), "Custom"), Matching::No);
        assert_eq!(m(json!(["States.HeartbeatTimeout"]), "States.Timeout"), Matching::Unclear);
        assert_eq!(
            m(json!(["States.HeartbeatTimeout", "States.Timeout"]), "States.Timeout"),
            Matching::Yes
        );
    }
}
