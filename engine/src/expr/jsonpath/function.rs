//! The functions a path may end in: `$.numbers.sum()`, `$.concat($.a, "-", $.b)`.
//!
//! They are Jayway's. Whether today's AWS runs them all is not recorded; in 2018 it ran none.

use std::borrow::Cow;

use serde_json::Value;

use super::Segment;
use super::evaluate::{Evaluation, is_definite};
use super::fault::Fault;

/// A call at the end of a path.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) function: Function,
    pub(super) arguments: Vec<Argument>,
}

/// An argument: JSON, or a path from the document.
#[derive(Debug, Clone)]
pub(super) enum Argument {
    Literal(Value),
    Path(Vec<Segment>),
}

/// A function a path may end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Length,
    Min,
    Max,
    Avg,
    Sum,
    StdDev,
    Keys,
    First,
    Last,
    Index,
    Concat,
    Append,
}

impl Function {
    const NAMES: [(&str, Self); 13] = [
        ("length", Self::Length),
        ("size", Self::Length),
        ("min", Self::Min),
        ("max", Self::Max),
        ("avg", Self::Avg),
        ("sum", Self::Sum),
        ("stddev", Self::StdDev),
        ("keys", Self::Keys),
        ("first", Self::First),
        ("last", Self::Last),
        ("index", Self::Index),
        ("concat", Self::Concat),
        ("append", Self::Append),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }
}

/// Calls a function on what the path before it finds.
pub(super) fn call(
    call: &Call,
    value: &Value,
    evaluation: &Evaluation<'_>,
) -> Result<Value, Fault> {
    let arguments = call
        .arguments
        .iter()
        .map(|argument| argument.value(evaluation))
        .collect::<Result<Vec<_>, _>>()?;
    let copied = matches!(call.function, Function::Concat | Function::Append);
    let given = arguments.iter().map(|argument| &**argument);
    if copied && !evaluation.pay_for_copies(given.chain([value])) {
        return Err(Fault::TooMuch);
    }
    let items = value.as_array().map(Vec::as_slice);
    match call.function {
        Function::Length => Ok(match value {
            Value::Array(items) => items.len().into(),
            Value::Object(map) => map.len().into(),
            _ => Value::Null,
        }),
        Function::Keys => Ok(match value {
            Value::Object(map) => map.keys().cloned().map(Value::String).collect(),
            _ => Value::Null,
        }),
        Function::First => at(items, 0),
        Function::Last => at(items, -1),
        Function::Index => match arguments.first().and_then(|index| index.as_i64()) {
            Some(index) => at(items, index),
            None => Err(Fault::Invalid("index() takes a whole number".to_owned())),
        },
        Function::Concat => Ok(concat(items.unwrap_or_default(), &arguments).into()),
        Function::Append => {
            let added = arguments.into_iter().map(Cow::into_owned);
            Ok(items.unwrap_or_default().iter().cloned().chain(added).collect())
        }
        aggregate => aggregated(aggregate, &numbers(items.unwrap_or_default(), &arguments)),
    }
}

impl Argument {
    fn value<'a>(&'a self, evaluation: &Evaluation<'a>) -> Result<Cow<'a, Value>, Fault> {
        match self {
            Self::Literal(value) => Ok(Cow::Borrowed(value)),
            Self::Path(path) if is_definite(path) => evaluation.definite(path, evaluation.document),
            Self::Path(path) => evaluation
                .find_all(path, evaluation.document)
                .and_then(|found| evaluation.copied(found))
                .map(Cow::Owned),
        }
    }
}

fn at(items: Option<&[Value]>, index: i64) -> Result<Value, Fault> {
    let items = items.ok_or_else(|| Fault::Invalid("the path finds no array".to_owned()))?;
    let place = if index < 0 { index + items.len() as i64 } else { index };
    let found = usize::try_from(place).ok().and_then(|place| items.get(place));
    found.cloned().ok_or_else(|| Fault::NotFound("the array has no such element".to_owned()))
}

/// The texts of the array and of the arguments, one after the other.
fn concat(items: &[Value], arguments: &[Cow<'_, Value>]) -> String {
    let given = arguments.iter().map(|argument| &**argument);
    let mut text = String::new();
    for value in items.iter().filter(|item| item.is_string()).chain(given) {
        match value {
            Value::String(part) => text.push_str(part),
            Value::Array(parts) => text.extend(parts.iter().filter_map(Value::as_str)),
            other => text.push_str(&other.to_string()),
        }
    }
    text
}

fn numbers(items: &[Value], arguments: &[Cow<'_, Value>]) -> Vec<f64> {
    let given = arguments.iter().flat_map(|argument| match &**argument {
        Value::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    });
    items.iter().chain(given).filter_map(Value::as_f64).collect()
}

/// The result is a double, whatever the numbers were.
fn aggregated(function: Function, numbers: &[f64]) -> Result<Value, Fault> {
    if numbers.is_empty() {
        // Jayway's own words.
        let text = "Aggregation function attempted to calculate value using empty array";
        return Err(Fault::Invalid(text.to_owned()));
    }
    let count = numbers.len() as f64;
    let sum: f64 = numbers.iter().sum();
    let mean = sum / count;
    Ok(Value::from(match function {
        Function::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
        Function::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Function::Avg => mean,
        Function::StdDev => {
            (numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt()
        }
        _ => sum,
    }))
}
