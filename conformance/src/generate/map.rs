//! Inline Map states.

use serde_json::{Map, Value, json};

use super::generator::Generator;
use super::graph::{Made, Site};
use super::jsonpath::{MISSING, Reads};
use super::pass::braced;
use super::retry::Failures;
use super::shape::{Env, Shape, Want};
use super::swarm::Switch;

impl Generator<'_, '_, '_> {
    pub(super) fn map(&mut self, site: &Site<'_>, mut fields: Map<String, Value>) -> Made {
        let jsonata_site = Site { jsonata: true, ..*site };
        let mut site = site;
        if !site.jsonata && self.swarm.has(Switch::Jsonata) && !self.has_list(site) {
            // Only JSONata can write the items down.
            fields.insert("QueryLanguage".into(), "JSONata".into());
            site = &jsonata_site;
        }
        if !self.express && self.chance(Switch::DistributedMap, 1, 3) {
            return self.distributed_map(site, fields);
        }
        let input = match site.jsonata {
            true => site.env.input.clone(),
            false => self.input_path(site, &mut fields),
        };
        let reads = Reads::of(site.env).with_input(&input);
        let (item, count) = self.items(site, &reads, &mut fields);
        let item = self.item_selector(site, &reads, item, &mut fields);
        self.max_concurrency(site, &reads, &mut fields);
        let env = site.env.with_input(item);
        let tasks = self.world.tasks;
        self.maps.push(site.name.to_owned());
        let graph = self.inner_graph(env, site.place, site.place.child);
        self.maps.pop();
        self.world.tasks += (self.world.tasks - tasks) * (count as u64).saturating_sub(1);
        let mut processor = Map::new();
        if self.draw.chance(1, 2) {
            processor.insert("ProcessorConfig".into(), json!({"Mode": "INLINE"}));
        }
        processor.insert("StartAt".into(), graph.start.into());
        processor.insert("States".into(), Value::Object(graph.states));
        // `Iterator` is the old name.
        let legacy = !processor.contains_key("ProcessorConfig") && self.draw.chance(1, 6);
        let field = if legacy { "Iterator" } else { "ItemProcessor" };
        fields.insert(field.into(), Value::Object(processor));
        let failures = self.retry(Failures::Container, &mut fields);
        self.leave_container(site, fields, Shape::list(graph.output, count), &failures)
    }

    /// Whether there is a list to iterate over.
    fn has_list(&self, site: &Site<'_>) -> bool {
        let mut shapes = site.env.variables.iter().map(|variable| &variable.shape);
        site.env.input.count(Want::List) > 0
            || shapes.any(|shape| shape.count(Want::List) > 0)
            || (self.swarm.has(Switch::ContextObject) && self.context.count(Want::List) > 0)
    }

    /// `ItemsPath` or `Items`: the shape of an item, and how many there are at least.
    pub(super) fn items(
        &mut self,
        site: &Site<'_>,
        reads: &Reads<'_>,
        fields: &mut Map<String, Value>,
    ) -> (Shape, usize) {
        if site.jsonata {
            return self.jsonata_items(reads, fields);
        }
        if let Shape::List(item, length) = reads.input
            && self.draw.chance(1, 2)
        {
            return ((**item).clone(), *length);
        }
        let found = match self.ill_typed() {
            true => Some((MISSING.to_owned(), Shape::Any)),
            false => self.path(reads, Want::Objects).or_else(|| self.path(reads, Want::List)),
        };
        match found {
            Some((path, shape)) => {
                fields.insert("ItemsPath".into(), path.into());
                match shape {
                    Shape::List(item, length) => (*item, length),
                    _ => (Shape::Any, 0),
                }
            }
            // There is no list, which is an error when the state is entered.
            None => (Shape::Any, 0),
        }
    }

    fn jsonata_items(
        &mut self,
        reads: &Reads<'_>,
        fields: &mut Map<String, Value>,
    ) -> (Shape, usize) {
        if let Some((path, Shape::List(item, length))) = self.jsonata_path(reads, Want::List)
            && self.draw.chance(3, 4)
        {
            fields.insert("Items".into(), braced(&path));
            return (*item, length);
        }
        let shape = self.object_shape(2);
        let count = self.draw.below(4);
        let items: Value = (0..count).map(|_| self.value(&shape)).collect();
        fields.insert("Items".into(), items);
        (shape, count)
    }

    /// `ItemSelector`, or `Parameters`, its old name.
    pub(super) fn item_selector(
        &mut self,
        site: &Site<'_>,
        reads: &Reads<'_>,
        item: Shape,
        fields: &mut Map<String, Value>,
    ) -> Shape {
        if !self.chance(Switch::ItemSelector, 3, 8) {
            return item;
        }
        let index = Shape::Int;
        let (value, shape) = if site.jsonata {
            let more = [
                ("$states.context.Map.Item.Value", &item),
                ("$states.context.Map.Item.Index", &index),
            ];
            self.jsonata_template(&Reads { more: &more, ..*reads }, 0)
        } else {
            let more = [("$$.Map.Item.Value", &item), ("$$.Map.Item.Index", &index)];
            self.template(&Reads { more: &more, ..*reads }, 0)
        };
        let legacy = !site.jsonata && self.draw.chance(1, 6);
        let field = if legacy { "Parameters" } else { "ItemSelector" };
        fields.insert(field.into(), value);
        shape
    }

    /// `MaxConcurrency` in its forms.
    pub(super) fn max_concurrency(
        &mut self,
        site: &Site<'_>,
        reads: &Reads<'_>,
        fields: &mut Map<String, Value>,
    ) {
        if !self.chance(Switch::MaxConcurrency, 1, 2) {
            return;
        }
        if self.draw.chance(1, 4) {
            if site.jsonata {
                if let Some((path, _)) = self.jsonata_path(reads, Want::Int) {
                    fields.insert("MaxConcurrency".into(), braced(&path));
                }
            } else if let Some(path) = self.reference(reads, Want::Int) {
                fields.insert("MaxConcurrencyPath".into(), path.into());
            }
            return;
        }
        let most = self.draw.pick(&[1, 2, 3, 0, 10]);
        fields.insert("MaxConcurrency".into(), most.into());
    }

    /// What a state in a Map Run's child sees: nothing of the variables around.
    pub(super) fn child_env(item: Shape) -> Env {
        Env { input: item, variables: Vec::new() }
    }
}
