//! Calls of services: signed with the server's key.

use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderValue};
use stepclock_engine::data::Timestamp;

pub(super) use super::client::{Answer, Failure, Limits};
use super::{Client, Tls};
use crate::auth::{AccessKey, SigningScope, sign};
use crate::clock;

/// Sends requests.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client,
    key: AccessKey,
}

impl Http {
    pub(super) fn new(key: AccessKey, tls: &Tls) -> Self {
        Self { client: Client::new(tls), key }
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
        self.client.send(request, limits).await
    }
}
