//! One request: what it asks for, whether its sender may, and the answer.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use stepclock_engine::asl::WorkflowType;
use tower_service::Service as _;
use tracing::Instrument as _;

use super::HttpConfig;
use super::body::{BodyError, BodyMemory};
use super::request_id::RequestIds;
use super::throttle::{START_EXPRESS, Throttle};
use crate::auth::Verifier;
use crate::error::ApiError;
use crate::hub::Handle;
use crate::protocol::Operation;
use crate::{api, clock, control, protocol};

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Answers requests.
#[derive(Debug)]
pub(super) struct Service {
    hub: Handle,
    control: Router,
    verifier: Option<Verifier>,
    throttle: Option<Throttle>,
    bodies: BodyMemory,
    ids: RequestIds,
}

impl Service {
    pub(super) fn new(hub: Handle, config: &HttpConfig) -> Self {
        let region = hub.config().region.clone();
        Self {
            control: control::router(hub.clone()),
            verifier: verifier(config, region),
            throttle: config.throttle.then(Throttle::new),
            bodies: BodyMemory::new(config),
            ids: RequestIds::new(hub.config().seed),
            hub,
        }
    }

    pub(super) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let id = self.ids.next();
        let mut response = if comes_from_a_web_page(request.headers()) {
            plain(StatusCode::FORBIDDEN, "requests from web pages of other hosts are refused\n")
        } else if control::owns(request.uri().path()) {
            self.controlled(request).await
        } else {
            self.called(request, &id).await
        };
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }

    /// A call of the API.
    async fn called(&self, request: Request<Incoming>, id: &str) -> Response<Body> {
        let (parts, body) = request.into_parts();
        if parts.method != Method::POST || parts.uri.path() != "/" || !has_json(&parts.headers) {
            return plain(StatusCode::NOT_FOUND, "<UnknownOperationException/>\n");
        }
        let body = match self.bodies.read(body).await {
            Ok(body) => body,
            Err(error) => return refused_body(error),
        };
        let begun = clock::real_now();
        let operation = protocol::operation(target(&parts.headers));
        let name = operation.as_ref().map_or("unknown", |operation| operation.name.as_str());
        let span = tracing::debug_span!("request", id, operation = name);
        let answered = async {
            match operation {
                Ok(operation) => self.call(operation, &parts, &body.bytes).await,
                Err(error) => Err(error),
            }
        };
        let answered = answered.instrument(span.clone()).await;
        let (took, _in_span) = (begun.elapsed(), span.entered());
        let status = answered.as_ref().map_or_else(|error| error.status, |_| 200);
        self.hub.observed().request(name, status, took);
        match answered {
            Ok(answer) => {
                tracing::debug!(status, ?took, "answered");
                json(StatusCode::OK, &answer)
            }
            Err(error) => {
                if error.status >= 500 {
                    tracing::error!(id, operation = name, status, ?took, %error, "failed");
                } else {
                    tracing::debug!(status, ?took, %error, "refused");
                }
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
                json(status, &protocol::error_body(&error))
            }
        }
    }

    async fn call(
        &self,
        operation: &'static Operation,
        parts: &Parts,
        body: &[u8],
    ) -> Result<Value, ApiError> {
        self.verify(parts, body)?;
        if let Some(throttle) = &self.throttle {
            throttle.admit(self.quota(&operation.name, body).await?)?;
        }
        let request = protocol::read(operation, body)?;
        let answer = api::call(&self.hub, &operation.name, request).await?;
        if cfg!(debug_assertions)
            && let Some(misfit) = operation.output.and_then(|out| protocol::conforms(out, &answer))
        {
            return Err(ApiError::internal(format!("{} gives {misfit}", operation.name)));
        }
        Ok(answer)
    }

    /// The quota that a call takes from. Starts have two: one for each type of machine.
    async fn quota<'a>(&self, operation: &'a str, body: &[u8]) -> Result<&'a str, ApiError> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Start {
            state_machine_arn: String,
        }
        if operation != "StartExecution" {
            return Ok(operation);
        }
        // What cannot be read is refused later, in AWS's words.
        let Ok(Start { state_machine_arn: arn }) = serde_json::from_slice(body) else {
            return Ok(operation);
        };
        let kind = self.hub.call(move |hub| Ok(hub.registry.workflow_type(&arn))).await?;
        Ok(if kind == Some(WorkflowType::Express) { START_EXPRESS } else { operation })
    }

    /// A request that only this server knows: its health, its clock.
    async fn controlled(&self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = match self.bodies.read(body).await {
            Ok(body) => body,
            Err(error) => return refused_body(error),
        };
        if !control::is_open(parts.uri.path())
            && let Err(error) = self.verify(&parts, &body.bytes)
        {
            return json(StatusCode::FORBIDDEN, &protocol::error_body(&error));
        }
        let request = Request::from_parts(parts, Body::from(body.bytes.clone()));
        match self.control.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    fn verify(&self, parts: &Parts, body: &[u8]) -> Result<(), ApiError> {
        match &self.verifier {
            Some(verifier) => verifier.verify(parts, body, clock::wall()),
            None => Ok(()),
        }
    }
}

fn verifier(config: &HttpConfig, region: Arc<str>) -> Option<Verifier> {
    if config.keys.is_empty() {
        return None;
    }
    let verifier = Verifier::new(config.keys.clone(), region, "states");
    Some(if config.single_use_signatures { verifier.single_use() } else { verifier })
}

/// Browsers name the page that a request comes from; SDKs do not. A page of the internet must not reach a server on
/// loopback, neither directly nor by a host name of its own that leads to 127.0.0.1.
fn comes_from_a_web_page(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let host = origin.to_str().ok().and_then(|origin| origin.parse::<hyper::Uri>().ok());
    let host = host.as_ref().and_then(hyper::Uri::host).unwrap_or("");
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host != "localhost" && !address.is_ok_and(|address| address.is_loopback())
}

fn target(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-target").and_then(|target| target.to_str().ok())
}

/// AWS takes `application/x-amz-json-1.0`; that of version 1.1 and plain JSON are for people with curl.
fn has_json(headers: &HeaderMap) -> bool {
    let given = headers.get(CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or("");
    let kind = given.split(';').next().unwrap_or("").trim();
    ["application/x-amz-json-1.0", "application/x-amz-json-1.1", "application/json"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known))
}

fn refused_body(error: BodyError) -> Response<Body> {
    match error {
        BodyError::TooLarge => {
            plain(StatusCode::PAYLOAD_TOO_LARGE, "HTTP content length exceeded 1049600 bytes.\n")
        }
        BodyError::TooSlow => plain(StatusCode::REQUEST_TIMEOUT, "the request took too long\n"),
        BodyError::Gone => plain(StatusCode::BAD_REQUEST, "the request ended early\n"),
        BodyError::Busy => {
            let message = "too many requests are being worked on";
            let error = ApiError::new("ServiceUnavailableException", message);
            json(StatusCode::SERVICE_UNAVAILABLE, &protocol::error_body(&error))
        }
    }
}

fn json(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}
