//! Variables.

use serde_json::{Map, Value};

use super::generator::Generator;
use super::graph::Site;
use super::jsonpath::Reads;
use super::shape::Env;
use super::swarm::Switch;

/// Names of variables. Each belongs to one graph: an inner scope may not assign a name of an outer one.
const NAMES: &[&str] = &[
    "va", "vb", "vc", "count", "total", "kept", "héllo", "vd", "ve", "vf", "vg", "vh", "vi", "vj",
    "vk", "vl", "vm", "vn",
];

impl Generator<'_, '_, '_> {
    /// `Assign`, sometimes.
    pub(super) fn assign(
        &mut self,
        site: &Site<'_>,
        reads: &Reads<'_>,
        fields: &mut Map<String, Value>,
        after: &mut Env,
    ) {
        if !self.chance(Switch::Variables, 1, 4) {
            return;
        }
        let mut assign = Map::new();
        for _ in 0..=self.draw.few(2) {
            let Some(name) = self.variable_name(site) else { break };
            if assign.contains_key(name) || assign.contains_key(&format!("{name}.$")) {
                continue;
            }
            let (_, want) = self.field_name();
            let (key, value, shape) = match site.jsonata {
                true => {
                    let (value, shape) = self.jsonata_member(reads, want, 0);
                    (name.to_owned(), value, shape)
                }
                false => {
                    let (computed, value, shape) = self.template_member(reads, want, 0);
                    let key = if computed { format!("{name}.$") } else { name.to_owned() };
                    (key, value, shape)
                }
            };
            assign.insert(key, value);
            after.assign(name, shape, site.place.graph);
        }
        if !assign.is_empty() {
            fields.insert("Assign".into(), Value::Object(assign));
        }
    }

    /// A variable of this graph, or a new name.
    pub(super) fn variable_name(&mut self, site: &Site<'_>) -> Option<&'static str> {
        let own = site.env.variables.iter().filter(|v| v.graph == site.place.graph);
        let own: Vec<&'static str> = own.map(|variable| variable.name).collect();
        if !own.is_empty() && self.draw.chance(1, 2) {
            return Some(self.draw.pick(&own));
        }
        self.new_variable()
    }

    /// A name that no graph has yet.
    pub(super) fn new_variable(&mut self) -> Option<&'static str> {
        let name = NAMES.get(self.variables).copied();
        self.variables += usize::from(name.is_some());
        name
    }
}
