//! Calls to the outside, with this test as the outside: a small HTTP server that plays Lambda, SQS, S3 and others.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use stepclock_engine::asl::{WorkflowType, compile};
use stepclock_engine::data::Timestamp;
use stepclock_server::api;
use stepclock_server::config::{ClockMode, ServerConfig};
use stepclock_server::hub::{self, Answerers, Handle};
use stepclock_server::observe::TraceConfig;
use stepclock_server::outside::{AccessKey, Endpoints, EventBus, FolderObjects, Services, Tls};
use stepclock_server::store::MemoryStore;
use tokio::net::TcpListener;

/// A request as it came in.
#[derive(Debug, Clone)]
struct Seen {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

type Script = fn(&Seen) -> Response<Full<Bytes>>;

/// The outside.
struct World {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl World {
    async fn new(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let address = listener.local_addr().expect("has an address");
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let log = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let log = log.clone();
                let answer = service_fn(move |request: Request<Incoming>| {
                    let log = log.clone();
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await?.to_bytes();
                        let seen = Seen {
                            method: parts.method,
                            path: parts.uri.path_and_query().map_or("", |p| p.as_str()).to_owned(),
                            headers: parts.headers,
                            body: String::from_utf8_lossy(&body).into_owned(),
                        };
                        let answer = script(&seen);
                        log.lock().expect("is not poisoned").push(seen);
                        Ok::<_, hyper::Error>(answer)
                    }
                });
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self { address, seen }
    }

    fn last(&self) -> Seen {
        self.seen.lock().expect("is not poisoned").last().expect("was called").clone()
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::new(Bytes::from(body.to_owned()))).expect("is an answer")
}

fn services(endpoints: &[String]) -> Arc<Services> {
    let mut known = Endpoints::default();
    for given in endpoints {
        known.add(given).expect("is an endpoint");
    }
    let runtime = tokio::runtime::Handle::current();
    Arc::new(Services::new(
        known,
        AccessKey::default(),
        &Tls::default(),
        "us-east-1".into(),
        runtime,
    ))
}

fn start(answerers: Answerers) -> Handle {
    let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: false };
    let config = ServerConfig { clock, ..ServerConfig::default() };
    hub::start(config, Arc::new(MemoryStore::default()), answerers).expect("starts")
}

fn hub_with(endpoints: &[String]) -> Handle {
    let services = services(endpoints);
    let mut answerers = Answerers::default();
    if services.has_objects() {
        answerers.outside_objects = Some(services.clone());
    }
    answerers.outside = Some(services);
    start(answerers)
}

async fn run_machine(hub: &Handle, definition: Value, input: &str) -> Value {
    let name = hub.call(|hub| Ok(hub.ids.uuid())).await.expect("has names");
    let request = json!({
        "name": name,
        "roleArn": "arn:aws:iam::123456789012:role/r",
        "type": "EXPRESS",
        "definition": definition.to_string(),
    });
    let created = api::call(hub, "CreateStateMachine", request).await.expect("is created");
    let start = json!({"stateMachineArn": created["stateMachineArn"], "input": input});
    api::call(hub, "StartSyncExecution", start).await.expect("ends")
}

/// Runs one task and gives what became of the execution.
async fn run_task(hub: &Handle, resource: &str, parameters: Value) -> Value {
    let task = json!({"Type": "Task", "Resource": resource, "Parameters": parameters, "End": true});
    run_machine(hub, json!({"StartAt": "T", "States": {"T": task}}), "{}").await
}

fn output(ended: &Value) -> Value {
    assert_eq!(ended["status"], "SUCCEEDED", "{ended}");
    serde_json::from_str(ended["output"].as_str().expect("has an output")).expect("is JSON")
}

