//! Functions of JSONata, and the ones AWS adds.

use serde_json::{Map, Value};

use super::super::failure::{Result, unknown};
use super::super::opaque::{self, clear, is_maybe, same};
use super::evaluate::{sequence, truth, wrong};
use super::{Maybe, number};

/// Functions that do not look into the members or items they are given.
const STRUCTURAL: [&str; 8] =
    ["count", "keys", "merge", "partition", "lookup", "type", "reverse", "boolean"];

/// Applies a function. One that is not given its first argument gives nothing, but for a few.
pub(super) fn apply(name: &str, arguments: &[Maybe]) -> Result<Maybe> {
    match (name, arguments) {
        ("exists", [value]) => return Ok(Some(value.is_some().into())),
        ("count", [None]) => return Ok(Some(0.into())),
        ("append", [Some(only), None] | [None, Some(only)]) => return Ok(Some(only.clone())),
        ("append", [Some(first), Some(second)]) => {
            let mut all = items(first);
            all.extend(items(second));
            return Ok(Some(Value::Array(all)));
        }
        ("uuid", []) => return Ok(Some(opaque::text("uuid"))),
        ("now", []) => return Ok(Some(opaque::text("time"))),
        ("millis" | "random", []) => return Ok(Some(opaque::number())),
        ("string", [Some(value)]) => return text(value).map(Value::from).map(Some),
        ("keys", [Some(Value::Object(map))]) if map.values().any(is_maybe) => {
            return unknown("a cause that may be missing is counted");
        }
        _ => {}
    }
    let mut given = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        match argument {
            Some(value) if STRUCTURAL.contains(&name) => given.push(opaque::formed(value)?),
            Some(value) => given.push(clear(value)?),
            None if index == 0 && name != "not" => return Ok(None),
            None => return unknown(format!("${name} of nothing")),
        }
    }
    one(name, &given)
}

fn one(name: &str, given: &[&Value]) -> Result<Maybe> {
    let value = match (name, given) {
        ("boolean", [value]) => truth(Some(value))?.into(),
        ("not", [value]) => (!truth(Some(value))?).into(),
        ("count", [value]) => items(value).len().into(),
        ("sum", [value]) => number::value(numbers(value)?.iter().sum())?,
        ("max" | "min" | "average", [value]) => return of_numbers(name, &numbers(value)?),
        ("length", [Value::String(text)]) => text.chars().count().into(),
        ("uppercase", [Value::String(text)]) => text.to_uppercase().into(),
        ("lowercase", [Value::String(text)]) => text.to_lowercase().into(),
        ("trim", [Value::String(text)]) => {
            text.split_whitespace().collect::<Vec<_>>().join(" ").into()
        }
        ("contains", [Value::String(text), Value::String(part)]) => text.contains(&**part).into(),
        ("join", [list]) => texts(list)?.concat().into(),
        ("join", [list, Value::String(between)]) => texts(list)?.join(between).into(),
        ("split", [Value::String(text), Value::String(at)]) if !at.is_empty() => {
            let parts: Vec<Value> = text.split(&**at).map(Value::from).collect();
            if parts.len() < 2 {
                return unknown("a split into one");
            }
            parts.into()
        }
        ("number", [value]) => return to_number(value),
        ("abs" | "floor" | "ceil", [value]) => {
            let Some(number) = number::of(value)? else { return wrong() };
            number::value(match name {
                "abs" => number.abs(),
                "floor" => number.floor(),
                _ => number.ceil(),
            })?
        }
        ("merge", [value]) => merge(value)?,
        ("keys", [Value::Object(map)]) => {
            return Ok(sequence(map.keys().map(|key| Value::from(key.as_str())).collect()));
        }
        ("lookup", [Value::Object(map), Value::String(key)]) => return Ok(map.get(key).cloned()),
        ("distinct", [Value::Array(list)]) if list.len() > 1 => {
            let mut unique: Vec<Value> = Vec::new();
            for item in list {
                if !unique.iter().any(|seen| same(seen, item)) {
                    unique.push(item.clone());
                }
            }
            if unique.len() < 2 {
                return unknown("$distinct of equal items");
            }
            unique.into()
        }
        ("reverse", [Value::Array(list)]) if list.len() > 1 => list.iter().rev().cloned().collect(),
        ("type", [value]) => match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
        .into(),
        ("range", [first, last, step]) => return range(first, last, step),
        ("partition", [Value::Array(list), size]) => {
            let size = size.as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
            if size == 0 || list.len() <= size {
                return unknown("a partition into one");
            }
            list.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect()
        }
        ("parse", [Value::String(text)]) => match serde_json::from_str(text) {
            Ok(value) => value,
            Err(_) => return wrong(),
        },
        ("length" | "uppercase" | "lowercase", [_]) => return wrong(),
        _ => return unknown(format!("a call of ${name}")),
    };
    Ok(Some(value))
}

