//! Intrinsic functions.

use serde_json::{Value, json};
use stepclock_engine::expr::Intrinsic;

use crate::expression::{check_offset, parts, scoped};

/// A call and the JSON its paths look at.
///
/// # Panics
/// When a rule is broken.
pub fn intrinsics(data: &[u8]) {
    let Some((source, input)) = parts(data) else { return };
    match Intrinsic::parse(source) {
        Err(error) => check_offset(source, error.offset, &error.message),
        Ok(call) => {
            assert_eq!(call.source(), source);
            let result = scoped(&input, |scope| call.evaluate(scope));
            let again = scoped(&input, |scope| call.evaluate(scope));
            assert_eq!(result, again, "the same draws give the same result");
        }
    }
    laws(&input);
}

/// Evaluates a call that is written right; `None` when the functions refuse the values.
fn call(source: &str, input: &Value) -> Option<Value> {
    let call = Intrinsic::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    scoped(input, |scope| call.evaluate(scope)).ok()
}

/// Functions that undo each other, and what must hold of the others whatever the value.
fn laws(value: &Value) {
    let input = json!({"x": value});
    let there_and_back = call("States.StringToJson(States.JsonToString($.x))", &input);
    assert_eq!(there_and_back.as_ref(), Some(value), "JSON text and back");
    if let Some(text) = value.as_str() {
        let back = call("States.Base64Decode(States.Base64Encode($.x))", &input);
        assert!(back.is_none_or(|back| back == text), "Base64 and back");
        let shown = call("States.Format('{}', $.x)", &input);
        assert_eq!(shown, Some(value.clone()), "a text prints as itself");
    }
    let Some(items) = value.as_array() else { return };
    assert_eq!(call("States.ArrayLength($.x)", &input), Some(items.len().into()));
    let chunks = call("States.ArrayPartition($.x, 3)", &input).expect("takes any array");
    let joined: Vec<Value> = chunks
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
        .cloned()
        .collect();
    assert_eq!(&joined, items, "the parts make the whole");
    let unique = call("States.ArrayUnique($.x)", &input).expect("takes any array");
    let kept = unique.as_array().expect("is an array");
    assert!(kept.len() <= items.len() && kept.iter().all(|item| items.contains(item)));
    // In another order, perhaps: that of a hash table, which depends on how many values go in.
    let input = json!({"x": unique});
    let again = call("States.ArrayUnique($.x)", &input).expect("takes any array");
    assert_eq!(again.as_array().map(Vec::len), Some(kept.len()), "once is enough");
}
