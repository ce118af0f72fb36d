//! Traces of executions, as a collector gets them.

use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;
use stepclock_engine::sim::{ObjectStore, Workers};
use stepclock_server::api;
use stepclock_server::config::{ClockMode, ServerConfig};
use stepclock_server::hub::{self, Answerers, Handle};
use stepclock_server::observe::TraceConfig;
use stepclock_server::outside::Tls;
use stepclock_server::store::{MemoryStore, SqliteStore, Store};
use tokio::net::TcpListener;

const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine";

/// A collector that answers with these statuses, and then with 200.
struct Collector {
    address: std::net::SocketAddr,
    taken: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
}

impl Collector {
    async fn start(refusals: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let address = listener.local_addr().expect("has an address");
        let taken: Arc<Mutex<Vec<_>>> = Arc::default();
        let (log, refusals) = (taken.clone(), Arc::new(Mutex::new(refusals.iter())));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, refusals) = (log.clone(), refusals.clone());
                let answer = service_fn(move |request: Request<Incoming>| {
                    let (log, refusals) = (log.clone(), refusals.clone());
                    async move {
                        assert_eq!(request.uri().path(), "/v1/traces");
                        assert_eq!(request.headers()["content-type"], "application/x-protobuf");
                        let body = request.into_body().collect().await?.to_bytes();
                        let status = refusals.lock().expect("is sound").next().copied();
                        if status.is_none() {
                            let request = ExportTraceServiceRequest::decode(body).expect("is OTLP");
                            log.lock().expect("is sound").push(request);
                        }
                        let answer = Response::builder().status(status.unwrap_or(200));
                        let answer =
                            answer.header("retry-after", "0").body(Full::<Bytes>::default());
                        Ok::<_, hyper::Error>(answer.expect("is an answer"))
                    }
                });
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self { address, taken }
    }

    fn config(&self, frozen: bool) -> ServerConfig {
        let url = format!("http://{}", self.address);
        ServerConfig {
            clock: ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen },
            traces: TraceConfig::read(Some(&url), |_| None, &Tls::default())
                .expect("is a collector"),
            ..ServerConfig::default()
        }
    }

    /// Everything it was given.
    fn spans(&self) -> Vec<Span> {
        let taken = self.taken.lock().expect("is sound");
        let resources = taken.iter().flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    fn span(&self, name: &str) -> Span {
        let spans = self.spans();
        let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
        assert_eq!(
            found.len(),
            1,
            "{name} in {:?}",
            spans.iter().map(|s| &s.name).collect::<Vec<_>>()
        );
        found[0].clone()
    }
}

fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let found = attributes.iter().find(|pair| pair.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Any::StringValue(text) => Some(text.clone()),
        Any::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}

async fn create(hub: &Handle, name: &str, definition: Value) {
    let role = "arn:aws:iam::123456789012:role/r";
    let request = json!({"name": name, "roleArn": role, "definition": definition.to_string()});
    api::call(hub, "CreateStateMachine", request).await.expect("is created");
}

async fn run(hub: &Handle, machine: &str, input: &str) {
    let arn = format!("{MACHINE}:{machine}");
    let request = json!({"stateMachineArn": arn, "name": "e", "input": input});
    api::call(hub, "StartExecution", request).await.expect("starts");
    hub.run_until_idle().await.expect("the clock is simulated");
}

fn fresh(config: ServerConfig) -> Handle {
    let objects = ObjectStore::default();
    let answerers = Answerers { objects: Some(Box::new(objects)), ..Answerers::default() };
    hub::start(config, Arc::new(MemoryStore::default()), answerers).expect("starts")
}

fn pass() -> Value {
    json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}})
}

