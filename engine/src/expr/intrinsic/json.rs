//! The functions on JSON and its text.

use serde_json::Value;

use super::{Arguments, Fault};
use crate::asl::explain_json;
use crate::data::parse_json;

/// Blank text is `null` (measured).
pub(super) fn string_to_json(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let text = arguments.string(0)?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    parse_json(text).map_err(|error| {
        Fault::Message(format!(
            "Cannot convert String to Json in States.StringToJson, caused by: {}",
            explain_json(text).unwrap_or(error.message)
        ))
    })
}

/// Puts the second object's keys over the first's. AWS supports only the shallow mode, and takes anything
/// but `true` for it (measured with the text `false`).
pub(super) fn merge(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let object = |index| arguments.value(index).as_object().ok_or(Fault::Arguments);
    let (first, second) = (object(0)?, object(1)?);
    if *arguments.value(2) == Value::Bool(true) {
        return Err(Fault::Arguments);
    }
    let mut merged = first.clone();
    for (key, value) in second {
        merged.insert(key.clone(), value.clone());
    }
    Ok(Value::Object(merged))
}
