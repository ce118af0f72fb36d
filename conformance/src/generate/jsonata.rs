//! JSONata: paths, and JSON in which strings are expressions.

use serde_json::{Map, Value};

use super::generator::Generator;
use super::graph::Site;
use super::jsonpath::{Reads, is_plain};
use super::pass::braced;
use super::shape::{Env, Shape, Step, Want};
use super::swarm::Switch;

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
