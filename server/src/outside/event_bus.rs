//! The event bus that hears of executions.

use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Bytes;
use serde_json::Value;

use super::endpoints::Endpoint;
use super::http::{Answer, Http, Limits};
use super::{AccessKey, Endpoints, Tls};
use crate::auth::{Paths, SigningScope};

const LIMITS: Limits = Limits { within: Duration::from_secs(10), bytes_max: 1 << 20 };

/// EventBridge, at an endpoint.
#[derive(Debug, Clone)]
pub struct EventBus {
    http: Http,
    endpoint: Endpoint,
    region: Arc<str>,
}

impl EventBus {
    /// The one whose endpoint is given by name; `*` does not count.
    #[must_use]
    pub fn of(endpoints: &Endpoints, key: AccessKey, tls: &Tls, region: Arc<str>) -> Option<Self> {
        let endpoint = endpoints.named("eventbridge")?.clone();
        Some(Self { http: Http::new(key, tls), endpoint, region })
    }

    /// Calls `PutEvents`.
    pub(crate) async fn put(&self, request: &Value) -> Result<Answer, String> {
        let request = Request::post(self.endpoint.with("/"))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "AWSEvents.PutEvents")
            .body(Bytes::from(request.to_string()))
            .map_err(|error| error.to_string())?;
        let scope = SigningScope { region: &self.region, service: "events", paths: Paths::Normal };
        let answer = self.http.send_signed(request, &scope, LIMITS).await;
        answer.map_err(|failure| failure.to_string())
    }
}
