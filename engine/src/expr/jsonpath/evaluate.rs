//! From a path and a value to what the path finds.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Function, JsonPath, Segment};

/// What a path finds below a root; the error is the reason in Jayway's words.
pub(super) fn evaluate<'a>(path: &JsonPath, root: &'a Value) -> Result<Cow<'a, Value>, String> {
    let found = if path.is_definite() {
        definite(path, root)?
    } else {
        Cow::Owned(Value::Array(
            find_all(&path.segments, root, root, true)?.into_iter().cloned().collect(),
        ))
    };
    match path.function {
        None => Ok(found),
        Some(function) => call(function, &found).map(Cow::Owned),
    }
}

fn definite<'a>(path: &JsonPath, root: &'a Value) -> Result<Cow<'a, Value>, String> {
    let nothing = || format!("No results for path: {path}");
    let mut value = root;
    for (at, segment) in path.segments.iter().enumerate() {
        let is_last = at + 1 == path.segments.len();
        let here = || printed(&path.segments[..at]);
        match segment {
            Segment::Name(name) => {
                let map =
                    value.as_object().ok_or_else(|| not_an_object(segment, &here(), value))?;
                value = match map.get(&**name) {
                    Some(found) => found,
                    None if is_last => return Err(nothing()),
                    None => return Err(format!("Missing property in path {}{segment}", here())),
                };
            }
            Segment::Index(index) => {
                let items =
                    value.as_array().ok_or_else(|| not_an_array(segment, &here(), value))?;
                value = at_index(items, *index).ok_or_else(nothing)?;
            }
            Segment::Names(names) => {
                let map =
                    value.as_object().ok_or_else(|| not_an_object(segment, &here(), value))?;
                let merged: Map<String, Value> = names
                    .iter()
                    .filter_map(|name| Some((name.to_string(), map.get(&**name)?.clone())))
                    .collect();
                return Ok(Cow::Owned(Value::Object(merged)));
            }
            _ => unreachable!("a definite path has only names and single indexes"),
        }
    }
    Ok(Cow::Borrowed(value))
}

/// What a path finds that may find several; used for filters too.
///
/// A step that does not fit what it meets finds nothing, unless everything before it was definite: then the
/// path is wrong about the data, and `strict` makes that an error. `document` is what `$` means in a filter.
pub(super) fn find_all<'a>(
    segments: &[Segment],
    root: &'a Value,
    document: &Value,
    strict: bool,
) -> Result<Vec<&'a Value>, String> {
    let mut found = vec![root];
    let mut definite_so_far = strict;
    let mut index = 0;
    while index < segments.len() {
        let segment = &segments[index];
        let here = || printed(&segments[..index]);
        if let Segment::Descend = segment {
            definite_so_far = false;
            found = found.into_iter().flat_map(descendants).collect();
            index += 1;
            continue;
        }
        let mut next = Vec::new();
        for value in found {
            let fits = step(segment, value, document, &mut next);
            if definite_so_far && !fits {
                return Err(match segment {
                    Segment::Name(_) | Segment::Names(_) if value.is_object() => {
                        format!("Missing property in path {}{segment}", here())
                    }
                    Segment::Name(_) | Segment::Names(_) => not_an_object(segment, &here(), value),
                    _ => not_an_array(segment, &here(), value),
                });
            }
        }
        definite_so_far &= matches!(segment, Segment::Name(_) | Segment::Index(_));
        found = next;
        index += 1;
    }
    Ok(found)
}

/// Applies one segment to one value; false when it does not fit the value.
fn step<'a>(
    segment: &Segment,
    value: &'a Value,
    document: &Value,
    found: &mut Vec<&'a Value>,
) -> bool {
    match (segment, value) {
        (Segment::Name(name), Value::Object(map)) => {
            let member = map.get(&**name);
            found.extend(member);
            member.is_some()
        }
        (Segment::Names(names), Value::Object(map)) => {
            found.extend(names.iter().filter_map(|name| map.get(&**name)));
            true
        }
        (Segment::Index(index), Value::Array(items)) => {
            found.extend(at_index(items, *index));
            true
        }
        (Segment::Indexes(indexes), Value::Array(items)) => {
            found.extend(indexes.iter().filter_map(|index| at_index(items, *index)));
            true
        }
        (Segment::Slice(start, end), Value::Array(items)) => {
            found.extend(slice(items, *start, *end));
            true
        }
        (Segment::Wildcard, Value::Array(items)) => {
            found.extend(items);
            true
        }
        (Segment::Wildcard, Value::Object(map)) => {
            found.extend(map.values());
            true
        }
        // A wildcard on anything else finds nothing, without an error.
        (Segment::Wildcard, _) => true,
        (Segment::Filter(filter), Value::Array(items)) => {
            found.extend(items.iter().filter(|item| filter.accepts(item, document)));
            true
        }
        // A filter on an object asks about the object itself.
        (Segment::Filter(filter), Value::Object(_)) => {
            if filter.accepts(value, document) {
                found.push(value);
            }
            true
        }
        _ => false,
    }
}

