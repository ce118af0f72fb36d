//! Sending spans to a collector: OTLP over HTTP, in protobuf.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use super::otlp;
use super::{Span, TraceConfig};
use crate::observe::Observed;
use crate::observe::courier::{Courier, Deliver, insist};
use crate::outside::{Answer, Client, Limits};

const LIMITS: Limits = Limits { within: Duration::from_secs(10), bytes_max: 64 << 10 };

/// Sends spans.
struct Exporter {
    config: TraceConfig,
    resource: Resource,
    client: Client,
    observed: Arc<Observed>,
    /// Whether the last request failed: a collector that is gone is told of once.
    is_failing: bool,
}

/// Starts sending spans, on behalf of something with these attributes.
///
/// # Errors
/// When the thread cannot be started.
pub(crate) fn export(
    config: TraceConfig,
    resource: &[(String, String)],
    observed: Arc<Observed>,
) -> io::Result<Courier<Span>> {
    let attributes = resource.iter().chain(&config.resource);
    let exporter = Exporter {
        resource: otlp::resource(attributes.map(|(key, value)| (&**key, &**value))),
        client: Client::new(&config.tls),
        config,
        observed: observed.clone(),
        is_failing: false,
    };
    Courier::start(exporter, Arc::new(move |count| observed.spans_dropped(count)))
}

impl Deliver for Exporter {
    type Item = Span;
    const NAME: &'static str = "traces";
    /// As in OpenTelemetry's own batch processor.
    const BATCH_MAX: usize = 512;

    async fn deliver(&mut self, spans: Vec<Span>) {
        let count = spans.len();
        let body = Bytes::from(otlp::request(&self.resource, spans).encode_to_vec());
        let exporter = &*self;
        match insist(|| exporter.send(body.clone())).await {
            Ok(answer) => {
                let rejected = rejected(&answer);
                self.observed.spans_exported(count.saturating_sub(rejected));
                self.observed.spans_dropped(rejected);
                self.is_failing = false;
            }
            Err(problem) => {
                self.observed.spans_dropped(count);
                if !std::mem::replace(&mut self.is_failing, true) {
                    tracing::warn!(url = self.config.url, problem, "spans are being dropped");
                }
            }
        }
    }
}

impl Exporter {
    async fn send(&self, body: Bytes) -> Result<Answer, String> {
        let mut request =
            Request::post(&*self.config.url).header(CONTENT_TYPE, "application/x-protobuf");
        for (name, value) in &self.config.headers {
            request = request.header(&**name, &**value);
        }
        let request = request.body(body).map_err(|error| error.to_string())?;
        self.client.send(request, LIMITS).await.map_err(|error| error.to_string())
    }
}

fn rejected(answer: &Answer) -> usize {
    let partial = ExportTraceServiceResponse::decode(&*answer.body).ok();
    let partial = partial.and_then(|response| response.partial_success);
    partial.map_or(0, |partial| usize::try_from(partial.rejected_spans).unwrap_or(0))
}
