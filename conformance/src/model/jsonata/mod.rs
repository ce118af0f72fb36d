//! The part of JSONata that the model evaluates: paths, predicates, operators, constructors, and functions of
//! values (docs.jsonata.org; AWS guide, "Transforming data with JSONata").
//!
//! A value may be undefined. A sequence that a path or predicate finds is nothing, its only item, or an array of
//! its items; an array that is data stays as it is.

mod evaluate;
mod functions;
mod number;
mod parse;

use serde_json::{Map, Value};

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
    let mut bound = Map::new();
    let mut bind = |name: &str, value: Option<&Value>| {
        if let Some(value) = value {
            bound.insert(name.to_owned(), value.clone());
        }
    };
    if expression.contains("$states") {
        bind("input", states.input);
        bind("result", states.result);
        bind("errorOutput", states.error);
        if expression.contains("context") {
            bind("context", Some(&scope.context()));
        }
    }
    let mut evaluation = evaluate::Evaluation {
        states: Value::Object(bound),
        variables: scope.variables,
        bound: Vec::new(),
    };
    evaluation.evaluate(&node, None)
}
