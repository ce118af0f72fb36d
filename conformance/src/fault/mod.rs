//! Faults: profiles to draw them from, and every single one in turn.
//!
//! What a fault is stands in [`crate::case::Fault`]; an engine's adapter carries it out.

mod draw;
mod each;

pub use draw::{Profile, UnknownProfile, draw};
pub use each::each;
