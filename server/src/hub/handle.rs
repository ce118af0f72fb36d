//! The way to the hub from other threads.

use std::sync::{Arc, mpsc};

use stepclock_engine::data::Timestamp;
use stepclock_engine::sim::Queue;
use tokio::sync::oneshot;

use super::backlog::Work;
use super::batch::Batch;
use super::{Answerers, Histories, Hub};
use crate::clock::Clock;
use crate::config::{ClockMode, ServerConfig};
use crate::error::ApiError;
use crate::observe::{ExecutionLog, Observed, Observer, export, send_to};
use crate::registry::Registry;
use crate::store::{Store, StoreError};

/// What the hub is told.
pub(super) enum Message {
    /// Do this.
    Work(Work),
    /// The batch that was handed over is durable, or was refused.
    Committed(Result<(), StoreError>),
    /// Finish what is begun, and stop.
    Stop(Box<dyn FnOnce() + Send>),
}

/// The way to the hub. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    inbox: mpsc::Sender<Message>,
    config: Arc<ServerConfig>,
    store: Arc<dyn Store>,
    histories: Arc<Histories>,
    observed: Arc<Observed>,
}

/// The hub has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server has stopped")]
pub struct Stopped;

/// Somebody who waits for an answer.
pub struct Reply<T>(oneshot::Sender<Result<T, ApiError>>);

impl<T> std::fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reply")
    }
}

impl<T> Reply<T> {
    /// Answers now, whether what was written is durable or not.
    pub fn send(self, answer: Result<T, ApiError>) {
        // Whoever asked may have gone.
        let _ = self.0.send(answer);
    }

    /// Whether whoever asked has gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl Handle {
    /// What the server was started with.
    #[must_use]
    pub fn config(&self) -> &Arc<ServerConfig> {
        &self.config
    }

    /// What is durable, for reads.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The histories that were read last.
    #[must_use]
    pub fn histories(&self) -> &Histories {
        &self.histories
    }

    /// What requests and commits are counted in.
    #[must_use]
    pub fn observed(&self) -> &Arc<Observed> {
        &self.observed
    }

    /// Runs something on the hub. The answer comes when everything that it has written is durable.
    ///
    /// # Errors
    /// What the work gives; `InternalFailure` when nothing could be kept.
    pub async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Hub) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.ask(move |hub, reply| {
            let answer = match &hub.broken {
                Some(problem) => Err(ApiError::internal(problem.to_string())),
                None => work(hub),
            };
            hub.answer(reply, answer);
        })
        .await
    }

    /// Runs something on the hub that answers in its own time.
    ///
    /// # Errors
    /// What it answers; `InternalFailure` when the server stops before.
    pub async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Hub, Reply<T>) + Send + 'static,
    ) -> Result<T, ApiError> {
        let gone = || ApiError::internal("the server is stopping");
        let (sender, receiver) = oneshot::channel();
        self.tell(move |hub| work(hub, Reply(sender))).map_err(|Stopped| gone())?;
        receiver.await.map_err(|_| gone())?
    }

    /// Runs something on the hub and waits for nothing.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub fn tell(&self, work: impl FnOnce(&mut Hub) + Send + 'static) -> Result<(), Stopped> {
        self.send(Message::Work(Box::new(work)))
    }

    pub(super) fn send(&self, message: Message) -> Result<(), Stopped> {
        self.inbox.send(message).map_err(|_| Stopped)
    }

    /// Waits until simulated time that jumps by itself has come to rest, a second at most, and what has happened is
    /// durable: reads go past the hub, to the store. A real clock is not waited for.
    ///
    /// # Errors
    /// When the server stops before.
    pub async fn settled(&self) -> Result<(), ApiError> {
        match self.config.clock {
            ClockMode::Real => Ok(()),
            ClockMode::Simulated { .. } => self.ask(|_, reply| reply.send(Ok(()))).await,
        }
    }

    /// Lets the hub commit what it has and stop. Running executions go on when a server starts on the same store.
    pub async fn stop(&self) {
        let (sender, receiver) = oneshot::channel::<()>();
        let told = self.inbox.send(Message::Stop(Box::new(move || {
            let _ = sender.send(());
        })));
        if told.is_ok() {
            let _ = receiver.await;
        }
    }
}

/// Starts a hub on a thread of its own, with everything that the store has.
///
/// # Errors
/// When the store cannot be read.
pub fn start(
    config: ServerConfig,
    store: Arc<dyn Store>,
    answerers: Answerers,
) -> Result<Handle, StoreError> {
    let (inbox, messages) = mpsc::channel();
    let config = Arc::new(config);
    let handle = Handle {
        inbox,
        config: config.clone(),
        store: store.clone(),
        histories: Arc::default(),
        observed: Arc::default(),
    };
    let observer = observer(&config, &handle)?;
    let (newest, latest) = store.latest()?;
    // Another stream for every start: names and ids are not drawn twice.
    let seed = config.seed.wrapping_add(newest.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut hub = Hub {
        registry: Registry::default(),
        ids: stepclock_engine::data::RandomStream::new(seed, "server ids"),
        clock: Clock::new(config.clock, latest),
        store,
        handle: handle.clone(),
        queue: Queue::new(),
        residents: Default::default(),
        idle: Default::default(),
        asleep: Default::default(),
        by_arn: Default::default(),
        waiting: Default::default(),
        tokens: Default::default(),
        activities: Default::default(),
        observer,
        answerers,
        held: Default::default(),
        calling: Default::default(),
        fetched: Default::default(),
        batch: Batch::default(),
        batch_number: 1,
        flushed: 0,
        committed_batch: 0,
        ended: Default::default(),
        effects: Vec::new(),
        next_execution: newest + 1,
        next_collection: Timestamp::from_millis(i64::MIN),
        drives: Default::default(),
        mend_at: None,
        broken: None,
        config,
    };
    hub.recover()?;
    std::thread::Builder::new()
        .name("hub".to_owned())
        .spawn(move || hub.run(&messages))
        .map_err(|error| StoreError::Failed { message: error.to_string() })?;
    Ok(handle)
}

/// Whoever watches executions.
fn observer(config: &ServerConfig, handle: &Handle) -> Result<Observer, StoreError> {
    let failed = |what: &'static str| {
        move |error: std::io::Error| StoreError::Failed {
            message: format!("cannot {what}: {error}"),
        }
    };
    let log = config.execution_log.as_ref().map(ExecutionLog::open).transpose();
    let traces = config.traces.clone().map(|traces| {
        let resource = [("cloud.region", &config.region), ("cloud.account.id", &config.account)];
        let resource = resource.map(|(name, value)| (name.to_owned(), value.to_string()));
        export(traces, &resource, handle.observed.clone())
    });
    let bus = config.event_bus.clone();
    let status_events = bus.map(|bus| send_to(bus, handle.observed.clone())).transpose();
    Ok(Observer {
        log: log.map_err(failed("write the log of executions"))?,
        traces: traces.transpose().map_err(failed("send traces"))?,
        status_events: status_events.map_err(failed("send events of executions"))?,
        ..Observer::default()
    })
}
