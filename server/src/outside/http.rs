//! The client that calls go out with: plain HTTP, connections kept open, every request with an end.

use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderMap, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use stepclock_engine::data::Timestamp;

use crate::auth::{AccessKey, SigningScope, sign};
use crate::clock;

/// How long to wait for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Sends requests.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    key: AccessKey,
}

/// What a request may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// From its begin until the last byte of the answer.
    pub(super) within: Duration,
    /// Bytes of the answer's body.
    pub(super) bytes_max: usize,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// There is nobody, or the connection broke.
    #[error("Unable to execute HTTP request: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("Unable to execute HTTP request: no answer within {} seconds", .0.as_secs())]
    TooSlow(Duration),
    /// The answer is too large.
    #[error("Unable to execute HTTP request: the answer has more than {0} bytes")]
    TooLarge(usize),
    /// What the task names cannot be part of a request.
    #[error("Unable to marshall request: {0}")]
    NotARequest(String),
}

impl Http {
    pub(super) fn new(key: AccessKey) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_WITHIN));
        Self { client: Client::builder(TokioExecutor::new()).build(connector), key }
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
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Answer, Failure> {
        let exchange = async {
            let answer = self.client.request(request.map(Full::new)).await;
            let (parts, body) = answer.map_err(|error| unreachable_for(&error))?.into_parts();
            let body = Limited::new(body, limits.bytes_max).collect().await.map_err(|error| {
                match error.downcast_ref::<LengthLimitError>() {
                    Some(_) => Failure::TooLarge(limits.bytes_max),
                    None => Failure::Unreachable(error.to_string()),
                }
            })?;
            Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() })
        };
        let too_slow = |_| Failure::TooSlow(limits.within);
        tokio::time::timeout(limits.within, exchange).await.map_err(too_slow)?
    }
}

/// The last of an error's reasons says the most.
fn unreachable_for(error: &dyn std::error::Error) -> Failure {
    let mut said = error.to_string();
    let mut reason = error.source();
    while let Some(deeper) = reason {
        said = deeper.to_string();
        reason = deeper.source();
    }
    Failure::Unreachable(said)
}

impl Answer {
    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The id that the service gave the request.
    pub(super) fn request_id(&self) -> &str {
        ["x-amzn-requestid", "x-amz-request-id"]
            .iter()
            .find_map(|name| self.header(name))
            .unwrap_or("00000000-0000-4000-8000-000000000000")
    }
}
