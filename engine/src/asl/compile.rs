//! From text to a compiled definition and every diagnostic.

use std::sync::Arc;

use super::definition::{Definition, WorkflowType};
use super::diagnostic::Diagnostic;

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
    let _ = (text, workflow_type);
    unimplemented!()
}

/// Compiles a YAML definition; spans point into the YAML text.
#[must_use]
pub fn compile_yaml(text: &str, workflow_type: WorkflowType) -> Compiled {
    let _ = (text, workflow_type);
    unimplemented!()
}
