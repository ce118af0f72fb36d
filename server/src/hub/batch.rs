//! What is committed next, and what happens then.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{ExecutionId, ExecutionState, StoredExecution, Write};

/// Something that waits for a batch to be durable. It is told whether the batch was kept.
pub(super) type After = Box<dyn FnOnce(bool) + Send>;

/// Changes, and what waits for them.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) writes: Vec<Write>,
    pub(super) after: Vec<After>,
    /// Where executions that begin in this batch stand in `writes`.
    inserted: BTreeMap<ExecutionId, usize>,
    /// Executions whose state must be written.
    dirty: BTreeSet<ExecutionId>,
}

impl Batch {
    pub(super) fn write(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// A new execution.
    pub(super) fn insert(&mut self, stored: StoredExecution) {
        self.inserted.insert(stored.row.id, self.writes.len());
        self.writes.push(Write::Insert(Box::new(stored)));
    }

    /// The execution's state has changed.
    pub(super) fn touch(&mut self, id: ExecutionId) {
        self.dirty.insert(id);
    }

    /// Executions whose state must be written before the batch is.
    pub(super) fn take_dirty(&mut self) -> BTreeSet<ExecutionId> {
        std::mem::take(&mut self.dirty)
    }

    /// Writes an execution's state, into its own first row when that is not written yet.
    pub(super) fn put_state(&mut self, id: ExecutionId, state: ExecutionState) {
        let first = self.inserted.get(&id).and_then(|place| self.writes.get_mut(*place));
        match first {
            Some(Write::Insert(stored)) => stored.state = state,
            _ => self.writes.push(Write::Update { id, state }),
        }
    }

    /// Whether there is nothing to commit and nobody to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.after.is_empty() && self.dirty.is_empty()
    }
}
