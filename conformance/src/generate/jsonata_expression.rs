//! JSONata expressions of the wanted type.

use serde_json::Value;

use super::generator::Generator;
use super::jsonpath::Reads;
use super::shape::{Shape, Want};

/// Expressions nest at most so deep.
const DEPTH_MAX: usize = 3;

impl Generator<'_, '_, '_> {
    /// An expression of the wanted type, and what it gives.
    pub(super) fn jsonata(
        &mut self,
        reads: &Reads<'_>,
        want: Want,
        depth: usize,
    ) -> (String, Shape) {
        let deep = depth >= DEPTH_MAX;
        if (deep || self.draw.chance(3, 8))
            && let Some(found) = self.jsonata_path(reads, want)
        {
            return found;
        }
        let inner = depth + 1;
        if !deep
            && self.draw.chance(1, 8)
            && let Some(found) = self.jsonata_call(reads, want, inner)
        {
            return found;
        }
        if !deep && self.draw.chance(1, 10) {
            let (condition, _) = self.jsonata(reads, Want::Bool, inner);
            let (yes, a) = self.jsonata(reads, want, inner);
            let (no, b) = self.jsonata(reads, want, inner);
            return (format!("({condition} ? {yes} : {no})"), a.meet(&b));
        }
        match want {
            Want::Int => self.jsonata_int(reads, deep, inner),
            Want::Number => match self.draw.chance(1, 4) {
                true => {
                    let (a, _) = self.jsonata_int(reads, deep, inner);
                    (format!("({a} - {})", self.small_int()), Shape::Number)
                }
                false => self.jsonata_int(reads, deep, inner),
            },
            Want::Null => ("null".to_owned(), Shape::Null),
            Want::Bool => self.jsonata_bool(reads, deep, inner),
            Want::Text => self.jsonata_text(reads, deep, inner),
            Want::List if !deep && self.draw.chance(1, 5) => {
                let (list, _) = self.jsonata_ints(reads, deep, inner);
                let list = format!("$partition($append({list}, [7, 8]), 2)");
                (list, Shape::list(Shape::list(Shape::Int, 0), 1))
            }
            Want::List | Want::Ints => self.jsonata_ints(reads, deep, inner),
            Want::Objects => {
                let count = 2 + self.draw.below(2);
                let shape = self.object_shape(2);
                let items: Vec<String> =
                    (0..count).map(|_| self.value(&shape).to_string()).collect();
                (format!("[{}]", items.join(", ")), Shape::list(shape, count))
            }
            Want::Object => self.jsonata_object(reads, deep, inner),
            Want::Time | Want::Json | Want::Any | Want::Scalar => {
                if let Some(found) = self.jsonata_path(reads, want) {
                    return found;
                }
                let shape = self.shape_for(want);
                (self.value(&shape).to_string(), shape)
            }
        }
    }

    fn jsonata_int(&mut self, reads: &Reads<'_>, deep: bool, inner: usize) -> (String, Shape) {
        let form = if deep { 0 } else { self.draw.below(8) };
        let expression = match form {
            1 | 2 => {
                let operator = self.draw.pick(&["+", "*"]);
                let (a, _) = self.jsonata(reads, Want::Int, inner);
                let (b, _) = self.jsonata(reads, Want::Int, inner);
                format!("({a} {operator} {b})")
            }
            3 => match self.draw.chance(1, 3) {
                true => format!("$count($keys({}))", self.jsonata(reads, Want::Object, inner).0),
                false => format!("$count({})", self.jsonata(reads, Want::List, inner).0),
            },
            4 => format!("$sum({})", self.jsonata(reads, Want::Ints, inner).0),
            5 => format!("$length({})", self.jsonata(reads, Want::Text, inner).0),
            6 => format!("$number(\"{}\")", self.small_int()),
            _ => self.small_int().to_string(),
        };
        (expression, Shape::Int)
    }

    fn jsonata_text(&mut self, reads: &Reads<'_>, deep: bool, inner: usize) -> (String, Shape) {
        let form = if deep { 0 } else { self.draw.below(7) };
        let expression = match form {
            1 | 2 => {
                let (a, _) = self.jsonata(reads, Want::Text, inner);
                let want = self.draw.pick(&[Want::Text, Want::Int, Want::Bool]);
                let (b, _) = self.jsonata(reads, want, inner);
                format!("({a} & {b})")
            }
            3 => {
                let want = self.draw.pick(&[Want::Int, Want::Bool, Want::Object]);
                format!("$string({})", self.jsonata(reads, want, inner).0)
            }
            4 => format!("$uppercase({})", self.jsonata(reads, Want::Text, inner).0),
            5 => format!("$lowercase({})", self.jsonata(reads, Want::Text, inner).0),
            _ => Value::from(self.text()).to_string(),
        };
        (expression, Shape::Text)
    }

    fn jsonata_bool(&mut self, reads: &Reads<'_>, deep: bool, inner: usize) -> (String, Shape) {
        let form = if deep { 0 } else { self.draw.below(8) };
        let expression = match form {
            1..=3 => {
                let (want, operators): (_, &[&str]) = match form {
                    1 => (Want::Int, &["<", "=", ">", "!=", "<=", ">="]),
                    2 => (Want::Text, &["=", "!=", "<", ">"]),
                    _ => (Want::Int, &["in"]),
                };
                let right = if form == 3 { Want::Ints } else { want };
                let operator = self.draw.pick(operators);
                let (a, _) = self.jsonata(reads, want, inner);
                let (b, _) = self.jsonata(reads, right, inner);
                format!("({a} {operator} {b})")
            }
            4 | 5 => {
                let operator = if form == 4 { "and" } else { "or" };
                let (a, _) = self.jsonata(reads, Want::Bool, inner);
                let (b, _) = self.jsonata(reads, Want::Bool, inner);
                format!("({a} {operator} {b})")
            }
            6 => format!("$not({})", self.jsonata(reads, Want::Bool, inner).0),
            7 => {
                let path = match self.draw.chance(1, 2) {
                    true => Some("$states.input.missing".to_owned()),
                    false => self.jsonata_path(reads, Want::Any).map(|(path, _)| path),
                };
                format!("$exists({})", path.unwrap_or_else(|| "$states.input".into()))
            }
            _ => (self.draw.pick(&["true", "false"])).to_owned(),
        };
        (expression, Shape::Bool)
    }

    fn jsonata_ints(&mut self, reads: &Reads<'_>, deep: bool, inner: usize) -> (String, Shape) {
        let form = if deep { 0 } else { self.draw.below(4) };
        match form {
            1 => {
                let (a, _) = self.jsonata(reads, Want::Ints, inner);
                (format!("$append({a}, [1, 2])"), Shape::list(Shape::Int, 2))
            }
            2 => {
                let last = 1 + self.draw.below(6);
                (format!("$range(0, {last}, 1)"), Shape::list(Shape::Int, last + 1))
            }
            _ => {
                let count = self.draw.below(4);
                let items: Vec<String> = (0..count)
                    .map(|_| match deep {
                        true => self.small_int().to_string(),
                        false => self.jsonata(reads, Want::Int, inner).0,
                    })
                    .collect();
                (format!("[{}]", items.join(", ")), Shape::list(Shape::Int, count))
            }
        }
    }

    fn jsonata_object(&mut self, reads: &Reads<'_>, deep: bool, inner: usize) -> (String, Shape) {
        if !deep && self.draw.chance(1, 4) {
            let (a, shape) = self.jsonata(reads, Want::Object, inner);
            let (b, other) = self.jsonata(reads, Want::Object, inner);
            let mut merged = shape;
            if let Shape::Object(fields) = other {
                for (name, shape) in fields {
                    merged = merged.with(name, shape);
                }
            }
            return (format!("$merge([{a}, {b}])"), merged);
        }
        let count = self.draw.below(3);
        let mut fields: Vec<(&'static str, Shape)> = Vec::with_capacity(count);
        let mut members = Vec::with_capacity(count);
        for _ in 0..count {
            let (name, want) = self.field_name();
            if fields.iter().any(|(other, _)| *other == name) {
                continue;
            }
            let (expression, shape) = match deep {
                true => (self.small_int().to_string(), Shape::Int),
                false => self.jsonata(reads, want, inner),
            };
            members.push(format!("\"{name}\": {expression}"));
            fields.push((name, shape));
        }
        (format!("{{{}}}", members.join(", ")), Shape::Object(fields))
    }
}
