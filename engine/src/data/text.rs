//! JSON text in, bounded: the one parser that payloads, inputs and objects go through.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::limits;

/// Where and why a text is not JSON we accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line} column {column}")]
pub struct JsonTextError {
    /// What is wrong, without the position.
    pub message: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

/// Parses exactly one JSON value, nested no deeper than [`limits::NESTING_DEPTH_MAX`].
///
/// Integers beyond 64 bits become doubles, as AWS shows them; a number no double can hold is an error.
/// Of duplicate keys the last wins.
///
/// # Errors
/// The first thing that is wrong, with its position.
pub fn parse_json(text: &str) -> Result<Value, JsonTextError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    let value = DepthSeed(limits::NESTING_DEPTH_MAX).deserialize(&mut deserializer);
    value.and_then(|value| deserializer.end().map(|()| value)).map_err(|error| {
        let full = error.to_string();
        let tail = format!(" at line {} column {}", error.line(), error.column());
        JsonTextError {
            message: full.strip_suffix(&tail).unwrap_or(&full).to_owned(),
            line: error.line(),
            column: error.column(),
        }
    })
}

/// Bytes of the compact JSON text of a value, or `None` when it nests deeper than
/// [`limits::NESTING_DEPTH_MAX`].
#[must_use]
pub fn measure(value: &Value) -> Option<usize> {
    fn walk(value: &Value, depth: usize) -> Option<usize> {
        match value {
            Value::Null => Some(4),
            Value::Bool(true) => Some(4),
            Value::Bool(false) => Some(5),
            Value::Number(number) => Some(number_bytes(number)),
            Value::String(text) => Some(string_bytes(text)),
            Value::Array(items) => {
                let depth = depth.checked_sub(1)?;
                let mut sum = 2 + items.len().saturating_sub(1);
                for item in items {
                    sum += walk(item, depth)?;
                }
                Some(sum)
            }
            Value::Object(map) => {
                let depth = depth.checked_sub(1)?;
                let mut sum = 2 + map.len().saturating_sub(1);
                for (key, item) in map {
                    sum += string_bytes(key) + 1 + walk(item, depth)?;
                }
                Some(sum)
            }
        }
    }
    walk(value, limits::NESTING_DEPTH_MAX)
}

fn number_bytes(number: &Number) -> usize {
    if let Some(unsigned) = number.as_u64() {
        return unsigned.checked_ilog10().unwrap_or(0) as usize + 1;
    }
    if let Some(signed) = number.as_i64() {
        return signed.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 2;
    }
    number.to_string().len()
}

fn string_bytes(text: &str) -> usize {
    let mut sum = text.len() + 2;
    for byte in text.bytes() {
        sum += match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 1,
            0x00..=0x1f => 5,
            _ => 0,
        };
    }
    sum
}

/// Builds a [`Value`] while counting how deep it may still nest.
struct DepthSeed(usize);

impl<'de> DeserializeSeed<'de> for DepthSeed {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DepthSeed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let depth = deeper::<A::Error>(self.0)?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(DepthSeed(depth))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let depth = deeper::<A::Error>(self.0)?;
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            map.insert(key, access.next_value_seed(DepthSeed(depth))?);
        }
        Ok(Value::Object(map))
    }
}

fn deeper<E: de::Error>(depth: usize) -> Result<usize, E> {
    depth.checked_sub(1).ok_or_else(|| {
        E::custom(format_args!("nested deeper than {} levels", limits::NESTING_DEPTH_MAX))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_form() {
        for text in ["1", "1.0", "-0.0", "18446744073709551615", "3.3", "-5"] {
            assert_eq!(parse_json(text).expect("is JSON").to_string(), text);
        }
    }

    #[test]
    fn deep_nesting_is_an_error_not_a_crash() {
        let text = "[".repeat(100_000);
        let error = parse_json(&text).expect_err("is too deep");
        assert!(error.message.contains("nested deeper"), "{error}");
    }

    #[test]
    fn the_position_is_reported() {
        let error = parse_json("{\n  \"a\": nope\n}").expect_err("is not JSON");
        assert_eq!(error.line, 2);
    }

    #[test]
    fn measure_agrees_with_printing() {
        for text in ["[]", "{}", r#"{"a":[1,-2,0,3.25,1e300,true,false,null],"\u0001\"":"\b\f\n"}"#]
        {
            let value = parse_json(text).expect("is JSON");
            assert_eq!(measure(&value), Some(value.to_string().len()), "{text}");
        }
    }
}
