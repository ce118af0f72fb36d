//! JSONata: expressions of the wanted type, and JSON in which strings are expressions.

use serde_json::{Map, Value};

use super::generator::Generator;
use super::graph::Site;
use super::jsonpath::{Reads, is_plain};
use super::pass::braced;
use super::shape::{Env, Shape, Step, Want};
use super::swarm::Switch;

/// Expressions nest at most so deep.
const DEPTH_MAX: usize = 3;

impl Generator<'_, '_, '_> {
    /// Whether the next state's language is JSONata.
    pub(super) fn state_language(&mut self) -> bool {
        self.jsonata || self.chance(Switch::Jsonata, 1, 8)
    }

    /// A path to a value of the wanted type, and what is there.
    pub(super) fn jsonata_path(
        &mut self,
        reads: &Reads<'_>,
        want: Want,
    ) -> Option<(String, Shape)> {
        if self.ill_typed() {
            return Some(("$states.input.missing".into(), Shape::Any));
        }
        let context = self.swarm.has(Switch::ContextObject).then(|| self.context.clone());
        let context = context.as_deref().map(|shape| ("$states.context", shape));
        let mut roots: Vec<(&str, &Shape, usize)> = Vec::with_capacity(8);
        // The input three times over: it is what expressions read most.
        for _ in 0..3 {
            roots.push(("$states.input", reads.input, reads.input.count(want)));
        }
        for variable in reads.variables {
            roots.push((variable.name, &variable.shape, variable.shape.count(want)));
        }
        for (name, shape) in reads.more {
            for _ in 0..3 {
                roots.push((name, shape, shape.count(want)));
            }
        }
        roots.extend(context.map(|(name, shape)| (name, shape, shape.count(want))));
        roots.retain(|(_, _, count)| *count > 0);
        if roots.is_empty() {
            return None;
        }
        let (root, shape, count) = self.draw.pick(&roots);
        let (steps, found) = shape.place(want, self.draw.below(count))?;
        let mut path = if root.starts_with('$') { root.to_owned() } else { format!("${root}") };
        for step in steps {
            match step {
                Step::Field(name) if is_plain(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Step::Field(name) => {
                    path.push_str(".`");
                    path.push_str(name);
                    path.push('`');
                }
                Step::Item(length) => {
                    path.push('[');
                    path.push_str(&self.draw.below(length).to_string());
                    path.push(']');
                }
            }
        }
        Some((path, found.clone()))
    }

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
        let form = if deep { 0 } else { self.draw.below(5) };
        match form {
            1 => {
                let (a, _) = self.jsonata(reads, Want::Ints, inner);
                (format!("$append({a}, [1, 2])"), Shape::list(Shape::Int, 2))
            }
            2 => {
                let last = 1 + self.draw.below(6);
                (format!("$range(0, {last}, 1)"), Shape::list(Shape::Int, last + 1))
            }
            3 => {
                let (a, _) = self.jsonata(reads, Want::Ints, inner);
                let list = format!("$partition($append({a}, [7, 8]), 2)");
                (list, Shape::list(Shape::list(Shape::Int, 0), 1))
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

    /// A value of a template: an expression, a literal, or JSON with expressions in it.
    pub(super) fn jsonata_member(
        &mut self,
        reads: &Reads<'_>,
        want: Want,
        depth: usize,
    ) -> (Value, Shape) {
        match self.draw.below(8) {
            0..=4 => {
                let (expression, shape) = self.jsonata(reads, want, 0);
                (braced(&expression), shape)
            }
            5 if depth < 2 => self.jsonata_template(reads, depth + 1),
            6 if depth < 2 => {
                let (value, shape) = self.jsonata_template(reads, depth + 1);
                (Value::Array(vec![value]), Shape::list(shape, 1))
            }
            _ => {
                let shape = self.shape_for(want);
                (self.value(&shape), shape)
            }
        }
    }

    /// JSON with expressions in it, or an expression that gives an object.
    pub(super) fn jsonata_template(&mut self, reads: &Reads<'_>, depth: usize) -> (Value, Shape) {
        if self.draw.chance(1, 4) {
            let (expression, shape) = self.jsonata(reads, Want::Object, 0);
            return (braced(&expression), shape);
        }
        let count = 1 + self.draw.below(3);
        let mut map = Map::with_capacity(count);
        let mut fields: Vec<(&'static str, Shape)> = Vec::with_capacity(count);
        for _ in 0..count {
            let (name, want) = self.field_name();
            if fields.iter().any(|(other, _)| *other == name) {
                continue;
            }
            let (value, shape) = self.jsonata_member(reads, want, depth);
            map.insert(name.to_owned(), value);
            fields.push((name, shape));
        }
        (Value::Object(map), Shape::Object(fields))
    }

    /// `Output`, sometimes; what it gives.
    pub(super) fn jsonata_output(
        &mut self,
        reads: &Reads<'_>,
        otherwise: Shape,
        fields: &mut Map<String, Value>,
    ) -> Shape {
        if !self.draw.chance(1, 2) {
            return otherwise;
        }
        let (value, shape) = match self.draw.chance(1, 8) {
            true => self.jsonata_member(reads, Want::Any, 0),
            false => self.jsonata_template(reads, 0),
        };
        fields.insert("Output".into(), value);
        shape
    }

    /// What becomes of a result: `Output` and `Assign`.
    pub(super) fn jsonata_result(
        &mut self,
        site: &Site<'_>,
        result: Shape,
        fields: &mut Map<String, Value>,
    ) -> Env {
        let more = [("$states.result", &result)];
        let reads = Reads { more: &more, ..Reads::of(site.env) };
        let mut after = site.env.clone();
        self.assign(site, &reads, fields, &mut after);
        after.input = self.jsonata_output(&reads, result.clone(), fields);
        after
    }
}
