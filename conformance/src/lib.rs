//! Conformance cases for Amazon States Language engines, and the tools that judge an engine by them.
//!
//! ```text
//! case file ──case──▶ Case ──replay──▶ Observed ──compare──▶ Verdict
//! ```
//!
//! A case holds a definition, an input, what every task answers, and what an engine must show: see
//! [`case::Case`]. [`replay::run`] runs one on the reference engine.

pub mod case;
pub mod compare;
pub mod known_gaps;
pub mod replay;
