//! Who may call: signatures of AWS's version 4, verified when access keys are given. Calls to the outside
//! are signed the same way.

mod canonical;
mod keys;
mod sign;
mod used;
mod verify;

pub(crate) use canonical::{Paths, encode, unhex};
pub use keys::{AccessKeys, KeyError};
pub use sign::AccessKey;
pub(crate) use sign::{SigningScope, sign};
pub use verify::Verifier;

#[cfg(test)]
mod tests;
