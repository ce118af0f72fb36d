//! How a filter compares two values.

use std::cmp::Ordering;

use serde_json::Value;

use super::parse::Cursor;

/// What may stand between two sides of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    SameEqual,
    SameNotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Matches,
    In,
    NotIn,
    All,
    SubsetOf,
    AnyOf,
    NoneOf,
    Size,
    Empty,
    Contains,
}

/// Longer spellings first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, Operator); 18] = [
    ("===", Operator::SameEqual),
    ("!==", Operator::SameNotEqual),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessEqual),
    (">=", Operator::GreaterEqual),
    ("=~", Operator::Matches),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("subsetof", Operator::SubsetOf),
    ("anyof", Operator::AnyOf),
    ("noneof", Operator::NoneOf),
    ("contains", Operator::Contains),
    ("nin", Operator::NotIn),
    ("in", Operator::In),
    ("all", Operator::All),
    ("size", Operator::Size),
    ("empty", Operator::Empty),
];

impl Operator {
    /// Takes an operator if one comes next; words in any case.
    pub(super) fn take(cursor: &mut Cursor<'_>) -> Option<Self> {
        let (text, operator) = OPERATORS.iter().find(|(text, _)| {
            cursor.rest().get(..text.len()).is_some_and(|next| next.eq_ignore_ascii_case(text))
        })?;
        cursor.at += text.len();
        Some(*operator)
    }
}

/// Whether the operator holds; `None` is a path that finds nothing.
pub(super) fn compare(left: Option<&Value>, operator: Operator, right: Option<&Value>) -> bool {
    // A path that finds nothing equals nothing, not even null.
    let equal = || matches!((left, right), (Some(left), Some(right)) if same(left, right));
    let same_class = || match (left, right) {
        (Some(left), Some(right)) => std::mem::discriminant(left) == std::mem::discriminant(right),
        _ => false,
    };
    match (operator, left, right) {
        (Operator::Equal, ..) => equal(),
        (Operator::NotEqual, ..) => !equal(),
        (Operator::SameEqual, ..) => same_class() && equal(),
        (Operator::SameNotEqual, ..) => !(same_class() && equal()),
        (Operator::NotIn, None, Some(Value::Array(_))) => true,
        (_, Some(left), Some(right)) => relate(left, operator, right),
        _ => false,
    }
}

/// Numbers are equal by value, also to a text that holds one; a text equals a number printed alike.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Number(_), Value::String(text)) => text.parse::<f64>().ok() == left.as_f64(),
        (Value::String(text), Value::Number(number)) => *text == number.to_string(),
        _ => left == right,
    }
}

/// A number and a text are compared as texts.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::String(text), Value::Number(number)) => Some(text.cmp(&number.to_string())),
        (Value::Number(number), Value::String(text)) => Some(number.to_string().cmp(text)),
        _ => None,
    }
}

fn relate(left: &Value, operator: Operator, right: &Value) -> bool {
    let has = |items: &Value, value: &Value| {
        items.as_array().is_some_and(|items| items.iter().any(|item| same(item, value)))
    };
    let lists = || Some((left.as_array()?, right.as_array()?));
    match operator {
        Operator::Less => order(left, right).is_some_and(Ordering::is_lt),
        Operator::LessEqual => order(left, right).is_some_and(Ordering::is_le),
        Operator::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Operator::GreaterEqual => order(left, right).is_some_and(Ordering::is_ge),
        Operator::In => has(right, left),
        Operator::NotIn => right.is_array() && !has(right, left),
        Operator::All => {
            lists().is_some_and(|(_, wanted)| wanted.iter().all(|item| has(left, item)))
        }
        Operator::SubsetOf => {
            lists().is_some_and(|(items, _)| items.iter().all(|item| has(right, item)))
        }
        Operator::AnyOf => {
            lists().is_some_and(|(items, _)| items.iter().any(|item| has(right, item)))
        }
        Operator::NoneOf => {
            lists().is_some_and(|(items, _)| !items.iter().any(|item| has(right, item)))
        }
        Operator::Size => size(left).is_some_and(|size| right.as_u64() == Some(size as u64)),
        Operator::Empty => match left {
            Value::Object(map) => right.as_bool() == Some(map.is_empty()),
            _ => size(left).is_some_and(|size| right.as_bool() == Some(size == 0)),
        },
        Operator::Contains => match (left, right) {
            (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
            _ => has(left, right),
        },
        _ => false,
    }
}

/// Elements of an array; a text counts in Java's characters.
fn size(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::String(text) => Some(text.encode_utf16().count()),
        _ => None,
    }
}
