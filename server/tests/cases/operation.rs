//! Cases of kind `validate` and `test_state`: what one operation says of a definition.

use serde_json::{Value, json};
use stepclock_conformance::case::{Case, WorkflowTypeName};
use stepclock_conformance::engine::{Comparison, Observation, Operation, OperationError, Ran};
use stepclock_conformance::judge::{Matcher, Verdict, judge};
use stepclock_server::error::ApiError;

use crate::server::{Server, pascal_case};

pub(crate) fn validate(case: &Case) -> Verdict {
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
    let mut request = request(case);
    if case.workflow_type == Some(WorkflowTypeName::Express) {
        request["type"] = "EXPRESS".into();
    }
    let answer = Server::of(case).and_then(|server| server.call(&pascal_case(op), &request));
    let found = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => json!(refusal(&error)),
        Err(reason) => return Verdict::Fail(reason),
    };
    let difference = Matcher::new(&case.placeholders).compare(&expected, &found);
    difference.map_or(Verdict::Pass, |difference| Verdict::Fail(difference.to_string()))
}

pub(crate) fn test_state(case: &Case) -> Verdict {
    let answer = Server::of(case).and_then(|server| server.call("TestState", &request(case)));
    let seen = match answer {
        Ok(answer) => operation(answer),
        Err(reason) => return Verdict::Fail(reason),
    };
    let ran = Ran::Ran(Observation::Operation(Box::new(seen)));
    judge(case, Comparison::default(), ran).verdict
}

/// What an operation answered.
pub(crate) fn operation(answer: Result<Value, ApiError>) -> Operation {
    match answer {
        Ok(answer) => Operation { answer: Some(answer), error: None },
        Err(error) => Operation { answer: None, error: Some(refusal(&error)) },
    }
}

fn refusal(error: &ApiError) -> OperationError {
    // Clients leave a namespace before the name out.
    let code = error.code.rsplit('#').next().unwrap_or_default();
    OperationError { code: code.to_owned(), message: error.message.clone() }
}

/// `An error occurred (Code) when calling the Name operation: message`, as Python's client words it.
fn client_text(text: &str) -> Option<Value> {
    let rest = text.strip_prefix("An error occurred (")?;
    let (code, rest) = rest.split_once(") when calling the ")?;
    let (_, message) = rest.split_once(" operation: ")?;
    Some(json!({"code": code, "message": message}))
}

/// The request; one without a `definition` is about that of the case.
fn request(case: &Case) -> Value {
    let mut request = case.request.clone().unwrap_or_else(|| json!({}));
    if request.get("definition").is_none() {
        let text = case.definition_text.clone();
        let text = text.or_else(|| case.definition.as_ref().map(ToString::to_string));
        request["definition"] = text.map_or(Value::Null, Value::from);
    }
    request
}
