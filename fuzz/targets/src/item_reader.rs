//! What a distributed Map reads from objects: JSON, JSON lines, CSV, listings and manifests.

use std::sync::{Arc, OnceLock};

use stepclock_engine::asl::{Definition, WorkflowType, compile};
use stepclock_engine::data::{Payload, Timestamp};

use crate::run::{echo, finish, start, world};

/// Largest body: every item is an execution of its own.
const BODY_BYTES_MAX: usize = 4_096;

/// The first byte picks the reader, the rest is the body of the object it reads.
///
/// # Panics
/// When a rule is broken.
pub fn item_reader(data: &[u8]) {
    let Some((pick, body)) = data.split_first() else { return };
    let machines = machines();
    let (definition, key) = &machines[usize::from(*pick) % machines.len()];
    let body = &body[..body.len().min(BODY_BYTES_MAX)];
    let mut world = world(definition, WorkflowType::Standard);
    world.objects.create_bucket("b");
    world.objects.put("b", key, body, Timestamp::DEFAULT_EPOCH);
    world.objects.put("b", "data/one.csv", &b"x,y\n1,2\n"[..], Timestamp::DEFAULT_EPOCH);
    world.add_worker(echo);
    let run = start(&mut world, Payload::empty_object());
    finish(&mut world, run);
}

/// One machine a reader, with the key of the object it reads.
fn machines() -> &'static Vec<(Arc<Definition>, &'static str)> {
    static MACHINES: OnceLock<Vec<(Arc<Definition>, &'static str)>> = OnceLock::new();
    const READERS: [(&str, &str); 8] = [
        ("a.json", r#"{"InputType": "JSON"}"#),
        ("b.jsonl", r#"{"InputType": "JSONL", "MaxItems": 20}"#),
        ("c.csv", r#"{"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}"#),
        (
            "d.csv",
            r#"{"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["p", "q"], "CSVDelimiter": "PIPE"}"#,
        ),
        ("e.json", r#"{"InputType": "MANIFEST"}"#),
        ("f.json", r#"{"InputType": "JSON", "ItemsPointer": "/a/b"}"#),
        ("g.csv.gz", r#"{"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}"#),
        ("h.json", r#"{"InputType": "MANIFEST", "ManifestType": "ATHENA_DATA"}"#),
    ];
    MACHINES
        .get_or_init(|| READERS.iter().map(|(key, config)| (machine(key, config), *key)).collect())
}

fn machine(key: &str, config: &str) -> Arc<Definition> {
    let text = format!(
        r#"{{"StartAt": "Map", "States": {{"Map": {{"Type": "Map", "End": true, "MaxConcurrency": 3,
            "ToleratedFailurePercentage": 50,
            "ItemReader": {{"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {config},
                "Parameters": {{"Bucket": "b", "Key": "{key}"}}}},
            "ItemBatcher": {{"MaxItemsPerBatch": 7, "MaxInputBytesPerBatch": 512}},
            "ResultWriter": {{"Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {{"Bucket": "b", "Prefix": "out"}}}},
            "ItemProcessor": {{"ProcessorConfig": {{"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}},
                "StartAt": "Item", "States": {{"Item": {{"Type": "Pass", "End": true}}}}}}}}}}}}"#
    );
    let compiled = compile(&text, WorkflowType::Standard);
    compiled.definition.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}
