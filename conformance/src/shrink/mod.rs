//! Shrinking: the smallest case that still breaks the same rule.
//!
//! One reducer for everything that fails: random cases, fuzz crashes, cases given on the command line. It
//! tries edits of the definition, the input, the answers of tasks and the faults, from the largest to the
//! smallest, and keeps one only if whoever asked still sees the same violation. It knows the language: a
//! state is removed by leading its predecessors on to its successor, a branch is hoisted out of its Parallel.

mod definition;
mod value;

use serde_json::Value;

use crate::case::{Case, Fault};

pub use definition::count_states;

/// What came of shrinking.
#[derive(Debug, Clone)]
pub struct Shrunk {
    /// The smallest case found.
    pub case: Case,
    /// Edits that were tried.
    pub tried: u64,
    /// Edits that were kept.
    pub kept: u64,
}

/// One way to make a case smaller.
#[derive(Debug, Clone, PartialEq)]
enum Edit {
    Definition(definition::Edit),
    Input(value::Edit),
    Workers(value::Edit),
    RemoveMachine(String),
    RemoveBucket(String),
    RemoveTask(usize),
    RemoveFault(usize),
    ReplaceFault(usize, Fault),
    RemoveActivities,
    StartAtDefault,
    Standard,
}

/// Makes a case smaller as long as `still_fails` says so, in at most `tries_max` tries.
///
/// `still_fails` must hold for the case itself. `smaller` hears of every smaller case as it is found.
pub fn shrink(
    case: &Case,
    tries_max: u64,
    still_fails: &mut dyn FnMut(&Case) -> bool,
    smaller: &mut dyn FnMut(&Case),
) -> Shrunk {
    let mut shrunk = Shrunk { case: without_labels(case), tried: 0, kept: 0 };
    let (mut next, mut kept_in_this_pass) = (0, false);
    while shrunk.tried < tries_max {
        let edits = edits(&shrunk.case);
        let Some(edit) = edits.get(next) else {
            if !kept_in_this_pass {
                break;
            }
            (next, kept_in_this_pass) = (0, false);
            continue;
        };
        let Some(candidate) = apply(&shrunk.case, edit) else {
            next += 1;
            continue;
        };
        shrunk.tried += 1;
        if still_fails(&candidate) {
            shrunk.case = candidate;
            shrunk.kept += 1;
            kept_in_this_pass = true;
            smaller(&shrunk.case);
        } else {
            next += 1;
        }
    }
    shrunk
}

/// What a case says about itself is no longer true of a smaller one.
fn without_labels(case: &Case) -> Case {
    Case { features: Vec::new(), notes: Vec::new(), virtual_time_notes: Vec::new(), ..case.clone() }
}

/// All ways to make a case smaller, the largest first.
fn edits(case: &Case) -> Vec<Edit> {
    let mut edits = Vec::new();
    if let Some(definition) = &case.definition {
        edits.extend(definition::large(definition).into_iter().map(Edit::Definition));
    }
    edits.extend(case.machines.keys().cloned().map(Edit::RemoveMachine));
    edits.extend(case.resources.s3.keys().cloned().map(Edit::RemoveBucket));
    edits.extend((0..case.faults.len()).map(Edit::RemoveFault));
    edits.extend((0..case.tasks.len()).map(Edit::RemoveTask));
    if case.resources.activities.is_some() {
        edits.push(Edit::RemoveActivities);
    }
    if case.start_time.is_some() {
        edits.push(Edit::StartAtDefault);
    }
    if case.workflow_type.is_some() {
        edits.push(Edit::Standard);
    }
    if let Some(workers) = &case.workers {
        edits.extend(value::edits(workers, value::Removable::All).into_iter().map(Edit::Workers));
    }
    if let Some(input) = &case.input {
        edits.extend(value::edits(input, value::Removable::All).into_iter().map(Edit::Input));
    }
    for (index, fault) in case.faults.iter().enumerate() {
        edits.extend(smaller_faults(fault).into_iter().map(|f| Edit::ReplaceFault(index, f)));
    }
    if let Some(definition) = &case.definition {
        edits.extend(definition::small(definition).into_iter().map(Edit::Definition));
    }
    edits
}

