//! The operations: each reads its request, asks the hub, and words the answer.

use serde_json::Value;

use crate::error::ApiError;
use crate::hub::Handle;

/// Carries out an operation of the API, named as in `X-Amz-Target`. The request has the shape that the service
/// model gives it; the answer has that of the operation's output.
///
/// # Errors
/// What the operation refuses.
pub async fn call(_hub: &Handle, operation: &str, _request: Value) -> Result<Value, ApiError> {
    match operation {
        _ => Err(ApiError::new("UnknownOperationException", format!("{operation} is not known"))),
    }
}
