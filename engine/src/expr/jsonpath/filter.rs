//! Filters: `[?(@.a > 1 && @.b in ['x'])]`.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::compare::{Operator, compare};
use super::evaluate::{Evaluation, is_definite};
use super::function::{self, Call};
use super::parse::{Cursor, segments};
use super::pattern::Pattern;
use super::{PathSyntaxError, Segment};

/// Parentheses and negations may nest this deep; our own guard.
const NESTING_MAX: usize = 32;

/// A filter's condition.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    Exists(Path),
    Compare(Side, Operator, Side),
}

/// One side of a comparison.
#[derive(Debug, Clone)]
pub(super) enum Side {
    /// A path from the item or the document.
    Path(Path),
    Literal(Value),
    Pattern(Arc<Pattern>),
}

/// A path inside a filter.
#[derive(Debug, Clone)]
pub(super) struct Path {
    /// `$`: from the document; else `@`, from the item.
    from_document: bool,
    segments: Vec<Segment>,
    function: Option<Call>,
}

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
    let Some(operator) = Operator::take(cursor) else {
        return match left {
            Side::Path(path) => Ok(Filter::Exists(path)),
            _ => Err(cursor.error("expected an operator")),
        };
    };
    cursor.skip_blanks();
    let right = side(cursor)?;
    Ok(Filter::Compare(left, operator, right))
}

fn side(cursor: &mut Cursor<'_>) -> Result<Side, PathSyntaxError> {
    match cursor.peek() {
        Some(origin @ ('@' | '$')) => {
            cursor.next();
            let (segments, function) = segments(cursor)?;
            Ok(Side::Path(Path { from_document: origin == '$', segments, function }))
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

/// `/pattern/` with an optional `i`.
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
    match Pattern::compile(&source, flags) {
        Ok(pattern) if cursor.pay_for_pattern(pattern.bytes_max) => {
            Ok(Side::Pattern(Arc::new(pattern)))
        }
        Ok(_) => Err(cursor.error("the patterns of the path are too large together")),
        Err(error) => Err(cursor.error(format!("pattern is not usable: {error}"))),
    }
}

impl Filter {
    /// Whether an item of the document passes.
    pub(super) fn accepts<'a>(&'a self, item: &'a Value, evaluation: &Evaluation<'a>) -> bool {
        match self {
            Self::Or(any) => any.iter().any(|filter| filter.accepts(item, evaluation)),
            Self::And(all) => all.iter().all(|filter| filter.accepts(item, evaluation)),
            Self::Not(inner) => !inner.accepts(item, evaluation),
            Self::Exists(path) => path.value(item, evaluation).is_some_and(|found| {
                path.is_definite() || found.as_array().is_none_or(|found| !found.is_empty())
            }),
            Self::Compare(left, operator, Side::Pattern(pattern))
            | Self::Compare(Side::Pattern(pattern), operator, left) => {
                *operator == Operator::Matches
                    && left
                        .value(item, evaluation)
                        .is_some_and(|value| pattern.matches(&value, evaluation))
            }
            Self::Compare(left, operator, right) => {
                let left = left.value(item, evaluation);
                let right = right.value(item, evaluation);
                let (left, right) = (left.as_deref(), right.as_deref());
                pay(left, right, evaluation) && compare(left, *operator, right)
            }
        }
    }
}

/// Pays for a comparison, which may look at every element of one side for every element of the other.
fn pay(left: Option<&Value>, right: Option<&Value>, evaluation: &Evaluation<'_>) -> bool {
    let items = |value: Option<&Value>| value.and_then(Value::as_array).map_or(1, Vec::len);
    let each = |value: Option<&Value>, times| {
        value.is_none_or(|value| evaluation.pay_for_comparisons(value, times))
    };
    each(left, items(right)) && each(right, items(left))
}

impl Side {
    fn value<'a>(&'a self, item: &'a Value, evaluation: &Evaluation<'a>) -> Option<Cow<'a, Value>> {
        match self {
            Self::Literal(value) => Some(Cow::Borrowed(value)),
            Self::Pattern(_) => None,
            Self::Path(path) => path.value(item, evaluation),
        }
    }
}

impl Path {
    fn is_definite(&self) -> bool {
        is_definite(&self.segments)
    }

    /// The value, or an array of the values; nothing when the path does not suit the data.
    fn value<'a>(&'a self, item: &'a Value, evaluation: &Evaluation<'a>) -> Option<Cow<'a, Value>> {
        let root = if self.from_document { evaluation.document } else { item };
        let found = if self.is_definite() {
            evaluation.definite(&self.segments, root).ok()?
        } else {
            let found = evaluation.find_all(&self.segments, root).ok()?;
            Cow::Owned(evaluation.copied(found).ok()?)
        };
        match &self.function {
            None => Some(found),
            Some(call) => function::call(call, &found, evaluation).ok().map(Cow::Owned),
        }
    }
}
