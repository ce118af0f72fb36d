//! Rows of the tables as values, and back.
//!
//! What queries ask for stands in columns of its own; the rest is one compact blob that begins with the number of
//! its format.

use rusqlite::Row;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use stepclock_engine::asl::WorkflowType;
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{Input, Outcome};

use crate::store::{
    ExecutionId, ExecutionRow, ExecutionState, ParentLink, StoreError, StoredExecution,
};

/// The columns that [`decode_execution`] reads, in order.
pub(super) const COLUMNS: &str = "id, arn, machine, version, alias, started, row, input, stopped, wake, busy, \
                                  redrives, redriven, redrivable, outcome";

/// The format of the blobs.
const FORMAT: u8 = 1;

/// What of an execution's row has no column.
#[derive(Serialize, Deserialize)]
struct Rest {
    name: String,
    revision: String,
    workflow_type: WorkflowType,
    role_arn: String,
    trace_header: Option<String>,
    test_case: Option<String>,
    seed: u64,
    activities: Vec<String>,
    parent: Option<ParentLink>,
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(value, vec![FORMAT])
        .map_err(|error| StoreError::Failed { message: format!("cannot be written: {error}") })
}

fn decode<T: DeserializeOwned>(bytes: Option<&[u8]>) -> Result<T, StoreError> {
    match bytes {
        Some([FORMAT, value @ ..]) => {
            postcard::from_bytes(value).map_err(|error| damaged(error.to_string()))
        }
        Some([format, ..]) => Err(damaged(format!("a value has the unknown format {format}"))),
        _ => Err(damaged("a value is missing".to_owned())),
    }
}

fn damaged(message: String) -> StoreError {
    StoreError::Damaged { message }
}

pub(super) fn encode_entry(input: &Input) -> Result<Vec<u8>, StoreError> {
    encode(input)
}

pub(super) fn decode_entry(bytes: Option<&[u8]>) -> Result<Input, StoreError> {
    decode(bytes)
}

pub(super) fn encode_outcome(outcome: Option<&Outcome>) -> Result<Option<Vec<u8>>, StoreError> {
    outcome.map(encode).transpose()
}

pub(super) fn encode_row(row: &ExecutionRow) -> Result<Vec<u8>, StoreError> {
    encode(&Rest {
        name: row.name.clone(),
        revision: row.revision.clone(),
        workflow_type: row.workflow_type,
        role_arn: row.role_arn.clone(),
        trace_header: row.trace_header.clone(),
        test_case: row.test_case.clone(),
        seed: row.seed,
        activities: row.activities.clone(),
        parent: row.parent.clone(),
    })
}

pub(super) fn decode_execution(found: &Row<'_>) -> Result<StoredExecution, StoreError> {
    let moment = |index| -> Result<Option<Timestamp>, rusqlite::Error> {
        Ok(found.get::<_, Option<i64>>(index)?.map(Timestamp::from_millis))
    };
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    let rest: Rest = decode(found.get_ref(6)?.as_blob().ok())?;
    let input: String = found.get(7)?;
    let outcome = found.get_ref(14)?.as_blob_or_null().ok().flatten();
    let row = ExecutionRow {
        id: ExecutionId(unsigned(found.get(0)?)),
        arn: found.get(1)?,
        name: rest.name,
        machine_arn: found.get(2)?,
        revision: rest.revision,
        workflow_type: rest.workflow_type,
        role_arn: rest.role_arn,
        version_arn: found.get(3)?,
        alias_arn: found.get(4)?,
        trace_header: rest.trace_header,
        test_case: rest.test_case,
        input: Payload::parse(&input).map_err(|error| damaged(error.to_string()))?,
        started: Timestamp::from_millis(found.get(5)?),
        seed: rest.seed,
        activities: rest.activities,
        parent: rest.parent,
    };
    let state = ExecutionState {
        outcome: outcome.map(|bytes| decode(Some(bytes))).transpose()?,
        stopped: moment(8)?,
        wake: moment(9)?,
        busy: found.get(10)?,
        redrives: unsigned(found.get(11)?),
        redriven: moment(12)?,
        redrivable: found.get(13)?,
    };
    Ok(StoredExecution { row, state })
}
