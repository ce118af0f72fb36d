//! Paths and reference paths.

use serde_json::Value;
use stepclock_engine::expr::{JsonPath, ReferencePath};

use crate::expression::{check_offset, parts, scoped};

/// A path and the JSON it is evaluated on.
///
/// # Panics
/// When a rule is broken.
pub fn jsonpath(data: &[u8]) {
    let Some((source, input)) = parts(data) else { return };
    match JsonPath::parse(source) {
        Err(error) => {
            check_offset(source, error.offset, &error.message);
            assert!(ReferencePath::parse(source).is_err(), "a reference path is a path");
        }
        Ok(path) => {
            assert_eq!(path.source(), source);
            evaluate(&path, &input);
            if let Ok(reference) = ReferencePath::parse(source) {
                assert!(path.is_definite() && !path.has_function() && !path.has_filter());
                put_and_get(&path, &reference, &input);
            }
        }
    }
}

/// Every way to evaluate a path finds the same, time and again.
fn evaluate(path: &JsonPath, input: &Value) {
    scoped(input, |scope| {
        let found = path.evaluate(scope);
        assert_eq!(found, path.evaluate(scope), "two evaluations differ");
        let in_template = path.evaluate_template(scope, "x.$");
        assert_eq!(found.as_ref().ok(), in_template.as_ref().ok());
        let _ = path.evaluate_reference(scope);
        let there = path.find(scope);
        if let (Ok(found), Some(there)) = (&found, &there)
            && !path.has_function()
            && !path.has_filter()
        {
            assert_eq!(found, there, "a rule finds something else");
        }
        if let (Ok(found), false, false) = (&found, path.is_definite(), path.has_function()) {
            assert!(found.is_array(), "a path to many places gives an array");
        }
    });
}

/// What is put at a place is found there, and nothing else has changed.
fn put_and_get(path: &JsonPath, reference: &ReferencePath, input: &Value) {
    let marker = Value::from("put here");
    let before = input.clone();
    let Ok(output) = reference.insert(before.clone(), marker.clone()) else { return };
    scoped(&output, |scope| {
        assert_eq!(path.find(scope).as_deref(), Some(&marker), "{} in {output}", path.source());
    });
    let again = reference.insert(output.clone(), marker).expect("the place is there now");
    assert_eq!(again, output, "putting twice is putting once");
}
