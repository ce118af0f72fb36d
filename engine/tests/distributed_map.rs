//! Distributed Maps as a whole: what they read from and write to objects in a simulated world.

use serde_json::{Value, json};
use stepclock_engine::asl::{WorkflowType, compile};
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::sim::{ExecutionKey, StartRequest, World, WorldConfig};

const BUCKET: &str = "bucket";

/// A world with these objects in which a machine with one Map state, changed as given, has run.
fn run(changes: Value, input: Value, objects: &[(&str, &str)]) -> (World, ExecutionKey) {
    let processor = json!({
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Choose",
        "States": {
            "Choose": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "StringEquals": "bad", "Next": "Fail"}],
                "Default": "Pass",
            },
            "Fail": {"Type": "Fail", "Error": "Bad", "Cause": "is bad"},
            "Pass": {"Type": "Pass", "End": true},
        },
    });
    let mut map = json!({
        "Type": "Map", "Label": "L", "MaxConcurrency": 1, "ItemProcessor": processor, "End": true,
    });
    for (field, value) in changes.as_object().expect("is an object") {
        map[field] = value.clone();
    }
    let text = json!({"StartAt": "Map", "States": {"Map": map}}).to_string();
    let compiled = compile(&text, WorkflowType::Standard);
    let definition = compiled.definition.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let mut world = World::new(WorldConfig::default());
    world.objects.create_bucket(BUCKET);
    for (key, body) in objects {
        world.objects.put(BUCKET, key, body.as_bytes(), Timestamp::DEFAULT_EPOCH);
    }
    world.register("M", definition, WorkflowType::Standard);
    let key = world.start(StartRequest::new("M", Payload::new(input))).expect("is registered");
    world.run(key).expect("nobody is asked");
    (world, key)
}

fn event_types(world: &World, key: ExecutionKey) -> Vec<&'static str> {
    world.execution(key).history().iter().map(|event| event.details.type_name()).collect()
}

fn output(world: &World, key: ExecutionKey) -> Value {
    let described = world.execution(key).describe();
    let text = described["output"].as_str().unwrap_or_else(|| panic!("{described}"));
    serde_json::from_str(text).expect("is JSON")
}

/// The result files by name, without the folder.
fn results(world: &World) -> Vec<(String, Value)> {
    let parse = |body: &[u8]| serde_json::from_slice(body).expect("is JSON");
    world
        .objects
        .iter()
        .filter_map(|(_, key, object)| {
            let name = key.strip_prefix("out/")?.rsplit('/').next()?;
            Some((name.to_owned(), parse(&object.body)))
        })
        .collect()
}

fn writer() -> Value {
    json!({
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": BUCKET, "Prefix": "out"},
    })
}

#[test]
fn items_of_an_object_name_their_key_and_source() {
    let changes = json!({
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": BUCKET, "Key": "in.json"},
        },
        "ItemSelector": {"item.$": "$$.Map.Item"},
    });
    let (world, key) = run(changes, json!({}), &[("in.json", r#"{"a": 1}"#)]);
    let item = &output(&world, key)[0]["item"];
    assert_eq!(item["Key"], "a");
    assert_eq!(item["Value"], 1);
    assert_eq!(item["Source"], "s3://bucket/in.json");
}

#[test]
fn items_of_state_data_say_so() {
    let changes = json!({"ItemSelector": {"source.$": "$$.Map.Item.Source"}});
    let (world, key) = run(changes, json!([1]), &[]);
    assert_eq!(output(&world, key), json!([{"source": "STATE_DATA"}]));
}

#[test]
fn results_are_written_and_pointed_to() {
    let changes = json!({"ResultWriter": writer(), "ToleratedFailureCount": 1});
    let (world, key) = run(changes, json!(["x", "bad", "y"]), &[]);
    let result = output(&world, key);
    let manifest_key = result["ResultWriterDetails"]["Key"].as_str().expect("is a key");
    assert!(manifest_key.starts_with("out/") && manifest_key.ends_with("/manifest.json"));
    let files = results(&world);
    let names: Vec<&str> = files.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["FAILED_0.json", "SUCCEEDED_0.json", "manifest.json"]);
    assert_eq!(files[0].1[0]["Error"], "Bad");
    assert_eq!(files[1].1[1]["Output"], "\"y\"");
    assert_eq!(files[2].1["MapRunArn"], result["MapRunArn"]);
}

/// The developer guide: `PENDING_n.json` has what was not started because the Map Run failed.
#[test]
fn results_are_written_before_a_map_run_fails() {
    let changes = json!({"ResultWriter": writer()});
    let (world, key) = run(changes, json!(["x", "bad", "never"]), &[]);
    assert_eq!(world.execution(key).status(), "FAILED");
    let error = &world.execution(key).describe()["error"];
    assert_eq!(*error, "States.ExceedToleratedFailureThreshold");
    let files = results(&world);
    let names: Vec<&str> = files.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["FAILED_0.json", "PENDING_0.json", "SUCCEEDED_0.json", "manifest.json"]);
    assert_eq!(files[1].1[0]["Input"], "\"never\"");
}

#[test]
fn children_that_run_when_the_threshold_is_exceeded_are_aborted() {
    let changes = json!({"ResultWriter": writer(), "MaxConcurrency": 0});
    let (world, _) = run(changes, json!(["bad", "x", "y"]), &[]);
    let files = results(&world);
    let statuses: Vec<&Value> =
        files[0].1.as_array().expect("is an array").iter().map(|child| &child["Status"]).collect();
    assert_eq!(statuses[0], "FAILED");
    assert!(statuses[1..].iter().all(|status| *status == "ABORTED"), "{statuses:?}");
}

/// A redrive goes on with the children that did not succeed, also when results had been written.
#[test]
fn a_redrive_after_the_threshold_runs_the_rest() {
    let changes = json!({"ResultWriter": writer()});
    let (mut world, key) = run(changes, json!(["x", "bad", "never"]), &[]);
    let children = world.executions().count();
    world.redrive(key).expect("has failed");
    world.run(key).expect("nobody is asked");
    assert!(event_types(&world, key).contains(&"MapRunRedriven"));
    assert_eq!(world.executions().count(), children + 1, "the bad one, again");
}

#[test]
fn an_inline_map_takes_no_writer() {
    let processor = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    let changes = json!({"ResultWriter": writer(), "ItemProcessor": processor});
    let (world, key) = run(changes, json!([1]), &[]);
    let described = world.execution(key).describe();
    assert_eq!(described["error"], "States.Runtime");
    let cause = described["cause"].as_str().expect("is a text");
    assert!(cause.ends_with("fields are not supported for INLINE maps"), "{cause}");
}
