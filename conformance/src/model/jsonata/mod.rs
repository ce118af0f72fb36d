//! The part of JSONata that the model evaluates: paths, predicates, operators, constructors, and functions of
//! values (docs.jsonata.org; AWS guide, "Transforming data with JSONata").
//!
//! A value may be undefined. A sequence that a path or predicate finds is nothing, its only item, or an array of
//! its items; an array that is data stays as it is.

mod evaluate;
mod functions;
mod number;
mod parse;

use std::borrow::Cow;

use serde_json::Value;

use super::failure::Result;
use super::scope::{Scope, States};

/// A value, or nothing.
pub(super) type Maybe = Option<Value>;

/// Evaluates an expression; `None` is undefined.
pub(crate) fn evaluate(
    expression: &str,
    scope: &Scope<'_>,
    states: States<'_>,
) -> Result<Option<Value>> {
    let node = parse::parse(expression)?;
    let mut members = Vec::new();
    if expression.contains("$states") {
        let given =
            [("input", states.input), ("result", states.result), ("errorOutput", states.error)];
        let given =
            given.into_iter().filter_map(|(name, value)| Some((name, Cow::Borrowed(value?))));
        members.extend(given);
        if expression.contains("context") {
            members.push(("context", Cow::Owned(scope.context())));
        }
    }
    let mut evaluation =
        evaluate::Evaluation { states: members, variables: scope.variables, bound: Vec::new() };
    let mut value = evaluation.evaluate(&node, None)?;
    if let Some(value) = &mut value {
        number::plain(value);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::failure::Stop;

    /// What an expression gives of `$states.input`; `None` when it fails or is undefined.
    fn of(expression: &str, input: &Value) -> Maybe {
        let node = parse::parse(expression).expect("the model reads it");
        let mut evaluation = evaluate::Evaluation {
            states: vec![("input", Cow::Borrowed(input))],
            variables: &[("v".to_owned(), json!([1, 2]))].into(),
            bound: Vec::new(),
        };
        match evaluation.evaluate(&node, None) {
            Ok(value) => value,
            Err(Stop::Failed(_)) => None,
            Err(Stop::Unknown(reason)) => panic!("{expression}: {reason}"),
        }
    }

    /// As docs.jsonata.org has it: simple and complex queries, predicates, operators, construction.
    #[test]
    fn the_documented_examples() {
        let input = json!({
            "Surname": "Smith",
            "Phone": [
                {"type": "home", "number": "0203"},
                {"type": "office", "number": "0196"},
                {"type": "office", "number": "0170"},
            ],
            "Numbers": [1, 2.4, 3.5, 10],
            "one": [5],
        });
        for (expression, expected) in [
            ("$states.input.Surname", json!("Smith")),
            ("$states.input.Phone[0].number", json!("0203")),
            ("$states.input.Phone[-1].type", json!("office")),
            ("$states.input.Phone.number", json!(["0203", "0196", "0170"])),
            ("$states.input.Phone[type='home'].number", json!("0203")),
            ("$states.input.Phone[type='office'].number", json!(["0196", "0170"])),
            ("$states.input.one", json!([5])),
            ("$states.input.Numbers[0] + $states.input.Numbers[3] * 2", json!(21)),
            ("\"a\" & 1 & true & null & $states.input.missing", json!("a1truenull")),
            ("[1..3, $v]", json!([1, 2, 3, 1, 2])),
            ("{\"n\": $count($states.input.Phone), \"x\": $states.input.missing}", json!({"n": 3})),
            ("\"0196\" in $states.input.Phone.number ? \"yes\" : \"no\"", json!("yes")),
            ("$sum($states.input.Numbers)", json!(16.9)),
            ("($x := 2; $x * $x)", json!(4)),
            ("$merge([{\"a\": 1}, {\"a\": 2, \"b\": 3}])", json!({"a": 2, "b": 3})),
            ("$not($exists($states.input.missing))", json!(true)),
            ("$string({\"a\": [1, \"b\"]})", json!("{\"a\":[1,\"b\"]}")),
            ("-(3 - 5) % 4", json!(2)),
            ("1 = 1.0 and \"a\" < \"b\"", json!(true)),
        ] {
            assert_eq!(of(expression, &input), Some(expected), "{expression}");
        }
        for nothing in ["$states.input.missing", "$states.input.Phone[9]", "1 < \"a\"", "1 + \"a\""]
        {
            assert_eq!(of(nothing, &input), None, "{nothing}");
        }
    }
}
