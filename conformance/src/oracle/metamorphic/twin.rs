//! The same definition in the other query language: JSONPath becomes JSONata.
//!
//! Only definitions whose every field has an exact counterpart have a twin.

use serde_json::{Map, Value, json};

use super::plain_definition;
use crate::case::Case;
use crate::oracle::Trial;

pub(super) fn apply(trial: &Trial<'_>) -> Option<Case> {
    // What the interpreter finds wrong has other names in the other language.
    if trial.seen.error.as_deref().is_some_and(|error| error.starts_with("States.Runtime")) {
        return None;
    }
    let definition = plain_definition(trial)?;
    if trial.machine.states().any(|state| state.jsonata || state.field("QueryLanguage").is_some()) {
        return None;
    }
    let mut twin = graph(definition)?;
    twin.as_object_mut()?.insert("QueryLanguage".to_owned(), "JSONata".into());
    Some(Case { definition: Some(twin), ..trial.case.clone() })
}

fn graph(jsonpath: &Value) -> Option<Value> {
    let mut map = jsonpath.as_object()?.clone();
    if let Some(Value::Object(states)) = map.get_mut("States") {
        for (_, one) in states.iter_mut() {
            *one = Value::Object(state(one.as_object()?)?);
        }
    }
    Some(Value::Object(map))
}

fn state(jsonpath: &Map<String, Value>) -> Option<Map<String, Value>> {
    let kind = jsonpath.get("Type")?.as_str()?;
    let mut twin = Map::new();
    for (field, value) in jsonpath {
        let (field, value) = match (kind, field.as_str()) {
            (_, "Type" | "Next" | "End" | "Comment" | "Default") => (field.as_str(), value.clone()),
            ("Wait", "Seconds" | "Timestamp") => (field.as_str(), value.clone()),
            ("Fail", "Error" | "Cause") => (field.as_str(), literal(value)?),
            ("Pass", "Result" | "Parameters") => ("Output", literal(value)?),
            ("Task", "Resource" | "TimeoutSeconds" | "HeartbeatSeconds") => {
                (field.as_str(), value.clone())
            }
            ("Task", "Parameters") => ("Arguments", literal(value)?),
            ("Map", "ItemSelector") => (field.as_str(), literal(value)?),
            ("Map", "MaxConcurrency") => (field.as_str(), value.clone()),
            ("Map", "ItemProcessor" | "Iterator") => ("ItemProcessor", graph(value)?),
            ("Parallel", "Branches") => {
                ("Branches", value.as_array()?.iter().map(graph).collect::<Option<_>>()?)
            }
            ("Task" | "Parallel" | "Map", "Retry") => ("Retry", value.clone()),
            ("Task" | "Parallel" | "Map", "Catch") => {
                ("Catch", value.as_array()?.iter().map(catcher).collect::<Option<_>>()?)
            }
            // The result is thrown away.
            ("Task" | "Parallel" | "Map", "ResultPath") if value.is_null() => {
                ("Output", "{% $states.input %}".into())
            }
            ("Choice", "Choices") => {
                ("Choices", value.as_array()?.iter().map(choice).collect::<Option<_>>()?)
            }
            _ => return None,
        };
        // Both would be made of the same field.
        if twin.insert(field.to_owned(), value).is_some() {
            return None;
        }
    }
    // Without Parameters a task gets the state's input; what it gets without Arguments is documented nowhere.
    (kind != "Task" || twin.contains_key("Arguments")).then_some(twin)
}

/// A value that means itself in both languages.
fn literal(value: &Value) -> Option<Value> {
    fn is_literal(value: &Value) -> bool {
        match value {
            Value::String(text) => !text.contains("{%"),
            Value::Array(items) => items.iter().all(is_literal),
            Value::Object(map) => {
                map.iter().all(|(key, value)| !key.ends_with(".$") && is_literal(value))
            }
            _ => true,
        }
    }
    is_literal(value).then(|| value.clone())
}

fn catcher(jsonpath: &Value) -> Option<Value> {
    let mut twin = Map::new();
    for (field, value) in jsonpath.as_object()? {
        match (field.as_str(), value) {
            ("ErrorEquals" | "Next" | "Comment", value) => {
                twin.insert(field.clone(), value.clone())
            }
            ("ResultPath", Value::Null) => {
                twin.insert("Output".to_owned(), "{% $states.input %}".into())
            }
            ("ResultPath", path) if path.as_str() == Some("$") => None,
            _ => return None,
        };
    }
    Some(Value::Object(twin))
}

/// A rule that compares one field of the input with a literal.
fn choice(jsonpath: &Value) -> Option<Value> {
    let rule = jsonpath.as_object()?;
    let name = rule.get("Variable")?.as_str()?.strip_prefix("$.")?;
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && name.starts_with(|first: char| first.is_ascii_alphabetic());
    let [operator] = rule
        .iter()
        .filter(|(field, _)| !["Variable", "Next", "Comment"].contains(&field.as_str()))
        .collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let (kind, sign) = match operator.0.as_str() {
        "NumericEquals" => ("number", "="),
        "NumericLessThan" => ("number", "<"),
        "NumericLessThanEquals" => ("number", "<="),
        "NumericGreaterThan" => ("number", ">"),
        "NumericGreaterThanEquals" => ("number", ">="),
        "StringEquals" => ("string", "="),
        "BooleanEquals" => ("boolean", "="),
        _ => return None,
    };
    // A value of another type does not match; in JSONata, comparing its size would be an error.
    let condition = format!(
        "{{% $type($states.input.{name}) = '{kind}' and $states.input.{name} {sign} {} %}}",
        operator.1
    );
    let is_short = !operator.1.as_str().is_some_and(|text| text.contains(['%', '\\']));
    (is_plain && is_short).then(|| json!({"Condition": condition, "Next": rule.get("Next")}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_definitions_have_a_twin() {
        let twin = graph(&json!({"StartAt": "A", "States": {
            "A": {"Type": "Pass", "Result": {"n": 1}, "Next": "B"},
            "B": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "C"}]},
            "C": {"Type": "Parallel", "ResultPath": null, "End": true, "Branches": [
                {"StartAt": "D", "States": {"D": {"Type": "Wait", "Seconds": 3, "End": true}}}]}
        }}))
        .expect("every field has a counterpart");
        assert_eq!(twin["States"]["A"]["Output"], json!({"n": 1}));
        assert_eq!(
            twin["States"]["B"]["Choices"][0]["Condition"],
            "{% $type($states.input.n) = 'number' and $states.input.n = 1 %}"
        );
        assert_eq!(twin["States"]["C"]["Output"], "{% $states.input %}");
    }

    #[test]
    fn others_have_none() {
        for state in [
            json!({"Type": "Pass", "InputPath": "$.x", "End": true}),
            json!({"Type": "Pass", "Parameters": {"x.$": "$.y"}, "End": true}),
            json!({"Type": "Task", "Resource": "r", "End": true}),
        ] {
            assert_eq!(super::state(state.as_object().expect("an object")), None, "{state}");
        }
    }
}
