//! The constructs of one case, read from its JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::ALL;
use super::names::index;
use super::texts;
use crate::case::{Case, WorkflowTypeName};

/// The names of the constructs a case uses, all of them in [`super::ALL`].
#[must_use]
pub fn constructs(case: &Case) -> BTreeSet<&'static str> {
    indexes(case).map(|at| ALL[at]).collect()
}

/// The places of the constructs in [`ALL`], in order.
pub(super) fn indexes(case: &Case) -> impl Iterator<Item = usize> {
    let found = find(case);
    (0..ALL.len()).filter(move |at| found[*at])
}

fn find(case: &Case) -> [bool; ALL.len()] {
    let mut found = Found { there: [false; ALL.len()], text: String::with_capacity(64) };
    found.add(match case.workflow_type {
        Some(WorkflowTypeName::Express) => "Express",
        _ => "Standard",
    });
    for definition in case.definition.iter().chain(case.machines.values()) {
        found.machine(definition);
    }
    for fault in &case.faults {
        found.part("Fault:", fault.kind());
    }
    if let Some(workers) = case.workers.as_ref().and_then(|workers| workers["workers"].as_array()) {
        let answers = workers.iter().filter_map(|worker| worker["answers"].as_array()).flatten();
        for answer in answers.filter_map(Value::as_object) {
            for key in answer.keys() {
                found.part("Worker:", key);
            }
        }
    }
    if found.has("JSONata") && found.has("JSONPath") {
        found.add("MixedQueryLanguage");
    }
    found.there
}

/// Constructs found so far.
pub(super) struct Found {
    /// By places in [`ALL`].
    there: [bool; ALL.len()],
    /// To put names together in.
    text: String,
}

/// What a state stands in.
#[derive(Clone, Copy)]
struct Around<'a> {
    jsonata: bool,
    container: Option<&'a str>,
}

impl Found {
    /// Adds a name, when it is one of the list.
    pub(super) fn add(&mut self, name: &str) {
        if let Some(at) = index(name) {
            self.there[at] = true;
        }
    }

    fn has(&self, name: &str) -> bool {
        index(name).is_some_and(|at| self.there[at])
    }

    /// Adds a name of two parts.
    pub(super) fn part(&mut self, prefix: &str, name: &str) {
        self.text.clear();
        self.text.push_str(prefix);
        self.text.push_str(name);
        if let Some(at) = index(&self.text) {
            self.there[at] = true;
        }
    }

    fn machine(&mut self, definition: &Value) {
        let jsonata = definition["QueryLanguage"] == "JSONata";
        if definition.get("TimeoutSeconds").is_some() {
            self.add("StateMachineTimeout");
        }
        if definition.get("Comment").is_some() {
            self.add("Comment");
        }
        self.graph(definition, Around { jsonata, container: None });
    }

    fn graph(&mut self, graph: &Value, around: Around<'_>) {
        let Some(states) = graph.get("States").and_then(Value::as_object) else { return };
        let mut seen = BTreeSet::new();
        for (name, state) in states {
            seen.insert(name.as_str());
            let Some(fields) = state.as_object() else { continue };
            let jsonata = match fields.get("QueryLanguage").and_then(Value::as_str) {
                Some(language) => language == "JSONata",
                None => around.jsonata,
            };
            self.state(fields, Around { jsonata, ..around });
            let rules = fields.get("Choices").and_then(Value::as_array);
            let back = |rule: &Value| rule["Next"].as_str().is_some_and(|to| seen.contains(to));
            if rules.into_iter().flatten().any(back) {
                self.add("Loop");
            }
        }
    }

    fn state(&mut self, fields: &Map<String, Value>, around: Around<'_>) {
        let kind = fields.get("Type").and_then(Value::as_str).unwrap_or_default();
        self.part("State:", kind);
        self.add(if around.jsonata { "JSONata" } else { "JSONPath" });
        if let (Some(outer), "Map" | "Parallel") = (around.container, kind) {
            self.part("Nested:", &format!("{kind} in {outer}"));
        }
        for (field, value) in fields {
            self.field(kind, field, value, around.jsonata);
        }
        let inner = Around { container: Some(kind), ..around };
        for branch in fields.get("Branches").and_then(Value::as_array).into_iter().flatten() {
            self.graph(branch, inner);
        }
        for processor in ["ItemProcessor", "Iterator"].iter().filter_map(|name| fields.get(*name)) {
            self.processor_mode(processor);
            self.graph(processor, inner);
        }
    }

