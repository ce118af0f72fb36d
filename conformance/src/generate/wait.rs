//! Wait states in their four forms.

use serde_json::{Map, Value};

use super::data::TIMES;
use super::generator::Generator;
use super::graph::{Made, Site};
use super::jsonpath::Reads;
use super::pass::braced;
use super::shape::Want;

/// Seconds to wait: mostly short; some longer than an EXPRESS execution may run.
const SECONDS: &[u64] = &[1, 0, 2, 3, 5, 10, 60, 299, 301, 3600, 86_400, 31_536_000];

impl Generator<'_, '_, '_> {
    pub(super) fn wait(&mut self, site: &Site<'_>, mut fields: Map<String, Value>) -> Made {
        let input = match site.jsonata {
            true => site.env.input.clone(),
            false => self.input_path(site, &mut fields),
        };
        let reads = Reads::of(site.env).with_input(&input);
        let (field, value) = match (self.draw.below(6), site.jsonata) {
            (2, false) => self
                .reference(&reads, Want::Int)
                .map_or_else(|| self.seconds(), |path| ("SecondsPath", path.into())),
            (3, false) => self
                .reference(&reads, Want::Time)
                .map_or_else(|| self.seconds(), |path| ("TimestampPath", path.into())),
            (2, true) => {
                let (expression, _) = self.jsonata(&reads, Want::Int, 0);
                ("Seconds", braced(&expression))
            }
            (3, true) => match self.jsonata_path(&reads, Want::Time) {
                Some((expression, _)) => ("Timestamp", braced(&expression)),
                None => self.seconds(),
            },
            (4, _) => ("Timestamp", (self.draw.pick(TIMES)).into()),
            _ => self.seconds(),
        };
        fields.insert(field.into(), value);
        let mut after = site.env.clone();
        self.assign(site, &reads, &mut fields, &mut after);
        after.input = match site.jsonata {
            true => self.jsonata_output(&reads, input.clone(), &mut fields),
            false => self.output_path(site, input.clone(), &mut fields),
        };
        self.go_on(site, fields, after, Vec::new())
    }

    fn seconds(&mut self) -> (&'static str, Value) {
        let count = if self.draw.chance(1, 4) { SECONDS.len() } else { 6 };
        ("Seconds", SECONDS[self.draw.below(count)].into())
    }
}
