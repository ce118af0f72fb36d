//! What an expression refers to, for checks at definition time.

use std::collections::BTreeSet;

/// What an expression refers to outside itself. Offsets are byte offsets in the expression.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Names read from the context item, which Step Functions does not have, and `$` itself: each
    /// distinct one once, in the order of the text. AWS refuses such a definition.
    ///
    /// Only the first step of a path reads the context item; predicates, sort terms, groupings and later
    /// steps read what the step before them found. A lambda's body has the context of its definition
    /// (measured on AWS by the floci project's `StepFunctionsTopLevelReferenceIntegrationTest`).
    pub top_level_names: Vec<(String, usize)>,
    /// Where `$$` is read, if it is.
    pub double_dollar: Option<usize>,
    /// Members of `$states` read as `$states.member`, each place.
    pub states_fields: Vec<(String, usize)>,
    /// Whether `$states` is also read as a whole, or in a way that names no member.
    pub whole_states: bool,
    /// Variables read and not bound within the expression, without `$`; the names of functions and
    /// `states` are left out.
    pub variables: BTreeSet<String>,
}

impl References {
    /// Whether the expression may read this member of `$states`.
    #[must_use]
    pub fn reads_states_field(&self, member: &str) -> bool {
        self.whole_states || self.states_fields.iter().any(|(name, _)| name == member)
    }
}
