//! A verdict on a definition.

use stepclock_engine::asl::{Severity, compile, definition_error, validation_answer};

use super::prepare::workflow_type;
use crate::case::Case;
use crate::engine::{Observation, Ran, Validation};

/// Diagnostics that `ValidateStateMachineDefinition` gives at most.
const DIAGNOSTICS_MAX: usize = 100;

pub(super) fn run(case: &Case) -> Ran {
    let text = match (&case.definition_text, &case.definition) {
        (Some(text), _) => text.clone(),
        (None, Some(definition)) => definition.to_string(),
        (None, None) => return Ran::Skipped("it has no definition".into()),
    };
    let compiled = compile(&text, workflow_type(case));
    Ran::Ran(Observation::Validation(Box::new(Validation {
        answer: validation_answer(&compiled, DIAGNOSTICS_MAX, Severity::Warning),
        definition_error: definition_error(&compiled),
    })))
}
