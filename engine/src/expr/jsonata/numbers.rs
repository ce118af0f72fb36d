//! Numbers as they leave JSONata.

use serde_json::{Map, Number, Value};

/// 2^63: whole doubles below it in magnitude fit an `i64`.
const I64_END: f64 = 9_223_372_036_854_775_808.0;

/// A double as AWS writes it: whole numbers as integers while they fit 64 bits, as doubles beyond;
/// `-0` as `0` (recording `json_manipulation_jsonata.parse-1`); numbers JSON has no form for as the
/// strings JavaScript names them by (`1/0` is `"Infinity"`, measured on AWS by the floci project).
pub(super) fn from_f64(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < I64_END {
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or_else(|| non_finite(number).into(), Value::Number)
}

fn non_finite(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// A number of the input that goes through an expression unchanged: integers of 64 bits stay exact,
/// `1.0` becomes `1`.
fn normal(number: &Number) -> Value {
    match number.as_i64() {
        Some(integer) => integer.into(),
        None => number.as_f64().map_or_else(|| Value::Number(number.clone()), from_f64),
    }
}

/// Copies a value with its numbers in JSONata's form, while `budget` lasts; `None` when it does not.
///
/// A number counts 8 bytes and a character one, as AWS's limit appears to.
pub(super) fn copy_within(value: &Value, budget: &mut usize) -> Option<Value> {
    Some(match value {
        Value::Null | Value::Bool(_) => {
            spend(budget, 8)?;
            value.clone()
        }
        Value::Number(number) => {
            spend(budget, 8)?;
            normal(number)
        }
        Value::String(text) => {
            spend(budget, text.len())?;
            value.clone()
        }
        Value::Array(items) => {
            let copies = items.iter().map(|item| copy_within(item, budget));
            Value::Array(copies.collect::<Option<_>>()?)
        }
        Value::Object(fields) => {
            let mut copies = Map::with_capacity(fields.len());
            for (key, field) in fields {
                spend(budget, key.len())?;
                copies.insert(key.clone(), copy_within(field, budget)?);
            }
            Value::Object(copies)
        }
    })
}

fn spend(budget: &mut usize, bytes: usize) -> Option<()> {
    *budget = budget.checked_sub(bytes)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn doubles_become_json() {
        assert_eq!(from_f64(1.0), json!(1));
        assert_eq!(from_f64(-0.0).to_string(), "0");
        assert_eq!(from_f64(1.5), json!(1.5));
        assert_eq!(from_f64(1e18).to_string(), "1000000000000000000");
        assert_eq!(from_f64(1e20), json!(1e20));
        assert_eq!(from_f64(f64::INFINITY), json!("Infinity"));
        assert_eq!(from_f64(f64::NEG_INFINITY), json!("-Infinity"));
        assert_eq!(from_f64(f64::NAN), json!("NaN"));
    }

    #[test]
    fn copies_keep_integers_exact_and_drop_zero_fractions() {
        let value = json!({"a": [9_007_199_254_740_993_i64, 1.0, 2.5, -0.0, u64::MAX]});
        let copy = copy_within(&value, &mut 1_000).expect("is small");
        assert_eq!(copy.to_string(), r#"{"a":[9007199254740993,1,2.5,0,1.8446744073709552e+19]}"#);
    }

    #[test]
    fn a_copy_stops_at_its_budget() {
        assert_eq!(copy_within(&json!([1, 2, 3]), &mut 16), None);
        assert_eq!(copy_within(&json!({"ab": "cd"}), &mut 3), None);
        assert_eq!(copy_within(&json!([1, 2]), &mut 16), Some(json!([1, 2])));
    }
}
