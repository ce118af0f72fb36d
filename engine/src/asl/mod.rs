//! Text in, [`Definition`] and diagnostics out: the front end of the Amazon States Language.
//!
//! A definition is parsed and compiled once; what comes out is immutable, shareable between threads, and
//! has every path, intrinsic and JSONata expression parsed and every state name resolved to an index.

mod answer;
mod compile;
mod definition;
mod diagnostic;
mod resource;
mod state;
mod syntax;

pub use answer::{definition_error, validation_answer};
pub use compile::{Compiled, compile, compile_yaml};
pub use definition::{Definition, QueryLanguage, StateGraph, StateId, Transition, WorkflowType};
pub use diagnostic::{Diagnostic, DiagnosticCode, Severity};
pub use resource::{Integration, IntegrationPattern, Resource};
pub use state::*;
