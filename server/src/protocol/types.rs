//! The types of members: requests are made to fit, with AWS's words for what does not; answers are compared.
//!
//! The words and the conversions (a null is an absent member, a fraction is cut off where a whole number is
//! expected) are those that other services on AWS's service framework were measured to have.

use serde_json::{Number, Value};

use super::model::{Kind, ShapeId, model};
use crate::error::ApiError;

/// Makes a request fit its shape: takes out members that are null, cuts fractions off whole numbers.
///
/// # Errors
/// `SerializationException` for the first value of a wrong type.
pub(super) fn fit(shape: ShapeId, value: &mut Value) -> Result<(), ApiError> {
    let kind = &model().shape(shape).kind;
    match (kind, &mut *value) {
        (Kind::Structure { members }, Value::Object(map)) => {
            map.retain(|_, value| !value.is_null());
            for (name, value) in map.iter_mut() {
                if let Some(member) = members.get(name) {
                    fit(member.shape, value)?;
                }
            }
        }
        (Kind::Map { value: shape }, Value::Object(map)) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().try_for_each(|value| fit(*shape, value))?;
        }
        (Kind::List { element, .. }, Value::Array(items)) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().try_for_each(|item| fit(*element, item))?;
        }
        (Kind::String { .. }, Value::String(_)) | (Kind::Boolean, Value::Bool(_)) => {}
        (Kind::Float(_) | Kind::Double(_) | Kind::Timestamp, Value::Number(_)) => {}
        (Kind::Integer(_) | Kind::Long(_), Value::Number(number)) => {
            if let Some(whole) = whole(number) {
                *value = whole.into();
            }
        }
        (kind, found) => return Err(mismatch(kind, found)),
    }
    Ok(())
}

/// The number without its fraction, where that changes it. What no 64 bits hold becomes the nearest that they do.
fn whole(number: &Number) -> Option<i64> {
    if number.is_i64() {
        return None;
    }
    if number.is_u64() {
        return Some(i64::MAX);
    }
    #[expect(clippy::cast_possible_truncation, reason = "casts from floats saturate")]
    number.as_f64().map(|number| number as i64)
}

fn mismatch(expected: &Kind, found: &Value) -> ApiError {
    const LIST: &str = "Start of list found where not expected";
    const MAP: &str = "Start of structure or map found where not expected.";
    let message = match (expected, found) {
        (_, Value::Array(_)) => LIST.to_owned(),
        (_, Value::Object(_)) => MAP.to_owned(),
        (Kind::List { .. }, _) => "Expected list or null".to_owned(),
        (Kind::Map { .. }, _) => "Expected map or null".to_owned(),
        (Kind::Structure { .. }, _) => "Expected null".to_owned(),
        (kind, found) => {
            let found = match found {
                Value::String(_) => "STRING_VALUE",
                Value::Bool(true) => "TRUE_VALUE",
                Value::Bool(false) => "FALSE_VALUE",
                _ => "NUMBER_VALUE",
            };
            format!("{found} can not be converted to {}", article(kind))
        }
    };
    ApiError::new("SerializationException", message)
}

fn article(kind: &Kind) -> &'static str {
    match kind {
        Kind::Boolean => "a Boolean",
        Kind::Integer(_) => "an Integer",
        Kind::Long(_) => "a Long",
        Kind::Float(_) => "a Float",
        Kind::Double(_) => "a Double",
        Kind::Timestamp => "a Timestamp",
        _ => "a String",
    }
}

/// What of a value an answer's shape does not allow, with the place; nothing when it fits.
#[must_use]
pub fn conforms(shape: ShapeId, value: &Value) -> Option<String> {
    misfit(shape, value, "answer")
}

fn misfit(shape: ShapeId, value: &Value, place: &str) -> Option<String> {
    let shape = model().shape(shape);
    match (&shape.kind, value) {
        (Kind::Structure { members }, Value::Object(map)) => {
            let missing = members
                .iter()
                .find(|(name, member)| member.required && !map.contains_key(&**name))
                .map(|(name, _)| format!("{place} has no {name}"));
            missing.or_else(|| {
                map.iter().find_map(|(name, value)| match members.get(name) {
                    Some(member) => misfit(member.shape, value, &format!("{place}.{name}")),
                    None => Some(format!("{place} has an unknown member {name}")),
                })
            })
        }
        (Kind::List { element, .. }, Value::Array(items)) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| misfit(*element, item, &format!("{place}[{index}]"))),
        (Kind::Map { value: shape }, Value::Object(map)) => {
            map.iter().find_map(|(key, value)| misfit(*shape, value, &format!("{place}.{key}")))
        }
        (Kind::Boolean, Value::Bool(_)) | (Kind::String { .. }, Value::String(_)) => None,
        (Kind::Float(_) | Kind::Double(_) | Kind::Timestamp, Value::Number(_)) => None,
        (Kind::Integer(_) | Kind::Long(_), Value::Number(number)) if !number.is_f64() => None,
        (_, found) => Some(format!("{place} should be {}, but is {found}", shape.name)),
    }
}
