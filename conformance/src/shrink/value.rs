//! Making JSON values smaller.

use serde_json::{Value, json};

/// A place in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Name(String),
    Index(usize),
}

/// One way to make a value smaller.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    pub(super) at: Vec<Key>,
    pub(super) change: Change,
}

/// What is done at the place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Remove,
    Replace(Value),
}

/// Which members may be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removable {
    /// Those of arrays and of objects.
    All,
    /// Only those of arrays: the names of objects mean something.
    Elements,
}

/// Depth below which a value is only replaced as a whole.
const DEPTH_MAX: usize = 12;

/// All ways to make a value smaller, the largest first.
pub(super) fn edits(value: &Value, removable: Removable) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut level = vec![(Vec::new(), value)];
    for _ in 0..DEPTH_MAX {
        let mut below = Vec::new();
        for (at, value) in level {
            let change = |change| Edit { at: at.clone(), change };
            edits.extend(simpler(value).into_iter().map(Change::Replace).map(change));
            match value {
                Value::Array(items) => {
                    for (index, item) in items.iter().enumerate() {
                        let at = step(&at, Key::Index(index));
                        edits.push(Edit { at: at.clone(), change: Change::Remove });
                        below.push((at, item));
                    }
                }
                Value::Object(map) => {
                    for (name, member) in map {
                        let at = step(&at, Key::Name(name.clone()));
                        if removable == Removable::All {
                            edits.push(Edit { at: at.clone(), change: Change::Remove });
                        }
                        below.push((at, member));
                    }
                }
                _ => {}
            }
        }
        level = below;
    }
    edits
}

fn step(at: &[Key], key: Key) -> Vec<Key> {
    let mut at = at.to_vec();
    at.push(key);
    at
}

/// Simpler values of the same type.
fn simpler(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) if items.len() > 1 => {
            vec![json!([]), items[..items.len() / 2].into(), items[items.len() / 2..].into()]
        }
        Value::Object(map) if map.len() > 1 => vec![json!({})],
        Value::String(text) if text.chars().count() > 1 => {
            let half = text.chars().take(text.chars().count() / 2).collect::<String>();
            vec![json!(""), half.into()]
        }
        Value::Number(number) => {
            let Some(value) = number.as_i64() else { return vec![json!(0), json!(1)] };
            [0, 1, value / 2]
                .into_iter()
                .filter(|n| n.abs() < value.abs())
                .map(Value::from)
                .collect()
        }
        Value::Bool(true) => vec![json!(false)],
        _ => Vec::new(),
    }
}

/// The value after an edit; `None` when it does not fit.
pub(super) fn apply(value: &Value, edit: &Edit) -> Option<Value> {
    let mut value = value.clone();
    let Some((last, around)) = edit.at.split_last() else {
        return match &edit.change {
            Change::Replace(new) => Some(new.clone()),
            Change::Remove => None,
        };
    };
    let mut at = &mut value;
    for key in around {
        at = match key {
            Key::Name(name) => at.get_mut(name)?,
            Key::Index(index) => at.get_mut(index)?,
        };
    }
    match (&edit.change, last, at) {
        (Change::Remove, Key::Index(index), Value::Array(items)) if *index < items.len() => {
            items.remove(*index);
        }
        (Change::Remove, Key::Name(name), Value::Object(map)) => drop(map.shift_remove(name)?),
        (Change::Replace(new), Key::Index(index), at) => *at.get_mut(index)? = new.clone(),
        (Change::Replace(new), Key::Name(name), at) => *at.get_mut(name)? = new.clone(),
        _ => return None,
    }
    Some(value)
}
