//! The 18 intrinsic functions (states-language.net, appendix B; AWS guide, "Intrinsic functions").
//!
//! An argument of a wrong kind ends in an error whose name differs between the specification
//! (`States.IntrinsicFailure`) and what AWS shows (`States.Runtime`): see [`bad`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::failure::{Result, fails_somehow, unknown};
use super::opaque::{self, clear, same};

/// What the guide allows for texts that are encoded or hashed.
const TEXT_MAX: usize = 10_000;
/// What the guide allows for the results of `States.ArrayRange`.
const RANGE_MAX: i64 = 1_000;

/// Applies a function.
pub(super) fn apply(name: &str, arguments: &[Value]) -> Result<Value> {
    match name {
        "Array" => return Ok(Value::Array(arguments.to_vec())),
        "Format" => return format(arguments),
        "JsonToString" => return Ok(opaque::printable(one(arguments)?)?.to_string().into()),
        "UUID" if arguments.is_empty() => return Ok(opaque::text("uuid")),
        _ => {}
    }
    let is_structural =
        matches!(name, "ArrayPartition" | "ArrayLength" | "ArrayGetItem" | "JsonMerge");
    for argument in arguments {
        if is_structural {
            opaque::formed(argument)?
        } else {
            clear(argument)?
        };
    }
    match name {
        "StringToJson" => string_to_json(text(one(arguments)?)?),
        "ArrayPartition" => partition(arguments),
        "ArrayContains" => {
            let (array, wanted) = two(arguments)?;
            Ok(list(array)?.iter().any(|item| same(item, wanted)).into())
        }
        "ArrayRange" => range(arguments),
        "ArrayGetItem" => {
            let (array, index) = two(arguments)?;
            let (items, index) = (list(array)?, usize::try_from(whole(index)?).ok());
            match index.map(|index| items.get(index)) {
                Some(Some(value)) => Ok(value.clone()),
                // An empty array gives null (measured with index 999).
                Some(None) if items.is_empty() => Ok(Value::Null),
                _ => bad(),
            }
        }
        "ArrayLength" => Ok(list(one(arguments)?)?.len().into()),
        "ArrayUnique" => {
            let mut unique: Vec<Value> = Vec::new();
            for item in list(one(arguments)?)? {
                if !unique.iter().any(|seen| same(seen, item)) {
                    unique.push(item.clone());
                }
            }
            in_set_order(unique)
        }
        "Base64Encode" => Ok(STANDARD.encode(short(one(arguments)?)?).into()),
        "Base64Decode" => {
            let decoded = STANDARD.decode(short(one(arguments)?)?).ok();
            match decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
                Some(text) => Ok(text.into()),
                None => bad(),
            }
        }
        "Hash" => hash(arguments),
        "JsonMerge" => merge(arguments),
        "MathRandom" => random(arguments),
        "MathAdd" => {
            let (a, b) = two(arguments)?;
            Ok((rounded(a)? + rounded(b)?).into())
        }
        "StringSplit" => {
            let (string, delimiters) = two(arguments)?;
            let delimiters: Vec<char> = text(delimiters)?.chars().collect();
            // Every character of the delimiter splits, and nothing between two of them is nothing
            // (recordings of intrinsic functions).
            let parts = text(string)?.split(&delimiters[..]).filter(|part| !part.is_empty());
            Ok(parts.map(Value::from).collect::<Vec<_>>().into())
        }
        _ => unknown(format!("the function States.{name}")),
    }
}

/// Which error comes of a bad argument is not settled by evidence.
fn bad<T>() -> Result<T> {
    fails_somehow()
}

fn one(arguments: &[Value]) -> Result<&Value> {
    if let [only] = arguments { Ok(only) } else { bad() }
}

fn two(arguments: &[Value]) -> Result<(&Value, &Value)> {
    if let [a, b] = arguments { Ok((a, b)) } else { bad() }
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().map_or_else(bad, Ok)
}

fn short(value: &Value) -> Result<&str> {
    text(value).and_then(|text| if text.chars().count() <= TEXT_MAX { Ok(text) } else { bad() })
}

fn list(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().map_or_else(bad, Ok)
}

fn whole(value: &Value) -> Result<i64> {
    match value.as_i64() {
        Some(number) if i32::try_from(number).is_ok() => Ok(number),
        // Recording math_random takes fractions; what they become elsewhere is not told, nor large numbers.
        _ if value.is_number() => unknown("a number beyond 32 bits, or a fraction"),
        _ => bad(),
    }
}

