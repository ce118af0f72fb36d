//! What shows through of the Java that AWS runs: how it prints, compares and hashes JSON values, and its
//! random numbers.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// The class Java keeps a number in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberKind {
    Int,
    Long,
    BigInteger,
    Double,
}

/// The class Jackson reads a number into.
pub(super) fn number_kind(number: &Number) -> NumberKind {
    match (number.as_i64(), number.is_u64()) {
        (Some(integer), _) if i32::try_from(integer).is_ok() => NumberKind::Int,
        (Some(_), _) => NumberKind::Long,
        (None, true) => NumberKind::BigInteger,
        (None, false) => NumberKind::Double,
    }
}

/// `String.valueOf`: texts without quotes, an object as `{a=1, b=2}`.
pub(super) fn text(value: &Value) -> String {
    let mut text = String::new();
    print(value, &mut text);
    text
}

/// Appends [`text`]. Recursion is bounded by the nesting of values.
pub(super) fn print(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => match number_kind(number) {
            NumberKind::Double => double(number.as_f64().unwrap_or(f64::NAN), text),
            _ => {
                let _ = write!(text, "{number}");
            }
        },
        Value::String(inner) => text.push_str(inner),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                print(item, text);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                text.push_str(key);
                text.push('=');
                print(item, text);
            }
            text.push('}');
        }
    }
}

/// `Double.toString`: plain digits from 10^-3 to 10^7, else `1.0E10`.
fn double(number: f64, text: &mut String) {
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        let _ = write!(text, "{number:?}");
        return;
    }
    let scientific = format!("{number:E}");
    match scientific.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => {
            let _ = write!(text, "{digits}.0E{exponent}");
        }
        _ => text.push_str(&scientific),
    }
}

/// `hashCode` of what Jackson reads a value into.
pub(super) fn hash(value: &Value) -> i32 {
    match value {
        Value::Null => 0,
        Value::Bool(true) => 1231,
        Value::Bool(false) => 1237,
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => match i32::try_from(integer) {
                Ok(small) => small,
                Err(_) => fold(integer as u64),
            },
            // BigInteger: its 32-bit words, the high one first.
            (None, Some(large)) => {
                ((large >> 32) as i32).wrapping_mul(31).wrapping_add(large as i32)
            }
            (None, None) => fold(number.as_f64().unwrap_or(f64::NAN).to_bits()),
        },
        Value::String(text) => string_hash(text),
        Value::Array(items) => {
            items.iter().fold(1_i32, |sum, item| sum.wrapping_mul(31).wrapping_add(hash(item)))
        }
        Value::Object(map) => map
            .iter()
            .fold(0_i32, |sum, (key, item)| sum.wrapping_add(string_hash(key) ^ hash(item))),
    }
}

/// Distinct values in the order a `HashSet` made of them lists them.
///
/// Its table has a power of two of places, at least 16 and a third more than there are elements; elements
/// are listed by place, those of one place in the order they came.
pub(super) fn hash_set(items: &[Value]) -> Vec<Value> {
    let wanted = (items.len() as f32 / 0.75) as usize + 1;
    let places = wanted.max(16).next_power_of_two() as u32;
    let mut seen = indexmap::IndexMap::<(u32, i32), Vec<&Value>>::new();
    for item in items {
        let hash = hash(item);
        let place = ((hash ^ ((hash as u32) >> 16) as i32) as u32) & (places - 1);
        let same = seen.entry((place, hash)).or_default();
        if !same.contains(&item) {
            same.push(item);
        }
    }
    // Values of one place keep the order of their first appearance; the sort is stable.
    seen.sort_by(|left, _, right, _| left.0.cmp(&right.0));
    seen.into_values().flatten().cloned().collect()
}

fn fold(bits: u64) -> i32 {
    (bits ^ (bits >> 32)) as i32
}

fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |sum: i32, unit| sum.wrapping_mul(31).wrapping_add(unit.into()))
}

/// `java.util.Random`: a linear congruential generator of 48 bits.
pub(super) struct Random(u64);

impl Random {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;

    /// The generator of a seed.
    pub(super) fn new(seed: i64) -> Self {
        Self((seed as u64 ^ Self::MULTIPLIER) & Self::MASK)
    }

    fn next(&mut self, bits: u32) -> u64 {
        self.0 = (self.0.wrapping_mul(Self::MULTIPLIER) + 0xB) & Self::MASK;
        self.0 >> (48 - bits)
    }

    /// `nextDouble`: a number in `0..1`.
    pub(super) fn unit_f64(&mut self) -> f64 {
        let bits = (self.next(26) << 27) + self.next(27);
        bits as f64 / (1_u64 << 53) as f64
    }

    /// `nextInt(bound)` for a bound from 1 to 2^31.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        if bound.is_power_of_two() {
            return (bound * self.next(31)) >> 31;
        }
        loop {
            let bits = self.next(31);
            let rest = bits % bound;
            // Draws from the incomplete last stretch of the range would not be even.
            if bits - rest + (bound - 1) < 1 << 31 {
                return rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Java's documented forms.
    #[test]
    fn doubles_print_as_in_java() {
        for (number, expected) in [
            (1.1, "1.1"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.001, "0.001"),
            (0.00012, "1.2E-4"),
            (1_234_567.0, "1234567.0"),
            (1e7, "1.0E7"),
            (1.5e300, "1.5E300"),
        ] {
            assert_eq!(text(&json!(number)), expected);
        }
    }

    /// Hash codes as Java gives them.
    #[test]
    fn hash_codes_are_those_of_java() {
        for (value, expected) in [
            (json!("hello"), 99_162_322),
            (json!([1, 2]), 994),
            (json!({"a": 1}), 96),
            (json!(4_294_967_296_i64), 1),
            (json!(1.0), 1_072_693_248),
            (json!(true), 1231),
        ] {
            assert_eq!(hash(&value), expected, "{value}");
        }
    }

    /// The first draws of known seeds: `new Random(42).nextInt(10)` is 0, `nextInt(16)` is 11.
    #[test]
    fn random_numbers_are_those_of_java() {
        assert_eq!(Random::new(42).below(10), 0);
        assert_eq!(Random::new(42).below(16), 11);
    }
}
