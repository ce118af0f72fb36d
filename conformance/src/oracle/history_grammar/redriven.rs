//! What follows a redrive.
//!
//! No recording shows which events those of a redriven execution follow from, so they belong to no visit. What
//! holds all the same: states are those of the machine, one that follows another is named by it and takes its
//! output, and nothing is exited more often than it was entered.

use std::collections::BTreeMap;

use super::flow::{leads_to, same_data};
use crate::oracle::{Event, Findings, Trace, Trial};

pub(super) fn check(trial: &Trial<'_>, trace: &Trace<'_>, findings: &mut Findings) {
    let Some(redriven) = trace.redriven else { return };
    let mut open: BTreeMap<&str, u64> = BTreeMap::new();
    for (index, event) in trace.events.iter().enumerate() {
        let Some(name) = event.text("name") else { continue };
        if event.enters() {
            *open.entry(name).or_default() += 1;
            if index > redriven {
                entered(trial, trace, event, name, findings);
            }
        } else if event.exits() {
            let entered = open.entry(name).or_default();
            if index > redriven {
                findings.check(*entered > 0, "redriven-exit", Some(event.id), || {
                    format!("`{name}` is exited, but was not entered")
                });
            }
            *entered = entered.saturating_sub(1);
        }
    }
}

fn entered(
    trial: &Trial<'_>,
    trace: &Trace<'_>,
    event: &Event<'_>,
    name: &str,
    findings: &mut Findings,
) {
    let kind = trial.machine.state(name).map(|state| state.kind());
    findings.check(
        kind.is_some() && event.kind.strip_suffix("StateEntered") == kind,
        "redriven-state",
        Some(event.id),
        || format!("{} of `{name}`, which is {}", event.kind, kind.unwrap_or("no state")),
    );
    let before = event.previous.checked_sub(1).map(|before| &trace.events[before as usize]);
    let Some(before) = before.filter(|before| before.exits()) else { return };
    let state = before.text("name").and_then(|name| trial.machine.state(name));
    if let Some(state) = state {
        findings.check(leads_to(state, name), "redriven-transition", Some(event.id), || {
            format!("`{}` does not lead to `{name}`", state.name)
        });
    }
    same_data(before, "output", event, "input", findings);
}
