//! Errors as they are written down: `__type` with its namespace, the message, further members.

use serde_json::{Map, Value};

use crate::error::ApiError;

/// The namespace that AWS puts before the name of an error of Step Functions.
const SERVICE: &str = "com.amazonaws.swf.service.v2.model";
/// That of errors which the service framework gives before the service hears of a request.
const FRAMEWORK: &str = "com.amazon.coral.service";
/// That of throttling.
const AVAILABILITY: &str = "com.amazon.coral.availability";

/// The namespace of an error's name; nothing when the name has one already.
#[must_use]
pub fn namespace(code: &str) -> Option<&'static str> {
    match code {
        "SerializationException"
        | "UnknownOperationException"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "UnrecognizedClientException"
        | "AccessDeniedException"
        | "InternalFailure"
        | "ServiceUnavailableException" => Some(FRAMEWORK),
        "ThrottlingException" => Some(AVAILABILITY),
        _ if code.contains('#') => None,
        _ => Some(SERVICE),
    }
}

/// The body of an answer that is an error. `SerializationException` spells `Message` with a capital letter, and
/// has none when the body was no JSON.
#[must_use]
pub fn body(error: &ApiError) -> Value {
    let code = &error.code;
    let name = match namespace(code) {
        Some(namespace) => format!("{namespace}#{code}"),
        None => code.to_string(),
    };
    let mut body = Map::new();
    body.insert("__type".to_owned(), name.into());
    let serialization = code == "SerializationException";
    if !(serialization && error.message.is_empty()) {
        let key = if serialization { "Message" } else { "message" };
        body.insert(key.to_owned(), error.message.clone().into());
    }
    body.extend(error.members.clone());
    Value::Object(body)
}
