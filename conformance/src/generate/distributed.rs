//! Distributed Map states: items of their own, children, tolerated failures, readers, batches and writers.

use serde_json::{Map, Value, json};

use super::generator::Generator;
use super::graph::{Made, Site};
use super::jsonpath::Reads;
use super::pass::braced;
use super::retry::Failures;
use super::shape::{Shape, Want};
use super::swarm::Switch;

pub(super) const BUCKET: &str = "bucket";

impl Generator<'_, '_, '_> {
    pub(super) fn distributed_map(
        &mut self,
        site: &Site<'_>,
        mut fields: Map<String, Value>,
    ) -> Made {
        let input = match site.jsonata {
            true => site.env.input.clone(),
            false => self.input_path(site, &mut fields),
        };
        let reads = Reads::of(site.env).with_input(&input);
        let (item, count) = match self.chance(Switch::ItemReader, 3, 8) {
            true => self.item_reader(site, &mut fields),
            false => self.items(site, &reads, &mut fields),
        };
        let mut item = self.item_selector(site, &reads, item, &mut fields);
        if self.chance(Switch::ItemBatcher, 1, 4) {
            item = self.item_batcher(site, &reads, item, &mut fields);
        }
        self.max_concurrency(site, &reads, &mut fields);
        self.tolerated(site, &reads, &mut fields);
        if self.draw.chance(1, 8) {
            fields.insert("Label".into(), format!("L{}", self.graphs).into());
        }
        let express = self.draw.chance(1, 3);
        let tasks = self.world.tasks;
        let graph = {
            // Children are executions of their own, with an input of their own.
            let around = (self.express, self.context.clone(), std::mem::take(&mut self.maps));
            self.express = express;
            self.set_execution_input(item.clone());
            let graph = self.inner_graph(Self::child_env(item), site.place, true);
            (self.express, self.context, self.maps) = around;
            graph
        };
        self.world.tasks += (self.world.tasks - tasks) * (count as u64).saturating_sub(1);
        let execution_type = if express { "EXPRESS" } else { "STANDARD" };
        let config = json!({"Mode": "DISTRIBUTED", "ExecutionType": execution_type});
        fields.insert(
            "ItemProcessor".into(),
            json!({"ProcessorConfig": config, "StartAt": graph.start, "States": graph.states}),
        );
        let mut result = Shape::list(graph.output, 0);
        if self.chance(Switch::ResultWriter, 1, 5) {
            result = self.result_writer(site, &mut fields);
        }
        let failures = self.retry(Failures::Container, &mut fields);
        self.leave_container(site, fields, result, &failures)
    }

    fn tolerated(&mut self, site: &Site<'_>, reads: &Reads<'_>, fields: &mut Map<String, Value>) {
        if !self.chance(Switch::ToleratedFailures, 1, 3) {
            return;
        }
        let form = 1 + self.draw.below(3);
        if form & 1 != 0 {
            let count = self.draw.below(3).into();
            self.computed_field(site, reads, "ToleratedFailureCount", count, fields);
        }
        if form & 2 != 0 {
            let percentage = json!(self.draw.pick(&[50.0, 0.0, 100.0, 25.5]));
            self.computed_field(site, reads, "ToleratedFailurePercentage", percentage, fields);
        }
    }

    /// A number in one of its forms: literal, path, expression.
    fn computed_field(
        &mut self,
        site: &Site<'_>,
        reads: &Reads<'_>,
        field: &str,
        literal: Value,
        fields: &mut Map<String, Value>,
    ) {
        if self.draw.chance(1, 4) {
            if site.jsonata {
                if let Some((path, _)) = self.jsonata_path(reads, Want::Int) {
                    fields.insert(field.into(), braced(&path));
                    return;
                }
            } else if let Some(path) = self.reference(reads, Want::Int) {
                fields.insert(format!("{field}Path"), path.into());
                return;
            }
        }
        fields.insert(field.into(), literal);
    }

    /// `ItemReader`, and the object it reads.
    fn item_reader(&mut self, site: &Site<'_>, fields: &mut Map<String, Value>) -> (Shape, usize) {
        if self.draw.chance(1, 6) {
            return self.object_lister(site, fields);
        }
        if self.draw.chance(1, 6) {
            return self.manifest_reader(site, fields);
        }
        let shape = Shape::Object(vec![("n", Shape::Int), ("s", Shape::Text)]);
        let count = self.draw.below(4);
        let items: Vec<Value> = (0..count).map(|_| self.value(&shape)).collect();
        let mut config = Map::new();
        let (body, item) = match self.draw.below(4) {
            0 => {
                config.insert("InputType".into(), "JSON".into());
                if self.draw.chance(1, 4) {
                    config.insert("ItemsPointer".into(), "/a/b".into());
                    (json!({"a": {"b": items}}).to_string(), shape)
                } else {
                    (json!(items).to_string(), shape)
                }
            }
            1 => {
                config.insert("InputType".into(), "JSONL".into());
                (items.iter().map(|item| format!("{item}\n")).collect(), shape)
            }
            kind => {
                config.insert("InputType".into(), "CSV".into());
                let row = |index: usize| format!("{index},x{index}\n");
                let rows: String = (0..count).map(row).collect();
                let item = Shape::Object(vec![("n", Shape::Text), ("s", Shape::Text)]);
                if kind == 2 {
                    config.insert("CSVHeaderLocation".into(), "FIRST_ROW".into());
                    (format!("n,s\n{rows}"), item)
                } else {
                    config.insert("CSVHeaderLocation".into(), "GIVEN".into());
                    config.insert("CSVHeaders".into(), json!(["n", "s"]));
                    (rows, item)
                }
            }
        };
        if self.draw.chance(1, 4) {
            config.insert("MaxItems".into(), (1 + self.draw.below(3)).into());
        }
        self.object_reader(site, fields, config, body);
        (item, count)
    }

    /// An `ItemReader` of one object, which may be missing.
    pub(super) fn object_reader(
        &mut self,
        site: &Site<'_>,
        fields: &mut Map<String, Value>,
        config: Map<String, Value>,
        body: String,
    ) {
        let key = format!("items{}", self.graphs);
        let missing = self.ill_typed();
        if !missing {
            self.put_object(&key, body);
        }
        let parameters = if site.jsonata { "Arguments" } else { "Parameters" };
        fields.insert(
            "ItemReader".into(),
            json!({
                "Resource": "arn:aws:states:::s3:getObject",
                parameters: {"Bucket": BUCKET, "Key": key},
                "ReaderConfig": config,
            }),
        );
    }

    pub(super) fn put_object(&mut self, key: &str, body: String) {
        let objects = self.world.resources.s3.entry(BUCKET.into()).or_default();
        objects.insert(key.to_owned(), body);
    }

    /// `ItemReader` that lists objects.
    fn object_lister(
        &mut self,
        site: &Site<'_>,
        fields: &mut Map<String, Value>,
    ) -> (Shape, usize) {
        let prefix = format!("listed{}/", self.graphs);
        let count = self.draw.below(4);
        let objects = self.world.resources.s3.entry(BUCKET.into()).or_default();
        for index in 0..count {
            objects.insert(format!("{prefix}{index}"), "x".repeat(index));
        }
        let parameters = if site.jsonata { "Arguments" } else { "Parameters" };
        fields.insert(
            "ItemReader".into(),
            json!({
                "Resource": "arn:aws:states:::s3:listObjectsV2",
                parameters: {"Bucket": BUCKET, "Prefix": prefix},
            }),
        );
        (Shape::Object(vec![("Key", Shape::Text), ("Size", Shape::Int)]), count)
    }

    /// `ItemBatcher`; the shape of a batch.
    fn item_batcher(
        &mut self,
        site: &Site<'_>,
        reads: &Reads<'_>,
        item: Shape,
        fields: &mut Map<String, Value>,
    ) -> Shape {
        let mut batcher = Map::new();
        let items = (1 + self.draw.below(3)).into();
        self.computed_field(site, reads, "MaxItemsPerBatch", items, &mut batcher);
        if self.draw.chance(1, 6) {
            batcher.insert("MaxInputBytesPerBatch".into(), 1_000.into());
        }
        let mut batch = vec![("Items", Shape::list(item, 1))];
        if self.draw.chance(1, 3) {
            let (value, shape) = match site.jsonata {
                true => self.jsonata_template(reads, 1),
                false => self.template(reads, 1),
            };
            batcher.insert("BatchInput".into(), value);
            batch.insert(0, ("BatchInput", shape));
        }
        fields.insert("ItemBatcher".into(), Value::Object(batcher));
        Shape::Object(batch)
    }

    /// `ResultWriter`; what the Map's result is then.
    fn result_writer(&mut self, site: &Site<'_>, fields: &mut Map<String, Value>) -> Shape {
        let parameters = if site.jsonata { "Arguments" } else { "Parameters" };
        let mut writer = Map::new();
        let exports = self.draw.chance(3, 4);
        if exports {
            self.world.resources.s3.entry("results".into()).or_default();
            writer.insert("Resource".into(), "arn:aws:states:::s3:putObject".into());
            writer.insert(parameters.into(), json!({"Bucket": "results", "Prefix": "p"}));
        }
        if !exports || self.draw.chance(1, 2) {
            let transformation = self.draw.pick(&["COMPACT", "NONE", "FLATTEN"]);
            let output = self.draw.pick(&["JSON", "JSONL"]);
            let config = json!({"Transformation": transformation, "OutputType": output});
            writer.insert("WriterConfig".into(), config);
        }
        fields.insert("ResultWriter".into(), Value::Object(writer));
        match exports {
            true => Shape::Object(vec![
                ("MapRunArn", Shape::Text),
                (
                    "ResultWriterDetails",
                    Shape::Object(vec![("Bucket", Shape::Text), ("Key", Shape::Text)]),
                ),
            ]),
            false => Shape::Any,
        }
    }
}
