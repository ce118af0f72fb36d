//! What a run is called on the endpoint, and in the words of the case: ARNs, names, tokens.

use serde_json::Value;

use super::{Raw, Run, text};
use crate::engine::endpoint::names::{Names, whereabouts};
use crate::engine::endpoint::stand_in::{Manner, own_machine};
use crate::engine::endpoint::tasks::details;

/// What stands for a token.
const TOKEN: &str = "task-token-";
/// How long a drawn name is.
const UUID: usize = 36;

impl Run<'_> {
    /// Texts of this run, and those of the case that they stand for.
    pub(in crate::engine::endpoint) fn names(&self, raw: &Raw) -> Names {
        let (its_region, its_account) = self.whereabouts();
        let execution = self.case.execution.as_ref();
        let machine = self.case.state_machine.as_ref();
        let execution_name = execution.map_or("execution", |given| given.name.as_str());
        let arn_of = |kind: &str, end: &str| {
            format!("arn:aws:states:{its_region}:{its_account}:{kind}:{end}")
        };
        let own = own_machine(self.case);
        let its_arn = machine.map_or_else(|| arn_of("stateMachine", own), |m| m.arn.clone());
        let executed = format!("{own}:{execution_name}");
        let executed =
            execution.map_or_else(|| arn_of("execution", &executed), |given| given.arn.clone());
        let mut pairs = vec![
            (text(&raw.described, "executionArn"), executed),
            (self.machine_arns.last().cloned().unwrap_or_default(), its_arn),
            (self.execution_name(), execution_name.to_owned()),
        ];
        if let Some(arn) = self.machine_arns.first() {
            let (region, account) = whereabouts(arn);
            for (name, called) in &self.machines {
                for (kind, end) in [("stateMachine", ""), ("execution", ":"), ("execution", "/")] {
                    let from = format!("arn:aws:states:{region}:{account}:{kind}:{called}{end}");
                    pairs.push((from, arn_of(kind, &format!("{name}{end}"))));
                }
                pairs.push((called.clone(), name.clone()));
            }
        }
        for (name, task) in self.tasks {
            let arn = match self.activities.get(name) {
                Some(arn) => arn.clone(),
                None if task.manner == Manner::Absent => self.absent(task.resource.arn()),
                None => continue,
            };
            pairs.push((arn, task.resource.arn().to_owned()));
        }
        if let Some(role) = &self.case.role_arn {
            pairs.push((self.role_arn.to_owned(), role.clone()));
        }
        // The last part of a Map Run's ARN is drawn, and so may its label be.
        let map_runs = raw.history().iter().filter_map(|event| {
            let arn = event.pointer("/mapRunStartedEventDetails/mapRunArn")?.as_str()?;
            arn.rsplit_once('/')?.1.split_once(':')
        });
        for (number, (label, drawn)) in map_runs.enumerate() {
            pairs.push((drawn.to_owned(), format!("00000000-0000-4000-9000-{number:012}")));
            if label.len() >= UUID {
                pairs.push((label.to_owned(), format!("00000000-0000-4000-a000-{number:012}")));
            }
        }
        pairs.extend(self.drawn(raw));
        Names::new(pairs)
    }

    /// Tokens that were handed over, and what stands for them.
    pub(in crate::engine::endpoint) fn tokens(&self, raw: &Raw) -> Vec<(String, String)> {
        let mut tokens = self.drawn(raw);
        tokens.retain(|(_, to)| to.starts_with(TOKEN));
        tokens
    }

    /// Tokens, and names of executions that nobody gave one.
    fn drawn(&self, raw: &Raw) -> Vec<(String, String)> {
        let mut drawn: Vec<(String, String)> = Vec::new();
        let mut add = |from: &str, kind: &str| {
            if !from.is_empty() && !drawn.iter().any(|(known, _)| known == from) {
                drawn.push((from.to_owned(), format!("{kind}{:012}", drawn.len())));
            }
        };
        let events = raw.executions.iter().flat_map(|execution| &execution.history);
        for event in events.chain([&raw.described]) {
            let details = details(event);
            let parameters = details["parameters"].as_str().unwrap_or_default();
            let parameters: Value = serde_json::from_str(parameters).unwrap_or_default();
            add(parameters["Input"]["token"].as_str().unwrap_or_default(), TOKEN);
            let text = event.to_string();
            for called in self.machines.values() {
                for name in executions_named(&text, called) {
                    add(name, "00000000-0000-4000-8000-");
                }
            }
        }
        drawn
    }
}

/// The drawn names of executions of a machine, or of its Map Runs' children, that a text tells. Names that were given
/// are shorter.
fn executions_named<'t>(text: &'t str, machine: &str) -> impl Iterator<Item = &'t str> {
    let of_machine = format!(":{machine}");
    let places: Vec<_> =
        text.match_indices(&of_machine).map(|(at, found)| at + found.len()).collect();
    places.into_iter().filter_map(move |at| {
        let rest = &text[at..];
        let rest = match rest.strip_prefix('/') {
            Some(of_map_run) => of_map_run.split_once(':')?.1,
            None => rest.strip_prefix(':')?,
        };
        let ends = |char: char| !char.is_ascii_alphanumeric() && char != '-';
        let name = rest.split(ends).next()?;
        (name.len() >= UUID).then_some(name)
    })
}
