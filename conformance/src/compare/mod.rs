//! Expectation against observation.

mod history;
mod wildcard;

pub use history::compare_history;
pub use wildcard::{Difference, Matcher};
