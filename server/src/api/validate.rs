//! ValidateStateMachineDefinition, and what a refused definition is called elsewhere.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use stepclock_engine::asl::{
    Definition, Severity, WorkflowType, compile, definition_error, validation_answer,
};

use super::request::read;
use crate::error::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Validate {
    definition: String,
    #[serde(default, rename = "type")]
    workflow_type: WorkflowType,
    severity: Option<String>,
    #[serde(default)]
    max_results: usize,
}

/// Needs nothing of the hub.
pub(super) fn validate(request: Value) -> Result<Value, ApiError> {
    let Validate { definition, workflow_type, severity, max_results } = read(request)?;
    let severity = match severity.as_deref() {
        Some("WARNING") => Severity::Warning,
        _ => Severity::Error,
    };
    Ok(validation_answer(&compile(&definition, workflow_type), max_results, severity))
}

/// Compiles the definition of a machine that is to be created or changed.
///
/// # Errors
/// `InvalidDefinition`.
pub(super) fn definition(
    text: &str,
    workflow_type: WorkflowType,
) -> Result<Arc<Definition>, ApiError> {
    let compiled = compile(text, workflow_type);
    let refused = |message| ApiError::new("InvalidDefinition", message);
    match (definition_error(&compiled), compiled.definition) {
        (None, Some(definition)) => Ok(definition),
        (message, _) => Err(refused(message.unwrap_or_default())),
    }
}