/// The machine starts another one, as a job or not.
fn starts(resource: &str) -> Value {
    let parameters =
        json!({"StateMachineArn": format!("{MACHINE}:inner"), "Name": "n", "Input": {}});
    let resource = format!("arn:aws:states:::states:{resource}");
    json!({"StartAt": "Start", "States": {
        "Start": {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": true}}})
}

#[tokio::test]
async fn nested_executions_stand_below_the_task_that_starts_them() {
    let collector = Collector::start(&[]).await;
    let hub = fresh(collector.config(false));
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}});
    create(&hub, "inner", wait).await;
    create(&hub, "outer", starts("startExecution.sync:2")).await;
    run(&hub, "outer", "{}").await;
    hub.stop().await;
    let (outer, inner) = (collector.span("outer"), collector.span("inner"));
    let attempt = collector.span("states:startExecution.sync:2");
    assert_eq!(inner.parent_span_id, attempt.span_id);
    assert_eq!(attempt.parent_span_id, collector.span("Start").span_id);
    assert_eq!(outer.parent_span_id, Vec::<u8>::new());
    assert_eq!(inner.trace_id, outer.trace_id);
    let begin = 1_767_225_600_000_000_000;
    assert_eq!(
        (inner.start_time_unix_nano, inner.end_time_unix_nano),
        (begin, begin + 60_000_000_000)
    );
    let arn = attribute(&inner.attributes, "aws.step_functions.state_machine.arn");
    assert_eq!(arn, Some(format!("{MACHINE}:inner")));
    let taken = collector.taken.lock().expect("is sound");
    let resource = taken[0].resource_spans[0].resource.as_ref().expect("has a resource");
    assert_eq!(attribute(&resource.attributes, "service.name").as_deref(), Some("stepclock"));
    assert_eq!(attribute(&resource.attributes, "cloud.region").as_deref(), Some("us-east-1"));
}

#[tokio::test]
async fn executions_of_a_map_run_stand_below_it() {
    let collector = Collector::start(&[]).await;
    let hub = fresh(collector.config(false));
    let mut processor = pass();
    processor["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    let map = json!({"Type": "Map", "ItemProcessor": processor, "Label": "L", "End": true});
    create(&hub, "maps", json!({"StartAt": "Each", "States": {"Each": map}})).await;
    run(&hub, "maps", "[1, 2]").await;
    hub.stop().await;
    let map_run = collector.span("Map Run");
    assert_eq!(map_run.parent_span_id, collector.span("Each").span_id);
    let spans = collector.spans();
    let children: Vec<_> =
        spans.iter().filter(|span| span.parent_span_id == map_run.span_id).collect();
    assert_eq!(children.len(), 2);
    assert!(
        children.iter().all(|child| child.name == "maps/L" && child.trace_id == map_run.trace_id)
    );
    assert_eq!(spans.iter().filter(|span| span.name == "P").count(), 2);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_trace() {
    let mut traces = Vec::new();
    for _ in 0..2 {
        let collector = Collector::start(&[]).await;
        let hub = fresh(collector.config(false));
        create(&hub, "inner", pass()).await;
        create(&hub, "outer", starts("startExecution")).await;
        run(&hub, "outer", "{}").await;
        hub.stop().await;
        let mut spans = collector.spans();
        spans.sort_by(|a, b| a.span_id.cmp(&b.span_id));
        traces.push(spans);
    }
    assert_eq!(traces[0].len(), 5);
    assert_eq!(traces[0], traces[1]);
}

#[tokio::test]
async fn a_trace_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Arc::new(SqliteStore::open(folder.path()).expect("opens")) as Arc<dyn Store>;
    let collector = Collector::start(&[]).await;
    let hub = hub::start(collector.config(true), open(), Answerers::default()).expect("starts");
    let states = json!({
        "P": {"Type": "Pass", "Next": "W"},
        "W": {"Type": "Wait", "Seconds": 60, "End": true},
    });
    create(&hub, "waits", json!({"StartAt": "P", "States": states})).await;
    let request = json!({"stateMachineArn": format!("{MACHINE}:waits"), "name": "a"});
    api::call(&hub, "StartExecution", request).await.expect("starts");
    hub.stop().await;
    drop(hub);
    // What has ended before is told once.
    let before = collector.span("P");
    let hub = hub::start(collector.config(true), open(), Answerers::default()).expect("starts");
    hub.run_until_idle().await.expect("the clock is simulated");
    hub.stop().await;
    let (root, wait) = (collector.span("waits"), collector.span("W"));
    assert_eq!(collector.span("P"), before);
    assert_eq!((&before.parent_span_id, &wait.parent_span_id), (&root.span_id, &root.span_id));
    assert_eq!(root.end_time_unix_nano - root.start_time_unix_nano, 60_000_000_000);
}

/// 503 may be sent again, 400 may not: what it had is dropped and counted.
#[tokio::test]
async fn a_collector_that_refuses_is_asked_again_where_that_helps() {
    let collector = Collector::start(&[503, 429]).await;
    let hub = fresh(collector.config(false));
    create(&hub, "m", pass()).await;
    run(&hub, "m", "{}").await;
    hub.stop().await;
    assert_eq!(collector.spans().len(), 2);

    let collector = Collector::start(&[400]).await;
    let hub = fresh(collector.config(false));
    create(&hub, "m", pass()).await;
    run(&hub, "m", "{}").await;
    loop {
        let metrics = hub.call(|hub| Ok(hub.metrics())).await.expect("is measured");
        if metrics.contains("stepclock_spans_dropped_total 2") {
            break;
        }
        tokio::task::yield_now().await;
    }
    hub.stop().await;
    assert_eq!(collector.spans().len(), 0);
}

#[tokio::test]
async fn failures_are_told_with_their_error() {
    let collector = Collector::start(&[]).await;
    let mut answerers = Answerers::default();
    let script = r#"{"workers": [{"state": "T", "answers": {"0-": {"throw": {"error": "Boom", "cause": "why"}}}}]}"#;
    answerers.workers.push(Box::new(Workers::parse(script).expect("is a script")));
    let hub = hub::start(collector.config(false), Arc::new(MemoryStore::default()), answerers);
    let hub = hub.expect("starts");
    let resource = "arn:aws:states:::sqs:sendMessage";
    let task = json!({"Type": "Task", "Resource": resource, "Parameters": {"QueueUrl": "q", "MessageBody": "b"}, "End": true});
    create(&hub, "m", json!({"StartAt": "T", "States": {"T": task}})).await;
    run(&hub, "m", "{}").await;
    hub.stop().await;
    for name in ["m", "T", "sqs:sendMessage"] {
        let span = collector.span(name);
        let status = span.status.expect("has a status");
        assert_eq!((status.code, status.message.as_str()), (2, "Boom: why"), "{name}");
        assert_eq!(attribute(&span.attributes, "error.type").as_deref(), Some("Boom"), "{name}");
    }
}

#[tokio::test]
async fn a_redrive_is_a_span_of_its_own_in_the_same_trace() {
    let collector = Collector::start(&[]).await;
    let mut answerers = Answerers::default();
    let script = r#"{"workers": [{"state": "T", "answers": {
        "0": {"throw": {"error": "Boom", "cause": "why"}}, "1": {"return": 1}}}]}"#;
    answerers.workers.push(Box::new(Workers::parse(script).expect("is a script")));
    let hub = hub::start(collector.config(false), Arc::new(MemoryStore::default()), answerers);
    let hub = hub.expect("starts");
    let resource = "arn:aws:lambda:us-east-1:123456789012:function:F";
    let task = json!({"Type": "Task", "Resource": resource, "Next": "P"});
    let states = json!({"T": task, "P": {"Type": "Pass", "End": true}});
    create(&hub, "m", json!({"StartAt": "T", "States": states})).await;
    run(&hub, "m", "{}").await;
    let request = json!({"executionArn": "arn:aws:states:us-east-1:123456789012:execution:m:e"});
    api::call(&hub, "RedriveExecution", request).await.expect("is redrivable");
    hub.run_until_idle().await.expect("the clock is simulated");
    hub.stop().await;
    let spans = collector.spans();
    let roots: Vec<_> = spans.iter().filter(|span| span.name == "m").collect();
    let [first, redrive] = roots[..] else { panic!("{roots:?}") };
    assert_eq!(first.status.as_ref().map(|status| &*status.message), Some("Boom: why"));
    assert_eq!((&redrive.status, &redrive.trace_id), (&None, &first.trace_id));
    assert_eq!(
        redrive.links.iter().map(|link| &link.span_id).collect::<Vec<_>>(),
        [&first.span_id]
    );
    let count = attribute(&redrive.attributes, "stepclock.execution.redrive_count");
    assert_eq!(count.as_deref(), Some("1"));
    let attempts: Vec<_> = spans.iter().filter(|span| span.name == "F").collect();
    // The state was entered before the redrive: its second attempt stands below the redrive itself.
    assert_eq!(attempts[0].parent_span_id, collector.span("T").span_id);
    assert_eq!(attempts[1].parent_span_id, redrive.span_id);
    assert_eq!(collector.span("P").parent_span_id, redrive.span_id);
}
