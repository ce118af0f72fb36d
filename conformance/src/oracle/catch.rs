//! Catchers: which one takes a failure, what it makes of it, and that a failure nobody takes climbs unchanged.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::difference::differs;
use super::retry::first_match;
use super::{Event, Failure, Findings, Given, Handling, Oracle, Trace, Trial};
use crate::case::State;

/// The rules of `Catch`.
pub(super) struct Catch;

impl Oracle for Catch {
    fn name(&self) -> &'static str {
        "catch"
    }

    fn rule(&self) -> &'static str {
        "A failure that is not retried is taken by the first catcher whose ErrorEquals matches, never one of \
         States.Runtime: the state is exited with the error output, put where ResultPath says (JSONata: what \
         Output says), and the catcher's Next is entered; what no catcher takes fails the Map or Parallel \
         around the state, or the execution, with the same error and cause"
    }

    fn source(&self) -> &'static str {
        "AWS developer guide, \"Handling errors in Step Functions workflows\", \"Fallback states\"; recordings \
         catch_states_runtime, map_state_catch, parallel_catch_error, \
         sqs_failure_in_wait_for_task_tok_no_error_field"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let Some(trace) = trial.trace else { return };
        for (index, visit) in trace.visits.iter().enumerate() {
            let Some(state) = trial.machine.state(visit.state) else { continue };
            for failure in trace.failures(index, trial.machine) {
                let Some(given) = failure.given else { continue };
                let Ok(catcher) = first_match(state.list("Catch"), &given) else { continue };
                let judge = Judge { trace, visit: index, state, failure, given };
                judge.check(catcher, findings);
            }
        }
    }
}

struct Judge<'t, 'a> {
    trace: &'t Trace<'a>,
    visit: usize,
    state: &'t State<'a>,
    failure: Failure<'a>,
    given: Given<'a>,
}

impl Judge<'_, '_> {
    fn check(&self, catcher: Option<usize>, findings: &mut Findings) {
        let event = Some(self.failure.at as u64 + 1);
        let error = self.given.error.unwrap_or("an error without a name");
        let name = self.state.name;
        match (self.failure.handling, catcher) {
            (Handling::Retried(_) | Handling::Cut, _) => {}
            (Handling::CaughtBadly(_), catcher) => {
                findings.check(catcher.is_some(), "not-caught", event, || {
                    format!("{error} of `{name}` is given to a catcher, but none matches it")
                });
            }
            (Handling::Caught(_), None) => findings.check(false, "not-caught", event, || {
                format!("`{name}` is exited after {error}, but no catcher matches it")
            }),
            (Handling::Caught(exit), Some(index)) => {
                findings.checked();
                self.caught(exit, &self.state.list("Catch")[index], findings);
            }
            (Handling::Climbed(by), None) => self.climbed(by, findings),
            (Handling::Climbed(by), Some(index)) => {
                let may_fail = catcher_may_fail(&self.state.list("Catch")[index]);
                let told = &self.trace.events[by];
                let is_other =
                    told.kind == "ExecutionFailed" && told.text("error") != self.given.error;
                findings.check(may_fail || is_other, "caught", event, || {
                    format!("{error} of `{name}` is not caught, but Catch[{index}] matches it")
                });
            }
        }
    }

    fn caught(&self, exit: usize, catcher: &Value, findings: &mut Findings) {
        let exited = &self.trace.events[exit];
        if let Some(next) = self.next_entered(exit) {
            let wanted = catcher.get("Next").and_then(Value::as_str);
            findings.check(next.text("name") == wanted, "catch-next", Some(next.id), || {
                format!("the catcher of `{}` leads to {wanted:?}", self.state.name)
            });
        }
        let Some(expected) = self.caught_output(catcher) else { return };
        let Some(found) = exited.json("output") else { return };
        findings.check(found == *expected, "catch-output", Some(exited.id), || {
            let what = format!("what the catcher of `{}` gives", self.state.name);
            differs(&what, &found, &expected, |expected, found| expected == found)
        });
    }

    /// The state entered after an exit; none when the execution ended first.
    fn next_entered(&self, exit: usize) -> Option<&Event<'_>> {
        let exited = exit as u64 + 1;
        self.trace.events[exit + 1..]
            .iter()
            .find(|event| event.previous == exited && event.enters())
    }

    /// What the state is exited with; `None` when the definition has an expression for it.
    fn caught_output(&self, catcher: &Value) -> Option<Cow<'_, Value>> {
        let error_output = error_output(&self.given);
        if self.state.jsonata {
            return catcher.get("Output").is_none().then_some(Cow::Owned(error_output));
        }
        match catcher.get("ResultPath") {
            None => Some(Cow::Owned(error_output)),
            Some(Value::Null) => self.trace.entered(self.visit).json("input").map(Cow::Owned),
            Some(path) => {
                let names = plain_names(path.as_str()?)?;
                let mut output = match names.is_empty() {
                    true => Value::Null,
                    false => self.trace.entered(self.visit).json("input")?,
                };
                put(&mut output, &names, error_output)?;
                Some(Cow::Owned(output))
            }
        }
    }

    /// What nobody caught is the failure of what is around.
    fn climbed(&self, by: usize, findings: &mut Findings) {
        let event = &self.trace.events[by];
        if event.kind != "ExecutionFailed" || is_history_full(event) {
            findings.checked();
            return;
        }
        let told = (event.text("error"), event.text("cause"));
        let wanted = (self.given.error, self.given.cause);
        findings.check(told == wanted, "climbs", Some(event.id), || {
            format!(
                "the execution fails with {told:?}, but `{}` failed with {wanted:?}",
                self.state.name
            )
        });
    }
}

/// Whether putting the error output into the input, or an expression, may fail.
pub(super) fn catcher_may_fail(catcher: &Value) -> bool {
    let is_plain = |path: &Value| path.is_null() || path.as_str() == Some("$");
    catcher.get("Assign").is_some()
        || catcher.get("Output").is_some()
        || catcher.get("ResultPath").is_some_and(|path| !is_plain(path))
}

/// The 25,000th event is the failure of the execution, whatever was about to happen.
fn is_history_full(event: &Event<'_>) -> bool {
    event.id >= 25_000
}

/// What a catcher sees. A failure without a cause leaves an empty one; without an error as well, both are
/// `null` (recordings task_service_lambda.invoke_timeout, sqs_failure_in_wait_for_task_tok_no_error_field).
fn error_output(given: &Given<'_>) -> Value {
    match (given.error, given.cause) {
        (Some(error), None) => json!({"Error": error, "Cause": ""}),
        (error, cause) => json!({"Error": error, "Cause": cause}),
    }
}

/// The names of a path like `$.a.b`; `None` for any other form.
fn plain_names(path: &str) -> Option<Vec<&str>> {
    let rest = path.strip_prefix('$')?;
    if rest.is_empty() {
        return Some(Vec::new());
    }
    let names: Vec<&str> = rest.strip_prefix('.')?.split('.').collect();
    let is_plain = |name: &&str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    names.iter().all(is_plain).then_some(names)
}

/// Puts a value where the names lead; objects are made on the way, and nothing else is gone through.
fn put(into: &mut Value, names: &[&str], value: Value) -> Option<()> {
    let mut at = into;
    for name in names {
        if at.is_null() {
            return None;
        }
        let map = at.as_object_mut()?;
        at = map.entry(*name).or_insert_with(|| Value::Object(Map::new()));
    }
    *at = value;
    Some(())
}
