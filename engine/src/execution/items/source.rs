//! Items from state data: `ItemsPath`, `Items`, or the whole input.

use std::sync::Arc;

use serde_json::Value;

use super::Item;
use crate::asl::{ItemsSource, MapMode, QueryLanguage, State};
use crate::data::Payload;
use crate::expr::{ExprError, Expression, Scope, Template, jsonata};

/// The items of a Map state without an ItemReader.
pub(in crate::execution) fn state_items(
    source: &ItemsSource,
    effective_input: &Value,
    scope: &Scope<'_>,
    mode: MapMode,
    state: &State,
) -> Result<Vec<Item>, ExprError> {
    let value = match source {
        ItemsSource::Input => effective_input.clone(),
        ItemsSource::Path(path) => path.evaluate_reference(scope)?.into_owned(),
        ItemsSource::Items(template) => template.evaluate(scope)?,
    };
    // The developer guide's page on the context object; an inline Map has no source.
    let source_name: Option<Arc<str>> =
        matches!(mode, MapMode::Distributed(_)).then(|| Arc::from("STATE_DATA"));
    let item = |key, value| Item { key, value: Payload::new(value), source: source_name.clone() };
    match value {
        Value::Array(items) => Ok(items.into_iter().map(|value| item(None, value)).collect()),
        // A distributed Map also takes an object, whose items are its keys and values.
        Value::Object(map) if matches!(mode, MapMode::Distributed(_)) => {
            Ok(map.into_iter().map(|(key, value)| item(Some(key.into()), value)).collect())
        }
        other => Err(not_iterable(source, state, &other)),
    }
}

fn not_iterable(source: &ItemsSource, state: &State, value: &Value) -> ExprError {
    match source {
        ItemsSource::Items(Template::Expression(located)) => match &located.item {
            // Recordings `map_state_items_eval_jsonata_fail`.
            Expression::Jsonata(expression) => {
                jsonata::unexpected_type(expression.source(), &located.field, "array", value)
            }
            _ => must_be_array(value),
        },
        ItemsSource::Path(path) => points_elsewhere(path.source()),
        // Recordings `map_state_items_input_types`.
        _ if state.query_language == QueryLanguage::Jsonata => must_be_array(value),
        _ => points_elsewhere("$"),
    }
}

fn must_be_array(value: &Value) -> ExprError {
    ExprError::query(format!("Map state input must be an array but was: {value}"), None)
}

/// As AWS's users report it; a recording would settle it.
fn points_elsewhere(path: &str) -> ExprError {
    ExprError::runtime(format!("Reference path \"{path}\" must point to array."))
}
