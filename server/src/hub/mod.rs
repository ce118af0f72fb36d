//! The hub: the one thread that owns what changes.
//!
//! ```text
//! requests ─┐                      ┌─ effects ──▶ tasks, timers, children, objects
//! answers  ─┼─▶ work ──▶ executions┤                    │
//! timers   ─┘                      └─ writes ─▶ batch ──┴─▶ committer ──▶ answers leave, calls go out
//! ```
//!
//! A request is a closure that runs here. What it writes goes into a batch; its answer, and every call to the
//! outside, leaves when the batch is durable. An execution in memory can always be rebuilt from the store, and when
//! the store refuses a batch that is what happens: memory is thrown away and read again.

mod activity;
mod apply;
mod backlog;
mod batch;
mod calls;
mod children;
mod control;
mod evict;
mod handle;
mod history;
mod load;
mod map_runs;
mod nested;
mod objects;
mod outside;
mod record;
mod resident;
mod run;
mod start;
mod tasks;
mod tokens;
mod unanswered;

pub use activity::ActivityTask;
pub use calls::{Answerers, ObjectEnd, Objects, Outside, OutsideCall, OutsideEnd, OutsideObjects};
pub use control::ClockState;
pub use handle::{Handle, Reply, Stopped, start};
pub use history::{Histories, history};
pub use map_runs::{MapRun, MapRunUpdate, no_such_map_run, place_key};
pub(crate) use resident::describe;
pub(crate) use start::does_not_exist;
pub use start::{StartRequest, Started};
pub use tokens::TokenError;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use stepclock_engine::data::{Payload, RandomStream, Timestamp};
use stepclock_engine::execution::{Effect, Input, ObjectOperationId, ObjectRequest, TaskId};
use stepclock_engine::sim::{Answer, Place, Queue};

use self::activity::Activities;
use self::batch::Batch;
use self::nested::Waiting;
use self::outside::Calling;
use self::resident::Resident;
use crate::clock::Clock;
use crate::config::ServerConfig;
use crate::observe::Observer;
use crate::registry::Registry;
use crate::store::{ExecutionId, Store, StoreError, Write};

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
    handle: Handle,
    clock: Clock,
    queue: Queue<Event>,
    residents: BTreeMap<ExecutionId, Resident>,
    /// Those of them that waited for nothing but a timer or a token when they were last written.
    idle: BTreeSet<ExecutionId>,
    /// When executions that are not in memory come back to it.
    asleep: BTreeMap<ExecutionId, Place>,
    /// Executions in memory by ARN: the store may not know them yet.
    by_arn: BTreeMap<Arc<str>, ExecutionId>,
    /// Tasks that wait for an execution to end.
    waiting: BTreeMap<ExecutionId, Vec<Waiting>>,
    /// Tokens of executions in memory.
    tokens: BTreeMap<Arc<str>, (ExecutionId, TaskId)>,
    activities: Activities,
    observer: Observer,
    answerers: Answerers,
    /// Tasks that somebody outside has in hand: simulated time waits for them.
    held: BTreeSet<(ExecutionId, TaskId)>,
    calling: Calling,
    /// Objects that are on their way: simulated time waits for them, too.
    fetched: BTreeSet<(ExecutionId, ObjectOperationId)>,
    batch: Batch,
    /// The number of the batch that is being filled, and of the last one handed over.
    batch_number: u64,
    flushed: u64,
    /// The last batch that is durable.
    committed_batch: u64,
    /// Executions that have ended, with the batch that says so, to be dropped once that is durable.
    ended: VecDeque<(u64, ExecutionId)>,
    effects: Vec<Effect>,
    next_execution: u64,
    next_collection: Timestamp,
    /// Who moves simulated time, one after the other.
    drives: VecDeque<control::Drive>,
    /// When the store is read again after a refusal: at once would be without end while the disk is full.
    mend_at: Option<std::time::Instant>,
    /// Why nothing can be done until the store has been read again.
    broken: Option<StoreError>,
}

/// What is to happen.
#[derive(Debug)]
enum Event {
    /// An execution takes its first step.
    Start(ExecutionId),
    /// Timers of an execution in memory are due.
    Timer(ExecutionId),
    /// An execution comes back to memory: one of its timers is due.
    Wake(ExecutionId),
    /// Something happens to an execution.
    Deliver(ExecutionId, Box<Input>),
    /// A worker takes a task; the rest of its answer is known.
    TaskStart(ExecutionId, TaskId, Box<Answer>),
    /// A service has accepted a task.
    TaskSubmit(ExecutionId, TaskId, Payload),
    /// A task is called outside.
    CallStart(ExecutionId, TaskId),
    /// An object is read, listed or written.
    Object(ExecutionId, ObjectOperationId, Box<ObjectRequest>),
}

impl Event {
    /// The task that this is planned for, and does not end.
    fn task(&self) -> Option<(ExecutionId, TaskId)> {
        match self {
            Self::TaskStart(id, task, _)
            | Self::TaskSubmit(id, task, _)
            | Self::CallStart(id, task) => Some((*id, *task)),
            Self::Deliver(id, input) => match **input {
                Input::TaskHeartbeat { task } => Some((*id, task)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("residents", &self.residents.len()).finish_non_exhaustive()
    }
}

impl Hub {
    /// Now.
    pub fn now(&mut self) -> Timestamp {
        self.clock.now()
    }

    /// Adds a change to what is committed next.
    pub fn write(&mut self, write: Write) {
        self.batch.write(write);
    }

    /// The way to this hub.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// How many executions are in memory.
    #[must_use]
    pub fn resident_count(&self) -> usize {
        self.residents.len()
    }

    /// A stream of random values for one concern, not yet used by another.
    fn draw_stream(&mut self, concern: &str) -> RandomStream {
        RandomStream::new(self.ids.next_u64(), concern)
    }
}