fn smaller_faults(fault: &Fault) -> Vec<Fault> {
    match fault {
        Fault::TaskError { task, error, cause } => {
            let mut smaller = Vec::new();
            if *task > 0 {
                smaller.push(Fault::TaskError {
                    task: 0,
                    error: error.clone(),
                    cause: cause.clone(),
                });
            }
            if cause.is_some() {
                smaller.push(Fault::TaskError { task: *task, error: error.clone(), cause: None });
            }
            smaller
        }
        Fault::EngineCrash { step } if *step > 1 => vec![Fault::EngineCrash { step: step / 2 }],
        Fault::ClockJump { step, by_ms } if *by_ms > 1_000 => {
            vec![Fault::ClockJump { step: *step, by_ms: by_ms / 2 }]
        }
        _ => Vec::new(),
    }
}

fn apply(case: &Case, edit: &Edit) -> Option<Case> {
    let mut smaller = case.clone();
    match edit {
        Edit::Definition(edit) => {
            smaller.definition = Some(definition::apply(case.definition.as_ref()?, edit)?);
        }
        Edit::Input(edit) => smaller.input = Some(value::apply(case.input.as_ref()?, edit)?),
        Edit::Workers(edit) => {
            let workers = value::apply(case.workers.as_ref()?, edit)?;
            let empty = workers.get("workers").and_then(Value::as_array).is_none_or(Vec::is_empty);
            smaller.workers = (!empty).then_some(workers);
        }
        Edit::RemoveMachine(name) => drop(smaller.machines.remove(name)),
        Edit::RemoveBucket(name) => drop(smaller.resources.s3.remove(name)),
        Edit::RemoveTask(index) => drop(smaller.tasks.remove(*index)),
        Edit::RemoveFault(index) => drop(smaller.faults.remove(*index)),
        Edit::ReplaceFault(index, fault) => smaller.faults[*index] = fault.clone(),
        Edit::RemoveActivities => smaller.resources.activities = None,
        Edit::StartAtDefault => smaller.start_time = None,
        Edit::Standard => smaller.workflow_type = None,
    }
    Some(smaller)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Shrinks to the smallest definition that still mentions a text.
    fn shrink_to(definition: Value, wanted: &str) -> Case {
        let case = Case {
            definition: Some(definition),
            input: Some(json!({"a": [1, 2, {"b": "text"}], "c": 5})),
            faults: vec![
                Fault::Throttled { task: 0 },
                Fault::Stop { step: 3, error: None, cause: None },
            ],
            ..Case::default()
        };
        let mut still = |case: &Case| {
            let text = case.definition.as_ref().map(ToString::to_string).unwrap_or_default();
            text.contains(wanted)
        };
        shrink(&case, 10_000, &mut still, &mut |_| {}).case
    }

    #[test]
    fn only_what_matters_is_left() {
        let definition = json!({"Comment": "x", "StartAt": "A", "States": {
            "A": {"Type": "Pass", "Result": {"x": 1}, "Next": "P"},
            "P": {"Type": "Parallel", "Next": "Z", "Branches": [
                {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}},
                {"StartAt": "C", "States": {
                    "C": {"Type": "Wait", "Seconds": 77, "Next": "D"},
                    "D": {"Type": "Pass", "End": true}}}
            ]},
            "Z": {"Type": "Succeed"}
        }});
        let case = shrink_to(definition, "77");
        assert_eq!(
            case.definition,
            Some(
                json!({"StartAt": "C", "States": {"C": {"Type": "Wait", "Seconds": 77, "End": true}}})
            )
        );
        assert_eq!(case.input, Some(json!({})));
        assert!(case.faults.is_empty());
    }

    #[test]
    fn loops_end_and_dead_ends_are_led_on() {
        let definition = json!({"StartAt": "A", "States": {
            "A": {"Type": "Choice", "Choices": [
                {"Variable": "$.n", "NumericEquals": 1, "Next": "B"},
                {"Variable": "$.n", "NumericEquals": 2, "Next": "C"}], "Default": "D"},
            "B": {"Type": "Pass", "Next": "A"},
            "C": {"Type": "Fail", "Error": "wanted"},
            "D": {"Type": "Succeed"}
        }});
        let case = shrink_to(definition, "wanted");
        assert_eq!(
            case.definition,
            Some(json!({"StartAt": "C", "States": {"C": {"Type": "Fail", "Error": "wanted"}}}))
        );
    }
}
