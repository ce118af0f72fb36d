//! Filters: `[?(@.a > 1 && @.b in ['x'])]`.

use std::cmp::Ordering;
use std::sync::Arc;

use regex_lite::Regex;
use serde_json::Value;

use super::evaluate::find_all;
use super::parse::{Cursor, segments};
use super::{PathSyntaxError, Segment};

/// Parentheses and negations may nest this deep; our own guard.
const NESTING_MAX: usize = 32;

/// A filter's condition.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    Exists(Side),
    Compare(Side, Operator, Side),
}

/// One side of a comparison.
#[derive(Debug, Clone)]
pub(super) enum Side {
    /// `@.path`, from the item.
    Path(Vec<Segment>),
    /// `$.path`, from the document.
    Root(Vec<Segment>),
    Literal(Value),
    Pattern(Arc<Regex>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Matches,
    In,
    NotIn,
    SubsetOf,
    AnyOf,
    NoneOf,
    Size,
    Empty,
    Contains,
}

/// Longer spellings first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, Operator); 15] = [
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
    ("size", Operator::Size),
    ("empty", Operator::Empty),
];

/// Parses what stands between `?(` and `)`.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Filter, PathSyntaxError> {
    let filter = either(cursor, NESTING_MAX)?;
    cursor.skip_blanks();
    Ok(filter)
}

fn either(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, PathSyntaxError> {
    let mut any = vec![both(cursor, depth)?];
    loop {
        cursor.skip_blanks();
        if !cursor.take("||") {
            break;
        }
        any.push(both(cursor, depth)?);
    }
    Ok(if any.len() == 1 { any.remove(0) } else { Filter::Or(any) })
}

fn both(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, PathSyntaxError> {
    let mut all = vec![one(cursor, depth)?];
    loop {
        cursor.skip_blanks();
        if !cursor.take("&&") {
            break;
        }
        all.push(one(cursor, depth)?);
    }
    Ok(if all.len() == 1 { all.remove(0) } else { Filter::And(all) })
}

fn one(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, PathSyntaxError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(cursor.error(format!("filter nests deeper than {NESTING_MAX} levels")));
    };
    cursor.skip_blanks();
    if cursor.take("!") {
        return one(cursor, depth).map(|inner| Filter::Not(Box::new(inner)));
    }
    if cursor.take("(") {
        let inner = either(cursor, depth)?;
        cursor.skip_blanks();
        cursor.expect(")")?;
        return Ok(inner);
    }
    let left = side(cursor)?;
    cursor.skip_blanks();
    let Some((_, operator)) = OPERATORS.iter().find(|(text, _)| cursor.take(text)) else {
        return match left {
            Side::Path(_) | Side::Root(_) => Ok(Filter::Exists(left)),
            _ => Err(cursor.error("expected an operator")),
        };
    };
    cursor.skip_blanks();
    let right = side(cursor)?;
    Ok(Filter::Compare(left, *operator, right))
}

fn side(cursor: &mut Cursor<'_>) -> Result<Side, PathSyntaxError> {
    match cursor.peek() {
        Some(origin @ ('@' | '$')) => {
            cursor.next();
            let (path, function) = segments(cursor)?;
            match function {
                None if origin == '@' => Ok(Side::Path(path)),
                None => Ok(Side::Root(path)),
                Some(_) => Err(cursor.error("functions are not supported inside a filter")),
            }
        }
        Some('\'' | '"') => cursor.quoted().map(|text| Side::Literal(text.into())),
        Some('/') => pattern(cursor),
        Some('[') => list(cursor),
        Some(_) => literal(cursor),
        None => Err(cursor.error("expected a path from `@` or a value, found the end")),
    }
}

fn list(cursor: &mut Cursor<'_>) -> Result<Side, PathSyntaxError> {
    cursor.next();
    let mut items = Vec::new();
    loop {
        cursor.skip_blanks();
        if cursor.take("]") {
            return Ok(Side::Literal(Value::Array(items)));
        }
        let item = match cursor.peek() {
            Some('\'' | '"') => cursor.quoted()?.into(),
            _ => match literal(cursor)? {
                Side::Literal(value) => value,
                _ => unreachable!("a literal is a literal"),
            },
        };
        items.push(item);
        cursor.skip_blanks();
        if !cursor.take(",") && cursor.peek() != Some(']') {
            return Err(cursor.error("expected `,` or `]`"));
        }
    }
}

/// A number, `true`, `false` or `null`.
fn literal(cursor: &mut Cursor<'_>) -> Result<Side, PathSyntaxError> {
    let word =
        cursor.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.' | '_'));
    match serde_json::from_str::<Value>(word) {
        Ok(value) if !word.is_empty() => Ok(Side::Literal(value)),
        _ => Err(cursor.error("expected a path from `@`, a number, a text in quotes or a pattern")),
    }
}

/// `/pattern/` with an optional `i`. The engine behind it takes linear time whatever the pattern.
fn pattern(cursor: &mut Cursor<'_>) -> Result<Side, PathSyntaxError> {
    cursor.next();
    let mut source = String::new();
    loop {
        match cursor.next() {
            None => return Err(cursor.error("unfinished pattern")),
            Some('/') => break,
            Some('\\') if cursor.peek() == Some('/') => {
                cursor.next();
                source.push('/');
            }
            Some('\\') => {
                source.push('\\');
                source.extend(cursor.next());
            }
            Some(other) => source.push(other),
        }
    }
    let flags = cursor.take_while(|c| c.is_ascii_alphabetic());
    // Jayway asks whether the whole text matches.
    let flags = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
    Regex::new(&format!("^(?:{flags}{source})$"))
        .map(|regex| Side::Pattern(Arc::new(regex)))
        .map_err(|error| cursor.error(format!("pattern is not usable: {error}")))
}

impl Filter {
    /// Whether an item of the document passes.
    pub(super) fn accepts(&self, item: &Value, document: &Value) -> bool {
        match self {
            Self::Or(any) => any.iter().any(|filter| filter.accepts(item, document)),
            Self::And(all) => all.iter().all(|filter| filter.accepts(item, document)),
            Self::Not(inner) => !inner.accepts(item, document),
            Self::Exists(side) => !side.found(item, document).is_empty(),
            Self::Compare(left, operator, right) => {
                let [left_value, right_value] =
                    [left, right].map(|side| side.value(item, document));
                compare(left_value, *operator, right, right_value)
            }
        }
    }
}

impl Side {
    /// What a path finds; nothing for a value.
    fn found<'a>(&self, item: &'a Value, document: &'a Value) -> Vec<&'a Value> {
        let found = match self {
            Self::Path(path) => find_all(path, item, document, false),
            Self::Root(path) => find_all(path, document, document, false),
            Self::Literal(_) | Self::Pattern(_) => Ok(Vec::new()),
        };
        found.unwrap_or_default()
    }

    fn value(&self, item: &Value, document: &Value) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value.clone()),
            Self::Pattern(_) => None,
            Self::Path(path) | Self::Root(path) => {
                let definite =
                    path.iter().all(|s| matches!(s, Segment::Name(_) | Segment::Index(_)));
                let mut found = self.found(item, document).into_iter().cloned();
                if definite { found.next() } else { Some(Value::Array(found.collect())) }
            }
        }
    }
}

