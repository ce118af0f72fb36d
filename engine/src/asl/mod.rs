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
pub(crate) use syntax::explain_json;

/// Reads YAML as JSON, within the bounds of a definition; for scripts beside one.
///
/// # Errors
/// What is wrong with the text.
pub fn yaml_to_json(text: &str) -> Result<serde_json::Value, String> {
    let tree = syntax::parse_yaml(text).map_err(|error| error.message)?;
    Ok(tree.root.as_ref().map_or(serde_json::Value::Null, syntax::Node::to_json))
}
