//! A Parallel state with one branch around everything.

use serde_json::{Map, Value, json};

use super::{free_name, plain_definition, with_graph};
use crate::case::{Case, Fault, PathStep};
use crate::oracle::Trial;

pub(super) fn apply(trial: &Trial<'_>) -> Option<Case> {
    // What is tried again of a branch, and what of the top, need not be the same.
    if trial.has(|fault| matches!(fault, Fault::Redrive { .. })) {
        return None;
    }
    let definition = plain_definition(trial)?;
    let name = free_name(trial, "Around");
    let branch =
        json!({"StartAt": definition.get("StartAt")?, "States": definition.get("States")?});
    let mut states = Map::new();
    states.insert(name.clone(), json!({"Type": "Parallel", "Branches": [branch], "End": true}));
    let mut case =
        Case { definition: Some(with_graph(definition, &name, states)?), ..trial.case.clone() };
    for task in &mut case.tasks {
        task.path.insert(0, PathStep::Parallel { parallel: name.clone() });
    }
    Some(case)
}

pub(super) fn output(output: Value) -> Value {
    Value::Array(vec![output])
}
