//! The protocol `awsJson1_0`: which operation a request asks for, whether its members have the types and keep the
//! constraints that the service model states, and how an error is written down.
//!
//! What the model cannot say (whether a name has forbidden characters, whether an ARN is one) is left to the
//! operations, which have errors of their own for it.

mod constraints;
mod error;
mod model;
mod types;

pub use error::{body as error_body, namespace};
pub use model::{Kind, Model, Operation, Shape, ShapeId, model};
pub use types::conforms;

use serde_json::Value;

use crate::error::ApiError;

/// The operation that `X-Amz-Target` names.
///
/// # Errors
/// `UnknownOperationException`.
pub fn operation(target: Option<&str>) -> Result<&'static Operation, ApiError> {
    target
        .and_then(|target| target.split_once('.'))
        .filter(|(prefix, _)| *prefix == model().target_prefix)
        .and_then(|(_, name)| model().operation(name))
        .ok_or_else(|| {
            let message = "The requested operation is not recognized by the service.";
            ApiError::new("UnknownOperationException", message)
        })
}

/// Reads a request: its JSON, without members that are null, with every member of the type that the model gives it
/// and within the model's constraints.
///
/// # Errors
/// `SerializationException` for what is no JSON or has a wrong type, `ValidationException` for what breaks
/// constraints.
pub fn read(operation: &Operation, body: &[u8]) -> Result<Value, ApiError> {
    let mut request = parse(body)?;
    types::fit(operation.input, &mut request)?;
    constraints::check(operation.input, &request)?;
    Ok(request)
}

/// AWS says nothing more of a body that is no JSON, or neither object nor list.
fn parse(body: &[u8]) -> Result<Value, ApiError> {
    let unreadable = || ApiError::new("SerializationException", "");
    let value: Value = serde_json::from_slice(body).map_err(|_| unreadable())?;
    if value.is_object() || value.is_array() { Ok(value) } else { Err(unreadable()) }
}

#[cfg(test)]
mod tests;
