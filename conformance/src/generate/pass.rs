//! Pass, Succeed and Fail states.

use serde_json::{Map, Value, json};

use super::generator::Generator;
use super::graph::{Made, Site};
use super::jsonpath::Reads;
use super::shape::{Shape, Want};
use super::swarm::Switch;

/// Errors that nothing but a Fail state or a task gives.
pub(super) const ERRORS: &[&str] = &["Oops", "Custom.Error", "CardDeclined", "Lambda.Unknown"];

impl Generator<'_, '_, '_> {
    pub(super) fn pass(&mut self, site: &Site<'_>, mut fields: Map<String, Value>) -> Made {
        if site.jsonata {
            let mut after = site.env.clone();
            let reads = Reads::of(site.env);
            self.assign(site, &reads, &mut fields, &mut after);
            after.input = self.jsonata_output(&reads, site.env.input.clone(), &mut fields);
            return self.go_on(site, fields, after, Vec::new());
        }
        let input = self.input_path(site, &mut fields);
        let reads = Reads::of(site.env).with_input(&input);
        let mut result = self.parameters(&reads, &mut fields);
        if self.draw.chance(1, 3) {
            result = self.any_shape();
            fields.insert("Result".into(), self.value(&result));
        }
        let mut after = site.env.clone();
        let reads = Reads::of(site.env).with_input(&result);
        self.assign(site, &reads, &mut fields, &mut after);
        let placed = self.result_path(&site.env.input, result, &mut fields);
        after.input = self.output_path(site, placed, &mut fields);
        self.go_on(site, fields, after, Vec::new())
    }

    pub(super) fn succeed(&mut self, site: &Site<'_>, mut fields: Map<String, Value>) -> Made {
        let output = if site.jsonata {
            self.jsonata_output(&Reads::of(site.env), site.env.input.clone(), &mut fields)
        } else {
            let input = self.input_path(site, &mut fields);
            self.output_path(site, input, &mut fields)
        };
        Made { fields, exits: Vec::new(), output: Some(output) }
    }

    pub(super) fn fail(&mut self, site: &Site<'_>, mut fields: Map<String, Value>) -> Made {
        let reads = Reads::of(site.env);
        for (field, path_field) in [("Error", "ErrorPath"), ("Cause", "CausePath")] {
            match self.draw.below(6) {
                0 => {}
                1 if !site.jsonata => {
                    let path = match self.chance(Switch::Intrinsics, 1, 3) {
                        true => Some(self.text_call(&reads)),
                        false => self.reference(&reads, Want::Text),
                    };
                    if let Some(path) = path {
                        fields.insert(path_field.into(), path.into());
                    }
                }
                1 => {
                    let (expression, _) = self.jsonata(&reads, Want::Text, 0);
                    fields.insert(field.into(), braced(&expression));
                }
                _ => {
                    fields.insert(field.into(), (self.draw.pick(ERRORS)).into());
                }
            }
        }
        Made { fields, exits: Vec::new(), output: None }
    }

    fn text_call(&mut self, reads: &Reads<'_>) -> String {
        // Only some functions may stand here: those that give a text.
        match self.intrinsic(reads, Want::Text, 2) {
            (call, Shape::Text) => call,
            _ => "States.Format('oops')".into(),
        }
    }
}

/// An expression as a field has it.
pub(super) fn braced(expression: &str) -> Value {
    json!(format!("{{% {expression} %}}"))
}
