//! What is sent elsewhere of executions, once it is durable, on a thread of its own.
//!
//! Whoever takes it may be slow or gone, and holds nothing up: items wait in a queue with an end, and those that find
//! no room are dropped and counted.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

use crate::outside::Answer;

/// Items that wait.
const QUEUED_MAX: usize = 16_384;
/// How long a batch waits for more items.
const LINGER: Duration = Duration::from_millis(200);
/// How often a request is sent, when it is answered that it may be sent again, or not at all.
const TRIES: u32 = 5;
/// How long until it is sent again the first time; each time twice as long.
const RETRY_WAIT: Duration = Duration::from_secs(1);
/// The longest wait that may be asked for.
const RETRY_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long the server's end waits for the last items.
const DRAIN: Duration = Duration::from_secs(5);

/// Where a courier goes.
pub(super) trait Deliver: Send + 'static {
    /// What it carries.
    type Item: Send + 'static;
    /// What the thread is called.
    const NAME: &'static str;
    /// Items at once.
    const BATCH_MAX: usize;

    /// Delivers some, at least one; counts those that are lost.
    fn deliver(&mut self, items: Vec<Self::Item>) -> impl Future<Output = ()> + Send;
}

/// Counts what is lost.
pub(super) type Lost = Arc<dyn Fn(usize) + Send + Sync>;

/// Carries items to whoever takes them.
pub(crate) struct Courier<T> {
    /// Items that are not durable yet.
    pub(crate) pending: Vec<T>,
    queue: Option<mpsc::Sender<T>>,
    lost: Lost,
    /// Dropped when the server ends.
    open: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl<T> std::fmt::Debug for Courier<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier").field("pending", &self.pending.len()).finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Courier<T> {
    /// # Errors
    /// When its thread cannot be started.
    pub(super) fn start<D: Deliver<Item = T>>(mut to: D, lost: Lost) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (queue, mut items) = mpsc::channel(QUEUED_MAX);
        let (open, closing) = oneshot::channel::<()>();
        let work = move || {
            runtime.block_on(async {
                let ended = async {
                    let _ = closing.await;
                    sleep(DRAIN).await;
                };
                tokio::select! {
                    () = carry(&mut to, &mut items) => {}
                    () = ended => tracing::warn!("{}: the last were not taken in time", D::NAME),
                }
            });
        };
        let thread = std::thread::Builder::new().name(D::NAME.to_owned()).spawn(work)?;
        let (queue, thread, open) = (Some(queue), Some(thread), Some(open));
        Ok(Self { pending: Vec::new(), queue, lost, open, thread })
    }

    /// What is to be done when the events so far are durable.
    pub(crate) fn take(&mut self) -> Option<impl FnOnce() + Send + use<T>> {
        if self.pending.is_empty() {
            return None;
        }
        let items = std::mem::take(&mut self.pending);
        let (queue, lost) = (self.queue.clone()?, self.lost.clone());
        Some(move || {
            let count = items.len();
            let sent = items.into_iter().map_while(|item| queue.try_send(item).ok()).count();
            if sent < count {
                lost(count - sent);
            }
        })
    }

    /// Drops what is not durable: it has not happened.
    pub(crate) fn forget(&mut self) {
        self.pending.clear();
    }
}

impl<T> Drop for Courier<T> {
    /// Waits until everything is delivered, or for a few seconds.
    fn drop(&mut self) {
        self.queue = None;
        self.open = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

async fn carry<D: Deliver>(to: &mut D, items: &mut mpsc::Receiver<D::Item>) {
    let mut batch = Vec::new();
    while items.recv_many(&mut batch, D::BATCH_MAX).await > 0 {
        let until = Instant::now() + LINGER;
        while batch.len() < D::BATCH_MAX {
            let room = D::BATCH_MAX - batch.len();
            match timeout_at(until, items.recv_many(&mut batch, room)).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => break,
            }
        }
        to.deliver(std::mem::take(&mut batch)).await;
    }
}

/// Sends a request, again when that may help; gives the answer that says it was taken.
pub(super) async fn insist<F: Future<Output = Result<Answer, String>> + Send>(
    send: impl Fn() -> F + Send + Sync,
) -> Result<Answer, String> {
    let mut wait = RETRY_WAIT;
    let mut tries = 1;
    loop {
        let (problem, asked) = match send().await {
            Ok(answer) if answer.status.is_success() => return Ok(answer),
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

/// "Retryable response codes" of OpenTelemetry's specification, which hold for other services, too.
fn may_be_sent_again(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds = answer.header(RETRY_AFTER.as_str())?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_WAIT_MAX))
}
