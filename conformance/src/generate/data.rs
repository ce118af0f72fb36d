//! Values: shapes of inputs and results, and values of a shape.

use serde_json::{Map, Value, json};

use super::generator::Generator;
use super::shape::{Shape, Want};

/// Names of fields. Most have one type wherever they stand, so that states agree about what flows between them;
/// some must be quoted in paths.
const FIELDS: &[(&str, Kind)] = &[
    ("n", Kind::Int),
    ("s", Kind::Text),
    ("items", Kind::Objects),
    ("flag", Kind::Bool),
    ("m", Kind::Int),
    ("list", Kind::Ints),
    ("when", Kind::Time),
    ("obj", Kind::Object),
    ("name", Kind::Text),
    ("words", Kind::Texts),
    ("x", Kind::Number),
    ("none", Kind::Null),
    ("json", Kind::Json),
    ("a b", Kind::Int),
    ("größe", Kind::Int),
    ("any", Kind::Scalar),
];

#[derive(Clone, Copy)]
enum Kind {
    Bool,
    Int,
    Ints,
    Json,
    Null,
    Number,
    Object,
    Objects,
    Scalar,
    Text,
    Texts,
    Time,
}

const TEXTS: &[&str] = &[
    "a", "", "b", "abc", "a,b;c", "Ada", "ü", "a*b", "10", "{}", "it's", "A", "🦀", "a\\b", "\"q\"",
];

pub(super) const TIMES: &[&str] = &[
    "2026-11-21T02:40:21Z",
    "2026-11-21T02:40:11Z",
    "2025-01-01T00:00:00Z",
    "2026-11-21T02:40:12.5Z",
    "2026-11-21T04:40:13+02:00",
    "2027-01-01T00:00:00.000Z",
];

const JSONS: &[&str] = &["{}", "[1,2]", "{\"n\":1}", "3", "null", "\"s\"", "true"];

impl Generator<'_, '_, '_> {
    /// The shape of an object.
    pub(super) fn object_shape(&mut self, depth: usize) -> Shape {
        let count = 1 + self.draw.below(4);
        let mut fields = Vec::with_capacity(count);
        for _ in 0..count {
            let (name, kind) = self.draw.pick(FIELDS);
            if fields.iter().all(|(other, _)| *other != name) {
                fields.push((name, self.shape_of(kind, depth)));
            }
        }
        Shape::Object(fields)
    }

    /// The shape of any value.
    pub(super) fn any_shape(&mut self) -> Shape {
        match self.draw.below(5) {
            0..=2 => self.object_shape(1),
            3 => {
                let (_, kind) = self.draw.pick(FIELDS);
                self.shape_of(kind, 1)
            }
            _ => Shape::list(self.object_shape(2), self.few_items()),
        }
    }

    /// The name of a field, and what is usually in it.
    pub(super) fn field_name(&mut self) -> (&'static str, Want) {
        let (name, kind) = self.draw.pick(FIELDS);
        let want = match kind {
            Kind::Bool => Want::Bool,
            Kind::Int => Want::Int,
            Kind::Ints => Want::Ints,
            Kind::Json => Want::Json,
            Kind::Number => Want::Number,
            Kind::Null | Kind::Scalar => Want::Scalar,
            Kind::Object => Want::Object,
            Kind::Objects => Want::Objects,
            Kind::Text => Want::Text,
            Kind::Texts => Want::List,
            Kind::Time => Want::Time,
        };
        (name, want)
    }

    /// A shape that will do.
    pub(super) fn shape_for(&mut self, want: Want) -> Shape {
        self.shape_of(
            match want {
                Want::Any | Want::Scalar => Kind::Scalar,
                Want::Null => Kind::Null,
                Want::Bool => Kind::Bool,
                Want::Int => Kind::Int,
                Want::Number => Kind::Number,
                Want::Text => Kind::Text,
                Want::Time => Kind::Time,
                Want::Json => Kind::Json,
                Want::List | Want::Ints => Kind::Ints,
                Want::Objects => Kind::Objects,
                Want::Object => Kind::Object,
            },
            1,
        )
    }

    fn few_items(&mut self) -> usize {
        self.draw.pick(&[2, 1, 3, 0, 2, 5])
    }

    fn shape_of(&mut self, kind: Kind, depth: usize) -> Shape {
        match kind {
            Kind::Bool => Shape::Bool,
            Kind::Int => Shape::Int,
            Kind::Ints => Shape::list(Shape::Int, self.few_items()),
            Kind::Texts => Shape::list(Shape::Text, self.few_items()),
            Kind::Json => Shape::Json,
            Kind::Null => Shape::Null,
            Kind::Number => Shape::Number,
            Kind::Text => Shape::Text,
            Kind::Time => Shape::Time,
            Kind::Scalar => {
                [Shape::Int, Shape::Text, Shape::Bool, Shape::Null][self.draw.below(4)].clone()
            }
            Kind::Object | Kind::Objects if depth >= 2 => Shape::Int,
            Kind::Object => self.object_shape(depth + 1),
            Kind::Objects => Shape::list(self.object_shape(depth + 1), self.few_items()),
        }
    }

    /// A value of a shape.
    pub(super) fn value(&mut self, shape: &Shape) -> Value {
        match shape {
            Shape::Any => json!({}),
            Shape::Null => Value::Null,
            Shape::Bool => (self.draw.below(2) == 0).into(),
            Shape::Int => self.small_int().into(),
            Shape::Number => self.number(),
            Shape::Text => (self.draw.pick(TEXTS)).into(),
            Shape::Time => (self.draw.pick(TIMES)).into(),
            Shape::Json => (self.draw.pick(JSONS)).into(),
            Shape::List(item, length) => (0..*length).map(|_| self.value(item)).collect(),
            Shape::Object(fields) => {
                let mut map = Map::with_capacity(fields.len());
                for (name, shape) in fields {
                    map.insert((*name).to_owned(), self.value(shape));
                }
                Value::Object(map)
            }
        }
    }

    /// A whole number, most often a small one.
    pub(super) fn small_int(&mut self) -> i64 {
        match self.draw.below(16) {
            15 => self.draw.between(0, 100_000),
            small => small as i64 % 6,
        }
    }

    fn number(&mut self) -> Value {
        match self.draw.below(6) {
            0 => 0.5.into(),
            1 => (-1).into(),
            2 => 2.0.into(),
            3 => 1e21.into(),
            4 => (-0.25).into(),
            _ => self.draw.between(-1000, 1000).into(),
        }
    }

    /// A text of the data's kind.
    pub(super) fn text(&mut self) -> &'static str {
        self.draw.pick(TEXTS)
    }
}
