//! The tables, and how an older file becomes a newer one.

use rusqlite::Connection;

use crate::store::StoreError;

/// Each step makes the next schema out of the one before; its place is the number it leads to, from 1.
const STEPS: [&str; 2] = [
    "
    CREATE TABLE document (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
    CREATE TABLE execution (
        id INTEGER PRIMARY KEY,
        arn TEXT NOT NULL UNIQUE,
        machine TEXT NOT NULL,
        map_run TEXT,
        items INTEGER NOT NULL,
        version TEXT,
        alias TEXT,
        started INTEGER NOT NULL,
        row BLOB NOT NULL,
        input TEXT NOT NULL,
        status TEXT NOT NULL,
        stopped INTEGER,
        wake INTEGER,
        busy INTEGER NOT NULL,
        redrives INTEGER NOT NULL,
        redriven INTEGER,
        redrivable INTEGER NOT NULL,
        outcome BLOB
    );
    CREATE INDEX execution_by_machine ON execution (machine, started, id);
    CREATE INDEX execution_by_map_run ON execution (map_run, started, id) WHERE map_run IS NOT NULL;
    CREATE INDEX execution_open ON execution (id, wake, busy) WHERE status = 'RUNNING';
    CREATE INDEX execution_by_end ON execution (stopped, id) WHERE stopped IS NOT NULL;
    CREATE TABLE journal (
        execution INTEGER NOT NULL,
        place INTEGER NOT NULL,
        at INTEGER NOT NULL,
        input BLOB NOT NULL,
        PRIMARY KEY (execution, place)
    ) WITHOUT ROWID;
    CREATE TABLE token (
        token TEXT PRIMARY KEY,
        execution INTEGER NOT NULL,
        task INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX token_by_execution ON token (execution);
",
    // Lists by status, version or alias do not read what they leave out.
    "
    CREATE INDEX execution_by_status ON execution (machine, status, started, id);
    CREATE INDEX execution_of_map_run_by_status ON execution (map_run, status, started, id)
        WHERE map_run IS NOT NULL;
    CREATE INDEX execution_by_version ON execution (version, started, id) WHERE version IS NOT NULL;
    CREATE INDEX execution_by_alias ON execution (alias, started, id) WHERE alias IS NOT NULL;
",
];

/// Brings a file to the schema of this version.
///
/// # Errors
/// [`StoreError::TooNew`] when a newer version wrote it.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    let transaction = connection.transaction()?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_becomes_a_newer_one() {
        let tables = |connection: &Connection| -> Vec<String> {
            let sql = "SELECT name FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name";
            let mut names = connection.prepare(sql).expect("reads");
            let names = names.query_map([], |row| row.get(0)).expect("runs");
            names.collect::<Result<_, _>>().expect("are texts")
        };
        let mut new = Connection::open_in_memory().expect("opens");
        migrate(&mut new).expect("is new");
        let mut old = Connection::open_in_memory().expect("opens");
        old.execute_batch(STEPS[0]).expect("is the first schema");
        old.pragma_update(None, "user_version", 1).expect("writes");
        assert_ne!(tables(&old), tables(&new));
        migrate(&mut old).expect("can be brought up");
        assert_eq!(tables(&old), tables(&new));
    }
}
