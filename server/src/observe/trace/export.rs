//! Sending spans to a collector: OTLP over HTTP, in protobuf.
//!
//! A collector that is slow or gone holds nothing up: spans wait in a queue with an end, and those that find no room
//! are dropped and counted.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use hyper::{Request, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

use super::otlp;
use super::{Span, TraceConfig};
use crate::observe::Observed;
use crate::outside::{Answer, Client, Limits};

/// Spans that wait for the collector.
const QUEUED_MAX: usize = 16_384;
/// Spans of one request, as in OpenTelemetry's own batch processor.
const BATCH_MAX: usize = 512;
/// How long a request waits for more spans.
const LINGER: Duration = Duration::from_millis(200);
/// How often a request is sent, when the collector says that it may be sent again.
const TRIES: u32 = 5;
/// How long until it is sent again the first time; each time twice as long.
const RETRY_WAIT: Duration = Duration::from_secs(1);
/// The longest wait that a collector may ask for.
const RETRY_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long the server's end waits for the collector.
const DRAIN: Duration = Duration::from_secs(5);
const LIMITS: Limits = Limits { within: Duration::from_secs(10), bytes_max: 64 << 10 };

/// Sends spans, on a thread of its own.
#[derive(Debug)]
pub(crate) struct Exporter {
    /// Spans that are not durable yet.
    pub(crate) pending: Vec<Span>,
    queue: Option<mpsc::Sender<Span>>,
    observed: Arc<Observed>,
    /// Dropped when the server ends.
    open: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What sends.
struct Sender {
    config: TraceConfig,
    resource: Resource,
    client: Client,
    observed: Arc<Observed>,
    /// Whether the last request failed: a collector that is gone is told of once.
    is_failing: bool,
}

impl Exporter {
    /// # Errors
    /// When its thread cannot be started.
    pub(crate) fn start(
        config: TraceConfig,
        resource: &[(String, String)],
        observed: Arc<Observed>,
    ) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (queue, spans) = mpsc::channel(QUEUED_MAX);
        let (open, closing) = oneshot::channel::<()>();
        let attributes = resource.iter().chain(&config.resource);
        let sender = Sender {
            resource: otlp::resource(attributes.map(|(key, value)| (&**key, &**value))),
            client: Client::new(&config.tls),
            config,
            observed: observed.clone(),
            is_failing: false,
        };
        let work = move || {
            runtime.block_on(async {
                let ended = async {
                    let _ = closing.await;
                    sleep(DRAIN).await;
                };
                tokio::select! {
                    () = sender.run(spans) => {}
                    () = ended => tracing::warn!("the collector did not take the last spans in time"),
                }
            });
        };
        let thread = std::thread::Builder::new().name("traces".to_owned()).spawn(work)?;
        let (queue, thread, open) = (Some(queue), Some(thread), Some(open));
        Ok(Self { pending: Vec::new(), queue, observed, open, thread })
    }

    /// What is to be done when the events so far are durable.
    pub(crate) fn take(&mut self) -> Option<impl FnOnce() + Send + use<>> {
        if self.pending.is_empty() {
            return None;
        }
        let spans = std::mem::take(&mut self.pending);
        let (queue, observed) = (self.queue.clone()?, self.observed.clone());
        Some(move || {
            let count = spans.len();
            let sent = spans.into_iter().map_while(|span| queue.try_send(span).ok()).count();
            observed.spans_dropped(count - sent);
        })
    }

    /// Drops what is not durable: it has not happened.
    pub(crate) fn forget(&mut self) {
        self.pending.clear();
    }
}

impl Drop for Exporter {
    /// Waits until everything is sent, or for a few seconds.
    fn drop(&mut self) {
        self.queue = None;
        self.open = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

impl Sender {
    async fn run(mut self, mut spans: mpsc::Receiver<Span>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while spans.recv_many(&mut batch, BATCH_MAX).await > 0 {
            let until = Instant::now() + LINGER;
            while batch.len() < BATCH_MAX {
                let room = BATCH_MAX - batch.len();
                match timeout_at(until, spans.recv_many(&mut batch, room)).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => break,
                }
            }
            self.export(std::mem::take(&mut batch)).await;
        }
    }

    async fn export(&mut self, spans: Vec<Span>) {
        let count = spans.len();
        let body = Bytes::from(otlp::request(&self.resource, spans).encode_to_vec());
        match self.send(body).await {
            Ok(rejected) => {
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

    /// Sends a request, again when that may help; gives the number of spans that were rejected.
    async fn send(&self, body: Bytes) -> Result<usize, String> {
        let mut wait = RETRY_WAIT;
        let mut tries = 1;
        loop {
            let (problem, asked) = match self.try_send(body.clone()).await {
                Ok(answer) if answer.status.is_success() => return Ok(rejected(&answer)),
                Ok(answer) if may_be_sent_again(answer.status) => {
                    (format!("answered {}", answer.status), retry_after(&answer))
                }
                Ok(answer) => return Err(format!("answered {}", answer.status)),
                Err(problem) => (problem, None),
            };
            if tries == TRIES {
                return Err(problem);
            }
            sleep(asked.unwrap_or(wait)).await;
            wait *= 2;
            tries += 1;
        }
    }

    async fn try_send(&self, body: Bytes) -> Result<Answer, String> {
        let mut request =
            Request::post(&*self.config.url).header(CONTENT_TYPE, "application/x-protobuf");
        for (name, value) in &self.config.headers {
            request = request.header(&**name, &**value);
        }
        let request = request.body(body).map_err(|error| error.to_string())?;
        self.client.send(request, LIMITS).await.map_err(|error| error.to_string())
    }
}

/// "Retryable response codes" of the protocol's specification.
fn may_be_sent_again(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds = answer.header(RETRY_AFTER.as_str())?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_WAIT_MAX))
}

fn rejected(answer: &Answer) -> usize {
    let partial = ExportTraceServiceResponse::decode(&*answer.body).ok();
    let partial = partial.and_then(|response| response.partial_success);
    partial.map_or(0, |partial| usize::try_from(partial.rejected_spans).unwrap_or(0))
}