/// `States.MathAdd` rounds its arguments half up (recordings of intrinsic functions).
fn rounded(value: &Value) -> Result<i64> {
    match value.as_i64().or_else(|| value.as_f64().map(|number| (number + 0.5).floor() as i64)) {
        Some(number) if i32::try_from(number).is_ok() => Ok(number),
        _ => bad(),
    }
}

fn format(arguments: &[Value]) -> Result<Value> {
    let Some((template, values)) = arguments.split_first() else { return bad() };
    let template = text(clear(template)?)?;
    let mut values = values.iter();
    let mut made = String::new();
    let mut characters = template.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => made.extend(characters.next()),
            '{' if characters.peek() == Some(&'}') => {
                characters.next();
                match values.next() {
                    Some(value @ Value::String(text)) => {
                        opaque::printable(value)?;
                        made.push_str(text);
                    }
                    Some(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => {
                        opaque::printable(value)?;
                        made.push_str(&value.to_string());
                    }
                    // Objects have a form of their own (recording context_object of States.Format).
                    Some(_) => return unknown("States.Format of an object"),
                    None => return bad(),
                }
            }
            other => made.push(other),
        }
    }
    if values.next().is_some() { bad() } else { Ok(made.into()) }
}

fn string_to_json(text: &str) -> Result<Value> {
    // Nothing is null (recordings of intrinsic functions).
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).or_else(|_| bad())
}

/// The order of a Java hash set (measured on AWS); the model knows it for small numbers only.
fn in_set_order(mut unique: Vec<Value>) -> Result<Value> {
    let is_small = |value: &Value| value.as_u64().is_some_and(|number| number < 16);
    if unique.len() > 1 {
        if unique.len() > 12 || !unique.iter().all(is_small) {
            return unknown("the order of States.ArrayUnique");
        }
        unique.sort_by_key(Value::as_u64);
    }
    Ok(unique.into())
}

fn partition(arguments: &[Value]) -> Result<Value> {
    let (array, size) = two(arguments)?;
    match usize::try_from(whole(size)?) {
        Ok(size) if size > 0 => {
            let chunks = list(array)?.chunks(size).map(|chunk| Value::Array(chunk.to_vec()));
            Ok(chunks.collect::<Vec<_>>().into())
        }
        _ => bad(),
    }
}

fn range(arguments: &[Value]) -> Result<Value> {
    let [first, last, step] = arguments else { return bad() };
    let (first, last, step) = (whole(first)?, whole(last)?, whole(step)?);
    if step == 0 || (last - first) / step >= RANGE_MAX {
        return bad();
    }
    let mut made = Vec::new();
    let mut at = first;
    while (step > 0 && at <= last) || (step < 0 && at >= last) {
        made.push(Value::from(at));
        at += step;
    }
    Ok(made.into())
}

fn hash(arguments: &[Value]) -> Result<Value> {
    use sha2::Digest as _;
    let (data, algorithm) = two(arguments)?;
    if !data.is_string() {
        return unknown("States.Hash of something that is no text");
    }
    let data = short(data)?;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let digest = match text(algorithm)? {
        "MD5" => hex(&md5::Md5::digest(data)),
        "SHA-1" => hex(&sha1::Sha1::digest(data)),
        "SHA-256" => hex(&sha2::Sha256::digest(data)),
        "SHA-384" => hex(&sha2::Sha384::digest(data)),
        "SHA-512" => hex(&sha2::Sha512::digest(data)),
        _ => return bad(),
    };
    Ok(digest.into())
}

fn merge(arguments: &[Value]) -> Result<Value> {
    match arguments {
        [Value::Object(a), Value::Object(b), Value::Bool(false)] => {
            let mut merged: Map<String, Value> = a.clone();
            merged.extend(b.clone());
            Ok(Value::Object(merged))
        }
        _ => bad(),
    }
}

/// Some number between two.
fn random(arguments: &[Value]) -> Result<Value> {
    match arguments {
        [first, last, seed @ ..] if seed.len() < 2 => {
            let (first, last) = (whole(first)?, whole(last)?);
            seed.first().map_or(Ok(0), whole)?;
            // What a draw from nothing gives is not told.
            if first < last { Ok(opaque::number()) } else { unknown("a draw from nothing") }
        }
        _ => bad(),
    }
}