    fn field(&mut self, kind: &str, field: &str, value: &Value, jsonata: bool) {
        match field {
            "Choices" => {
                for rule in value.as_array().into_iter().flatten() {
                    self.rule(rule);
                }
                return;
            }
            "Retry" | "Catch" => return self.handlers(field, value),
            "Resource" if kind == "Task" => self.resource(value.as_str().unwrap_or_default()),
            "ItemReader" => self.reader(value),
            "ResultWriter" => self.writer(value),
            "Branches" | "ItemProcessor" | "Iterator" | "Type" | "Next" | "End" | "Result" => {
                self.add(field);
                return;
            }
            "ItemBatcher" => {
                for key in value.as_object().into_iter().flat_map(Map::keys) {
                    self.add(key);
                }
            }
            _ => {}
        }
        self.add(field);
        match value {
            Value::Null => self.part(field, ":null"),
            Value::String(text) if jsonata && text.starts_with("{%") => {
                self.part("Expression:", field);
            }
            _ => {}
        }
        if jsonata {
            self.part(field, "(JSONata)");
        }
        texts::scan(value, self);
    }

    fn rule(&mut self, rule: &Value) {
        for (field, value) in rule.as_object().into_iter().flatten() {
            self.part("Choice:", field);
            match field.as_str() {
                "And" | "Or" => {
                    for inner in value.as_array().into_iter().flatten() {
                        self.rule(inner);
                    }
                }
                "Not" => self.rule(value),
                _ => texts::scan(value, self),
            }
        }
    }

    fn handlers(&mut self, field: &str, handlers: &Value) {
        self.add(field);
        let handlers = handlers.as_array().map_or(&[][..], Vec::as_slice);
        if handlers.len() > 1 {
            self.part(field, ":several");
        }
        for (key, value) in handlers.iter().filter_map(Value::as_object).flatten() {
            match (key.as_str(), value) {
                ("ErrorEquals", names) if names[0] == "States.ALL" => {
                    self.part(field, ":States.ALL");
                }
                ("MaxAttempts", attempts) if *attempts == 0 => self.add("MaxAttempts:0"),
                ("JitterStrategy", Value::String(strategy)) => {
                    self.part("JitterStrategy:", strategy);
                }
                _ if field == "Catch" => {
                    self.part("Catch:", key);
                    texts::scan(value, self);
                }
                _ => self.add(key),
            }
        }
    }

    fn processor_mode(&mut self, processor: &Value) {
        let config = &processor["ProcessorConfig"];
        if config["Mode"] == "DISTRIBUTED" {
            self.add("Map:DISTRIBUTED");
            let children = config["ExecutionType"].as_str().unwrap_or_default();
            self.part("Map:DISTRIBUTED:", children);
        } else {
            self.add("Map:INLINE");
        }
    }

    fn resource(&mut self, arn: &str) {
        let Some(integration) = arn.split_once(":states:::").map(|(_, rest)| rest) else {
            self.add(if arn.contains(":activity:") { "Task:activity" } else { "Task:lambda-arn" });
            return;
        };
        if integration.starts_with("aws-sdk:") {
            self.add("Task:aws-sdk");
        } else if let Some(start) = integration.strip_prefix("states:") {
            self.part("Task:", start);
        } else if integration.starts_with("lambda:invoke") {
            self.add("Task:lambda:invoke");
        } else {
            self.add("Task:optimized");
        }
        if integration.ends_with(".waitForTaskToken") {
            self.add("Task:waitForTaskToken");
        } else if integration.ends_with(".sync") {
            self.add("Task:sync");
        }
    }

    fn reader(&mut self, reader: &Value) {
        let operation = reader["Resource"].as_str().and_then(|arn| arn.rsplit(':').next());
        self.part("ItemReader:", operation.unwrap_or_default());
        for (key, value) in reader["ReaderConfig"].as_object().into_iter().flatten() {
            self.part("ItemReader:", value.as_str().unwrap_or_default());
            self.part("ItemReader:", key);
        }
    }

    fn writer(&mut self, writer: &Value) {
        for (key, value) in writer.as_object().into_iter().flatten() {
            self.add(key);
            for text in value.as_object().into_iter().flat_map(Map::values) {
                self.part("ResultWriter:", text.as_str().unwrap_or_default());
            }
        }
    }
}
