//! `ResultWriter`: the objects a Map Run's results are written to, and what the state gives.
//!
//! Shapes and the order of keys follow the developer guide's page on ResultWriter, and for failed children
//! a `FAILED_0.json` that a user published; none of them is recorded.

use std::borrow::Cow;
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
    pub(in crate::execution) redrive_count: u64,
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
pub(in crate::execution) fn plain_result(
    writer: Option<&ResultWriter>,
    children: &[ChildSummary],
) -> Payload {
    // Without a ResultWriter the guide has COMPACT. The guide's JSONL has no meaning for a state's result,
    // which is JSON; it gives an array here too.
    let transformation =
        writer.map_or(WriterTransformation::Compact, |writer| writer.transformation);
    let values = children.iter().flat_map(|child| transform(transformation, child));
    Payload::new(Value::Array(values.map(Cow::into_owned).collect()))
}

/// With a destination: the result files and the manifest that names them, the manifest last.
///
/// `pending` are the inputs of children that were never started.
pub(in crate::execution) fn write<'a>(
    writer: &ResultWriter,
    destination: &Destination,
    map_run_arn: &str,
    children: &[ChildSummary],
    pending: impl Iterator<Item = &'a Payload>,
) -> Written {
    let run = map_run_arn.rsplit(':').next().unwrap_or(map_run_arn);
    let folder = match destination.prefix.trim_end_matches('/') {
        "" => run.to_owned(),
        prefix => format!("{prefix}/{run}"),
    };
    let mut files = [
        ResultFile::new("FAILED", writer.jsonl),
        ResultFile::new("PENDING", writer.jsonl),
        ResultFile::new("SUCCEEDED", writer.jsonl),
    ];
    let [failed, waiting, succeeded] = &mut files;
    for child in children {
        let file = if child.succeeded() { &mut *succeeded } else { &mut *failed };
        for value in transform(writer.transformation, child) {
            file.push(&value);
        }
    }
    for input in pending {
        waiting.push(&never_started(input));
    }
    let mut objects = Vec::new();
    let mut listed = Map::new();
    for file in files {
        let status = file.status;
        let entries = file.finish().map(|body| {
            let suffix = if writer.jsonl { "jsonl" } else { "json" };
            let key = format!("{folder}/{status}_0.{suffix}");
            let entry = json!({"Key": key, "Size": body.len()});
            objects.push(put(&destination.bucket, key, body));
            entry
        });
        listed.insert(status.into(), entries.into_iter().collect());
    }
    let manifest = json!({
        "DestinationBucket": destination.bucket,
        "MapRunArn": map_run_arn,
        "ResultFiles": listed,
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

/// One result file as it is written: a JSON array, or JSON Lines.
///
/// AWS starts another file after 5 GB; here everything is in memory and one file holds it.
struct ResultFile {
    status: &'static str,
    lines: bool,
    body: String,
}

impl ResultFile {
    fn new(status: &'static str, lines: bool) -> Self {
        Self { status, lines, body: String::new() }
    }

    fn push(&mut self, value: &Value) {
        if !self.lines {
            self.body.push(if self.body.is_empty() { '[' } else { ',' });
        }
        self.body.push_str(&value.to_string());
        if self.lines {
            self.body.push('\n');
        }
    }

    /// The text, unless nothing was pushed: then there is no file.
    fn finish(mut self) -> Option<String> {
        if self.body.is_empty() {
            return None;
        }
        if !self.lines {
            self.body.push(']');
        }
        Some(self.body)
    }
}

impl ChildSummary {
    fn succeeded(&self) -> bool {
        matches!(self.outcome, Outcome::Succeeded { .. })
    }
}

/// What a child contributes. One that failed is described whatever the transformation, says the guide.
fn transform(transformation: WriterTransformation, child: &ChildSummary) -> Vec<Cow<'_, Value>> {
    let Outcome::Succeeded { output } = &child.outcome else {
        return vec![Cow::Owned(describe(child))];
    };
    match (transformation, output.value()) {
        (WriterTransformation::None, _) => vec![Cow::Owned(describe(child))],
        (WriterTransformation::Flatten, Value::Array(items)) => {
            items.iter().map(Cow::Borrowed).collect()
        }
        (WriterTransformation::Flatten | WriterTransformation::Compact, output) => {
            vec![Cow::Borrowed(output)]
        }
    }
}

/// A child with its metadata, keys in alphabetical order.
fn describe(child: &ChildSummary) -> Value {
    let mut map = Map::new();
    let mut set = |name: &str, value: Value| map.insert(name.to_owned(), value);
    let status = child.outcome.status();
    if let Outcome::Failed { error, cause } | Outcome::Aborted { error, cause } = &child.outcome {
        for (name, text) in [("Cause", cause), ("Error", error)] {
            if let Some(text) = text {
                set(name, (**text).into());
            }
        }
    }
    set("ExecutionArn", (*child.execution_arn).into());
    set("Input", child.input.text().into());
    set("InputDetails", json!({"Included": true}));
    set("Name", (*child.name).into());
    if let Outcome::Succeeded { output } = &child.outcome {
        set("Output", output.text().into());
    }
    set("OutputDetails", json!({"Included": true}));
    set("RedriveCount", child.redrive_count.into());
    if child.succeeded() {
        set("RedriveStatus", "NOT_REDRIVABLE".into());
        let reason = format!("Execution is {status} and cannot be redriven");
        set("RedriveStatusReason", reason.into());
    } else {
        set("RedriveStatus", "REDRIVABLE_BY_MAP_RUN".into());
    }
    set("StartDate", child.started.to_string().into());
    set("StateMachineArn", (*child.state_machine_arn).into());
    set("Status", status.into());
    set("StopDate", child.stopped.to_string().into());
    Value::Object(map)
}

/// A child that was never started. What AWS says of it is not published; this is what is known.
fn never_started(input: &Payload) -> Value {
    json!({"Input": input.text(), "InputDetails": {"Included": true}, "Status": "PENDING"})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(outcome: Outcome) -> ChildSummary {
        ChildSummary {
            execution_arn: "arn:child".into(),
            name: "child".into(),
            state_machine_arn: "arn:machine/Map".into(),
            input: Payload::new(json!(1)),
            outcome,
            started: Timestamp::DEFAULT_EPOCH + 99,
            stopped: Timestamp::DEFAULT_EPOCH + 163,
            redrive_count: 0,
        }
    }

    fn children() -> [ChildSummary; 3] {
        let output = |value| Outcome::Succeeded { output: Payload::new(value) };
        let failed = Outcome::Failed { error: Some("E".into()), cause: Some("C".into()) };
        [child(output(json!([1, [2]]))), child(failed), child(output(json!({"a": 3})))]
    }

    fn writer(transformation: WriterTransformation, jsonl: bool) -> ResultWriter {
        ResultWriter { parameters: None, transformation, jsonl }
    }

    fn written(writer: &ResultWriter, prefix: &str) -> Vec<(String, String)> {
        let parameters = json!({"Bucket": "b", "Prefix": prefix});
        let destination = Destination::new(&parameters).expect("has a bucket");
        let pending = [Payload::new(json!({"never": true}))];
        let written =
            write(writer, &destination, "arn:aws:mapRun:m/Map:run", &children(), pending.iter());
        let object = |request| match request {
            ObjectRequest::Put { key, body, .. } => {
                (key, String::from_utf8(body.to_vec()).expect("is text"))
            }
            other => panic!("{other:?}"),
        };
        written.objects.into_iter().map(object).collect()
    }

    /// The example of the developer guide.
    const SUCCEEDED: &str = r#"{"ExecutionArn":"arn:child","Input":"1","InputDetails":{"Included":true},"Name":"child","Output":"[1,[2]]","OutputDetails":{"Included":true},"RedriveCount":0,"RedriveStatus":"NOT_REDRIVABLE","RedriveStatusReason":"Execution is SUCCEEDED and cannot be redriven","StartDate":"2026-01-01T00:00:00.099Z","StateMachineArn":"arn:machine/Map","Status":"SUCCEEDED","StopDate":"2026-01-01T00:00:00.163Z"}"#;
    const FAILED: &str = r#"{"Cause":"C","Error":"E","ExecutionArn":"arn:child","Input":"1","InputDetails":{"Included":true},"Name":"child","OutputDetails":{"Included":true},"RedriveCount":0,"RedriveStatus":"REDRIVABLE_BY_MAP_RUN","StartDate":"2026-01-01T00:00:00.099Z","StateMachineArn":"arn:machine/Map","Status":"FAILED","StopDate":"2026-01-01T00:00:00.163Z"}"#;

    #[test]
    fn files_and_manifest() {
        let objects = written(&writer(WriterTransformation::None, false), "jobs/");
        let keys: Vec<&str> = objects.iter().map(|(key, _)| &**key).collect();
        assert_eq!(
            keys,
            [
                "jobs/run/FAILED_0.json",
                "jobs/run/PENDING_0.json",
                "jobs/run/SUCCEEDED_0.json",
                "jobs/run/manifest.json",
            ]
        );
        assert_eq!(objects[0].1, format!("[{FAILED}]"));
        assert!(objects[2].1.starts_with(&format!("[{SUCCEEDED},")));
        let manifest: Value = serde_json::from_str(&objects[3].1).expect("is JSON");
        assert_eq!(manifest["DestinationBucket"], "b");
        assert_eq!(
            manifest["ResultFiles"]["SUCCEEDED"],
            json!([{"Key": "jobs/run/SUCCEEDED_0.json", "Size": objects[2].1.len()}])
        );
    }

    #[test]
    fn transformations() {
        let compact = written(&writer(WriterTransformation::Compact, false), "");
        assert_eq!(compact[0].1, format!("[{FAILED}]"), "failures stay as they are");
        assert_eq!(compact[2].1, r#"[[1,[2]],{"a":3}]"#);
        let flat = written(&writer(WriterTransformation::Flatten, true), "");
        assert_eq!(flat[2], ("run/SUCCEEDED_0.jsonl".into(), "1\n[2]\n{\"a\":3}\n".into()));
    }

    #[test]
    fn a_file_without_content_is_not_written() {
        let destination = Destination::new(&json!({"Bucket": "b"})).expect("has a bucket");
        let none = writer(WriterTransformation::None, false);
        let written = write(&none, &destination, "arn:mapRun:m/Map:run", &[], [].iter());
        assert_eq!(written.objects.len(), 1);
        assert_eq!(
            written.result.text(),
            r#"{"MapRunArn":"arn:mapRun:m/Map:run","ResultWriterDetails":{"Bucket":"b","Key":"run/manifest.json"}}"#
        );
    }

    #[test]
    fn results_of_the_state() {
        let [first, failed, last] = children();
        let successes = [first, last];
        let text = |writer: Option<&ResultWriter>, children: &[ChildSummary]| {
            plain_result(writer, children).text().to_owned()
        };
        assert_eq!(text(None, &successes), r#"[[1,[2]],{"a":3}]"#);
        let flatten = writer(WriterTransformation::Flatten, false);
        assert_eq!(text(Some(&flatten), &successes), r#"[1,[2],{"a":3}]"#);
        assert_eq!(text(Some(&flatten), &[failed]), format!("[{FAILED}]"));
        let none = writer(WriterTransformation::None, false);
        assert_eq!(text(Some(&none), &successes[..1]), format!("[{SUCCEEDED}]"));
    }
}
