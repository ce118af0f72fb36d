//! Calls to the outside, with this test as the outside: a small HTTP server that plays Lambda, SQS, S3 and others.

mod functions;
mod objects;
mod services;
mod telling;

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

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function";

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
