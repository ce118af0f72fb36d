//! `ResultWriter`: the objects a Map Run's results are written to, and what the state gives.
//!
//! Shapes follow the developer guide's page on ResultWriter; none of them is recorded.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ItemFailure;
use crate::asl::{ResultWriter, WriterTransformation};
use crate::data::{Payload, Timestamp};
use crate::execution::{ObjectRequest, Outcome};

/// A child execution that has ended.
#[derive(Debug, Clone)]
pub(in crate::execution) struct ChildSummary {
    pub(in crate::execution) execution_arn: Arc<str>,
    pub(in crate::execution) name: Arc<str>,
    pub(in crate::execution) state_machine_arn: Arc<str>,
    pub(in crate::execution) input: Payload,
    pub(in crate::execution) outcome: Outcome,
    pub(in crate::execution) started: Timestamp,
    pub(in crate::execution) stopped: Timestamp,
}

/// Where results go.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::execution) struct Destination {
    bucket: String,
    prefix: String,
}

/// What to write, and what the state gives.
#[derive(Debug)]
pub(in crate::execution) struct Written {
    pub(in crate::execution) objects: Vec<ObjectRequest>,
    pub(in crate::execution) result: Payload,
}

impl Destination {
    /// From evaluated parameters.
    pub(in crate::execution) fn new(parameters: &Value) -> Result<Self, ItemFailure> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let bucket = text("Bucket")
            .ok_or_else(|| ItemFailure::writer("The field 'Bucket' must be a string"))?;
        let prefix = text("Prefix").unwrap_or_default();
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

/// Without a destination: the outputs, as the writer's configuration transforms them.
///
/// Children that failed within the tolerated threshold are left out; a recording would settle it.
pub(in crate::execution) fn plain_result(
    writer: Option<&ResultWriter>,
    children: &[ChildSummary],
) -> Payload {
    let transformation = writer.map_or(WriterTransformation::Compact, |writer| match writer {
        // A writer without its own transformation writes everything; the state's result stays compact.
        ResultWriter { transformation: WriterTransformation::None, .. } => {
            WriterTransformation::Compact
        }
        other => other.transformation,
    });
    Payload::new(Value::Array(transform(transformation, children.iter())))
}

/// With a destination: the result files and the manifest that names them.
pub(in crate::execution) fn write(
    writer: &ResultWriter,
    destination: &Destination,
    map_run_arn: &str,
    children: &[ChildSummary],
) -> Written {
    let run = map_run_arn.rsplit(':').next().unwrap_or(map_run_arn);
    let folder = match destination.prefix.trim_end_matches('/') {
        "" => run.to_owned(),
        prefix => format!("{prefix}/{run}"),
    };
    let suffix = if writer.jsonl { "jsonl" } else { "json" };
    let mut objects = Vec::new();
    let mut files = Map::new();
    for (kind, wanted) in [("FAILED", false), ("PENDING", false), ("SUCCEEDED", true)] {
        let succeeded = |child: &&ChildSummary| matches!(child.outcome, Outcome::Succeeded { .. });
        let chosen: Vec<&ChildSummary> = match kind {
            // Every child of a Map Run that ended has ended too.
            "PENDING" => Vec::new(),
            _ => children.iter().filter(|child| succeeded(child) == wanted).collect(),
        };
        let mut listed = Vec::new();
        if !chosen.is_empty() {
            let values = transform(writer.transformation, chosen.into_iter());
            let body = print(&values, writer.jsonl);
            let key = format!("{folder}/{kind}_0.{suffix}");
            listed.push(json!({"Key": key, "Size": body.len()}));
            objects.push(put(&destination.bucket, key, body));
        }
        files.insert(kind.into(), Value::Array(listed));
    }
    let manifest = json!({
        "DestinationBucket": destination.bucket,
        "MapRunArn": map_run_arn,
        "ResultFiles": files,
    });
    let key = format!("{folder}/manifest.json");
    objects.push(put(&destination.bucket, key.clone(), manifest.to_string()));
    let result = Payload::new(json!({
        "MapRunArn": map_run_arn,
        "ResultWriterDetails": {"Bucket": destination.bucket, "Key": key},
    }));
    Written { objects, result }
}

fn put(bucket: &str, key: String, body: String) -> ObjectRequest {
    ObjectRequest::Put { bucket: bucket.to_owned(), key, body: body.into_bytes().into() }
}

fn print(values: &[Value], lines: bool) -> String {
    if !lines {
        return Value::Array(values.to_vec()).to_string();
    }
    values.iter().map(|value| format!("{value}\n")).collect()
}

fn transform<'a>(
    transformation: WriterTransformation,
    children: impl Iterator<Item = &'a ChildSummary>,
) -> Vec<Value> {
    let output = |child: &ChildSummary| match &child.outcome {
        Outcome::Succeeded { output } => Some(output.value().clone()),
        _ => None,
    };
    match transformation {
        WriterTransformation::None => children.map(describe).collect(),
        WriterTransformation::Compact => children.filter_map(output).collect(),
        WriterTransformation::Flatten => children
            .filter_map(output)
            .flat_map(|output| match output {
                Value::Array(items) => items,
                other => vec![other],
            })
            .collect(),
    }
}

/// A child with its metadata.
fn describe(child: &ChildSummary) -> Value {
    let mut object = json!({
        "ExecutionArn": *child.execution_arn,
        "Input": child.input.text(),
        "InputDetails": {"Included": true},
        "Name": *child.name,
    });
    let map = object.as_object_mut().expect("was built as an object");
    match &child.outcome {
        Outcome::Succeeded { output } => {
            map.insert("Output".into(), output.text().into());
            map.insert("OutputDetails".into(), json!({"Included": true}));
        }
        Outcome::Failed { error, cause } | Outcome::Aborted { error, cause } => {
            for (name, text) in [("Error", error), ("Cause", cause)] {
                if let Some(text) = text {
                    map.insert(name.into(), text.to_string().into());
                }
            }
        }
        Outcome::TimedOut => {}
    }
    map.insert("StartDate".into(), child.started.to_string().into());
    map.insert("StateMachineArn".into(), child.state_machine_arn.to_string().into());
    map.insert("Status".into(), child.outcome.status().into());
    map.insert("StopDate".into(), child.stopped.to_string().into());
    object
}
