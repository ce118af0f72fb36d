//! What AWS refuses in a JSONata expression before it is ever run.

use std::collections::BTreeSet;

use crate::expr::Jsonata;

/// Which parts of `$states` a field can read, besides `input` and `context`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offers {
    /// Nothing more.
    Input,
    /// `result`: `Output` and `Assign` of Task, Parallel and Map states.
    Result,
    /// `errorOutput`: `Output` and `Assign` of a catcher.
    Error,
}

/// AWS's messages for everything it refuses, each once, in the order of the text.
pub(super) fn unsupported(expression: &Jsonata, offers: Offers) -> Vec<String> {
    let references = expression.references();
    let names = references.top_level_names.iter().map(|(name, offset)| {
        (*offset, format!("Reference to '{name}' at the top level is not supported."))
    });
    let root = references
        .double_dollar
        .map(|offset| (offset, "Reference to '$$' is not supported.".to_owned()));
    let fields = references
        .states_fields
        .iter()
        .filter(|(field, _)| !offers.has(field))
        .map(|(field, offset)| (*offset, format!("Field '$states.{field}' does not exist.")));
    let mut found: Vec<(usize, String)> = names.chain(root).chain(fields).collect();
    found.sort_by_key(|(offset, _)| *offset);
    let mut seen = BTreeSet::new();
    found.into_iter().map(|(_, message)| message).filter(|it| seen.insert(it.clone())).collect()
}

impl Offers {
    /// Whether `$states` has the field here. Only the two fields that come and go are looked at; what AWS
    /// says of `$states.other` is not measured.
    fn has(self, field: &str) -> bool {
        match field {
            "result" => self == Self::Result,
            "errorOutput" => self == Self::Error,
            _ => true,
        }
    }
}
