//! A mocked context object: which fields it may have.

use serde_json::{Map, Value};

use super::error::TestStateError;

/// What a field holds.
#[derive(Clone, Copy)]
enum Holds {
    Text,
    Number,
    Anything,
}

/// The objects of a context object and their fields.
const OBJECTS: [(&str, &[(&str, Holds)]); 4] = [
    (
        "Execution",
        &[
            ("Id", Holds::Text),
            ("Input", Holds::Anything),
            ("Name", Holds::Text),
            ("RoleArn", Holds::Text),
            ("StartTime", Holds::Text),
            ("RedriveCount", Holds::Number),
            ("RedriveTime", Holds::Text),
        ],
    ),
    (
        "State",
        &[("EnteredTime", Holds::Text), ("Name", Holds::Text), ("RetryCount", Holds::Number)],
    ),
    ("StateMachine", &[("Id", Holds::Text), ("Name", Holds::Text)]),
    ("Task", &[("Token", Holds::Text)]),
];

/// Reads a context object. Messages are those of the recordings `state_context_object_validation_failures`; for
/// a number and for a text that is no object they are ours, after the pattern of the others.
pub(super) fn read(text: &str) -> Result<Value, TestStateError> {
    let Ok(Value::Object(context)) = crate::data::parse_json(text) else {
        return refused("Context must be a JSON object");
    };
    for (name, value) in &context {
        if name == "Map" {
            return refused("'Map' field is not supported when mocking a Context object");
        }
        let Some((_, fields)) = OBJECTS.iter().find(|(object, _)| object == name) else {
            return refused(&format!("Field '{name}' is not allowed"));
        };
        let Value::Object(object) = value else {
            return refused(&format!("{name} must be an object"));
        };
        check(name, object, fields)?;
    }
    Ok(Value::Object(context))
}

fn check(
    name: &str,
    object: &Map<String, Value>,
    fields: &[(&str, Holds)],
) -> Result<(), TestStateError> {
    for (field, value) in object {
        let Some((_, holds)) = fields.iter().find(|(known, _)| known == field) else {
            return refused(&format!("Field '{field}' is not allowed"));
        };
        match holds {
            Holds::Text if !value.is_string() => {
                return refused(&format!("{name}.{field} must be a string"));
            }
            Holds::Number if !value.is_number() => {
                return refused(&format!("{name}.{field} must be a number"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn refused<T>(what: &str) -> Result<T, TestStateError> {
    Err(TestStateError::validation(format!("Invalid Context object provided: {what}")))
}
