//! Testing the tester: is every planted bug found, how soon, and how small does its case get?

use serde::{Deserialize, Serialize};

use crate::campaign::shrink_failure;
use crate::case::Case;
use crate::engine::{Budget, Mutation, ReferenceEngine};
use crate::oracle::{Violation, judge_case};
use crate::shrink::count_states;

/// How a planted bug was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Detection {
    /// The bug's name.
    pub mutant: String,
    /// What it is about.
    pub area: String,
    /// What the engine with it does wrong.
    pub bug: String,
    /// How it was found; `None` when it was not.
    pub found: Option<Found>,
}

/// What found a planted bug.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    /// The seed whose case did.
    pub seed: u64,
    /// Cases that were run until then.
    pub cases: u64,
    /// The rule that was broken.
    pub violation: Violation,
    /// The smallest case that breaks it.
    pub shrunk: Case,
    /// States of that case.
    pub states: usize,
    /// Edits that were tried to get there.
    pub tries: u64,
}

/// Runs cases on an engine with a planted bug until one is found, and shrinks it.
///
/// Only a case that the engine without the bug gets right counts.
#[must_use]
pub fn detect(
    mutation: Mutation,
    source: &dyn Fn(u64) -> Case,
    cases_max: u64,
    tries_max: u64,
) -> Detection {
    let (mutant, sound) = (ReferenceEngine::with_mutation(mutation), ReferenceEngine::new());
    let budget = Budget::default();
    let mut found = None;
    for seed in 0..cases_max {
        let case = source(seed);
        let judgement = judge_case(&case, &mutant, &budget);
        let Some(violation) = judgement.findings.violations.into_iter().next() else { continue };
        if !judge_case(&case, &sound, &budget).findings.violations.is_empty() {
            continue;
        }
        let shrunk = shrink_failure(&case, &violation, &mutant, &budget, tries_max);
        let states = shrunk.case.definition.as_ref().map_or(0, count_states);
        found = Some(Found {
            seed,
            cases: seed + 1,
            violation,
            shrunk: shrunk.case,
            states,
            tries: shrunk.tried,
        });
        break;
    }
    Detection {
        mutant: mutation.name().to_owned(),
        area: mutation.area().to_owned(),
        bug: mutation.bug().to_owned(),
        found,
    }
}

/// The detections as a Markdown table, and a summary.
#[must_use]
pub fn to_markdown(detections: &[Detection]) -> String {
    let caught = detections.iter().filter(|detection| detection.found.is_some()).count();
    let mut text = format!(
        "{caught} of {} planted bugs are found.\n\n\
         | area | mutant | what it does wrong | found after | by | states |\n\
         |---|---|---|---:|---|---:|\n",
        detections.len()
    );
    for detection in detections {
        let (cases, by, states) = match &detection.found {
            Some(found) => {
                (format!("{} cases", found.cases), found.violation.kind(), found.states.to_string())
            }
            None => ("never".to_owned(), String::new(), String::new()),
        };
        text.push_str(&format!(
            "| {} | `{}` | {} | {cases} | {by} | {states} |\n",
            detection.area, detection.mutant, detection.bug
        ));
    }
    text
}
