//! Exploring a workflow: thousands of simulated executions of one definition, each with other answers, delays and
//! failures, and a report of what was reached, how executions ended, and whether stated expectations held.
//!
//! ```text
//! Setup ──Explorer::case(seed)──▶ Case ──engine──▶ Observation ──RunView──▶ Sighting ──Tally──▶ Report
//!  (definition, inputs, workers)                                 ▲
//!                                                   constructs, expectations
//! ```
//!
//! Everything of a run comes from its seed, so a report is the same whatever the number of threads, and one seed
//! is enough to see a run again.

mod answers;
mod constructs;
mod coverage;
mod duration;
mod expectation;
mod explorer;
mod flow;
mod paths;
mod probe;
mod reads;
mod report;
mod shape;
mod stats;
mod subject;
mod sweep;
mod tally;
mod view;

pub use constructs::{Construct, Part};
pub use duration::duration;
pub use expectation::{Expectation, ExpectationError, Expectations};
pub use explorer::{Explorer, Setup};
pub use report::{Assumption, Covered, Ending, ExpectationReport, Notable, Report};
pub use stats::{Bar, Distribution};
pub use sweep::{SweepError, sweep};
