//! Who may call: signatures of AWS's version 4, verified when access keys are given.

mod canonical;
mod keys;
mod verify;

pub use keys::{AccessKeys, KeyError};
pub use verify::Verifier;

#[cfg(test)]
mod tests;
