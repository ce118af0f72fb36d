//! Construct coverage: which constructs of the language, and which faults, cases use.
//!
//! Names are those that recorded cases carry in `features` where they have one: `State:Task`,
//! `Intrinsic:Format`, `Task:waitForTaskToken`, a field by its name, a fault by its kind. An engine names what it
//! does not support by them, too.

mod constructs;
mod count;
mod names;
mod texts;

pub use constructs::constructs;
pub use count::Count;
pub use names::ALL;
