//! The store: what survives a crash.
//!
//! An execution is the row it was started with and the journal of inputs since then; its history is what applying
//! them again gives, so events are never stored. Everything else (machines, activities, tags, …) is a small
//! document. Writes come in batches, and a batch is kept as a whole or not at all.
//!
//! Nothing above this trait assumes that only one process uses the store, except that ids of executions are drawn
//! by the hub.

mod memory;
mod sqlite;

pub use memory::MemoryStore;
pub use sqlite::SqliteStore;

use serde::{Deserialize, Serialize};
use stepclock_engine::asl::WorkflowType;
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{Input, Outcome};

/// The document that holds the moment of the last batch.
pub const CLOCK_KEY: &str = "clock";

/// Names an execution within a store; later ones have greater numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExecutionId(pub u64);

/// What an execution was started with. Never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecutionRow {
    /// Its number.
    pub id: ExecutionId,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The state machine's ARN, without version or alias; of a Map Run's child, with `/label`.
    pub machine_arn: String,
    /// The document of the definition it runs (`DocumentKind::Revision`).
    pub revision: String,
    /// STANDARD or EXPRESS.
    pub workflow_type: WorkflowType,
    /// The role it runs as.
    pub role_arn: String,
    /// The version that was asked for, or that an alias chose.
    pub version_arn: Option<String>,
    /// The alias that was asked for.
    pub alias_arn: Option<String>,
    /// The caller's trace header.
    pub trace_header: Option<String>,
    /// The test case of the mock configuration (`arn#TestCase`).
    pub test_case: Option<String>,
    /// Its input.
    pub input: Payload,
    /// When it started.
    pub started: Timestamp,
    /// Seeds its random streams.
    pub seed: u64,
    /// Those activities its definition names that existed at its start.
    pub activities: Vec<String>,
    /// Of a Map Run's child: where it belongs.
    pub parent: Option<ParentLink>,
}

/// The place of a child execution in a Map Run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParentLink {
    /// The execution that has the Map Run.
    pub execution: ExecutionId,
    /// Names the child there.
    pub child: u64,
    /// The Map Run.
    pub map_run_arn: String,
    /// The Map state.
    pub map_state: String,
    /// How many items its input holds.
    pub items: u64,
}

/// Children of a Map Run that are in the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildCount {
    /// `RUNNING`, `SUCCEEDED`, …
    pub status: String,
    /// Whether they can be redriven.
    pub redrivable: bool,
    /// How many there are.
    pub executions: u64,
    /// How many items they have.
    pub items: u64,
}

/// What changes about an execution, besides its journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct ExecutionState {
    /// How it ended, if it has.
    pub outcome: Option<Outcome>,
    /// When it ended, if it has.
    pub stopped: Option<Timestamp>,
    /// When the next of its timers is due.
    pub wake: Option<Timestamp>,
    /// Whether something outside is on its way to it: it must come back to memory when the server starts.
    pub busy: bool,
    /// Redrives so far.
    pub redrives: u64,
    /// The last redrive.
    pub redriven: Option<Timestamp>,
    /// Whether it could be redriven when it ended.
    pub redrivable: bool,
}

impl ExecutionState {
    /// `RUNNING`, `SUCCEEDED`, …
    #[must_use]
    pub fn status(&self) -> &'static str {
        self.outcome.as_ref().map_or("RUNNING", Outcome::status)
    }
}

/// An execution as the store has it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredExecution {
    /// What it was started with.
    pub row: ExecutionRow,
    /// What has become of it.
    pub state: ExecutionState,
}

/// One input of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// When it was applied.
    pub at: Timestamp,
    /// What was applied. `Input::Start` is not written: it follows from the row.
    pub input: Input,
}

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// A state machine, by ARN.
    Machine,
    /// A definition that a machine has or had, by `ARN#revision`.
    Revision,
    /// A version, by ARN.
    Version,
    /// An alias, by ARN.
    Alias,
    /// An activity, by ARN.
    Activity,
    /// A Map Run, by ARN.
    MapRun,
    /// Which Map Runs an execution has, by its number and a place.
    MapRunOf,
    /// Settings of the store itself.
    Meta,
}

impl DocumentKind {
    /// Its name in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Revision => "revision",
            Self::Version => "version",
            Self::Alias => "alias",
            Self::Activity => "activity",
            Self::MapRun => "map-run",
            Self::MapRunOf => "map-run-of",
            Self::Meta => "meta",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Writes a document (JSON), or writes over it.
    PutDocument {
        /// Its kind.
        kind: DocumentKind,
        /// Its key.
        key: String,
        /// JSON text.
        body: String,
    },
    /// Removes a document, if it is there.
    DeleteDocument {
        /// Its kind.
        kind: DocumentKind,
        /// Its key.
        key: String,
    },
    /// A new execution.
    Insert(Box<StoredExecution>),
    /// What has become of an execution.
    Update {
        /// The execution.
        id: ExecutionId,
        /// Its state.
        state: ExecutionState,
    },
    /// The next entry of an execution's journal.
    Append {
        /// The execution.
        id: ExecutionId,
        /// Its place in the journal, from 1; 0 is `Input::Start`.
        index: u64,
        /// The entry.
        entry: JournalEntry,
    },
    /// A task token that waits for its answer.
    PutToken {
        /// The token.
        token: String,
        /// The execution.
        id: ExecutionId,
        /// The task.
        task: u64,
    },
    /// Removes an execution with its journal and tokens.
    Delete {
        /// The execution.
        id: ExecutionId,
    },
}

