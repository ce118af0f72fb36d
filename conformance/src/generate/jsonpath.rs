//! Paths of JSONPath states, and payload templates.

use serde_json::{Map, Value};

use super::generator::Generator;
use super::shape::{Env, Shape, Step, Variable, Want};
use super::swarm::Switch;

/// What an expression can read.
#[derive(Clone, Copy)]
pub(super) struct Reads<'e> {
    /// `$`, or `$states.input`.
    pub(super) input: &'e Shape,
    pub(super) variables: &'e [Variable],
    /// Further roots, as they are written.
    pub(super) more: &'e [(&'static str, &'e Shape)],
    /// Whether it can read the context object.
    pub(super) context: bool,
}

impl<'e> Reads<'e> {
    /// A state's input.
    pub(super) fn of(env: &'e Env) -> Self {
        Self { input: &env.input, variables: &env.variables, more: &[], context: true }
    }

    /// Another value in place of the input.
    pub(super) fn with_input(self, input: &'e Shape) -> Self {
        Self { input, ..self }
    }
}

/// A path that leads nowhere.
pub(super) const MISSING: &str = "$.missing";

impl Generator<'_, '_, '_> {
    /// A path to a value of the wanted type, and what is there; `None` when there is no such value.
    pub(super) fn path(&mut self, reads: &Reads<'_>, want: Want) -> Option<(String, Shape)> {
        if self.ill_typed() {
            if self.draw.chance(1, 2) {
                return Some((MISSING.into(), Shape::Any));
            }
            return self.well_typed_path(reads, Want::Any);
        }
        self.well_typed_path(reads, want)
    }

    fn well_typed_path(&mut self, reads: &Reads<'_>, want: Want) -> Option<(String, Shape)> {
        let in_input = reads.input.count(want);
        if in_input > 0 && self.draw.chance(3, 4) {
            return self.path_below("$", reads.input, want, in_input);
        }
        let readable = reads.context && self.swarm.has(Switch::ContextObject);
        let context = readable.then(|| self.context.clone());
        let context = context.as_deref().map(|shape| ("$$", shape));
        let mut roots: Vec<(&str, &Shape, usize)> = Vec::with_capacity(4);
        roots.push(("$", reads.input, in_input));
        for variable in reads.variables {
            roots.push((variable.name, &variable.shape, variable.shape.count(want)));
        }
        for (name, shape) in reads.more.iter().copied().chain(context) {
            roots.push((name, shape, shape.count(want)));
        }
        roots.retain(|(_, _, count)| *count > 0);
        if roots.is_empty() {
            return None;
        }
        let (name, shape, count) = self.draw.pick(&roots);
        match name.starts_with('$') {
            true => self.path_below(name, shape, want, count),
            false => self.path_below(&format!("${name}"), shape, want, count),
        }
    }

    fn path_below(
        &mut self,
        root: &str,
        shape: &Shape,
        want: Want,
        count: usize,
    ) -> Option<(String, Shape)> {
        let (steps, found) = shape.place(want, self.draw.below(count))?;
        let quoted = self.draw.chance(1, 16);
        let mut path = root.to_owned();
        for step in steps {
            match step {
                Step::Field(name) if !quoted && is_plain(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Step::Field(name) => {
                    path.push_str("['");
                    path.push_str(name);
                    path.push_str("']");
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

    /// A path that may find any number of values, and gives a list of them.
    pub(super) fn indefinite_path(&mut self, reads: &Reads<'_>) -> Option<(String, Shape)> {
        let (list, shape) = self.well_typed_path(reads, Want::Objects).or_else(|| {
            let (ints, shape) = self.well_typed_path(reads, Want::List)?;
            Some((ints, shape))
        })?;
        let Shape::List(item, _) = shape else { return None };
        let field = match &*item {
            Shape::Object(fields) => fields.iter().find(|(name, _)| is_plain(name)),
            _ => None,
        };
        if self.draw.chance(1, 4) {
            return Some(self.union(&list, *item));
        }
        let (path, item) = match (self.draw.below(6), field) {
            (0, _) => (format!("{list}[0:2]"), *item),
            (1, _) => (format!("{list}[*]"), *item),
            (2, Some((name, shape))) => (format!("{list}[*].{name}"), shape.clone()),
            (3, Some((name, shape))) => {
                let (name, shape) = (*name, shape.clone());
                let test = self.filter(name, &shape);
                (format!("{list}[?({test})]"), *item)
            }
            (4, Some((name, shape))) => (format!("{list}..{name}"), shape.clone()),
            _ => (format!("{list}[-1:]"), *item),
        };
        Some((path, Shape::list(item, 0)))
    }

    /// Several indexes of a list, or several names of what is in it.
    fn union(&mut self, list: &str, item: Shape) -> (String, Shape) {
        let (last, several) = (self.draw.below(3), self.draw.chance(2, 3));
        if let Shape::Object(fields) = &item
            && fields.len() > 1
            && several
        {
            // In another order than the object's own, which shows where it becomes text.
            let named: Vec<_> = fields.iter().rev().take(2 + last).cloned().collect();
            let names: Vec<_> = named.iter().map(|(name, _)| format!("'{name}'")).collect();
            let (each, names) = (self.draw.pick(&["[*]", "[0:2]"]), names.join(","));
            return (format!("{list}{each}[{names}]"), Shape::list(Shape::Object(named), 0));
        }
        (format!("{list}[0,{}]", 1 + last), Shape::list(item, 0))
    }

    fn filter(&mut self, name: &str, shape: &Shape) -> String {
        let operator = self.draw.pick(&[">", "==", "<", "!=", ">=", "<="]);
        match shape {
            Shape::Int | Shape::Number => {
                format!("@.{name} {operator} {}", self.draw.below(4))
            }
            Shape::Text => format!("@.{name} == 'a'"),
            Shape::Bool => format!("@.{name} == true"),
            _ => format!("@.{name}"),
        }
    }

    /// A payload template: an object of literals, paths and calls.
    pub(super) fn template(&mut self, reads: &Reads<'_>, depth: usize) -> (Value, Shape) {
        let count = 1 + self.draw.below(3);
        let mut map = Map::with_capacity(count);
        let mut fields: Vec<(&'static str, Shape)> = Vec::with_capacity(count);
        for _ in 0..count {
            let (name, want) = self.field_name();
            if fields.iter().any(|(other, _)| *other == name) {
                continue;
            }
            let (computed, value, shape) = self.template_member(reads, want, depth);
            let key = if computed { format!("{name}.$") } else { name.to_owned() };
            map.insert(key, value);
            fields.push((name, shape));
        }
        (Value::Object(map), Shape::Object(fields))
    }

    /// A member of a template: whether it is computed, what stands there, and what comes of it.
    pub(super) fn template_member(
        &mut self,
        reads: &Reads<'_>,
        want: Want,
        depth: usize,
    ) -> (bool, Value, Shape) {
        match self.draw.below(8) {
            0..=2 => {
                let want = if self.draw.chance(1, 4) { Want::Any } else { want };
                if let Some((path, shape)) = self.path(reads, want) {
                    return (true, path.into(), shape);
                }
            }
            3 if self.swarm.has(Switch::IndefinitePaths) => {
                if let Some((path, shape)) = self.indefinite_path(reads) {
                    return (true, path.into(), shape);
                }
            }
            4 | 5 if self.swarm.has(Switch::Intrinsics) => {
                let (call, shape) = self.intrinsic(reads, want, 1);
                return (true, call.into(), shape);
            }
            6 if depth < 2 => {
                let (value, shape) = self.template(reads, depth + 1);
                return (false, value, shape);
            }
            7 if depth < 2 => {
                let (value, shape) = self.template(reads, depth + 1);
                return (false, Value::Array(vec![value]), Shape::list(shape, 1));
            }
            _ => {}
        }
        let shape = self.shape_for(want);
        (false, self.value(&shape), shape)
    }
}

/// Whether a name can stand after a dot in both query languages.
pub(super) fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
