//! The functions AWS adds to JSONata, over plain JSON.
//!
//! What they do with odd arguments was measured on AWS by the floci project: fractions are cut off,
//! missing arguments mostly make the result undefined, surplus ones are refused.

use serde_json::Value;

use super::{numbers, strict_json};
use crate::expr::{digest, java};
use crate::limits;

/// Their names, without `$`.
pub(super) const ADDED_FUNCTIONS: [&str; 6] =
    ["partition", "range", "hash", "random", "uuid", "parse"];

/// Why a call fails.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// `T0410`: the argument with this number, from 1, has the wrong type or is one too many.
    Signature(usize),
    /// `T0412`: the argument with this number must be an array.
    NoArray(usize),
    /// `D3137`, with this message.
    Message(String),
    /// The result would be larger than a value may be.
    Memory,
}

/// The arguments of a call: `None` is undefined.
pub(super) type Arguments<'a> = &'a [Option<Value>];

type Answer = Result<Option<Value>, Refusal>;

/// `$parse(text)`: the value of a JSON text.
pub(super) fn parse(arguments: Arguments<'_>) -> Answer {
    let [text] = take(arguments)?;
    let Some(text) = text else { return Ok(None) };
    let Value::String(text) = text else { return Err(Refusal::Signature(1)) };
    let invalid = || Refusal::Message("Invalid JSON".to_owned());
    let value = strict_json::parse(text).ok_or_else(invalid)?;
    numbers::copy_within(&value, &mut { limits::JSONATA_VALUE_BYTES_MAX })
        .map(Some)
        .ok_or(Refusal::Memory)
}

/// `$partition(array, size)`: the array in chunks of `size`.
pub(super) fn partition(arguments: Arguments<'_>) -> Answer {
    let [array, size] = take(arguments)?;
    let Some(array) = array else { return Ok(None) };
    let Value::Array(items) = array else { return Err(Refusal::NoArray(1)) };
    if items.is_empty() {
        return Ok(None);
    }
    let size = match size {
        None => items.len(),
        Some(size) => match whole(size, 2)? {
            0 => return Ok(None),
            ..0 => {
                return Err(Refusal::Message("Second argument must be zero or greater".to_owned()));
            }
            size => usize::try_from(size).unwrap_or(usize::MAX),
        },
    };
    let chunks = items.chunks(size).map(|chunk| Value::Array(chunk.to_vec()));
    Ok(Some(Value::Array(chunks.collect())))
}

/// `$range(first, last, step)`: whole numbers, `last` included when a step lands on it. A single
/// number comes alone (recording `array_jsonata.array_range-3`).
pub(super) fn range(arguments: Arguments<'_>) -> Answer {
    let [first, last, step] = take(arguments)?;
    let first = whole(first.unwrap_or(&Value::Null), 1)?;
    let last = whole(last.unwrap_or(&Value::Null), 2)?;
    let Some(step) = step else { return Ok(None) };
    let step = whole(step, 3)?;
    if step == 0 || (step > 0 && first > last) || (step < 0 && first < last) {
        return Ok(None);
    }
    let count = (i128::from(last) - i128::from(first)) / i128::from(step) + 1;
    if count > limits::JSONATA_RANGE_ITEMS_MAX as i128 {
        return Err(Refusal::Memory);
    }
    if count == 1 {
        return Ok(Some(first.into()));
    }
    let numbers = (0..count).map(|index| {
        let number = i128::from(first) + index * i128::from(step);
        Value::from(i64::try_from(number).unwrap_or(last))
    });
    Ok(Some(Value::Array(numbers.collect())))
}

/// `$hash(text, algorithm)`: the digest of the text's UTF-8 bytes, in hexadecimal.
pub(super) fn hash(arguments: Arguments<'_>) -> Answer {
    let [text, algorithm] = take(arguments)?;
    let Some(Value::String(text)) = text else { return Err(Refusal::Signature(1)) };
    let Some(algorithm) = algorithm else { return Ok(None) };
    let Value::String(algorithm) = algorithm else { return Err(Refusal::Signature(2)) };
    digest::hexadecimal(text, algorithm).map(|digest| Some(digest.into())).ok_or_else(|| {
        Refusal::Message(format!(
            "Hash algorithm '{algorithm}' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"
        ))
    })
}

/// `$random([seed])`: a number in `0..1`; a seed always gives the same one, that of Java's generator.
pub(super) fn random(arguments: Arguments<'_>, draw: impl FnOnce() -> f64) -> Answer {
    let [seed] = take(arguments)?;
    let number = match seed {
        None => draw(),
        Some(seed) => java::Random::new(whole(seed, 1)?).unit_f64(),
    };
    Ok(Some(numbers::from_f64(number)))
}

/// `$uuid()`: a version 4 UUID.
pub(super) fn uuid(arguments: Arguments<'_>, draw: impl FnOnce() -> String) -> Answer {
    let [] = take(arguments)?;
    Ok(Some(draw().into()))
}

/// The arguments by position; one too many is refused, undefined or not given is `None`.
fn take<const N: usize>(arguments: Arguments<'_>) -> Result<[Option<&Value>; N], Refusal> {
    if arguments.get(N).is_some_and(Option::is_some) {
        return Err(Refusal::Signature(N + 1));
    }
    Ok(std::array::from_fn(|index| arguments.get(index).and_then(Option::as_ref)))
}

/// A number cut to a whole one, towards zero.
fn whole(value: &Value, argument: usize) -> Result<i64, Refusal> {
    let number = value.as_f64().ok_or(Refusal::Signature(argument))?;
    Ok(value.as_i64().unwrap_or(number as i64))
}
