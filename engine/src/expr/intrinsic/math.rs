//! The functions on numbers.

use serde_json::Value;

use super::Arguments;
use crate::data::RandomStream;
use crate::expr::Scope;

/// Rounds each operand half up before adding (measured).
pub(super) fn add(arguments: &Arguments<'_, '_>) -> Result<Value, String> {
    let (left, right) = (arguments.integer(0)?, arguments.integer(1)?);
    left.checked_add(right).map(Value::from).ok_or_else(|| "The sum is out of range".to_owned())
}

/// An integer from the first (included) to the second (excluded) number; the documentation disagrees with
/// itself about the end. With a seed, the same number every time.
pub(super) fn random(arguments: &Arguments<'_, '_>, scope: &Scope<'_>) -> Result<Value, String> {
    let (start, end) = (arguments.integer(0)?, arguments.integer(1)?);
    let width = u64::try_from(i128::from(end) - i128::from(start))
        .ok()
        .filter(|width| *width > 0)
        .ok_or_else(|| "The end of the range must be greater than its start".to_owned())?;
    let offset = match arguments.values.get(2) {
        // The number AWS draws for a seed is not known; ours is at least always the same.
        Some(_) => {
            RandomStream::new(arguments.integer(2)? as u64, "States.MathRandom").below(width)
        }
        None => scope.random.borrow_mut().below(width),
    };
    Ok(Value::from((i128::from(start) + i128::from(offset)) as i64))
}
