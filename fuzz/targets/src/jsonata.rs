//! JSONata.

use std::sync::Arc;

use stepclock_engine::data::{Payload, PayloadError};
use stepclock_engine::expr::{ErrorName, Jsonata};
use stepclock_engine::limits;

use crate::expression::{check_offset, parts, scoped};

/// An expression and the JSON that is `$states.input`.
///
/// # Panics
/// When a rule is broken.
pub fn jsonata(data: &[u8]) {
    let Some((source, input)) = parts(data) else { return };
    let program = match Jsonata::compile(source) {
        Err(error) => {
            check_offset(source, error.offset, &error.message);
            return;
        }
        Ok(program) => program,
    };
    assert_eq!(program.source(), source.trim());
    let references = program.references();
    let places = references.top_level_names.iter().chain(&references.states_fields);
    for offset in places.map(|(_, offset)| *offset).chain(references.double_dollar) {
        assert!(source.is_char_boundary(offset), "a reference at {offset}, outside the text");
    }
    let field: Arc<str> = "Output".into();
    let evaluate = || scoped(&input, |scope| program.evaluate(scope, &field));
    let result = evaluate();
    assert_eq!(result, evaluate(), "the same draws give the same result");
    match result {
        Ok(value) => match Payload::computed(value) {
            Ok(payload) => {
                let bytes = payload.size_bytes();
                assert!(bytes <= 2 * limits::JSONATA_VALUE_BYTES_MAX, "a result of {bytes} bytes");
            }
            Err(PayloadError::TooDeep) => {}
            Err(error) => panic!("{error}"),
        },
        Err(error) => assert_eq!(error.name, ErrorName::QueryEvaluation, "{error}"),
    }
}
