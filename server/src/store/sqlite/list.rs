//! Lists of executions: each kind of list has an index, so that a page costs the same however much is kept.

use rusqlite::{Connection, params};
use stepclock_engine::data::Timestamp;

use super::number;
use super::rows::{COLUMNS, decode_execution};
use crate::store::{ExecutionId, ExecutionQuery, StoreError, StoredExecution};

/// The executions that a query asks for, newest first.
pub(super) fn list(
    connection: &Connection,
    query: &ExecutionQuery,
) -> Result<Vec<StoredExecution>, StoreError> {
    let Some((sql, key)) = statement(query) else { return Ok(Vec::new()) };
    let last = (Timestamp::from_millis(i64::MAX), ExecutionId(u64::MAX));
    let (started, before) = query.before.unwrap_or(last);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = statement.query(params![
        key,
        started.as_millis(),
        number(before),
        query.status,
        query.version_arn,
        query.alias_arn,
        i64::try_from(query.limit).unwrap_or(i64::MAX),
    ])?;
    let mut executions = Vec::new();
    while let Some(row) = found.next()? {
        executions.push(decode_execution(row)?);
    }
    Ok(executions)
}

/// The statement of a query, and what its index begins with.
fn statement(query: &ExecutionQuery) -> Option<(String, &str)> {
    let columns = [
        ("map_run", &query.map_run_arn),
        ("version", &query.version_arn),
        ("alias", &query.alias_arn),
        ("machine", &query.machine_arn),
    ];
    let narrowest = columns.into_iter().find_map(|(column, key)| Some((column, key.as_ref()?)));
    let (column, key) = narrowest?;
    // A condition that may not apply would keep SQLite from the index of the status.
    let status = match &query.status {
        None => "?4 IS NULL",
        Some(_) => "status = ?4",
    };
    let redriven = match query.redriven {
        None => "",
        Some(true) => " AND redrives > 0",
        Some(false) => " AND redrives = 0",
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM execution
         WHERE {column} = ?1 AND (started, id) < (?2, ?3)
           AND {status} AND (?5 IS NULL OR version = ?5) AND (?6 IS NULL OR alias = ?6){redriven}
         ORDER BY started DESC, id DESC LIMIT ?7"
    );
    Some((sql, key))
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    /// What SQLite says of how it would carry the query out.
    fn plan(query: &ExecutionQuery) -> String {
        let mut connection = Connection::open_in_memory().expect("opens");
        schema::migrate(&mut connection).expect("is new");
        let (sql, key) = statement(query).expect("asks for something");
        let mut explained =
            connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("reads");
        let values = params![key, 0, 0, query.status, query.version_arn, query.alias_arn, 10];
        let steps = explained.query_map(values, |row| row.get::<_, String>(3)).expect("runs");
        steps.map(|step| step.expect("is a text")).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn every_list_has_its_index_and_none_is_sorted() {
        let some = |text: &str| Some(text.to_owned());
        let of_machine = ExecutionQuery { machine_arn: some("m"), ..ExecutionQuery::default() };
        let of_map_run = ExecutionQuery { map_run_arn: some("r"), ..ExecutionQuery::default() };
        let cases = [
            (of_machine.clone(), "execution_by_machine (machine=? AND"),
            (of_map_run.clone(), "execution_by_map_run (map_run=? AND"),
            (
                ExecutionQuery { status: some("FAILED"), ..of_machine.clone() },
                "execution_by_status (machine=? AND status=? AND",
            ),
            (
                ExecutionQuery { status: some("FAILED"), ..of_map_run },
                "execution_of_map_run_by_status (map_run=? AND status=? AND",
            ),
            (
                ExecutionQuery { version_arn: some("v"), ..of_machine.clone() },
                "execution_by_version (version=? AND",
            ),
            (
                ExecutionQuery { alias_arn: some("a"), ..of_machine },
                "execution_by_alias (alias=? AND",
            ),
        ];
        for (query, index) in cases {
            let plan = plan(&query);
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{query:?}: {plan}");
        }
    }
}
