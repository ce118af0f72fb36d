//! The embedded store: one SQLite file in write-ahead mode.
//!
//! One connection writes, under a lock; others read beside it. A commit has reached the disk when it returns
//! (`synchronous = FULL`), so one transaction is one `fsync`, and the hub puts many requests into one. A lock on a
//! file of its own keeps a second process away.

mod list;
mod rows;
mod schema;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, ToSql, params};
use stepclock_engine::data::Timestamp;

use self::rows::{decode_entry, decode_execution, encode_entry, encode_outcome, encode_row};
use super::{
    ChildCount, DocumentKind, ExecutionId, ExecutionQuery, ExecutionState, JournalEntry,
    OpenExecution, Store, StoreError, StoredExecution, Write,
};

/// Connections that read.
const READERS: usize = 2;

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 64;

/// A store in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Mutex<Connection>,
    readers: Vec<Mutex<Connection>>,
    /// Held as long as the store is open.
    _lock: File,
}

impl SqliteStore {
    /// Opens the store in a folder, making both when they are not there.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::TooNew`], or what keeps the file from being opened.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let failed = |error: std::io::Error| StoreError::Failed {
            message: format!("{}: {error}", folder.display()),
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let lock = folder.join("stepclock.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&lock);
        let file = file.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { path: folder.display().to_string() });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let path = folder.join("stepclock.sqlite");
        let mut writer = connect(&path)?;
        schema::migrate(&mut writer)?;
        let readers =
            (0..READERS).map(|_| connect(&path).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { writer: Mutex::new(writer), readers, _lock: file })
    }

    /// Reads beside whoever writes.
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        for reader in &self.readers {
            if let Ok(connection) = reader.try_lock() {
                return work(&connection);
            }
        }
        let Some(reader) = self.readers.first() else { return work(&lock(&self.writer)) };
        work(&lock(reader))
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // A transaction that was cut off by a panic is rolled back when it is dropped.
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "OFF")?;
    // In pages of the file, negative: in KiB.
    connection.pragma_update(None, "cache_size", -8_192)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed { message: error.to_string() }
    }
}

fn number(id: ExecutionId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn id(number: i64) -> ExecutionId {
    ExecutionId(u64::try_from(number).unwrap_or(0))
}

fn millis(moment: Option<Timestamp>) -> Option<i64> {
    moment.map(Timestamp::as_millis)
}

fn write(connection: &Connection, write: &Write) -> Result<(), StoreError> {
    let run = |sql: &str, values: &[&dyn ToSql]| -> Result<(), StoreError> {
        connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    };
    match write {
        Write::PutDocument { kind, key, body } => run(
            "INSERT INTO document (kind, key, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            &[&kind.name(), key, body],
        ),
        Write::DeleteDocument { kind, key } => {
            run("DELETE FROM document WHERE kind = ?1 AND key = ?2", &[&kind.name(), key])
        }
        Write::Insert(stored) => insert(connection, stored),
        Write::Update { id, state } => update(connection, *id, state),
        Write::Append { id, index, entry } => run(
            "INSERT INTO journal (execution, place, at, input) VALUES (?1, ?2, ?3, ?4)",
            &[
                &number(*id),
                &i64::try_from(*index).unwrap_or(i64::MAX),
                &entry.at.as_millis(),
                &encode_entry(&entry.input)?,
            ],
        ),
        Write::PutToken { token, id, task } => run(
            "INSERT OR REPLACE INTO token (token, execution, task) VALUES (?1, ?2, ?3)",
            &[token, &number(*id), &i64::try_from(*task).unwrap_or(i64::MAX)],
        ),
        Write::Delete { id } => {
            run("DELETE FROM journal WHERE execution = ?1", &[&number(*id)])?;
            run("DELETE FROM token WHERE execution = ?1", &[&number(*id)])?;
            run("DELETE FROM execution WHERE id = ?1", &[&number(*id)])
        }
    }
}

fn insert(connection: &Connection, stored: &StoredExecution) -> Result<(), StoreError> {
    let (row, state) = (&stored.row, &stored.state);
    let map_run = row.parent.as_ref().map(|parent| &parent.map_run_arn);
    connection
        .prepare_cached(
            "INSERT INTO execution (id, arn, machine, map_run, version, alias, started, row, input,
                                    status, stopped, wake, busy, redrives, redriven, redrivable, outcome,
                                    items)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        )?
        .execute(params![
            number(row.id),
            row.arn,
            row.machine_arn,
            map_run,
            row.version_arn,
            row.alias_arn,
            row.started.as_millis(),
            encode_row(row)?,
            row.input.text(),
            state.status(),
            millis(state.stopped),
            millis(state.wake),
            state.busy,
            i64::try_from(state.redrives).unwrap_or(i64::MAX),
            millis(state.redriven),
            state.redrivable,
            encode_outcome(state.outcome.as_ref())?,
            row.parent.as_ref().map_or(0, |parent| i64::try_from(parent.items).unwrap_or(0)),
        ])?;
    Ok(())
}

