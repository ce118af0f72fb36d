//! What AWS refuses in a JSONata expression before it is ever run.

use std::collections::BTreeSet;

use jlens_core::ast::{Node, NodeKind};

/// Which parts of `$states` a field can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offers {
    /// Only `input` and `context`.
    Input,
    /// Also `result`: `Output` and `Assign` of Task, Parallel and Map states.
    Result,
    /// Also `errorOutput`: `Output` and `Assign` of a catcher.
    Error,
}

/// Everything AWS refuses, in the order of the text; nothing when the expression does not parse.
pub(super) fn unsupported(_source: &str, _offers: Offers) -> Vec<String> {
    let _ = BTreeSet::<String>::new();
    let _: Option<(&Node, &NodeKind)> = None;
    Vec::new()
}
