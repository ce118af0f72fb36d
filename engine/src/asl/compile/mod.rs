//! From text to a compiled definition and every diagnostic.
//!
//! One walk over the syntax tree builds the definition and reports what is wrong on the way; one file a
//! concept. `compile` in here is the door; [`state`] the hall every state passes.

mod assign;
mod choice;
mod context;
mod cursor;
mod distributed;
mod fields;
mod graph;
mod integrations;
mod jsonata_check;
mod machine;
mod map;
mod operators;
mod parallel;
mod retry;
mod simple;
mod state;
mod task;
mod template;

use std::sync::Arc;

use super::definition::{Definition, WorkflowType};
use super::diagnostic::{Diagnostic, DiagnosticCode, Severity};
use super::syntax::{self, SyntaxError, Tree};
use crate::limits;

/// What compiling a text gives.
#[derive(Debug)]
pub struct Compiled {
    /// The definition, unless an error refuses it.
    pub definition: Option<Arc<Definition>>,
    /// Everything found, in AWS's order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a JSON definition.
#[must_use]
pub fn compile(text: &str, workflow_type: WorkflowType) -> Compiled {
    compile_tree(text, syntax::parse_json, |_| text.into(), workflow_type)
}

/// Compiles a YAML definition; spans point into the YAML text.
#[must_use]
pub fn compile_yaml(text: &str, workflow_type: WorkflowType) -> Compiled {
    let source = |tree: &Tree<'_>| {
        tree.root.as_ref().map_or_else(|| "".into(), |root| root.to_json().to_string().into())
    };
    compile_tree(text, syntax::parse_yaml, source, workflow_type)
}

fn compile_tree<'t>(
    text: &'t str,
    parse: impl FnOnce(&'t str) -> Result<Tree<'t>, SyntaxError>,
    source: impl FnOnce(&Tree<'t>) -> Arc<str>,
    workflow_type: WorkflowType,
) -> Compiled {
    if text.len() > limits::DEFINITION_BYTES_MAX {
        let message = format!(
            "Definition is larger than {} bytes: it has {}",
            limits::DEFINITION_BYTES_MAX,
            text.len()
        );
        return refused(DiagnosticCode::InvalidJsonDescription, message, None, None);
    }
    let tree = match parse(text) {
        Ok(tree) => tree,
        Err(error) => {
            return refused(error.code, error.message, Some(error.location), Some(error.span));
        }
    };
    let root = tree.root.as_ref().filter(|root| root.as_object().is_some());
    let Some(root) = root else {
        let message = "Definition must be a valid JSON object".to_owned();
        let span = tree.root.as_ref().map(|root| root.span.clone());
        return refused(DiagnosticCode::SchemaValidationFailed, message, None, span);
    };
    let mut compiler = context::Compiler::new(workflow_type);
    for duplicate in &tree.duplicates {
        compiler.duplicate_key(duplicate);
    }
    let machine = compiler.machine(&cursor::At::root(root));
    let diagnostics = compiler.into_diagnostics();
    let refused = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    debug_assert!(refused || machine.is_some(), "a part was left out without a word");
    let definition = machine.filter(|_| !refused).map(|mut definition| {
        definition.source = source(&tree);
        Arc::new(definition)
    });
    Compiled { definition, diagnostics }
}

fn refused(
    code: DiagnosticCode,
    message: String,
    location: Option<String>,
    span: Option<std::ops::Range<usize>>,
) -> Compiled {
    let diagnostic = Diagnostic { severity: Severity::Error, code, message, location, span };
    Compiled { definition: None, diagnostics: vec![diagnostic] }
}
