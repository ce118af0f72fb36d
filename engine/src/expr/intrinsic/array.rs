//! The functions on arrays.

use serde_json::Value;

use super::{Arguments, Fault};
use crate::expr::java;
use crate::limits;

pub(super) fn partition(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let items = arguments.array(0)?;
    let size = usize::try_from(arguments.integer(1)?).ok().filter(|size| *size > 0);
    let size = size.ok_or(Fault::Arguments)?;
    Ok(items.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect())
}

/// Compares by what Java prints (measured: the text `true` is contained where `true` is looked for, an
/// object with its keys in another order is not).
pub(super) fn contains(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let wanted = java::text(arguments.value(1));
    Ok(arguments.array(0)?.iter().any(|item| java::text(item) == wanted).into())
}

/// From the first to the last number, both included.
pub(super) fn range(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let (first, last, step) = (arguments.integer(0)?, arguments.integer(1)?, arguments.integer(2)?);
    if step == 0 {
        return Err(Fault::Arguments);
    }
    let distance = last - first;
    if distance != 0 && (distance < 0) != (step < 0) {
        return Ok(Value::Array(Vec::new()));
    }
    let steps = distance / step;
    if steps >= limits::ARRAY_RANGE_ITEMS_MAX as i64 {
        return Err(Fault::Arguments);
    }
    Ok((0..=steps).map(|index| Value::from(first + index * step)).collect())
}

pub(super) fn get_item(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    let items = arguments.array(0)?;
    let index = arguments.integer(1)?;
    // An empty array gives null for whatever index (measured with 999).
    if items.is_empty() && index >= 0 {
        return Ok(Value::Null);
    }
    let found = usize::try_from(index).ok().and_then(|index| items.get(index));
    found.cloned().ok_or(Fault::Arguments)
}

/// In the order of a Java `HashSet` (measured: `[true,false]` becomes `[false,true]`).
pub(super) fn unique(arguments: &Arguments<'_, '_>) -> Result<Value, Fault> {
    Ok(Value::Array(java::hash_set(arguments.array(0)?)))
}
