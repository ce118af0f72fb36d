//! Values that are not the same, told so that the eye finds where.

use serde_json::Value;

/// Characters of two values that are shown whole.
const WHOLE_CHARS: usize = 160;
/// Characters of a value at the place of the difference.
const PART_CHARS: usize = 240;

/// `what` is `found` and should be `expected`: both of them whole when they are short, and otherwise the first place
/// where they differ. `agrees` takes the expected value first.
pub(super) fn differs(
    what: &str,
    found: &Value,
    expected: &Value,
    agrees: impl Fn(&Value, &Value) -> bool,
) -> String {
    let (shown, wanted) = (found.to_string(), expected.to_string());
    if shown.len() + wanted.len() <= WHOLE_CHARS {
        return format!("{what} is {shown}, not {wanted}");
    }
    let mut place = String::from("$");
    let (mut found, mut expected) = (found, expected);
    while let Some((step, inner, wanted)) = step(found, expected, &agrees) {
        place.push_str(&step);
        (found, expected) = (inner, wanted);
    }
    let lengths = match (found, expected) {
        (Value::Array(items), Value::Array(wanted)) if items.len() != wanted.len() => {
            format!(" ({} items, not {})", items.len(), wanted.len())
        }
        _ => String::new(),
    };
    let place = if place == "$" { String::new() } else { format!(" at {place}") };
    format!("{what}{place} is {}, not {}{lengths}", cut(found), cut(expected))
}

/// One step towards the first difference, if that lies inside.
fn step<'v>(
    found: &'v Value,
    expected: &'v Value,
    agrees: &impl Fn(&Value, &Value) -> bool,
) -> Option<(String, &'v Value, &'v Value)> {
    match (found, expected) {
        (Value::Array(items), Value::Array(wanted)) if items.len() == wanted.len() => {
            let mut pairs = items.iter().zip(wanted).enumerate();
            let (index, (item, wanted)) =
                pairs.find(|(_, (item, wanted))| !agrees(wanted, item))?;
            Some((format!("[{index}]"), item, wanted))
        }
        (Value::Object(fields), Value::Object(wanted))
            if fields.len() == wanted.len()
                && fields.keys().all(|key| wanted.contains_key(key)) =>
        {
            let mut pairs =
                fields.iter().filter_map(|(key, field)| Some((key, field, wanted.get(key)?)));
            let (key, field, wanted) = pairs.find(|(_, field, wanted)| !agrees(wanted, field))?;
            Some((format!(".{key}"), field, wanted))
        }
        _ => None,
    }
}

/// A value, cut short.
pub(super) fn cut(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(PART_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(found: Value, expected: Value) -> String {
        differs("it", &found, &expected, |expected, found| expected == found)
    }

    #[test]
    fn short_values_are_told_whole() {
        assert_eq!(told(json!({"a": 1}), json!({"a": 2})), r#"it is {"a":1}, not {"a":2}"#);
    }

    #[test]
    fn long_values_are_told_where_they_differ() {
        let long = "x".repeat(100);
        let (one, other) = (json!([{"s": long, "n": 1}]), json!([{"s": long, "n": 2}]));
        assert_eq!(told(one.clone(), other), "it at $[0].n is 1, not 2");
        let more = json!([{"s": long, "n": 1}, 3]);
        assert!(told(one, more).ends_with("(1 items, not 2)"));
        let fields = json!({"s": long, "t": long});
        assert!(told(fields, json!({"s": long})).starts_with(r#"it is {"s":"xxx"#));
    }

    #[test]
    fn a_long_text_is_cut() {
        let told = told(json!("ä".repeat(1_000)), json!("b"));
        assert!(told.chars().count() < 300 && told.contains('…'), "{told}");
    }
}
