//! Cases about one operation: verdicts on definitions, and tested states.

use serde_json::{Value, json};

use super::client::{CallError, Client};
use super::names::{Names, Place};
use super::run::text;
use crate::case::{Case, WorkflowTypeName};
use crate::engine::{Observation, Operation, OperationError, Ran, Validation};

/// Diagnostics that `ValidateStateMachineDefinition` gives at most.
const DIAGNOSTICS_MAX: u64 = 100;

/// The definition's text.
fn definition(case: &Case) -> Option<String> {
    let text = case.definition_text.clone();
    text.or_else(|| case.definition.as_ref().map(ToString::to_string))
}

/// Validates a definition, and tries to create a machine of it.
pub(super) fn validate(client: &Client, case: &Case, name: &str, role_arn: &str) -> Ran {
    let Some(definition) = definition(case) else {
        return Ran::Skipped("it has no definition".to_owned());
    };
    match validation(client, case, &definition, name, role_arn) {
        Ok(seen) => Ran::Ran(Observation::Validation(Box::new(seen))),
        Err(error) => error.into(),
    }
}

fn validation(
    client: &Client,
    case: &Case,
    definition: &str,
    name: &str,
    role_arn: &str,
) -> Result<Validation, CallError> {
    let express = case.workflow_type == Some(WorkflowTypeName::Express);
    let workflow_type = if express { "EXPRESS" } else { "STANDARD" };
    let request = json!({
        "definition": definition,
        "type": workflow_type,
        "severity": "WARNING",
        "maxResults": DIAGNOSTICS_MAX,
    });
    let answer = client.call("ValidateStateMachineDefinition", &request)?;
    let request = json!({
        "name": name,
        "roleArn": role_arn,
        "definition": definition,
        "type": workflow_type,
    });
    let definition_error = match client.call("CreateStateMachine", &request) {
        Ok(created) => {
            let request = json!({"stateMachineArn": text(&created, "stateMachineArn")});
            client.call("DeleteStateMachine", &request)?;
            None
        }
        Err(error) if error.code() == Some("InvalidDefinition") => Some(error.message().to_owned()),
        Err(error) => return Err(error),
    };
    Ok(Validation { answer, definition_error })
}

/// Tests a state; `name` is nobody's.
pub(super) fn test_state(client: &Client, case: &Case, name: &str) -> Ran {
    let mut request = case.request.clone().unwrap_or_else(|| json!({}));
    if request.get("definition").is_none() {
        request["definition"] = definition(case).map_or(Value::Null, Value::from);
    }
    let pairs = match Place::of(client, name) {
        // Some cases name their account only in what they expect.
        Ok(place) => place.pairs(&json!([request, case.expect]).to_string()),
        Err(error) => return error.into(),
    };
    let told = Names::back(&pairs);
    let seen = match client.call("TestState", &Names::new(pairs).in_value(&request)) {
        Ok(answer) => Operation { answer: Some(told.in_value(&answer)), error: None },
        Err(CallError::Refused { code, message, .. }) => {
            let message = told.in_text(&message);
            Operation { answer: None, error: Some(OperationError { code, message }) }
        }
        Err(error) => return error.into(),
    };
    Ran::Ran(Observation::Operation(Box::new(seen)))
}