/// The value and everything below it, in the order of the text.
fn descendants(value: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        found.push(value);
        match value {
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Object(map) => open.extend(map.values().rev()),
            _ => {}
        }
    }
    found
}

fn at_index(items: &[Value], index: i64) -> Option<&Value> {
    let index = if index < 0 { index + i64::try_from(items.len()).ok()? } else { index };
    items.get(usize::try_from(index).ok()?)
}

fn slice(items: &[Value], start: Option<i64>, end: Option<i64>) -> &[Value] {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let bound = |bound: i64| if bound < 0 { bound.saturating_add(length) } else { bound };
    let start = bound(start.unwrap_or(0)).clamp(0, length) as usize;
    let end = bound(end.unwrap_or(length)).clamp(0, length) as usize;
    items.get(start..end).unwrap_or_default()
}

fn printed(segments: &[Segment]) -> String {
    segments.iter().fold("$".to_owned(), |text, segment| text + &segment.to_string())
}

/// Jayway's words, with the names AWS's Java classes have.
fn not_an_object(segment: &Segment, here: &str, value: &Value) -> String {
    let class = match value {
        Value::Null => "null",
        Value::Bool(_) => "com.fasterxml.jackson.databind.node.BooleanNode",
        Value::Number(number) if number.is_f64() => {
            "com.fasterxml.jackson.databind.node.DoubleNode"
        }
        Value::Number(_) => "com.fasterxml.jackson.databind.node.IntNode",
        Value::String(_) => "com.fasterxml.jackson.databind.node.TextNode",
        Value::Array(_) => "com.fasterxml.jackson.databind.node.ArrayNode",
        Value::Object(_) => "com.fasterxml.jackson.databind.node.ObjectNode",
    };
    format!(
        "Expected to find an object with property {segment} in path {here} but found '{class}'. This is \
         not a json object according to the JsonProvider: \
         'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."
    )
}

fn not_an_array(segment: &Segment, here: &str, value: &Value) -> String {
    match value {
        Value::Null => format!("The path {here} is null"),
        other => {
            format!("Filter: {segment} can only be applied to arrays. Current context is: {other}")
        }
    }
}

fn call(function: Function, value: &Value) -> Result<Value, String> {
    let name = function.name();
    let items = match (function, value) {
        (Function::Length, Value::String(text)) => return Ok(text.chars().count().into()),
        (Function::Length, Value::Object(map)) => return Ok(map.len().into()),
        (Function::Keys, Value::Object(map)) => {
            return Ok(map.keys().cloned().map(Value::String).collect());
        }
        (_, Value::Array(items)) => items,
        _ => return Err(format!("{name}() cannot be applied to {value}")),
    };
    let numbers: Vec<f64> = items.iter().filter_map(Value::as_f64).collect();
    let aggregate = |apply: fn(&[f64]) -> f64| {
        if numbers.is_empty() {
            // Jayway's own words.
            return Err(
                "Aggregation function attempted to calculate value using empty array".to_owned()
            );
        }
        Ok(Value::from(apply(&numbers)))
    };
    match function {
        Function::Length => Ok(items.len().into()),
        Function::First | Function::Last => {
            let end = if function == Function::First { items.first() } else { items.last() };
            end.cloned().ok_or_else(|| format!("{name}() of an empty array"))
        }
        Function::Min => aggregate(|all| all.iter().copied().fold(f64::INFINITY, f64::min)),
        Function::Max => aggregate(|all| all.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        Function::Sum => aggregate(|all| all.iter().sum()),
        Function::Avg => aggregate(mean),
        Function::StdDev => aggregate(|all| {
            let mean = mean(all);
            (all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / all.len() as f64).sqrt()
        }),
        Function::Keys => Err(format!("{name}() cannot be applied to an array")),
    }
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}
