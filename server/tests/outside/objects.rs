//! Objects of Distributed Maps and of Tasks, in an S3 and in a folder.

use super::*;

fn s3(seen: &Seen) -> Response<Full<Bytes>> {
    let missing =
        "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>";
    let page = |keys: &[&str], next: &str| {
        let contents: String = keys
            .iter()
            .map(|key| {
                format!(
                    "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;\
                     </ETag><Size>3</Size><StorageClass>STANDARD</StorageClass></Contents>"
                )
            })
            .collect();
        answer(200, &[], &format!("<ListBucketResult>{contents}{next}</ListBucketResult>"))
    };
    match (&seen.method, seen.path.as_str()) {
        (&Method::GET, "/b/items%20a.json") => answer(200, &[("etag", "\"e\"")], "[1, 2]"),
        (&Method::GET, "/b?list-type=2&prefix=p%2F") => {
            page(&["p/2"], "<NextContinuationToken>t</NextContinuationToken>")
        }
        (&Method::GET, "/b?list-type=2&prefix=p%2F&continuation-token=t") => page(&["p/1"], ""),
        (&Method::PUT, _) => answer(200, &[("etag", "\"e\"")], ""),
        _ => answer(404, &[("x-amz-request-id", "id-4")], missing),
    }
}

fn map_over(reader: Value) -> Value {
    let processor = json!({
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "End": true}},
    });
    json!({"StartAt": "M", "States": {
        "M": {"Type": "Map", "ItemReader": reader, "ItemProcessor": processor, "End": true},
    }})
}

/// Runs a STANDARD execution under the simulated clock, which must wait for what is outside.
async fn run_standard(hub: &Handle, definition: Value) -> Value {
    let request = json!({
        "name": "s",
        "roleArn": "arn:aws:iam::123456789012:role/r",
        "definition": definition.to_string(),
    });
    let created = api::call(hub, "CreateStateMachine", request).await.expect("is created");
    let start = json!({"stateMachineArn": created["stateMachineArn"], "input": "{}"});
    let started = api::call(hub, "StartExecution", start).await.expect("starts");
    let described = json!({"executionArn": started["executionArn"]});
    loop {
        let now = api::call(hub, "DescribeExecution", described.clone()).await.expect("is known");
        if now["status"] != "RUNNING" {
            return now;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_distributed_map_reads_and_lists_objects_outside() {
    let world = World::new(s3).await;
    let hub = hub_with(&[format!("s3=http://{}", world.address)]);
    let reader = json!({
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "b", "Key": "items a.json"},
    });
    assert_eq!(output(&run_standard(&hub, map_over(reader)).await), json!([1, 2]));
    let hub = hub_with(&[format!("s3=http://{}", world.address)]);
    let reader = json!({
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Parameters": {"Bucket": "b", "Prefix": "p/"},
    });
    let listed = output(&run_standard(&hub, map_over(reader)).await);
    let keys: Vec<_> = listed.as_array().expect("is a list").iter().map(|o| &o["Key"]).collect();
    assert_eq!(keys, ["p/1", "p/2"]);
}

#[tokio::test]
async fn simulated_time_waits_for_an_object() {
    let world = World::new(s3).await;
    let hub = hub_with(&[format!("s3=http://{}", world.address)]);
    let reader = json!({
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "b", "Key": "items a.json"},
    });
    let mut definition = map_over(reader);
    // Were the object not waited for, the timeout would be the next thing to happen.
    definition["TimeoutSeconds"] = json!(1);
    let ended = run_standard(&hub, definition).await;
    assert_eq!(ended["status"], "SUCCEEDED", "{ended}");
    assert_eq!(ended["startDate"], ended["stopDate"]);
}

#[tokio::test]
async fn tasks_read_and_write_objects() {
    let world = World::new(s3).await;
    let hub = hub_with(&[format!("s3=http://{}", world.address)]);
    let object = json!({"Bucket": "b", "Key": "items a.json"});
    let got = output(&run_task(&hub, "arn:aws:states:::aws-sdk:s3:getObject", object).await);
    assert_eq!(got["Body"], "[1, 2]");
    assert_eq!(got["ETag"], "\"e\"");
    assert_eq!(got["ContentLength"], 6);
    let object = json!({"Bucket": "b", "Key": "x/y", "Body": {"a": 1}});
    let put = output(&run_task(&hub, "arn:aws:states:::aws-sdk:s3:putObject", object).await);
    assert_eq!(put, json!({"ETag": "\"e\""}));
    assert_eq!((world.last().path.as_str(), world.last().body.as_str()), ("/b/x/y", r#"{"a":1}"#));
    let object = json!({"Bucket": "b", "Key": "none"});
    let none = run_task(&hub, "arn:aws:states:::aws-sdk:s3:getObject", object).await;
    assert_eq!(none["error"], "S3.NoSuchKeyException");
    let cause = "The specified key does not exist. (Service: S3, Status Code: 404, Request ID: id-4) (SDK Attempt Count: 1)";
    assert_eq!(none["cause"], cause);
}

#[tokio::test]
async fn a_distributed_map_reads_and_writes_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("b")).expect("a bucket");
    std::fs::write(folder.path().join("b/items.json"), "[1, 2]").expect("a file");
    let objects = Box::new(FolderObjects::new(folder.path().to_owned()));
    let hub = start(Answerers { objects: Some(objects), ..Answerers::default() });
    let reader = json!({
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "b", "Key": "items.json"},
    });
    let mut definition = map_over(reader);
    definition["States"]["M"]["ResultWriter"] = json!({
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "b", "Prefix": "out"},
    });
    let written = output(&run_standard(&hub, definition).await);
    let key = written["ResultWriterDetails"]["Key"].as_str().expect("names the manifest");
    let manifest = std::fs::read(folder.path().join("b").join(key)).expect("is there");
    let manifest: Value = serde_json::from_slice(&manifest).expect("is JSON");
    assert_eq!(manifest["DestinationBucket"], "b");
}
