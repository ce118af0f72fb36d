//! The shape of a value that is only known by what reads it, and values drawn from it.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value, json};
use stepclock_engine::data::RandomStream;

use super::paths::Step;

/// What a definition says of a value by reading it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Hint {
    /// It is compared with this.
    Compared(Value),
    /// It is the list a Map goes over.
    List,
    /// It is a number of seconds, or another count.
    Count,
    /// It is a moment.
    Moment,
    /// Whether it is there is asked.
    Optional,
    /// Whether it is `null` is asked.
    Nullable,
}

/// A value known by what reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Shape {
    fields: BTreeMap<String, Shape>,
    items: Option<Box<Shape>>,
    hints: Vec<Hint>,
}

impl Shape {
    /// Notes that this path is read.
    pub(super) fn add(&mut self, path: &[Step], hint: Option<&Hint>) {
        let mut at = self;
        for step in path {
            at = match step {
                Step::Field(name) => at.fields.entry(name.clone()).or_default(),
                Step::Item => at.items.get_or_insert_default(),
            };
        }
        if let Some(hint) = hint.filter(|hint| !at.hints.contains(hint)) {
            at.hints.push(hint.clone());
        }
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.items.is_none() && self.hints.is_empty()
    }

    /// A value of this shape, an object if nothing else is known.
    pub(super) fn draw(&self, random: &mut RandomStream) -> Value {
        if self.is_empty() { json!({}) } else { self.value("value", random).unwrap_or_default() }
    }

    /// A value; `None` when it is left out.
    fn value(&self, name: &str, random: &mut RandomStream) -> Option<Value> {
        if self.hints.contains(&Hint::Optional) && random.below(3) == 0 {
            return None;
        }
        if self.hints.contains(&Hint::Nullable) && random.below(3) == 0 {
            return Some(Value::Null);
        }
        if !self.fields.is_empty() {
            let draw = |(name, shape): (&String, &Shape)| {
                shape.value(name, random).map(|value| (name.clone(), value))
            };
            return Some(Value::Object(self.fields.iter().filter_map(draw).collect::<Map<_, _>>()));
        }
        if self.items.is_some() || self.hints.contains(&Hint::List) {
            let length = [0, 1, 2, 3, 3, 5][random.below(6) as usize];
            let items = (0..length).map(|index| match &self.items {
                Some(shape) if !shape.is_empty() => shape.value(name, random).unwrap_or_default(),
                _ => format!("{name}-{index}").into(),
            });
            return Some(items.collect());
        }
        let candidates: Vec<Value> = self.hints.iter().flat_map(Hint::values).collect();
        if candidates.is_empty() {
            return Some(format!("{name}-{}", random.below(1_000)).into());
        }
        Some(candidates[random.below(candidates.len() as u64) as usize].clone())
    }

    /// In a line for people: `{ total: 999 | 1000 | 1001, parcels: […] }`.
    pub(super) fn describe(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// The same, and `{}` when nothing is known.
    pub(super) fn describe_or_empty(&self) -> String {
        if self.is_empty() { "{}".to_owned() } else { self.describe() }
    }

    fn write(&self, text: &mut String) {
        if !self.fields.is_empty() {
            text.push_str("{ ");
            for (index, (name, shape)) in self.fields.iter().enumerate() {
                let separator = if index > 0 { ", " } else { "" };
                let optional = if shape.hints.contains(&Hint::Optional) { "?" } else { "" };
                let _ = write!(text, "{separator}{name}{optional}: ");
                shape.write(text);
            }
            text.push_str(" }");
        } else if self.items.is_some() || self.hints.contains(&Hint::List) {
            text.push_str("[ 0 to 5 × ");
            match &self.items {
                Some(shape) if !shape.is_empty() => shape.write(text),
                _ => text.push_str("text"),
            }
            text.push_str(" ]");
        } else {
            let mut values: Vec<String> =
                self.hints.iter().flat_map(Hint::values).map(|value| value.to_string()).collect();
            if self.hints.contains(&Hint::Nullable) {
                values.push("null".to_owned());
            }
            values.dedup();
            match values.is_empty() {
                true => text.push_str("text"),
                false => text.push_str(&values.join(" | ")),
            }
        }
    }
}

impl Hint {
    /// Values worth trying.
    fn values(&self) -> Vec<Value> {
        match self {
            Self::Compared(Value::Number(number)) => match number.as_i64() {
                Some(whole) => [whole.checked_sub(1), Some(whole), whole.checked_add(1)]
                    .into_iter()
                    .flatten()
                    .map(Value::from)
                    .collect(),
                None => {
                    let value = number.as_f64().unwrap_or_default();
                    vec![json!(value - 1.0), json!(value), json!(value + 1.0)]
                }
            },
            Self::Compared(Value::Bool(_)) => vec![true.into(), false.into()],
            Self::Compared(Value::String(text)) => match text.contains('*') {
                true => vec![text.replace('*', "x").into(), "other".into()],
                false => vec![text.as_str().into(), "other".into()],
            },
            Self::Compared(other) => vec![other.clone()],
            Self::Count => vec![1.into(), 5.into(), 30.into()],
            Self::Moment => {
                vec!["2026-01-01T00:00:00Z".into(), "2026-01-01T06:00:00Z".into()]
            }
            Self::List | Self::Optional | Self::Nullable => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_drawn_around_what_they_are_compared_with() {
        let mut shape = Shape::default();
        let field = |name: &str| Step::Field(name.to_owned());
        shape.add(&[field("total")], Some(&Hint::Compared(json!(1_000))));
        shape.add(&[field("lines"), Step::Item, field("id")], None);
        assert_eq!(
            shape.describe(),
            "{ lines: [ 0 to 5 × { id: text } ], total: 999 | 1000 | 1001 }"
        );
        let mut random = RandomStream::new(1, "test");
        let totals: std::collections::BTreeSet<i64> =
            (0..100).filter_map(|_| shape.draw(&mut random)["total"].as_i64()).collect();
        assert_eq!(totals, [999, 1_000, 1_001].into());
    }
}
