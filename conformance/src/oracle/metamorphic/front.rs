//! A Pass state in front of everything.

use serde_json::json;

use super::{free_name, plain_definition, with_graph};
use crate::case::Case;
use crate::oracle::Trial;

pub(super) fn apply(trial: &Trial<'_>) -> Option<Case> {
    let definition = plain_definition(trial)?;
    let name = free_name(trial, "In front");
    let start = definition.get("StartAt")?.clone();
    let mut states = definition.get("States")?.as_object()?.clone();
    states.insert(name.clone(), json!({"Type": "Pass", "Next": start}));
    let definition = with_graph(definition, &name, states)?;
    Some(Case { definition: Some(definition), ..trial.case.clone() })
}
