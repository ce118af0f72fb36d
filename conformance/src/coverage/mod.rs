//! Construct coverage: which parts of the language cases use.
