//! Which state follows which, and that data is handed on as it is.

use serde_json::Value;

use crate::case::State;
use crate::oracle::{Event, Findings, Place, Role, Trace, Trial, Visit};

pub(super) fn check(trial: &Trial<'_>, trace: &Trace<'_>, findings: &mut Findings) {
    for visit in &trace.visits {
        let entered = &trace.events[visit.events[0]];
        let before = match entered.previous.checked_sub(1) {
            Some(index) => &trace.events[index as usize],
            None => &trace.events[0],
        };
        if before.exits() {
            follows(trial, before, entered, visit, findings);
            same_data(before, "output", entered, "input", findings);
        } else {
            starts(trial, trace, entered, visit, findings);
            if before.kind == "ExecutionStarted" {
                same_data(before, "input", entered, "input", findings);
            }
        }
    }
    let Some(end) = trace.end().filter(|end| end.kind == "ExecutionSucceeded") else { return };
    if let Some(before) = end.previous.checked_sub(1).map(|index| &trace.events[index as usize])
        && before.exits()
    {
        same_data(before, "output", end, "output", findings);
    }
}

pub(super) fn same_data(
    before: &Event<'_>,
    given: &str,
    after: &Event<'_>,
    taken: &str,
    findings: &mut Findings,
) {
    // Without the data of executions there is nothing to compare.
    let (Some(given), Some(found)) = (before.text(given), after.text(taken)) else { return };
    findings.check(given == found, "data", Some(after.id), || {
        format!("its {taken} is {found}, but {} gave {given}", before.kind)
    });
}

/// A state that follows another is one the other names.
fn follows(
    trial: &Trial<'_>,
    before: &Event<'_>,
    entered: &Event<'_>,
    visit: &Visit<'_>,
    findings: &mut Findings,
) {
    let Some(state) = before.text("name").and_then(|name| trial.machine.state(name)) else {
        return;
    };
    findings.check(leads_to(state, visit.state), "transition", Some(entered.id), || {
        format!("`{}` does not lead to `{}`", state.name, visit.state)
    });
}

pub(super) fn leads_to(state: &State<'_>, next: &str) -> bool {
    let names = |value: &Value, field: &str| value.get(field).and_then(Value::as_str) == Some(next);
    state.text("Next") == Some(next)
        || state.text("Default") == Some(next)
        || state.list("Choices").iter().any(|choice| names(choice, "Next"))
        || state.list("Catch").iter().any(|catcher| names(catcher, "Next"))
}

/// A state that follows no other is where its graph starts.
fn starts(
    trial: &Trial<'_>,
    trace: &Trace<'_>,
    entered: &Event<'_>,
    visit: &Visit<'_>,
    findings: &mut Findings,
) {
    let container = visit.parent.and_then(|parent| trial.machine.state(trace.visits[parent].state));
    let graph = match (container, visit.place) {
        (Some(parallel), Place::Branch(branch)) => parallel.list("Branches").get(branch),
        (Some(map), _) => map.processor(),
        // A child of a Map Run starts where the Map's processor does.
        (None, _) if trial.role == Role::Child => trial
            .machine
            .state(visit.state)
            .and_then(|state| trial.machine.state(state.parent?)?.processor()),
        (None, _) => trial.machine.definition,
    };
    let start = graph.and_then(|graph| graph.get("StartAt")).and_then(Value::as_str);
    findings.check(start == Some(visit.state), "start", Some(entered.id), || {
        format!("`{}` is entered first, but StartAt is {start:?}", visit.state)
    });
}
