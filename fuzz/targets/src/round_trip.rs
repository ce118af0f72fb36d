//! Formats that are read and written: what was written is read as what it was.

use serde_json::Value;
use stepclock_conformance::case::Case;
use stepclock_engine::asl::{WorkflowType, compile, compile_yaml, yaml_to_json};
use stepclock_engine::data::{Payload, measure, parse_json};

/// A payload, a definition, or a case.
///
/// # Panics
/// When something is read back as something else.
pub fn round_trip(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    payload(text);
    yaml(text);
    case(text);
}

/// A payload keeps its text, and its compact text says the same.
fn payload(text: &str) {
    let Ok(payload) = Payload::parse(text) else { return };
    assert_eq!(payload.text(), text);
    assert_eq!(payload.size_bytes(), text.len());
    let value = payload.value();
    let compact = payload.compacted();
    assert_eq!(compact.value(), value);
    assert_eq!(compact.text(), value.to_string());
    assert_eq!(measure(value), Some(compact.text().len()), "the size of {value}");
    assert_eq!(parse_json(compact.text()).as_ref(), Ok(value), "{text}");
    let journal = serde_json::to_string(&payload).expect("prints");
    let back: Payload = serde_json::from_str(&journal).expect("is read back");
    assert_eq!(back.text(), text);
    assert_eq!(payload.into_value(), *back.value());
}

/// YAML that is read gives JSON that is read as the same value, and a definition that is the same.
fn yaml(text: &str) {
    let Ok(value) = yaml_to_json(text) else { return };
    let json = value.to_string();
    assert_eq!(parse_json(&json).as_ref(), Ok(&value), "{text}");
    let Some(definition) = compile_yaml(text, WorkflowType::Standard).definition else { return };
    assert_eq!(parse_json(&definition.source).as_ref(), Ok(&value));
    let again = compile(&definition.source, WorkflowType::Standard).definition;
    let again = again.expect("the JSON of an accepted definition is accepted");
    assert_eq!(again.source, definition.source);
}

/// A case that is printed is the same case.
fn case(text: &str) {
    let Ok(case) = serde_json::from_str::<Case>(text) else { return };
    let printed = case.to_text();
    let back: Case =
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
    let value = |case: &Case| serde_json::to_value(case).unwrap_or(Value::Null);
    assert_eq!(value(&back), value(&case));
}
