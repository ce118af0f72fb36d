//! Parallel states.

use std::sync::Arc;

use super::context::{Compiler, Scope};
use super::cursor::At;
use super::fields::{Fields, In};
use super::jsonata_check::Offers;
use crate::asl::ParallelState;

pub(super) const FIELDS: &Fields = &[
    ("InputPath", In::Path),
    ("Parameters", In::Path),
    ("Arguments", In::Jsonata),
    ("ResultSelector", In::Path),
    ("ResultPath", In::Path),
    ("OutputPath", In::Path),
    ("Output", In::Jsonata),
    ("Assign", In::Both),
    ("Retry", In::Both),
    ("Catch", In::Both),
    ("Branches", In::Both),
];

const BRANCH: &Fields = &[("StartAt", In::Both), ("States", In::Both), ("Comment", In::Both)];

impl Compiler {
    /// A Parallel state.
    pub(super) fn parallel(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<ParallelState> {
        self.require(at, &["Branches"]);
        let transition = self.transition(at, scope);
        let flow = self.data_flow(at, scope, FIELDS, Offers::Result);
        let retry = self.retry(at);
        let catch = self.catch(at, scope);
        let branches = at.get("Branches").and_then(|branches| {
            self.array(&branches, true)?;
            let graphs: Vec<_> = branches
                .elements()
                .map(|branch| {
                    self.object(&branch)?;
                    self.check_fields(&branch, &[BRANCH], None);
                    self.comment(&branch);
                    self.graph(&branch, false).map(Arc::new)
                })
                .collect();
            graphs.into_iter().collect::<Option<Vec<_>>>()
        });
        Some(ParallelState {
            flow: flow?,
            branches: branches?,
            retry: retry?,
            catch: catch?,
            transition: transition?,
        })
    }
}
