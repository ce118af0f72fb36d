//! Expressions over a state's data: AWS's JSONPath dialect, intrinsic functions, JSONata and the templates
//! that hold them.
//!
//! Everything here is parsed once and evaluated against a [`Scope`]. Time and randomness come in with the
//! scope. An evaluation that goes wrong gives an [`ExprError`]: the error name and cause AWS shows.

mod budget;
mod digest;
mod error;
mod java;
mod scope;
mod template;

pub mod intrinsic;
pub mod jsonata;
pub mod jsonpath;

pub use error::{ErrorName, ExprError};
pub use intrinsic::Intrinsic;
pub use jsonata::Jsonata;
pub use jsonpath::{JsonPath, ReferencePath};
pub use scope::{ContextObject, Scope, Variables};
pub use template::{Assign, Expression, Located, Template};
