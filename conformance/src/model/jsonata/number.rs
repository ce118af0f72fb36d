//! Numbers of JSONata: doubles, whole where they can be.

use serde_json::Value;

use super::super::failure::{Result, unknown};

/// Whole numbers up to here are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number as a value; gives up where exactness or finiteness is lost.
pub(super) fn value(number: f64) -> Result<Value> {
    if !number.is_finite() {
        return unknown("a number that is not finite");
    }
    if number.fract() == 0.0 {
        return if number.abs() <= EXACT {
            Ok(Value::from(number as i64))
        } else {
            unknown("a whole number beyond what is exact")
        };
    }
    Ok(Value::from(number))
}

/// The number of a value, if it is one.
pub(super) fn of(value: &Value) -> Result<Option<f64>> {
    match value.as_f64() {
        Some(number) if value.is_i64() && number.abs() > EXACT => {
            unknown("a whole number beyond what is exact")
        }
        Some(_) if value.is_u64() && !value.is_i64() => {
            unknown("a whole number beyond what is exact")
        }
        number => Ok(number),
    }
}

/// Writes numbers as JSONata does, where that is plain: `2.0` becomes `2`. It shows where a value becomes text.
pub(super) fn plain(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(map) => map.values_mut().for_each(plain),
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() <= EXACT);
            if let Some(whole) = whole {
                *value = Value::from(whole as i64);
            }
        }
        _ => {}
    }
}

/// A number as text, with at most 15 digits; gives up where the form is not plain.
pub(super) fn text(value: &Value) -> Result<String> {
    let Some(number) = of(value)? else { return unknown("a number that is none") };
    if number.fract() == 0.0 && number.abs() <= EXACT {
        return Ok((number as i64).to_string());
    }
    let text = number.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits > 15 || number.abs() < 1e-6 {
        return unknown("a number whose text is not plain");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_are_written_without_a_fraction() {
        let mut value = json!({"a": [2.0, 0.5, 3], "b": 1e300});
        plain(&mut value);
        assert_eq!(value.to_string(), r#"{"a":[2,0.5,3],"b":1e300}"#.replace("1e300", "1e+300"));
    }
}
