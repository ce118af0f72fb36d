//! Changes of a case that must not change what comes of it. One file a change.
//!
//! A changed case is a second run, so each case tries at most one change, chosen by its seed.

mod front;
mod rename;
mod twin;
mod wrap;

use serde_json::Value;

use super::difference::differs;
use super::{Findings, Oracle, Role, Trial};
use crate::case::Case;
use crate::engine::{Execution, Observation, Ran, TimingComparison};

/// The metamorphic relations.
pub(super) struct Metamorphic;

/// One case in this many tries a certain change.
const ONE_IN: u64 = 16;

/// Executions near their limits could go over them by a change.
const EVENTS_MAX: usize = 20_000;
const OUTPUT_BYTES_MAX: usize = 200_000;

/// A change of a case.
struct Change {
    /// The rule it tests.
    rule: &'static str,
    /// The changed case, if the change can be made.
    apply: fn(&Trial<'_>) -> Option<Case>,
    /// What the output becomes by it.
    output: fn(Value) -> Value,
}

/// The changes, each with its place in the seeds; the oracle of determinism has others.
const CHANGES: [(u64, Change); 4] = [
    (2, Change { rule: "rename", apply: rename::apply, output: same }),
    (5, Change { rule: "wrap", apply: wrap::apply, output: wrap::output }),
    (11, Change { rule: "front", apply: front::apply, output: same }),
    (13, Change { rule: "twin", apply: twin::apply, output: same }),
];

fn same(output: Value) -> Value {
    output
}

impl Oracle for Metamorphic {
    fn name(&self) -> &'static str {
        "metamorphic"
    }

    fn rule(&self) -> &'static str {
        "Other names for all states, a Pass state in front, and the same definition in JSONata leave status, \
         output and error as they are; a Parallel with one branch around everything makes the output a list of \
         one, and lets errors through"
    }

    fn source(&self) -> &'static str {
        "states-language.net: names mean nothing (\"States\"), a Pass passes its input to its output (\"Pass \
         State\"), a Parallel's result is the list of its branches' outputs (\"Parallel State\"); AWS developer \
         guide, \"Transforming data with JSONata\"; recording parallel_catch_error"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let seed = trial.case.seed.unwrap_or_default();
        let Some((_, change)) = CHANGES.iter().find(|(place, _)| seed % ONE_IN == *place) else {
            return;
        };
        let is_simulated = trial.engine.info().comparison.timing == TimingComparison::Exact;
        if trial.role != Role::Root || !trial.is_whole() || !is_simulated || is_at_limit(trial.seen)
        {
            return;
        }
        let Some(case) = (change.apply)(trial) else { return };
        if trial.engine.info().lacks(&case).is_some() {
            return;
        }
        match trial.engine.run(&case, &trial.budget) {
            Ran::Ran(Observation::Execution(changed)) => {
                compare(trial.seen, &changed, change, findings);
            }
            Ran::Ran(_) | Ran::Skipped(_) => {}
            Ran::Errored(problem) => findings.check(false, change.rule, None, || {
                format!("the changed case could not be run: {problem}")
            }),
            Ran::TimedOut => findings.check(false, change.rule, None, || {
                "the changed case did not end within its budget".to_owned()
            }),
        }
    }
}

fn is_at_limit(seen: &Execution) -> bool {
    seen.history.len() > EVENTS_MAX
        || seen.output.as_ref().is_some_and(|output| output.len() > OUTPUT_BYTES_MAX)
}

fn compare(seen: &Execution, changed: &Execution, change: &Change, findings: &mut Findings) {
    let ends = |seen: &Execution| (seen.status.clone(), seen.error.clone());
    findings.check(ends(seen) == ends(changed), change.rule, None, || {
        format!("it ended with {:?}, and changed with {:?}", ends(seen), ends(changed))
    });
    let (Some(before), Some(after)) = (seen.output_value(), changed.output_value()) else { return };
    // The interpreter's own words name states and events.
    let tells = |text: &Option<String>| {
        text.as_ref().is_some_and(|text| text.contains("executing the state"))
    };
    if tells(&seen.output) || tells(&changed.output) {
        return;
    }
    let expected = (change.output)(before);
    findings.check(is_same(&expected, &after), change.rule, None, || {
        differs("its output", &after, &expected, is_same)
    });
}

/// Equal as JSON; a number is what it counts, however it is written.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|other| is_same(value, other)))
        }
        (one, other) => one == other,
    }
}

/// The case's definition, if nothing in it reads names, moments, counters or random numbers, which a change
/// may well change.
fn plain_definition<'t>(trial: &Trial<'t>) -> Option<&'t Value> {
    const TELLING: [&str; 8] =
        ["$$", "context", "UUID", "uuid", "andom", "$now", "$millis", "DISTRIBUTED"];
    let definition = trial.case.definition.as_ref()?;
    let text = definition.to_string();
    (!TELLING.iter().any(|word| text.contains(word))).then_some(definition)
}

/// The fields of a machine besides its states.
fn with_graph(
    definition: &Value,
    start: &str,
    states: serde_json::Map<String, Value>,
) -> Option<Value> {
    let mut map = definition.as_object()?.clone();
    map.insert("StartAt".to_owned(), start.into());
    map.insert("States".to_owned(), Value::Object(states));
    Some(Value::Object(map))
}

/// A name no state has.
fn free_name(trial: &Trial<'_>, wanted: &str) -> String {
    let mut name = wanted.to_owned();
    while trial.machine.state(&name).is_some() {
        name.push('+');
    }
    name
}
