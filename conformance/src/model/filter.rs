//! Filters of JSONPath: `[?(@.a > 1 && @.b)]`.

use serde_json::Value;

use super::failure::{Result, unknown};
use super::opaque::{clear, same};
use super::path::{Beyond, Path, Reader, Root, Step};

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    Or(Box<Filter>, Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Exists(Vec<Step>),
    Compare(Operand, &'static str, Operand),
}

/// A side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// `@…`
    Here(Vec<Step>),
    Literal(Value),
}

/// Reads what follows `?`.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Filter> {
    reader.take("(").then_some(())?;
    let filter = any(reader)?;
    reader.blanks();
    reader.take(")").then_some(filter)
}

fn any(reader: &mut Reader<'_>) -> Option<Filter> {
    let mut left = every(reader)?;
    loop {
        reader.blanks();
        if !reader.take("||") {
            return Some(left);
        }
        left = Filter::Or(Box::new(left), Box::new(every(reader)?));
    }
}

fn every(reader: &mut Reader<'_>) -> Option<Filter> {
    let mut left = one(reader)?;
    loop {
        reader.blanks();
        if !reader.take("&&") {
            return Some(left);
        }
        left = Filter::And(Box::new(left), Box::new(one(reader)?));
    }
}

fn one(reader: &mut Reader<'_>) -> Option<Filter> {
    reader.blanks();
    if reader.take("!") {
        return Some(Filter::Not(Box::new(one(reader)?)));
    }
    if reader.take("(") {
        let inner = any(reader)?;
        reader.blanks();
        return reader.take(")").then_some(inner);
    }
    let left = operand(reader)?;
    reader.blanks();
    for operator in ["==", "!=", "<=", ">=", "<", ">"] {
        if reader.take(operator) {
            reader.blanks();
            return Some(Filter::Compare(left, operator, operand(reader)?));
        }
    }
    match left {
        Operand::Here(steps) => Some(Filter::Exists(steps)),
        Operand::Literal(_) => None,
    }
}

fn operand(reader: &mut Reader<'_>) -> Option<Operand> {
    if reader.take("@") {
        return reader.steps().map(Operand::Here);
    }
    if matches!(reader.peek()?, '\'' | '"') {
        return reader.quoted().map(|text| Operand::Literal(text.into()));
    }
    for (name, value) in
        [("true", Value::from(true)), ("false", Value::from(false)), ("null", Value::Null)]
    {
        if reader.take(name) {
            return Some(Operand::Literal(value));
        }
    }
    let rest = &reader.text[reader.at..];
    let part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
    let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
    let number: Value = serde_json::from_str(&rest[..length]).ok()?;
    reader.at += length;
    Some(Operand::Literal(number))
}

/// Whether a filter holds for an element.
pub(super) fn holds(filter: &Filter, node: &Value) -> Result<bool> {
    Ok(match filter {
        Filter::Or(a, b) => holds(a, node)? || holds(b, node)?,
        Filter::And(a, b) => holds(a, node)? && holds(b, node)?,
        Filter::Not(inner) => !holds(inner, node)?,
        Filter::Exists(steps) => here(steps, node)?.is_some(),
        Filter::Compare(left, operator, right) => {
            compare(value(left, node)?.as_ref(), operator, value(right, node)?.as_ref())?
        }
    })
}

fn value(operand: &Operand, node: &Value) -> Result<Option<Value>> {
    match operand {
        Operand::Here(steps) => here(steps, node),
        Operand::Literal(value) => Ok(Some(value.clone())),
    }
}

fn here(steps: &[Step], node: &Value) -> Result<Option<Value>> {
    let path = Path { root: Root::Input, steps: steps.to_vec() };
    if !path.is_definite() {
        return unknown("an indefinite path in a filter");
    }
    match path.find(node, Beyond::Unsure) {
        Ok(value) => Ok(Some(value)),
        Err(super::failure::Stop::Failed(_)) => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// Values of different types are unequal and in no order; a missing one equals nothing.
fn compare(left: Option<&Value>, operator: &str, right: Option<&Value>) -> Result<bool> {
    let (Some(left), Some(right)) = (left, right) else { return Ok(operator == "!=") };
    clear(left)?;
    clear(right)?;
    let order = match (left, right) {
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().and_then(|a| b.as_f64().and_then(|b| a.partial_cmp(&b)))
        }
        (Value::String(a), Value::String(b)) => {
            let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
            Some(units(a).cmp(&units(b)))
        }
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => {
            return unknown("a filter compares arrays or objects");
        }
        _ => None,
    };
    Ok(match operator {
        "==" => same(left, right),
        "!=" => !same(left, right),
        "<" => order.is_some_and(std::cmp::Ordering::is_lt),
        "<=" => order.is_some_and(std::cmp::Ordering::is_le),
        ">" => order.is_some_and(std::cmp::Ordering::is_gt),
        _ => order.is_some_and(std::cmp::Ordering::is_ge),
    })
}