fn lambda(seen: &Seen) -> Response<Full<Bytes>> {
    let headers = [
        ("x-amz-executed-version", "$LATEST"),
        ("x-amzn-requestid", "id-1"),
        ("content-type", "application/json"),
    ];
    match seen.path.as_str() {
        "/2015-03-31/functions/Raise/invocations" => {
            let mut headers = headers.to_vec();
            headers.push(("x-amz-function-error", "Unhandled"));
            answer(200, &headers, r#"{"errorMessage":"","errorType":"CustomException"}"#)
        }
        path if path.starts_with("/2015-03-31/functions/Echo/") => {
            answer(200, &headers, &seen.body)
        }
        _ => {
            let headers = [("x-amzn-errortype", "ResourceNotFoundException"), headers[1]];
            answer(404, &headers, r#"{"Type":"User","Message":"Function not found: F"}"#)
        }
    }
}

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function";
const INVOKE: &str = "arn:aws:states:::lambda:invoke";

#[tokio::test]
async fn a_function_as_a_resource_gives_its_result() {
    let world = World::new(lambda).await;
    let hub = hub_with(&[format!("lambda=http://{}", world.address)]);
    let ended = run_task(&hub, &format!("{FUNCTION}:Echo"), json!({"a": 1})).await;
    assert_eq!(output(&ended), json!({"a": 1}));
    let seen = world.last();
    assert_eq!(seen.method, Method::POST);
    assert!(seen.header("authorization").contains("/us-east-1/lambda/aws4_request, "));
}

#[tokio::test]
async fn lambda_invoke_has_the_members_of_the_recordings() {
    let world = World::new(lambda).await;
    let hub = hub_with(&[format!("lambda=http://{}", world.address)]);
    let parameters = json!({"FunctionName": "Echo", "Payload": null, "Qualifier": "7"});
    let ended = run_task(&hub, INVOKE, parameters).await;
    let output = output(&ended);
    // Recording `lambda_task_service.invoke`: a function that gives back what it was called with gives `{}`.
    assert_eq!(output["Payload"], json!({}));
    assert_eq!(output["ExecutedVersion"], "$LATEST");
    assert_eq!(output["StatusCode"], 200);
    assert_eq!(output["SdkResponseMetadata"], json!({"RequestId": "id-1"}));
    let http = &output["SdkHttpMetadata"];
    assert_eq!(http["HttpHeaders"]["Content-Type"], "application/json");
    assert_eq!(http["AllHttpHeaders"]["x-amzn-RequestId"], json!(["id-1"]));
    let members: Vec<_> = output.as_object().expect("is an object").keys().collect();
    let expected =
        ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"];
    assert_eq!(members, expected);
    assert_eq!(world.last().path, "/2015-03-31/functions/Echo/invocations?Qualifier=7");
}

#[tokio::test]
async fn a_function_that_raises_fails_the_task_with_its_error() {
    let world = World::new(lambda).await;
    let hub = hub_with(&[format!("lambda=http://{}", world.address)]);
    for (resource, parameters) in [
        (format!("{FUNCTION}:Raise"), json!({})),
        (INVOKE.to_owned(), json!({"FunctionName": format!("{FUNCTION}:Raise")})),
    ] {
        let ended = run_task(&hub, &resource, parameters).await;
        assert_eq!(ended["error"], "CustomException");
        assert_eq!(ended["cause"], r#"{"errorMessage":"","errorType":"CustomException"}"#);
    }
    let ended = run_task(&hub, INVOKE, json!({"FunctionName": "None"})).await;
    assert_eq!(ended["error"], "Lambda.ResourceNotFoundException");
    assert_eq!(
        ended["cause"],
        "Function not found: F (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; \
         Request ID: id-1; Proxy: null)"
    );
}

#[tokio::test]
async fn nobody_there_is_a_failure_of_the_client() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let address = taken.local_addr().expect("has an address");
    drop(taken);
    let hub = hub_with(&[format!("lambda=http://{address}"), format!("sqs=http://{address}")]);
    let ended = run_task(&hub, INVOKE, json!({"FunctionName": "F"})).await;
    assert_eq!(ended["error"], "Lambda.SdkClientException");
    let message = json!({"QueueUrl": "q", "MessageBody": "m"});
    let ended = run_task(&hub, "arn:aws:states:::sqs:sendMessage", message.clone()).await;
    assert_eq!(ended["error"], "SQS.SdkClientException");
    let ended = run_task(&hub, "arn:aws:states:::aws-sdk:sqs:sendMessage", message).await;
    assert_eq!(ended["error"], "Sqs.SdkClientException");
    let cause = ended["cause"].as_str().unwrap_or_default();
    assert!(cause.starts_with("Unable to execute HTTP request: "), "{cause}");
}

#[tokio::test]
async fn a_service_without_an_endpoint_says_what_to_do() {
    let hub = hub_with(&["lambda=http://127.0.0.1:1".to_owned()]);
    let ended = run_task(
        &hub,
        "arn:aws:states:::sqs:sendMessage",
        json!({"QueueUrl": "q", "MessageBody": "m"}),
    )
    .await;
    assert_eq!(ended["error"], "Stepclock.NoEndpoint");
    assert!(ended["cause"].as_str().is_some_and(|cause| cause.contains("--endpoint")));
}

#[tokio::test]
async fn tasks_that_nobody_will_answer_are_known_beforehand() {
    let task = |resource: &str, next: &str| json!({"Type": "Task", "Resource": resource, "Parameters": {}, "Next": next});
    let definition = json!({"StartAt": "A", "States": {
        "A": task(&format!("{FUNCTION}:F"), "B"),
        "B": task("arn:aws:states:us-east-1:123456789012:activity:a", "C"),
        "C": task("arn:aws:states:::aws-sdk:secretsmanager:listSecrets", "D"),
        "D": {"Type": "Succeed"},
    }});
    let compiled = compile(&definition.to_string(), WorkflowType::Standard);
    let wrong = format!("{:?}", compiled.diagnostics);
    let graph = compiled.definition.expect(&wrong).graph.clone();
    let unanswered = async |hub: Handle| {
        let graph = graph.clone();
        let found = hub.call(move |hub| Ok(hub.unanswered(&graph))).await.expect("is known");
        found.into_iter().map(|(state, _)| state.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(unanswered(start(Answerers::default())).await, ["A", "C"]);
    assert_eq!(unanswered(hub_with(&["lambda=http://127.0.0.1:1".to_owned()])).await, ["C"]);
    assert_eq!(unanswered(hub_with(&["*=http://127.0.0.1:1".to_owned()])).await, [""; 0]);
}

fn services_in_json(seen: &Seen) -> Response<Full<Bytes>> {
    let id = ("x-amzn-requestid", "id-2");
    match seen.header("x-amz-target") {
        "AmazonSQS.SendMessage" => {
            let kind = ("content-type", "application/x-amz-json-1.0");
            answer(200, &[id, kind], r#"{"MD5OfMessageBody":"x","MessageId":"1"}"#)
        }
        "DynamoDB_20120810.GetItem" => answer(200, &[id], r#"{"Item":{"id":{"S":"1"}}}"#),
        "DynamoDB_20120810.PutItem" => {
            let error = "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException";
            let message = "Requested resource not found";
            answer(400, &[id], &json!({"__type": error, "message": message}).to_string())
        }
        "AWSEvents.PutEvents" => {
            let entry = json!({"ErrorCode": "MalformedDetail"});
            answer(200, &[id], &json!({"Entries": [entry], "FailedEntryCount": 1}).to_string())
        }
        "AWSStepFunctions.DescribeStateMachine" => {
            assert_eq!(seen.json(), json!({"stateMachineArn": "a"}));
            answer(200, &[id], r#"{"stateMachineArn":"a","loggingConfiguration":{"level":"OFF"}}"#)
        }
        other => answer(
            400,
            &[],
            &json!({"__type": "UnknownOperationException", "message": other}).to_string(),
        ),
    }
}

#[tokio::test]
async fn services_of_json_protocols() {
    let world = World::new(services_in_json).await;
    let hub = hub_with(&[format!("*=http://{}", world.address)]);
    let message = json!({"QueueUrl": "q", "MessageBody": {"a": 1}});
    let sent = output(&run_task(&hub, "arn:aws:states:::sqs:sendMessage", message).await);
    assert_eq!(world.last().json()["MessageBody"], r#"{"a":1}"#);
    assert_eq!(sent["MessageId"], "1");
    assert_eq!(sent["SdkHttpMetadata"]["HttpStatusCode"], 200);
    let key = json!({"TableName": "t", "Key": {"id": {"S": "1"}}});
    let got = run_task(&hub, "arn:aws:states:::aws-sdk:dynamodb:getItem", key).await;
    assert_eq!(output(&got), json!({"Item": {"id": {"S": "1"}}}), "SDK results have no metadata");
    // Recording `aws_sdk.dynamodb_put_item_no_such_table`.
    let item = json!({"TableName": "t", "Item": {"id": {"S": "1"}}});
    let put = run_task(&hub, "arn:aws:states:::aws-sdk:dynamodb:putItem", item.clone()).await;
    assert_eq!(put["error"], "DynamoDb.ResourceNotFoundException");
    let put = run_task(&hub, "arn:aws:states:::dynamodb:putItem", item).await;
    assert_eq!(put["error"], "DynamoDB.ResourceNotFoundException");
    let machine = json!({"StateMachineArn": "a"});
    let described =
        run_task(&hub, "arn:aws:states:::aws-sdk:sfn:describeStateMachine", machine).await;
    let expected = json!({"StateMachineArn": "a", "LoggingConfiguration": {"Level": "OFF"}});
    assert_eq!(output(&described), expected);
    let unknown = run_task(&hub, "arn:aws:states:::aws-sdk:kms:encrypt", json!({})).await;
    assert_eq!(unknown["error"], "Kms.KmsException");
}

#[tokio::test]
async fn an_event_that_is_refused_fails_the_task() {
    let world = World::new(services_in_json).await;
    let hub = hub_with(&[format!("events=http://{}", world.address)]);
    let entries = json!({"Entries": [{"Detail": {"a": 1}, "DetailType": "t", "Source": "s"}]});
    let ended = run_task(&hub, "arn:aws:states:::events:putEvents", entries).await;
    // Recording `events_task_service.put_events_malformed_detail`.
    assert_eq!(ended["error"], "EventBridge.FailedEntry");
    let cause = ended["cause"].as_str().unwrap_or_default();
    assert!(cause.contains(r#""FailedEntryCount":1"#), "{cause}");
    let entry = &world.last().json()["Entries"][0];
    assert_eq!(entry["Detail"], r#"{"a":1}"#);
    assert_eq!(entry["Resources"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn sns_is_published_to_with_a_form() {
    let world = World::new(|seen| {
        let headers = [("x-amzn-requestid", "id-3"), ("content-type", "text/xml")];
        if seen.body.contains("TopicArn=none") {
            let error = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code>\
                         <Message>Invalid parameter</Message></Error></ErrorResponse>";
            return answer(400, &headers, error);
        }
        let result = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
        answer(200, &headers, result)
    })
    .await;
    let hub = hub_with(&[format!("sns=http://{}", world.address)]);
    let publish = "arn:aws:states:::sns:publish";
    let message = json!({"TopicArn": "t", "Message": {"a": 1}});
    let sent = output(&run_task(&hub, publish, message).await);
    assert_eq!(sent["MessageId"], "1");
    assert_eq!(sent["SdkResponseMetadata"]["RequestId"], "id-3");
    assert!(world.last().body.contains("&Message=%7B%22a%22%3A1%7D"));
    let refused = run_task(&hub, publish, json!({"TopicArn": "none", "Message": "m"})).await;
    // Recording `sns_task_service.fifo_message_attribute`.
    assert_eq!(refused["error"], "SNS.InvalidParameterException");
}

#[tokio::test]
async fn http_tasks_reach_the_stand_in() {
    let world = World::new(|seen| match seen.path.as_str() {
        "/v1/charges?limit=2" => answer(200, &[("x-a", "b")], r#"{"ok":true}"#),
        _ => answer(404, &[], "no"),
    })
    .await;
    let hub = hub_with(&[format!("http=http://{}", world.address)]);
    let invoke = "arn:aws:states:::http:invoke";
    let mut parameters = json!({
        "ApiEndpoint": "https://api.example.com/v1/charges",
        "Method": "POST",
        "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/c/1"},
        "QueryParameters": {"limit": "2"},
        "RequestBody": {"amount": 1},
    });
    let got = output(&run_task(&hub, invoke, parameters.clone()).await);
    assert_eq!(got["ResponseBody"], json!({"ok": true}));
    assert_eq!(got["StatusCode"], 200);
    assert_eq!(got["Headers"]["x-a"], json!(["b"]));
    assert_eq!(world.last().header("host"), "api.example.com");
    assert_eq!(world.last().json(), json!({"amount": 1}));
    parameters["ApiEndpoint"] = json!("https://api.example.com/none");
    let failed = run_task(&hub, invoke, parameters).await;
    assert_eq!(failed["error"], "States.Http.StatusCode.404");
}

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

/// A function's own tracing goes on with the trace of the execution.
#[tokio::test]
async fn calls_carry_the_trace_of_their_task() {
    let world = World::new(|_| answer(200, &[], "{}")).await;
    let outside = services(&[format!("lambda=http://{}", world.address)]);
    let answerers = Answerers { outside: Some(outside), ..Answerers::default() };
    let collector = format!("http://{}", World::new(|_| answer(200, &[], "")).await.address);
    let traces = TraceConfig::read(Some(&collector), |_| None, &Tls::default()).expect("is one");
    let config = ServerConfig { traces, ..ServerConfig::default() };
    let hub = hub::start(config, Arc::new(MemoryStore::default()), answerers).expect("starts");
    let task = json!({"Type": "Task", "Resource": format!("{FUNCTION}:F"), "End": true});
    run_machine(&hub, json!({"StartAt": "T", "States": {"T": task}}), "{}").await;
    let seen = world.last();
    let (xray, w3c) = (seen.header("x-amzn-trace-id"), seen.header("traceparent"));
    assert!(!seen.header("authorization").contains("trace"), "{}", seen.header("authorization"));
    let [version, trace, span, flags] = w3c.split('-').collect::<Vec<_>>()[..] else {
        panic!("{w3c}")
    };
    assert_eq!((version, trace.len(), span.len(), flags), ("00", 32, 16, "01"));
    let (time, rest) = trace.split_at(8);
    assert_eq!(xray, format!("Root=1-{time}-{rest};Parent={span};Sampled=1"));
}

/// What EventBridge was told: `detail` of every event, and the entries' other members.
async fn told(definition: Value, kind: &str, input: &str) -> Vec<(Value, Value)> {
    let world = World::new(|seen| {
        assert_eq!(seen.header("x-amz-target"), "AWSEvents.PutEvents");
        assert!(seen.header("authorization").contains("/us-east-1/events/aws4_request"));
        answer(200, &[], r#"{"FailedEntryCount": 0, "Entries": []}"#)
    })
    .await;
    let mut endpoints = Endpoints::default();
    endpoints.add(&format!("events=http://{}", world.address)).expect("is an endpoint");
    let bus = EventBus::of(&endpoints, AccessKey::default(), &Tls::default(), "us-east-1".into());
    let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: false };
    let config = ServerConfig { clock, event_bus: bus, ..ServerConfig::default() };
    let store = Arc::new(MemoryStore::default());
    let hub = hub::start(config, store, Answerers::default()).expect("starts");
    let request = json!({
        "name": "m",
        "roleArn": "arn:aws:iam::123456789012:role/r",
        "type": kind,
        "definition": definition.to_string(),
    });
    let created = api::call(&hub, "CreateStateMachine", request).await.expect("is created");
    let machine = &created["stateMachineArn"];
    let start = json!({"stateMachineArn": machine, "name": "e", "input": input});
    api::call(&hub, "StartExecution", start).await.expect("starts");
    hub.run_until_idle().await.expect("the clock is simulated");
    // What is durable has been sent when the server has stopped.
    hub.stop().await;
    let seen = world.seen.lock().expect("is not poisoned").clone();
    let requests: Vec<Value> = seen.iter().map(Seen::json).collect();
    let entries = requests.iter().flat_map(|request| request["Entries"].as_array().cloned());
    entries
        .flatten()
        .map(|mut entry| {
            let detail = entry["Detail"].take();
            let detail = detail.as_str().map(serde_json::from_str).expect("is a text");
            (detail.expect("is JSON"), entry)
        })
        .collect()
}

#[tokio::test]
async fn eventbridge_hears_how_standard_executions_go() {
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}});
    let told_of = told(wait.clone(), "STANDARD", r#"{"a":1}"#).await;
    let [(running, entry), (succeeded, _)] = &told_of[..] else { panic!("{told_of:?}") };
    let execution = "arn:aws:states:us-east-1:123456789012:execution:m:e";
    let expected = json!({
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Detail": null,
        "Resources": [execution],
        "Time": 1_767_225_600,
    });
    assert_eq!(*entry, expected);
    let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
    // As AWS was recorded (`base.event_bridge_events_base`): every member, in its order.
    let detail = |status: &str, stopped: Value, output: Value, included: Value| {
        json!({
            "executionArn": execution,
            "stateMachineArn": machine,
            "name": "e",
            "status": status,
            "startDate": 1_767_225_600_000_u64,
            "stopDate": stopped,
            "input": "{\"a\":1}",
            "output": output,
            "stateMachineVersionArn": null,
            "stateMachineAliasArn": null,
            "redriveCount": 0,
            "redriveDate": null,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": format!("Execution is {status} and cannot be redriven"),
            "inputDetails": {"included": true},
            "outputDetails": included,
            "error": null,
            "cause": null,
        })
    };
    let expected = detail("RUNNING", json!(null), json!(null), json!(null));
    assert_eq!(running.to_string(), expected.to_string());
    let stopped = json!(1_767_225_660_000_u64);
    let expected = detail("SUCCEEDED", stopped, json!("{\"a\":1}"), json!({"included": true}));
    assert_eq!(succeeded.to_string(), expected.to_string());
    assert_eq!(told(wait, "EXPRESS", "{}").await, []);
}

#[tokio::test]
async fn data_that_is_too_large_for_an_event_is_left_out() {
    let fails =
        json!({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}});
    let input = json!("\"".repeat(126_000)).to_string();
    let told_of = told(fails, "STANDARD", &input).await;
    let (failed, _) = &told_of[1];
    assert_eq!((&failed["status"], &failed["error"]), (&json!("FAILED"), &json!("E")));
    assert_eq!(
        (&failed["input"], &failed["inputDetails"]),
        (&json!(null), &json!({"included": false}))
    );
    assert_eq!((&failed["output"], &failed["outputDetails"]), (&json!(null), &json!(null)));
}
