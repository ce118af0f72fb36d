//! Calls of services: signed with the server's key.

use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderValue};
use stepclock_engine::data::Timestamp;

pub(super) use super::client::{Answer, Failure, Limits};
use super::{Client, Tls};
use crate::auth::{AccessKey, SigningScope, sign};
use crate::clock;
use crate::observe::TraceContext;

/// Sends requests.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client,
    key: AccessKey,
    /// The trace that what is sent belongs to.
    trace: Option<TraceContext>,
}

impl Http {
    pub(super) fn new(key: AccessKey, tls: &Tls) -> Self {
        Self { client: Client::new(tls), key, trace: None }
    }

    /// The same, for calls that belong to a trace.
    pub(super) fn of_trace(&self, trace: Option<TraceContext>) -> Self {
        Self { trace, ..self.clone() }
    }

    /// Signs and sends a request.
    pub(super) async fn send_signed(
        &self,
        mut request: Request<Bytes>,
        scope: &SigningScope<'_>,
        limits: Limits,
    ) -> Result<Answer, Failure> {
        if let Some(host) = request.uri().authority().map(|host| host.as_str().to_owned())
            && let Ok(host) = HeaderValue::from_str(&host)
        {
            request.headers_mut().insert(HOST, host);
        }
        let (mut parts, body) = request.into_parts();
        // Whoever verifies it does so by the wall clock, however time passes here.
        let now: Timestamp = clock::wall();
        sign(&mut parts, &body, &self.key, scope, now);
        self.send(Request::from_parts(parts, body), limits).await
    }

    /// Sends a request as it is.
    pub(super) async fn send(
        &self,
        mut request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Answer, Failure> {
        // As AWS sends it to functions, and as everybody else does. Neither is signed: SDKs leave both out.
        let xray = self.trace.map(|trace| ("x-amzn-trace-id", trace.header()));
        let w3c = self.trace.and_then(|trace| Some(("traceparent", trace.traceparent()?)));
        for (name, value) in xray.into_iter().chain(w3c) {
            if let Ok(value) = HeaderValue::try_from(value) {
                request.headers_mut().entry(name).or_insert(value);
            }
        }
        self.client.send(request, limits).await
    }
}
