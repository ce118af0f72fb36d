//! The answer of `TestState`.

use std::sync::Arc;

use serde_json::{Value, json};
use stepclock_engine::test_state::{TestStateSettings, test_state};

use super::prepare::start_time;
use crate::case::Case;
use crate::engine::{Observation, Operation, OperationError, Ran};

/// Where tested states run: the region and account of the recordings.
const REGION: &str = "us-east-1";
const ACCOUNT: &str = "111111111111";

pub(super) fn run(case: &Case) -> Ran {
    let Some(request) = request(case) else { return Ran::Skipped("it has no request".into()) };
    let now = match start_time(case) {
        Ok(now) => now,
        Err(error) => return Ran::Errored(error.to_string()),
    };
    let settings = TestStateSettings {
        now,
        seed: case.seed.unwrap_or_default(),
        region: Arc::from(REGION),
        account: Arc::from(ACCOUNT),
    };
    let seen = match test_state(&request, &settings, &mut |_| None) {
        Ok(answer) => Operation { answer: Some(answer), error: None },
        Err(error) => {
            let error = OperationError { code: error.code.to_owned(), message: error.message };
            Operation { answer: None, error: Some(error) }
        }
    };
    Ran::Ran(Observation::Operation(Box::new(seen)))
}

/// The request; one without a `definition` is about that of the case.
fn request(case: &Case) -> Option<Value> {
    let mut request = case.request.clone().unwrap_or_else(|| json!({}));
    let object = request.as_object_mut()?;
    if !object.contains_key("definition") {
        let text = match (&case.definition_text, &case.definition) {
            (Some(text), _) => text.clone(),
            (None, definition) => definition.as_ref()?.to_string(),
        };
        object.insert("definition".to_owned(), text.into());
    }
    Some(request)
}
