//! The functions on arrays.

use indexmap::IndexSet;
use serde_json::Value;

use super::Arguments;
use crate::limits;

pub(super) fn partition(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let items = arguments.array(0)?;
    let size = arguments.integer(1)?;
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size > 0)
        .ok_or_else(|| arguments.wrong(1, "a positive integer"))?;
    Ok(items.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect())
}

pub(super) fn contains(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    Ok(arguments.array(0)?.contains(arguments.value(1)).into())
}

/// From the first to the last number, both included.
pub(super) fn range(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let (first, last, step) = (arguments.integer(0)?, arguments.integer(1)?, arguments.integer(2)?);
    if step == 0 {
        return Err(arguments.wrong(2, "an integer other than 0"));
    }
    let distance = i128::from(last) - i128::from(first);
    let steps = distance / i128::from(step);
    if distance != 0 && (distance < 0) != (step < 0) {
        return Ok(Value::Array(Vec::new()));
    }
    if steps >= limits::ARRAY_RANGE_ITEMS_MAX as i128 {
        return Err(format!(
            "The array would have more than {} elements",
            limits::ARRAY_RANGE_ITEMS_MAX
        ));
    }
    Ok((0..=steps as i64).map(|index| Value::from(first + index * step)).collect())
}

pub(super) fn get_item(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let items = arguments.array(0)?;
    let index = arguments.integer(1)?;
    usize::try_from(index)
        .ok()
        .and_then(|index| items.get(index))
        .cloned()
        .ok_or_else(|| format!("The index {index} is out of bounds of an array of {}", items.len()))
}

/// Keeps the first of equal elements.
pub(super) fn unique(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let items = arguments.array(0)?;
    let mut kept = Vec::new();
    let mut seen = IndexSet::new();
    for item in items {
        if seen.insert(canonical(item)) {
            kept.push(item.clone());
        }
    }
    Ok(Value::Array(kept))
}

/// A text that equal values share: keys in order.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let texts: Vec<_> = entries
                .into_iter()
                .map(|(key, value)| format!("{key:?}:{}", canonical(value)))
                .collect();
            format!("{{{}}}", texts.join(","))
        }
        Value::Array(items) => {
            let texts: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", texts.join(","))
        }
        other => other.to_string(),
    }
}
