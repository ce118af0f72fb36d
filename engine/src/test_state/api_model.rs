//! Mocked results against the model of the service's API.
//!
//! AWS checks against the models of all its services. `shapes.json` has the output shapes of the operations that
//! the recordings and the developer guide's examples use, as the services document them: members, types,
//! lengths and enums; `required` members are missed in STRICT mode only. A result of any other operation is
//! taken as it is. HTTP Tasks, API Gateway and EKS have no model in AWS either.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use super::error::TestStateError;
use super::request::ValidationMode;
use crate::asl::{Integration, IntegrationPattern};

#[derive(Debug, Deserialize)]
struct Model {
    /// Structures by `type:action` of an integration.
    operations: BTreeMap<String, String>,
    shapes: BTreeMap<String, Structure>,
}

#[derive(Debug, Deserialize)]
struct Structure {
    fields: BTreeMap<String, Shape>,
    #[serde(default)]
    required: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Any,
    Number,
    Boolean,
    /// Also timestamps and bytes: both are texts in a state's result.
    Text,
    /// A text with limits.
    String(Limits),
    List(Box<Shape>),
    Map(Box<Shape>),
    Ref(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Limits {
    min: usize,
    max: Option<usize>,
    #[serde(rename = "enum")]
    values: Vec<String>,
}

/// Names that `aws-sdk` integrations have for services that optimised ones name otherwise.
const SDK_NAMES: [(&str, &str); 3] =
    [("sfn", "states"), ("eventbridge", "events"), ("bedrockruntime", "bedrock")];

fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        serde_json::from_str(include_str!("shapes.json")).expect("the test below reads it")
    })
}

/// Checks the result of an integration.
///
/// # Errors
/// The first thing that does not fit, in the words of the recordings `field_validation_mode*`.
pub(super) fn check(
    integration: &Integration,
    mode: ValidationMode,
    result: &Value,
) -> Result<(), TestStateError> {
    // What returns a task's token decides what the result is, no API.
    let called_back = integration.pattern == IntegrationPattern::WaitForTaskToken;
    if mode == ValidationMode::None || called_back {
        return Ok(());
    }
    let Some(structure) = operation(integration) else { return Ok(()) };
    structure.check(result, mode).map_err(|problem| {
        TestStateError::validation(format!("Mock result schema validation error: {problem}"))
    })
}

/// The structure an operation answers with; of a job that is waited for, that of the operation which polls it.
fn operation(integration: &Integration) -> Option<&'static Structure> {
    let model = model();
    let (service, resource) = (&*integration.resource_type, &*integration.resource);
    let exact = model.operations.get(&format!("{service}:{resource}"));
    let name = exact.or_else(|| {
        let service = service.strip_prefix("aws-sdk:")?;
        let known = SDK_NAMES.iter().find(|(sdk, _)| *sdk == service);
        let service = known.map_or(service, |(_, name)| name);
        model.operations.get(&format!("{service}:{resource}"))
    })?;
    model.shapes.get(name)
}

impl Structure {
    fn check(&self, value: &Value, mode: ValidationMode) -> Result<(), String> {
        let Value::Object(object) = value else {
            // Not recorded.
            return Err("the result must be an object".to_owned());
        };
        if mode == ValidationMode::Strict {
            let missing = self.required.iter().find(|field| !object.contains_key(*field));
            if let Some(field) = missing {
                return Err(format!("Required field '{field}' is missing"));
            }
        }
        // Fields the model does not have are taken in every mode (recording
        // `strict_mode_mock_result_field_not_in_api_spec`), also those in another case.
        for (field, value) in object {
            if let Some(shape) = self.fields.get(field) {
                shape.check(field, value, mode)?;
            }
        }
        Ok(())
    }
}

impl Shape {
    /// Checks a value; `field` is the nearest field it is in.
    fn check(&self, field: &str, value: &Value, mode: ValidationMode) -> Result<(), String> {
        let must_be = |what: &str| Err(format!("Field '{field}' must be {what}"));
        match (self, value) {
            (Self::Any, _)
            | (Self::Text, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Boolean, Value::Bool(_)) => Ok(()),
            (Self::Number, _) => must_be("a number"),
            (Self::Boolean, _) => must_be("a boolean"),
            (Self::String(limits), Value::String(value)) => limits.check(field, value),
            (Self::Text | Self::String(_), _) => must_be("a string"),
            (Self::List(shape), Value::Array(items)) => {
                items.iter().try_for_each(|item| shape.check(field, item, mode))
            }
            (Self::List(_), _) => must_be("an array"),
            (Self::Map(shape), Value::Object(object)) => {
                object.values().try_for_each(|value| shape.check(field, value, mode))
            }
            (Self::Ref(name), Value::Object(_)) => match model().shapes.get(name) {
                Some(structure) => structure.check(value, mode),
                None => Ok(()),
            },
            (Self::Map(_) | Self::Ref(_), _) => must_be("an object"),
        }
    }
}

impl Limits {
    fn check(&self, field: &str, value: &str) -> Result<(), String> {
        let length = value.chars().count();
        if length < self.min {
            return Err(format!("Field '{field}' is smaller than the minimum length"));
        }
        if self.max.is_some_and(|max| length > max) {
            // After the pattern of the other; not recorded.
            return Err(format!("Field '{field}' is larger than the maximum length"));
        }
        if !self.values.is_empty() && !self.values.iter().any(|known| known == value) {
            return Err(format!("Field '{field}' is not an expected value"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_that_is_named_is_there() {
        fn named(shape: &Shape) -> Option<&str> {
            match shape {
                Shape::List(shape) | Shape::Map(shape) => named(shape),
                Shape::Ref(name) => Some(name),
                _ => None,
            }
        }
        let model = model();
        let fields = model.shapes.values().flat_map(|structure| structure.fields.values());
        let names = fields.filter_map(named).chain(model.operations.values().map(String::as_str));
        for name in names {
            assert!(model.shapes.contains_key(name), "{name}");
        }
    }
}
