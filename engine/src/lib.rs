//! A reference engine for the Amazon States Language (ASL).
//!
//! Data flows one way, and each folder is one arrow of it:
//!
//! ```text
//!  text ──asl──▶ Definition ──execution──▶ Effects ──history──▶ events as GetExecutionHistory has them
//!                    │            ▲  │
//!                  expr           │  └──▶ tasks, timers, children, objects
//!        (JSONPath, intrinsics,   │              │
//!              JSONata)           └── Inputs ◀──sim (clock, workers, object store)
//! ```
//!
//! The core is pure: it reads no clock, draws no ambient randomness, starts no thread and does no IO.
//! Time, random seeds, task answers and object bodies come in as [`execution::Input`] values; what should
//! happen outside goes out as [`execution::Effect`] values.

pub mod asl;
pub mod data;
pub mod execution;
pub mod expr;
pub mod history;
pub mod limits;
pub mod sim;
pub mod test_state;