fn update(
    connection: &Connection,
    id: ExecutionId,
    state: &ExecutionState,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE execution SET status = ?2, stopped = ?3, wake = ?4, busy = ?5, redrives = ?6,
                                  redriven = ?7, redrivable = ?8, outcome = ?9
             WHERE id = ?1",
        )?
        .execute(params![
            number(id),
            state.status(),
            millis(state.stopped),
            millis(state.wake),
            state.busy,
            i64::try_from(state.redrives).unwrap_or(i64::MAX),
            millis(state.redriven),
            state.redrivable,
            encode_outcome(state.outcome.as_ref())?,
        ])?;
    Ok(())
}

impl Store for SqliteStore {
    fn is_durable(&self) -> bool {
        true
    }

    fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        let mut connection = lock(&self.writer);
        let transaction = connection.transaction()?;
        for change in batch {
            write(&transaction, change)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn documents(&self, kind: DocumentKind) -> Result<Vec<(String, String)>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT key, body FROM document WHERE kind = ?1 ORDER BY key";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([kind.name()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn document(&self, kind: DocumentKind, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT body FROM document WHERE kind = ?1 AND key = ?2";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row([kind.name(), key], |row| row.get(0)).optional()?)
        })
    }

    fn execution(&self, id: ExecutionId) -> Result<Option<StoredExecution>, StoreError> {
        self.read(|connection| {
            let sql = format!("SELECT {} FROM execution WHERE id = ?1", rows::COLUMNS);
            let mut statement = connection.prepare_cached(&sql)?;
            let mut found = statement.query([number(id)])?;
            found.next()?.map(decode_execution).transpose()
        })
    }

    fn find(&self, arn: &str) -> Result<Option<ExecutionId>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT id FROM execution WHERE arn = ?1")?;
            Ok(statement.query_row([arn], |row| row.get(0)).optional()?.map(id))
        })
    }

    fn journal(&self, id: ExecutionId) -> Result<Vec<JournalEntry>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT at, input FROM journal WHERE execution = ?1 ORDER BY place";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([number(id)])?;
            let mut journal = Vec::new();
            while let Some(row) = rows.next()? {
                let at = Timestamp::from_millis(row.get(0)?);
                journal.push(JournalEntry {
                    at,
                    input: decode_entry(row.get_ref(1)?.as_blob().ok())?,
                });
            }
            Ok(journal)
        })
    }

    fn token(&self, token: &str) -> Result<Option<(ExecutionId, u64)>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT execution, task FROM token WHERE token = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement
                .query_row([token], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
                .optional()?;
            Ok(found.map(|(execution, task)| (id(execution), u64::try_from(task).unwrap_or(0))))
        })
    }

    fn list(&self, query: &ExecutionQuery) -> Result<Vec<StoredExecution>, StoreError> {
        self.read(|connection| list::list(connection, query))
    }

    fn count_children(&self, map_run_arn: &str) -> Result<Vec<ChildCount>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT status, redrivable, count(*), sum(items) FROM execution
                       WHERE map_run = ?1 GROUP BY status, redrivable";
            let mut statement = connection.prepare_cached(sql)?;
            let counts = statement.query_map([map_run_arn], |row| {
                let number = |index| -> Result<u64, rusqlite::Error> {
                    Ok(u64::try_from(row.get::<_, i64>(index)?).unwrap_or(0))
                };
                Ok(ChildCount {
                    status: row.get(0)?,
                    redrivable: row.get(1)?,
                    executions: number(2)?,
                    items: number(3)?,
                })
            })?;
            Ok(counts.collect::<Result<_, _>>()?)
        })
    }

    fn documents_below(
        &self,
        kind: DocumentKind,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT key, body FROM document
                       WHERE kind = ?1 AND key >= ?2 AND substr(key, 1, length(?2)) = ?2 ORDER BY key";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([kind.name(), prefix], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn open_executions(&self) -> Result<Vec<OpenExecution>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT id, wake, busy FROM execution WHERE status = 'RUNNING' ORDER BY id";
            let mut statement = connection.prepare_cached(sql)?;
            let open = statement.query_map([], |row| {
                Ok(OpenExecution {
                    id: id(row.get(0)?),
                    wake: row.get::<_, Option<i64>>(1)?.map(Timestamp::from_millis),
                    busy: row.get(2)?,
                })
            })?;
            Ok(open.collect::<Result<_, _>>()?)
        })
    }

    fn ended_before(
        &self,
        moment: Timestamp,
        limit: usize,
    ) -> Result<Vec<ExecutionId>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT id FROM execution WHERE stopped < ?1 ORDER BY stopped, id LIMIT ?2";
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut statement = connection.prepare_cached(sql)?;
            let old = statement
                .query_map(params![moment.as_millis(), limit], |row| Ok(id(row.get(0)?)))?;
            Ok(old.collect::<Result<_, _>>()?)
        })
    }

    fn latest(&self) -> Result<(u64, Option<Timestamp>), StoreError> {
        let newest = self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT max(id) FROM execution")?;
            Ok(statement.query_row([], |row| row.get::<_, Option<i64>>(0))?)
        })?;
        let newest = newest.and_then(|newest| u64::try_from(newest).ok()).unwrap_or(0);
        Ok((newest, self.last_moment()?))
    }
}
