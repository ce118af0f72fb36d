//! The way to the hub from other threads.

use std::sync::{Arc, mpsc};

use stepclock_engine::data::RandomStream;
use tokio::sync::oneshot;

use super::Hub;
use crate::clock::Clock;
use crate::config::ServerConfig;
use crate::error::ApiError;
use crate::registry::Registry;
use crate::store::{Store, StoreError};

type Command = Box<dyn FnOnce(&mut Hub) -> Option<Box<dyn FnOnce(bool) + Send>> + Send>;

/// The way to the hub. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
    config: Arc<ServerConfig>,
    store: Arc<dyn Store>,
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

    /// Runs something on the hub. The answer comes when everything that it has written is durable.
    ///
    /// # Errors
    /// What the work gives; `InternalFailure` when nothing could be kept.
    pub async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Hub) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (sender, receiver) = oneshot::channel();
        let command: Command = Box::new(move |hub| {
            let answer = work(hub);
            Some(Box::new(move |kept| {
                let lost =
                    || Err(ApiError::internal("the store refused to write; nothing was changed"));
                let _ = sender.send(if kept { answer } else { lost() });
            }))
        });
        let gone = || ApiError::internal("the server is stopping");
        self.commands.send(command).map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())?
    }
}

/// Starts a hub on a thread of its own.
///
/// # Errors
/// When the store cannot be read.
pub fn start(config: ServerConfig, store: Arc<dyn Store>) -> Result<Handle, StoreError> {
    let (commands, inbox) = mpsc::channel::<Command>();
    let config = Arc::new(config);
    let (_, latest) = store.latest()?;
    let mut hub = Hub {
        registry: Registry::load(&*store)?,
        ids: RandomStream::new(config.seed, "server ids"),
        clock: Clock::new(config.clock, latest),
        batch: Vec::new(),
        store: store.clone(),
        config: config.clone(),
    };
    std::thread::Builder::new()
        .name("hub".to_owned())
        .spawn(move || {
            while let Ok(command) = inbox.recv() {
                let answer = command(&mut hub);
                let batch = std::mem::take(&mut hub.batch);
                let kept = batch.is_empty() || hub.store.commit(&batch).is_ok();
                if let Some(answer) = answer {
                    answer(kept);
                }
            }
        })
        .map_err(|error| StoreError::Failed { message: error.to_string() })?;
    Ok(Handle { commands, config, store })
}
