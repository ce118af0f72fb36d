//! Input and output processing: how a state's input becomes its task's, and a result the state's output.

use serde_json::{Map, Value};

use super::generator::Generator;
use super::graph::Site;
use super::jsonpath::{MISSING, Reads};
use super::shape::{Env, Shape, Want};
use super::swarm::Switch;

/// Places for results.
const RESULT_FIELDS: &[&str] = &["result", "r", "out", "n"];

impl Generator<'_, '_, '_> {
    /// `InputPath`; what it selects.
    pub(super) fn input_path(&mut self, site: &Site<'_>, fields: &mut Map<String, Value>) -> Shape {
        self.selecting(Switch::InputPath, "InputPath", &Reads::of(site.env), fields)
    }

    /// `OutputPath`; what it selects.
    pub(super) fn output_path(
        &mut self,
        site: &Site<'_>,
        output: Shape,
        fields: &mut Map<String, Value>,
    ) -> Shape {
        let reads = Reads::of(site.env).with_input(&output);
        self.selecting(Switch::OutputPath, "OutputPath", &reads, fields)
    }

    fn selecting(
        &mut self,
        switch: Switch,
        field: &str,
        reads: &Reads<'_>,
        fields: &mut Map<String, Value>,
    ) -> Shape {
        if !self.chance(switch, 1, 6) {
            return reads.input.clone();
        }
        if self.draw.chance(1, 8) {
            fields.insert(field.into(), Value::Null);
            return Shape::Object(Vec::new());
        }
        let want = if self.draw.chance(3, 4) { Want::Object } else { Want::Any };
        let found = match self.chance(Switch::IndefinitePaths, 1, 12) {
            true => self.indefinite_path(reads),
            false => self.path(reads, want),
        };
        let Some((path, shape)) = found else { return reads.input.clone() };
        fields.insert(field.into(), path.into());
        shape
    }

    /// `Parameters`, as likely as said; what they become.
    pub(super) fn parameters(
        &mut self,
        reads: &Reads<'_>,
        fields: &mut Map<String, Value>,
    ) -> Shape {
        if !self.chance(Switch::Parameters, 3, 8) {
            return reads.input.clone();
        }
        let (template, shape) = self.template(reads, 0);
        fields.insert("Parameters".into(), template);
        shape
    }

    /// What becomes of a result: `ResultSelector`, `ResultPath`, `OutputPath` and `Assign`.
    pub(super) fn result(
        &mut self,
        site: &Site<'_>,
        result: Shape,
        fields: &mut Map<String, Value>,
    ) -> Env {
        let reads = Reads::of(site.env).with_input(&result);
        let mut after = site.env.clone();
        self.assign(site, &reads, fields, &mut after);
        let mut selected = None;
        if self.chance(Switch::ResultSelector, 1, 5) {
            let (template, shape) = self.template(&reads, 0);
            fields.insert("ResultSelector".into(), template);
            selected = Some(shape);
        }
        let placed = self.result_path(&site.env.input, selected.unwrap_or(result), fields);
        after.input = self.output_path(site, placed, fields);
        after
    }

    /// `ResultPath`: where the result goes in the state's raw input.
    pub(super) fn result_path(
        &mut self,
        raw: &Shape,
        result: Shape,
        fields: &mut Map<String, Value>,
    ) -> Shape {
        if !self.chance(Switch::ResultPath, 1, 2) {
            return result;
        }
        // Only an object, or what is absent, can be written into.
        let is_object = matches!(raw, Shape::Object(_));
        match self.draw.below(8) {
            0 => {
                fields.insert("ResultPath".into(), Value::Null);
                raw.clone()
            }
            1 => {
                fields.insert("ResultPath".into(), "$".into());
                result
            }
            2 if is_object => {
                let (first, second) = ("deep", self.draw.pick(RESULT_FIELDS));
                fields.insert("ResultPath".into(), format!("$.{first}.{second}").into());
                let inner = raw.field(first).cloned().unwrap_or(Shape::Object(Vec::new()));
                raw.clone().with(first, inner.with(second, result))
            }
            _ if is_object || self.ill_typed() => {
                let name = self.draw.pick(RESULT_FIELDS);
                fields.insert("ResultPath".into(), format!("$.{name}").into());
                raw.clone().with(name, result)
            }
            _ => result,
        }
    }

    /// A Reference Path to a value of the wanted type, for fields that take no other path.
    pub(super) fn reference(&mut self, reads: &Reads<'_>, want: Want) -> Option<String> {
        if self.ill_typed() {
            return Some(MISSING.into());
        }
        let reads = Reads { context: false, ..*reads };
        self.path(&reads, want).map(|(path, _)| path)
    }
}