/// Which executions to list, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExecutionQuery {
    /// Of this state machine (without version or alias).
    pub machine_arn: Option<String>,
    /// Of this version.
    pub version_arn: Option<String>,
    /// Of this alias.
    pub alias_arn: Option<String>,
    /// Of this Map Run.
    pub map_run_arn: Option<String>,
    /// With this status.
    pub status: Option<String>,
    /// Redriven at least once, or never.
    pub redriven: Option<bool>,
    /// Only those before this one in the list's order: started earlier, or at the same moment with a smaller id.
    pub before: Option<(Timestamp, ExecutionId)>,
    /// At most so many.
    pub limit: usize,
}

impl ExecutionQuery {
    /// Whether an execution is among those asked for, leaving the place in the list aside.
    #[must_use]
    pub fn admits(&self, stored: &StoredExecution) -> bool {
        let (row, state) = (&stored.row, &stored.state);
        let same =
            |asked: &Option<String>, has: Option<&String>| asked.is_none() || asked.as_ref() == has;
        same(&self.machine_arn, Some(&row.machine_arn))
            && same(&self.version_arn, row.version_arn.as_ref())
            && same(&self.alias_arn, row.alias_arn.as_ref())
            && same(&self.map_run_arn, row.parent.as_ref().map(|parent| &parent.map_run_arn))
            && self.status.as_deref().is_none_or(|status| status == state.status())
            && self.redriven.is_none_or(|redriven| redriven == (state.redrives > 0))
    }
}

/// An execution that has not ended, as the hub needs it when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenExecution {
    /// Which.
    pub id: ExecutionId,
    /// When its next timer is due.
    pub wake: Option<Timestamp>,
    /// Whether it must come to memory at once.
    pub busy: bool,
}

/// Why the store refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The folder is used by another process.
    #[error("{path} is used by another process; stop it, or choose another folder")]
    Locked {
        /// The folder or file.
        path: String,
    },
    /// It was written by a newer version.
    #[error(
        "the store has schema {found}, this version knows up to {known}; use the newer stepclock"
    )]
    TooNew {
        /// What the store says.
        found: i64,
        /// What we know.
        known: i64,
    },
    /// The disk is full, or cannot be written or read.
    #[error("the store cannot be used: {message}")]
    Failed {
        /// What it said.
        message: String,
    },
    /// What was read makes no sense.
    #[error("the store is damaged: {message}")]
    Damaged {
        /// What is wrong.
        message: String,
    },
}

/// What survives a crash. Reads may come from any thread; writes from one at a time.
pub trait Store: Send + Sync {
    /// Whether a commit waits for a disk.
    fn is_durable(&self) -> bool;

    /// Keeps all of these changes, or none. When it returns, they survive a crash.
    ///
    /// # Errors
    /// When nothing was kept.
    fn commit(&self, batch: &[Write]) -> Result<(), StoreError>;

    /// All documents of a kind, by key.
    ///
    /// # Errors
    /// When they cannot be read.
    fn documents(&self, kind: DocumentKind) -> Result<Vec<(String, String)>, StoreError>;

    /// One document.
    ///
    /// # Errors
    /// When it cannot be read.
    fn document(&self, kind: DocumentKind, key: &str) -> Result<Option<String>, StoreError>;

    /// An execution.
    ///
    /// # Errors
    /// When it cannot be read.
    fn execution(&self, id: ExecutionId) -> Result<Option<StoredExecution>, StoreError>;

    /// The number of an execution, by its ARN.
    ///
    /// # Errors
    /// When it cannot be read.
    fn find(&self, arn: &str) -> Result<Option<ExecutionId>, StoreError>;

    /// The journal of an execution, in order, without `Input::Start`.
    ///
    /// # Errors
    /// When it cannot be read.
    fn journal(&self, id: ExecutionId) -> Result<Vec<JournalEntry>, StoreError>;

    /// The execution and task that a token belongs to.
    ///
    /// # Errors
    /// When it cannot be read.
    fn token(&self, token: &str) -> Result<Option<(ExecutionId, u64)>, StoreError>;

    /// Executions, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    fn list(&self, query: &ExecutionQuery) -> Result<Vec<StoredExecution>, StoreError>;

    /// The children of a Map Run, counted by what has become of them.
    ///
    /// # Errors
    /// When they cannot be read.
    fn count_children(&self, map_run_arn: &str) -> Result<Vec<ChildCount>, StoreError>;

    /// Documents of a kind whose keys start with a text, by key.
    ///
    /// # Errors
    /// When they cannot be read.
    fn documents_below(
        &self,
        kind: DocumentKind,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, StoreError>;

    /// Every execution that has not ended.
    ///
    /// # Errors
    /// When they cannot be read.
    fn open_executions(&self) -> Result<Vec<OpenExecution>, StoreError>;

    /// Executions that ended before a moment, oldest first, at most so many.
    ///
    /// # Errors
    /// When they cannot be read.
    fn ended_before(&self, moment: Timestamp, limit: usize)
    -> Result<Vec<ExecutionId>, StoreError>;

    /// The moment of the last batch: the clock goes on from there.
    ///
    /// # Errors
    /// When it cannot be read.
    fn last_moment(&self) -> Result<Option<Timestamp>, StoreError> {
        let moment = self.document(DocumentKind::Meta, CLOCK_KEY)?;
        let millis = moment.and_then(|moment| moment.parse().ok());
        Ok(millis.map(Timestamp::from_millis))
    }

    /// The greatest number that an execution has, and the moment of the last batch.
    ///
    /// # Errors
    /// When they cannot be read.
    fn latest(&self) -> Result<(u64, Option<Timestamp>), StoreError>;
}
