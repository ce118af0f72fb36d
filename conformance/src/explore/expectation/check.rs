//! Whether an expectation holds in one run.

use serde_json::Value;

use super::super::view::{Ended, RunView};
use super::text::list;
use super::{Checked, Expectations, Rule, Whenever};

impl Expectations {
    /// What becomes of each in this run.
    pub(in crate::explore) fn check(&self, run: &RunView<'_>) -> Vec<Checked> {
        self.list.iter().map(|expectation| expectation.rule.check(run)).collect()
    }
}

impl Rule {
    fn check(&self, run: &RunView<'_>) -> Checked {
        match self {
            Self::NeverFailsExcept(errors) => never_fails_except(errors, run),
            Self::Within { limit_ms, text } => match run.seen.duration_ms() {
                Some(duration) if duration <= *limit_ms => Checked::Held,
                Some(duration) => violated(format!(
                    "it took {}, more than {text}",
                    super::super::duration(duration)
                )),
                None => violated("it did not end".to_owned()),
            },
            Self::AlwaysVisits(states) => {
                let missed: Vec<String> =
                    states.iter().filter(|state| run.of(state).next().is_none()).cloned().collect();
                held(missed.is_empty(), || {
                    format!("{} was not visited; it {}", list(&missed, "and"), ending(run))
                })
            }
            Self::NeverVisits(states) => {
                let visited: Vec<String> =
                    states.iter().filter(|state| run.of(state).next().is_some()).cloned().collect();
                held(visited.is_empty(), || format!("{} was visited", list(&visited, "and")))
            }
            Self::Whenever(whenever) => whenever.check(run),
            Self::OutputMatches(wanted) if run.seen.status == "SUCCEEDED" => {
                let output = run.seen.output_value().unwrap_or_default();
                match difference(wanted, &output, "") {
                    None => Checked::Held,
                    Some(difference) => violated(difference),
                }
            }
            Self::OutputMatches(_) => Checked::NotInPlay,
            Self::AtMost { state, times } => {
                let done: u64 = run.of(state).map(|visit| visit.attempts.max(1)).sum();
                if done == 0 {
                    return Checked::NotInPlay;
                }
                held(done <= *times, || format!("{state} was done {done} times"))
            }
        }
    }
}

impl Whenever {
    fn check(&self, run: &RunView<'_>) -> Checked {
        let Some(since) = self.in_play_since(run) else { return Checked::NotInPlay };
        let runs_after = |state: &String| run.of(state).any(|visit| visit.entered_ms >= since);
        if let Some(state) = self.then.iter().find(|state| !runs_after(state)) {
            return violated(format!("{state} did not run; it {}", ending(run)));
        }
        if let Some(state) = self.then_not.iter().find(|state| runs_after(state)) {
            return violated(format!("{state} ran"));
        }
        let ends = self.then_ends.as_ref();
        held(ends.is_none_or(|status| *status == run.seen.status), || format!("it {}", ending(run)))
    }

    /// The moment from which all conditions hold; `None` when they do not.
    fn in_play_since(&self, run: &RunView<'_>) -> Option<i64> {
        let ends = self.ends.as_ref().is_none_or(|status| *status == run.seen.status);
        let fails = self.error.as_ref().is_none_or(|error| error_of(run) == Some(error));
        if !(ends && fails) {
            return None;
        }
        let ended = |state: &String, how: Ended| {
            run.of(state).filter(|visit| visit.ended == how).map(|visit| visit.left_ms).min()
        };
        let mut since = run.seen.started_ms;
        for state in &self.succeeded {
            since = since.max(ended(state, Ended::Succeeded)?);
        }
        for state in &self.failed {
            since = since.max(ended(state, Ended::Failed)?);
        }
        for state in &self.visited {
            since = since.max(run.of(state).map(|visit| visit.entered_ms).min()?);
        }
        Some(since)
    }
}

fn never_fails_except(errors: &[String], run: &RunView<'_>) -> Checked {
    if run.seen.status == "SUCCEEDED" {
        return Checked::Held;
    }
    match error_of(run) {
        Some(error) if errors.iter().any(|known| known == error) => Checked::Held,
        _ => violated(format!("it {}", ending(run))),
    }
}

/// The error an execution ended with; one that ran out of time has none of its own.
fn error_of<'r>(run: &'r RunView<'_>) -> Option<&'r str> {
    match (run.seen.error.as_deref(), run.seen.status.as_str()) {
        (None, "TIMED_OUT") => Some("States.Timeout"),
        (error, _) => error,
    }
}

/// How a run ended, in words: `FAILED with CardDeclined at Charge`.
fn ending(run: &RunView<'_>) -> String {
    let mut text = format!("ended {}", run.seen.status);
    if let Some(error) = error_of(run) {
        text.push_str(&format!(" with {error}"));
    }
    if let Some(at) = &run.ended_at {
        text.push_str(&format!(" at {at}"));
    }
    text
}

/// Where a value lacks something that is wanted: objects may have more keys.
fn difference(wanted: &Value, found: &Value, at: &str) -> Option<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(map)) => wanted.iter().find_map(|(key, wanted)| {
            let at = format!("{at}.{key}");
            match map.get(key) {
                Some(found) => difference(wanted, found, &at),
                None => Some(format!("the output has no {at}: {found}")),
            }
        }),
        (Value::Array(wanted), Value::Array(items)) if wanted.len() == items.len() => {
            wanted.iter().zip(items).enumerate().find_map(|(index, (wanted, item))| {
                difference(wanted, item, &format!("{at}[{index}]"))
            })
        }
        _ if wanted == found => None,
        _ => {
            let at = if at.is_empty() { "the output" } else { at };
            Some(format!("{at} is {found}, not {wanted}"))
        }
    }
}

fn held(holds: bool, message: impl FnOnce() -> String) -> Checked {
    if holds { Checked::Held } else { violated(message()) }
}

fn violated(message: String) -> Checked {
    Checked::Violated(message)
}