fn items(value: &Value) -> Vec<Value> {
    if let Value::Array(items) = value { items.clone() } else { vec![value.clone()] }
}

fn numbers(value: &Value) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    for item in items(value) {
        match number::of(&item)? {
            Some(number) => all.push(number),
            None => return wrong(),
        }
    }
    Ok(all)
}

fn texts(value: &Value) -> Result<Vec<String>> {
    items(value)
        .into_iter()
        .map(|item| if let Value::String(text) = item { Ok(text) } else { wrong() })
        .collect()
}

fn of_numbers(name: &str, numbers: &[f64]) -> Result<Maybe> {
    let most = numbers.iter().copied().reduce(f64::max);
    let least = numbers.iter().copied().reduce(f64::min);
    let number = match (name, most, least) {
        (_, None, _) | (_, _, None) => return Ok(None),
        ("max", Some(most), _) => most,
        ("min", _, Some(least)) => least,
        _ => numbers.iter().sum::<f64>() / numbers.len() as f64,
    };
    number::value(number).map(Some)
}

fn to_number(value: &Value) -> Result<Maybe> {
    match value {
        Value::Number(_) => Ok(Some(value.clone())),
        Value::Bool(is) => Ok(Some(i64::from(*is).into())),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(found) if found.is_number() && text.trim() == text => {
                number::of(&found)?.map_or_else(wrong, |number| number::value(number).map(Some))
            }
            _ if text.bytes().any(|byte| byte.is_ascii_digit()) => {
                unknown("$number of an odd text")
            }
            _ => wrong(),
        },
        _ => wrong(),
    }
}

fn merge(value: &Value) -> Result<Value> {
    let mut merged = Map::new();
    for item in items(value) {
        opaque::formed(&item)?;
        match item {
            Value::Object(map) => merged.extend(map),
            _ => return wrong(),
        }
    }
    Ok(Value::Object(merged))
}

/// A range of one number is that number (recording `array_range` in JSONata).
fn range(first: &Value, last: &Value, step: &Value) -> Result<Maybe> {
    let (Some(first), Some(last), Some(step)) = (first.as_i64(), last.as_i64(), step.as_i64())
    else {
        return unknown("$range between what are no whole numbers");
    };
    if step == 0 || (last - first) / step > 10_000 || (last - first) / step < 0 {
        return unknown("$range without an end");
    }
    let mut made = Vec::new();
    let mut at = first;
    while (step > 0 && at <= last) || (step < 0 && at >= last) {
        made.push(Value::from(at));
        at += step;
    }
    Ok(sequence(made))
}

/// A value as text: JSON, but for texts themselves.
pub(super) fn text(value: &Value) -> Result<String> {
    opaque::printable(value)?;
    Ok(match value {
        Value::String(text) => text.clone(),
        Value::Number(_) => number::text(value)?,
        Value::Array(items) => {
            let all: Vec<String> = items.iter().map(member).collect::<Result<_>>()?;
            format!("[{}]", all.join(","))
        }
        Value::Object(map) => {
            let mut all = Vec::new();
            for (key, value) in map {
                all.push(format!("{}:{}", Value::from(key.as_str()), member(value)?));
            }
            format!("{{{}}}", all.join(","))
        }
        other => other.to_string(),
    })
}

fn member(value: &Value) -> Result<String> {
    match value {
        Value::String(_) => Ok(value.to_string()),
        _ => text(value),
    }
}