fn compare(
    left: Option<Value>,
    operator: Operator,
    right_side: &Side,
    right: Option<Value>,
) -> bool {
    if operator == Operator::Matches {
        return match (left, right_side) {
            (Some(Value::String(text)), Side::Pattern(regex)) => regex.is_match(&text),
            _ => false,
        };
    }
    match operator {
        // A path that finds nothing equals nothing, not even null.
        Operator::Equal => left.is_some() && equal(left.as_ref(), right.as_ref()),
        Operator::NotEqual => !equal(left.as_ref(), right.as_ref()),
        _ => match (left, right) {
            (Some(left), Some(right)) => relate(&left, operator, &right),
            _ => false,
        },
    }
}

fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => same(left, right),
        (None, None) => true,
        _ => false,
    }
}

/// Numbers are equal by value: 1 is 1.0.
fn same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left_number), Some(right_number)) => left == right || left_number == right_number,
        _ => left == right,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn relate(left: &Value, operator: Operator, right: &Value) -> bool {
    let has = |items: &Value, value: &Value| {
        items.as_array().is_some_and(|items| items.iter().any(|item| same(item, value)))
    };
    let size = |value: &Value| match value {
        Value::Array(items) => Some(items.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    };
    let all = |left: &Value, wanted: bool, any: bool| {
        left.as_array().is_some_and(|items| {
            if any {
                items.iter().any(|item| has(right, item) == wanted)
            } else {
                items.iter().all(|item| has(right, item) == wanted)
            }
        })
    };
    match operator {
        Operator::Less => order(left, right).is_some_and(Ordering::is_lt),
        Operator::LessEqual => order(left, right).is_some_and(Ordering::is_le),
        Operator::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Operator::GreaterEqual => order(left, right).is_some_and(Ordering::is_ge),
        Operator::In => has(right, left),
        Operator::NotIn => !has(right, left),
        Operator::SubsetOf => all(left, true, false),
        Operator::AnyOf => all(left, true, true),
        Operator::NoneOf => all(left, false, false),
        Operator::Size => size(left).is_some_and(|size| right.as_u64() == Some(size as u64)),
        Operator::Empty => size(left).is_some_and(|size| right.as_bool() == Some(size == 0)),
        Operator::Contains => match (left, right) {
            (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
            _ => has(left, right),
        },
        Operator::Equal | Operator::NotEqual | Operator::Matches => false,
    }
}
