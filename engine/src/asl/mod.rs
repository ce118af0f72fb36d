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
mod variables;

pub use answer::{definition_error, validation_answer};
pub use compile::{Compiled, compile, compile_yaml};
pub use definition::{Definition, QueryLanguage, StateGraph, StateId, Transition, WorkflowType};
pub use diagnostic::{Diagnostic, DiagnosticCode, Severity};
pub use resource::{Integration, IntegrationPattern, Resource};
pub use state::*;
pub(crate) use syntax::explain_json;
pub use syntax::json_fault;
pub use variables::variable_references;

/// A value read from a text, with the lines its parts stand on.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The value.
    pub value: serde_json::Value,
    /// JSON pointer → line, from 1: that of the key for members, of the value for elements.
    pub lines: std::collections::BTreeMap<String, usize>,
}

/// Reads YAML (or JSON, which is YAML) and keeps the lines, for messages about what a user wrote.
///
/// # Errors
/// What is wrong with the text.
pub fn yaml_with_lines(text: &str) -> Result<Located, String> {
    let tree = syntax::parse_yaml(text).map_err(|error| error.message)?;
    let value = tree.root.as_ref().map_or(serde_json::Value::Null, syntax::Node::to_json);
    let mut lines = std::collections::BTreeMap::new();
    if let Some(root) = &tree.root {
        let line =
            |at: usize| text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        locate(root, String::new(), &line, &mut lines);
    }
    Ok(Located { value, lines })
}

fn locate(
    node: &syntax::Node<'_>,
    pointer: String,
    line: &impl Fn(usize) -> usize,
    lines: &mut std::collections::BTreeMap<String, usize>,
) {
    match &node.value {
        syntax::Value::Object(object) => {
            for member in object.iter() {
                let key = member.key.replace('~', "~0").replace('/', "~1");
                let pointer = format!("{pointer}/{key}");
                lines.insert(pointer.clone(), line(member.key_span.start));
                locate(&member.value, pointer, line, lines);
            }
        }
        syntax::Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let pointer = format!("{pointer}/{index}");
                lines.insert(pointer.clone(), line(item.span.start));
                locate(item, pointer, line, lines);
            }
        }
        _ => {}
    }
}

/// Reads YAML as JSON, within the bounds of a definition; for scripts beside one.
///
/// # Errors
/// What is wrong with the text.
pub fn yaml_to_json(text: &str) -> Result<serde_json::Value, String> {
    let tree = syntax::parse_yaml(text).map_err(|error| error.message)?;
    Ok(tree.root.as_ref().map_or(serde_json::Value::Null, syntax::Node::to_json))
}
