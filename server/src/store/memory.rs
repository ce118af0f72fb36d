//! A store in memory: nothing survives the process, and nothing waits for a disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use stepclock_engine::data::Timestamp;

use super::{
    ChildCount, DocumentKind, ExecutionId, ExecutionQuery, JournalEntry, OpenExecution, Store,
    StoreError, StoredExecution, Write,
};

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    documents: BTreeMap<(DocumentKind, String), String>,
    executions: BTreeMap<ExecutionId, (StoredExecution, Vec<JournalEntry>)>,
    by_arn: BTreeMap<String, ExecutionId>,
    by_machine: BTreeSet<(String, Timestamp, ExecutionId)>,
    by_map_run: BTreeSet<(String, Timestamp, ExecutionId)>,
    ended: BTreeSet<(Timestamp, ExecutionId)>,
    tokens: BTreeMap<String, (ExecutionId, u64)>,
}

impl MemoryStore {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        // No code below can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn write(&mut self, write: &Write) {
        match write {
            Write::PutDocument { kind, key, body } => {
                self.documents.insert((*kind, key.clone()), body.clone());
            }
            Write::DeleteDocument { kind, key } => {
                self.documents.remove(&(*kind, key.clone()));
            }
            Write::Insert(stored) => self.insert((**stored).clone()),
            Write::Update { id, state } => {
                let Some((stored, _)) = self.executions.get_mut(id) else { return };
                if let Some(stopped) = stored.state.stopped {
                    self.ended.remove(&(stopped, *id));
                }
                stored.state = state.clone();
                if let Some(stopped) = state.stopped {
                    self.ended.insert((stopped, *id));
                }
            }
            Write::Append { id, entry, .. } => {
                if let Some((_, journal)) = self.executions.get_mut(id) {
                    journal.push(entry.clone());
                }
            }
            Write::PutToken { token, id, task } => {
                self.tokens.insert(token.clone(), (*id, *task));
            }
            Write::Delete { id } => self.delete(*id),
        }
    }

    fn insert(&mut self, stored: StoredExecution) {
        let row = &stored.row;
        self.by_arn.insert(row.arn.clone(), row.id);
        self.by_machine.insert((row.machine_arn.clone(), row.started, row.id));
        if let Some(parent) = &row.parent {
            self.by_map_run.insert((parent.map_run_arn.clone(), row.started, row.id));
        }
        if let Some(stopped) = stored.state.stopped {
            self.ended.insert((stopped, row.id));
        }
        self.executions.insert(row.id, (stored, Vec::new()));
    }

    fn delete(&mut self, id: ExecutionId) {
        let Some((stored, _)) = self.executions.remove(&id) else { return };
        let row = stored.row;
        self.by_arn.remove(&row.arn);
        self.by_machine.remove(&(row.machine_arn, row.started, id));
        if let Some(parent) = row.parent {
            self.by_map_run.remove(&(parent.map_run_arn, row.started, id));
        }
        if let Some(stopped) = stored.state.stopped {
            self.ended.remove(&(stopped, id));
        }
        self.tokens.retain(|_, (execution, _)| *execution != id);
    }
}

impl Store for MemoryStore {
    fn is_durable(&self) -> bool {
        false
    }

    fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        let mut contents = self.contents();
        for write in batch {
            contents.write(write);
        }
        Ok(())
    }

    fn documents(&self, kind: DocumentKind) -> Result<Vec<(String, String)>, StoreError> {
        let contents = self.contents();
        let from = (kind, String::new());
        let of_kind = contents.documents.range(from..).take_while(|((found, _), _)| *found == kind);
        Ok(of_kind.map(|((_, key), body)| (key.clone(), body.clone())).collect())
    }

    fn document(&self, kind: DocumentKind, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.contents().documents.get(&(kind, key.to_owned())).cloned())
    }

    fn execution(&self, id: ExecutionId) -> Result<Option<StoredExecution>, StoreError> {
        Ok(self.contents().executions.get(&id).map(|(stored, _)| stored.clone()))
    }

    fn find(&self, arn: &str) -> Result<Option<ExecutionId>, StoreError> {
        Ok(self.contents().by_arn.get(arn).copied())
    }

    fn journal(&self, id: ExecutionId) -> Result<Vec<JournalEntry>, StoreError> {
        let contents = self.contents();
        Ok(contents.executions.get(&id).map(|(_, journal)| journal.clone()).unwrap_or_default())
    }

    fn token(&self, token: &str) -> Result<Option<(ExecutionId, u64)>, StoreError> {
        Ok(self.contents().tokens.get(token).copied())
    }

    fn list(&self, query: &ExecutionQuery) -> Result<Vec<StoredExecution>, StoreError> {
        let contents = self.contents();
        let (index, key) = match (&query.map_run_arn, &query.machine_arn) {
            (Some(arn), _) => (&contents.by_map_run, arn),
            (None, Some(arn)) => (&contents.by_machine, arn),
            (None, None) => return Ok(Vec::new()),
        };
        let first = (key.clone(), Timestamp::from_millis(i64::MIN), ExecutionId(0));
        let last = (Timestamp::from_millis(i64::MAX), ExecutionId(u64::MAX));
        let (started, id) = query.before.unwrap_or(last);
        let found = index
            .range(first..(key.clone(), started, id))
            .rev()
            .filter_map(|(_, _, id)| contents.executions.get(id))
            .map(|(stored, _)| stored)
            .filter(|stored| query.admits(stored))
            .take(query.limit)
            .cloned();
        Ok(found.collect())
    }

    fn count_children(&self, map_run_arn: &str) -> Result<Vec<ChildCount>, StoreError> {
        let contents = self.contents();
        let first = (map_run_arn.to_owned(), Timestamp::from_millis(i64::MIN), ExecutionId(0));
        let children =
            contents.by_map_run.range(first..).take_while(|(arn, ..)| arn == map_run_arn);
        let mut counts = BTreeMap::<(&str, bool), (u64, u64)>::new();
        for (.., id) in children {
            let Some((stored, _)) = contents.executions.get(id) else { continue };
            let key = (stored.state.status(), stored.state.redrivable);
            let count = counts.entry(key).or_default();
            count.0 += 1;
            count.1 += stored.row.parent.as_ref().map_or(0, |parent| parent.items);
        }
        let count = |((status, redrivable), (executions, items)): ((&str, bool), (u64, u64))| {
            ChildCount { status: status.to_owned(), redrivable, executions, items }
        };
        Ok(counts.into_iter().map(count).collect())
    }

    fn documents_below(
        &self,
        kind: DocumentKind,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let contents = self.contents();
        let from = (kind, prefix.to_owned());
        let below = contents.documents.range(from..);
        let below = below.take_while(|((of, key), _)| *of == kind && key.starts_with(prefix));
        Ok(below.map(|((_, key), body)| (key.clone(), body.clone())).collect())
    }

    fn open_executions(&self) -> Result<Vec<OpenExecution>, StoreError> {
        let contents = self.contents();
        let open =
            contents.executions.values().filter(|(stored, _)| stored.state.outcome.is_none());
        Ok(open
            .map(|(stored, _)| OpenExecution {
                id: stored.row.id,
                wake: stored.state.wake,
                busy: stored.state.busy,
            })
            .collect())
    }

    fn ended_before(
        &self,
        moment: Timestamp,
        limit: usize,
    ) -> Result<Vec<ExecutionId>, StoreError> {
        let contents = self.contents();
        let old = contents.ended.range(..(moment, ExecutionId(0)));
        Ok(old.take(limit).map(|(_, id)| *id).collect())
    }

    fn latest(&self) -> Result<(u64, Option<Timestamp>), StoreError> {
        let newest = self.contents().executions.last_key_value().map_or(0, |(id, _)| id.0);
        Ok((newest, self.last_moment()?))
    }
}
