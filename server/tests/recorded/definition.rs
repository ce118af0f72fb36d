//! Cases of kind `validate`: what one operation says of a definition.

use serde_json::{Value, json};
use stepclock_conformance::case::{Case, WorkflowTypeName};
use stepclock_conformance::judge::{Matcher, Verdict};

use crate::server::{Server, pascal_case};
use crate::steps::{client_text, refusal};

pub(crate) fn run(case: &Case) -> Verdict {
    let op = case.op.as_deref().unwrap_or("validate_state_machine_definition");
    let Some(response) = &case.expect.response else {
        return Verdict::Fail("it expects nothing".to_owned());
    };
    let error = case.expect.error.as_ref().filter(|error| error.is_object());
    let expected = error
        .map(|error| json!({"code": error["code"], "message": error["message"]}))
        .or_else(|| client_text(response.as_str()?))
        .unwrap_or_else(|| response.clone());
    if expected["code"] == "StateMachineAlreadyExists" {
        return Verdict::Skip("the case of kind `api` has the steps before".to_owned());
    }
    let mut request = case.request.clone().unwrap_or_else(|| json!({}));
    let text = case.definition_text.clone();
    let text = text.or_else(|| case.definition.as_ref().map(ToString::to_string));
    request["definition"] = text.map_or(Value::Null, Value::from);
    if case.workflow_type == Some(WorkflowTypeName::Express) {
        request["type"] = "EXPRESS".into();
    }
    let answer = Server::new().and_then(|server| server.call(&pascal_case(op), &request));
    let found = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => refusal(&error),
        Err(reason) => return Verdict::Fail(reason),
    };
    let difference = Matcher::new(&case.placeholders).compare(&expected, &found);
    difference.map_or(Verdict::Pass, |difference| Verdict::Fail(difference.to_string()))
}
