//! Parallel states.

use serde_json::{Map, Value, json};

use super::generator::Generator;
use super::graph::{Made, Place, Site};
use super::jsonpath::Reads;
use super::retry::Failures;
use super::shape::{Env, Shape};
use super::swarm::Switch;

impl Generator<'_, '_, '_> {
    pub(super) fn parallel(&mut self, site: &Site<'_>, mut fields: Map<String, Value>) -> Made {
        let reads = Reads::of(site.env);
        let input = if site.jsonata {
            self.parallel_arguments(&reads, &mut fields)
        } else {
            let input = self.input_path(site, &mut fields);
            self.parameters(&reads.with_input(&input), &mut fields)
        };
        let count = 1 + self.draw.below(3);
        let tasks = self.world.tasks;
        let mut branches = Vec::with_capacity(count);
        let mut outputs: Option<Shape> = None;
        for _ in 0..count {
            let env = site.env.with_input(input.clone());
            let graph = self.inner_graph(env, site.place, site.place.child);
            outputs = Some(match outputs {
                None => graph.output.clone(),
                Some(other) => other.meet(&graph.output),
            });
            branches.push(json!({"StartAt": graph.start, "States": graph.states}));
        }
        fields.insert("Branches".into(), Value::Array(branches));
        let failures = self.retry(Failures::Container, &mut fields);
        if !failures.is_empty() {
            self.world.tasks += self.world.tasks - tasks;
        }
        let result = Shape::list(outputs.unwrap_or(Shape::Any), count);
        self.leave_container(site, fields, result, &failures)
    }

    fn parallel_arguments(&mut self, reads: &Reads<'_>, fields: &mut Map<String, Value>) -> Shape {
        if !self.chance(Switch::Parameters, 3, 8) {
            return reads.input.clone();
        }
        let (value, shape) = self.jsonata_template(reads, 0);
        fields.insert("Arguments".into(), value);
        shape
    }

    /// The graph of a branch or an item processor.
    pub(super) fn inner_graph(
        &mut self,
        env: Env,
        around: &Place,
        child: bool,
    ) -> super::graph::Graph {
        let graph = self.graphs;
        self.graphs += 1;
        let place = Place { depth: around.depth + 1, graph, child };
        self.graph(env, &place, 2)
    }

    /// What every container does with its result.
    pub(super) fn leave_container(
        &mut self,
        site: &Site<'_>,
        mut fields: Map<String, Value>,
        result: Shape,
        failures: &[&'static str],
    ) -> Made {
        let after = match site.jsonata {
            true => self.jsonata_result(site, result, &mut fields),
            false => self.result(site, result, &mut fields),
        };
        let exits = self.catch(site, failures, &mut fields);
        self.go_on(site, fields, after, exits)
    }
}
