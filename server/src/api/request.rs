//! Reading requests and writing answers.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use stepclock_engine::data::Timestamp;

use crate::error::ApiError;

/// Reads a request. What the service model forbids has been refused before.
pub(super) fn read<T: DeserializeOwned>(request: Value) -> Result<T, ApiError> {
    serde_json::from_value(request)
        .map_err(|error| ApiError::new("SerializationException", error.to_string()))
}

/// A moment as the protocol writes it: seconds, with milliseconds behind the point.
pub(super) fn seconds(moment: Timestamp) -> Value {
    let millis = moment.as_millis();
    // Whole seconds are written without a point, as AWS does.
    if millis % 1_000 == 0 { (millis / 1_000).into() } else { (millis as f64 / 1_000.0).into() }
}

/// An answer with nothing in it.
pub(super) fn empty() -> Value {
    Value::Object(Map::new())
}

/// Adds a member to an answer when there is something to say.
pub(super) fn add(answer: &mut Value, member: &str, value: Option<impl Into<Value>>) {
    if let (Some(members), Some(value)) = (answer.as_object_mut(), value) {
        members.insert(member.to_owned(), value.into());
    }
}
