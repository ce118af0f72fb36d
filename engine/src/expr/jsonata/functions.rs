//! The functions AWS adds to JSONata.

/// Their names, without `$`.
pub(super) const ADDED_FUNCTIONS: [&str; 6] =
    ["partition", "range", "hash", "random", "uuid", "parse"];
