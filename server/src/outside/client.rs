//! The client that everything goes out with: HTTP, connections kept open, every request with an end.

use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::HeaderMap;
use hyper::{Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::Tls;

/// How long to wait for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Sends requests.
#[derive(Debug, Clone)]
pub(crate) struct Client(
    hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
);

/// What a request may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// From its begin until the last byte of the answer.
    pub(crate) within: Duration,
    /// Bytes of the answer's body.
    pub(crate) bytes_max: usize,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
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

impl Client {
    pub(crate) fn new(tls: &Tls) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_WITHIN));
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls.config())
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Self(hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector))
    }

    /// Sends a request.
    pub(crate) async fn send(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Answer, Failure> {
        let exchange = async {
            let answer = self.0.request(request.map(Full::new)).await;
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
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The id that the service gave the request.
    pub(crate) fn request_id(&self) -> &str {
        ["x-amzn-requestid", "x-amz-request-id"]
            .iter()
            .find_map(|name| self.header(name))
            .unwrap_or("00000000-0000-4000-8000-000000000000")
    }
}
