//! A property-based conformance and simulation test harness for Amazon States Language engines.
//!
//! ```text
//! case file ─┐                                                ┌─judge──▶ Verdict (against what the case expects)
//!            ├─▶ Case ──engine──▶ Ran(Observation) ──▶────────┤
//! generate ──┘  (definition, input,                           └─oracle─▶ Findings (against rules and the model)
//!    seed        workers, faults)                                           │
//!                                                             shrink ◀──────┘ the smallest case that still fails
//! ```
//!
//! A [`case::Case`] holds a definition, an input, what every task answers, what goes wrong, and, when written or
//! recorded, what must come out. An [`engine::Engine`] runs it; [`judge`] compares with the expectation;
//! the oracles check rules that hold for every case.

pub mod campaign;
pub mod case;
pub mod coverage;
pub mod engine;
pub mod explore;
pub mod fault;
pub mod generate;
pub mod judge;
pub mod known_gaps;
pub mod model;
pub mod mutants;
pub mod oracle;
pub mod report;
pub mod shrink;
pub mod suite;
