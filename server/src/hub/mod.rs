//! The hub: the one thread that owns what changes.
//!
//! A request is a closure that runs here. What it writes goes into a batch; its answer leaves when the batch is
//! durable.

mod handle;

pub use handle::{Handle, start};

use std::sync::Arc;

use stepclock_engine::data::{RandomStream, Timestamp};

use crate::clock::Clock;
use crate::config::ServerConfig;
use crate::registry::Registry;
use crate::store::{Store, Write};

/// Everything that changes.
pub struct Hub {
    /// What the server was started with.
    pub config: Arc<ServerConfig>,
    /// Machines, activities, tags.
    pub registry: Registry,
    /// Draws names and ids.
    pub ids: RandomStream,
    /// What is durable.
    pub store: Arc<dyn Store>,
    clock: Clock,
    batch: Vec<Write>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("registry", &self.registry).finish_non_exhaustive()
    }
}

impl Hub {
    /// Now.
    pub fn now(&mut self) -> Timestamp {
        self.clock.now()
    }

    /// Adds a change to what is committed next.
    pub fn write(&mut self, write: Write) {
        self.batch.push(write);
    }
}
