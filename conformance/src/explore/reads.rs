//! What one state reads, field by field.

use serde_json::{Map, Value};

use super::paths::{Read, Root, Step, inside, plain, reads};
use super::shape::Hint;
use crate::case::State;

/// The value a path goes into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Document {
    /// The state's input.
    Input,
    /// The result of its task, Map or Parallel.
    Result,
    /// A variable.
    Variable(String),
}

/// One path a state reads.
#[derive(Debug, Clone)]
pub(super) struct StateRead {
    /// Of what.
    pub(super) document: Document,
    /// The way.
    pub(super) path: Vec<Step>,
    /// What the state says of the value.
    pub(super) hint: Option<Hint>,
}

/// Fields that hold other states.
const NESTED: [&str; 3] = ["Branches", "ItemProcessor", "Iterator"];

/// The steps of a field that is a path; `None` when it is absent, `null` or no plain path.
pub(super) fn path_of(state: &State<'_>, field: &str) -> Option<Vec<Step>> {
    plain(state.text(field)?).map(|read| read.path)
}

/// The way to the list a Map goes over.
pub(super) fn items_of(state: &State<'_>) -> Option<Vec<Step>> {
    if state.jsonata {
        let read = plain(state.text("Items")?)?;
        return (read.root == Root::Input).then_some(read.path);
    }
    if state.field("ItemReader").is_some() {
        return None;
    }
    let mut path = path_of(state, "InputPath").unwrap_or_default();
    path.extend(path_of(state, "ItemsPath").unwrap_or_default());
    Some(path)
}

/// Everything a state reads itself; what stands inside a Map or Parallel is not among it.
pub(super) fn own_reads(state: &State<'_>) -> Vec<StateRead> {
    let mut found = Vec::new();
    for (field, value) in state.fields {
        if NESTED.contains(&field.as_str()) || field == "Catch" {
            continue;
        }
        match state.jsonata {
            true => jsonata_field(state, field, value, &mut found),
            false => jsonpath_field(state, field, value, &mut found),
        }
    }
    found
}

/// What a field says of the value it reads.
fn hint_of(field: &str) -> Option<Hint> {
    match field {
        "ItemsPath" | "Items" => Some(Hint::List),
        "SecondsPath"
        | "Seconds"
        | "TimeoutSecondsPath"
        | "HeartbeatSecondsPath"
        | "TimeoutSeconds"
        | "HeartbeatSeconds"
        | "MaxConcurrencyPath" => Some(Hint::Count),
        "TimestampPath" | "Timestamp" => Some(Hint::Moment),
        _ => None,
    }
}

fn jsonata_field(state: &State<'_>, field: &str, value: &Value, found: &mut Vec<StateRead>) {
    each_text(value, &mut |_, text| {
        if !text.starts_with("{%") {
            return;
        }
        let only = plain(text).is_some();
        for read in reads(inside(text)) {
            let Read { root, mut path, hint } = read;
            let document = match root {
                Root::Input => Document::Input,
                Root::Result => Document::Result,
                Root::Variable(name) => Document::Variable(name),
                Root::Item => match items_of(state) {
                    Some(mut items) => {
                        items.push(Step::Item);
                        items.append(&mut path);
                        path = items;
                        Document::Input
                    }
                    None => continue,
                },
                Root::Here => continue,
            };
            let hint = hint.or_else(|| hint_of(field).filter(|_| only));
            found.push(StateRead { document, path, hint });
        }
    });
}

fn jsonpath_field(state: &State<'_>, field: &str, value: &Value, found: &mut Vec<StateRead>) {
    let base = match field {
        "InputPath" => Vec::new(),
        _ => path_of(state, "InputPath").unwrap_or_default(),
    };
    let works = matches!(state.kind(), "Task" | "Map" | "Parallel" | "Pass");
    let of_result = field == "ResultSelector" || field == "Assign" && works;
    let mut add = |text: &str, hint: Option<Hint>| {
        for read in reads(text) {
            let (document, mut path) = match read.root {
                Root::Here if of_result => (Document::Result, Vec::new()),
                Root::Here => (Document::Input, base.clone()),
                Root::Item => match items_of(state) {
                    Some(mut items) => {
                        items.push(Step::Item);
                        (Document::Input, items)
                    }
                    None => continue,
                },
                Root::Variable(name) => (Document::Variable(name), Vec::new()),
                Root::Input | Root::Result => continue,
            };
            path.extend(read.path);
            found.push(StateRead { document, path, hint: hint.clone() });
        }
    };
    match (field, value) {
        ("ResultPath" | "OutputPath", _) => {}
        ("Choices", Value::Array(rules)) => {
            for rule in rules.iter().filter_map(Value::as_object) {
                choice(rule, &mut add);
            }
        }
        (path, Value::String(text)) if path.ends_with("Path") => add(text, hint_of(field)),
        (_, template) => each_text(template, &mut |key, text| {
            if key.is_some_and(|key| key.ends_with(".$")) {
                add(text, None);
            }
        }),
    }
}

/// A rule of a Choice, with those inside it.
fn choice(rule: &Map<String, Value>, add: &mut impl FnMut(&str, Option<Hint>)) {
    for (key, value) in rule {
        match value {
            Value::Array(inner) => {
                for rule in inner.iter().filter_map(Value::as_object) {
                    choice(rule, add);
                }
            }
            Value::Object(inner) if key == "Not" => choice(inner, add),
            _ => {}
        }
    }
    let Some(variable) = rule.get("Variable").and_then(Value::as_str) else { return };
    for (operator, operand) in rule {
        let hint = match operator.as_str() {
            "Variable" | "Next" | "Comment" | "Assign" => continue,
            "IsPresent" => Some(Hint::Optional),
            "IsNull" => Some(Hint::Nullable),
            "IsTimestamp" => Some(Hint::Moment),
            "IsNumeric" => Some(Hint::Count),
            "IsBoolean" => Some(Hint::Compared(true.into())),
            "IsString" => None,
            path if path.ends_with("Path") => {
                if let Some(other) = operand.as_str() {
                    let same = path.starts_with("Numeric").then_some(Hint::Count);
                    add(other, same);
                }
                path.starts_with("Numeric").then_some(Hint::Count)
            }
            _ => Some(Hint::Compared(operand.clone())),
        };
        add(variable, hint);
    }
}

/// Every text in a value, with the key it stands at.
fn each_text(value: &Value, each: &mut impl FnMut(Option<&str>, &str)) {
    fn walk(key: Option<&str>, value: &Value, each: &mut impl FnMut(Option<&str>, &str)) {
        match value {
            Value::String(text) => each(key, text),
            Value::Array(items) => items.iter().for_each(|item| walk(None, item, each)),
            Value::Object(map) => map.iter().for_each(|(key, value)| walk(Some(key), value, each)),
            _ => {}
        }
    }
    walk(None, value, each);
}
