//! The history of an execution: what applying its journal again records.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use stepclock_engine::data::Timestamp;
use stepclock_engine::execution::Input;
use stepclock_engine::history::HistoryEvent;
use stepclock_engine::sim::replay;

use super::load::config_of;
use crate::config::ServerConfig;
use crate::error::ApiError;
use crate::registry::Revision;
use crate::store::{ExecutionRow, JournalEntry};

/// Histories kept for whoever pages through them.
const KEPT: usize = 16;

/// The events of an execution.
///
/// # Errors
/// `InternalFailure` when the journal is not one of this execution.
pub fn history(
    server: &ServerConfig,
    row: &ExecutionRow,
    revision: &Revision,
    journal: Vec<JournalEntry>,
) -> Result<Vec<HistoryEvent>, ApiError> {
    let config = config_of(server, row, revision)?;
    let start = (row.started, Input::Start { input: row.input.clone() });
    let inputs: Vec<(Timestamp, Input)> = std::iter::once(start)
        .chain(journal.into_iter().map(|entry| (entry.at, entry.input)))
        .collect();
    replay(config, &inputs).map_err(|error| ApiError::internal(format!("{}: {error}", row.arn)))
}

/// The histories that were read last: reading one page by page applies the journal once.
#[derive(Debug, Default)]
pub struct Histories(Mutex<VecDeque<Kept>>);

#[derive(Debug)]
struct Kept {
    arn: String,
    /// Inputs of the journal it was made from.
    length: usize,
    events: Arc<Vec<HistoryEvent>>,
}

impl Histories {
    /// The events of an execution, made anew when the journal has grown.
    ///
    /// # Errors
    /// As [`history`].
    pub fn get(
        &self,
        server: &ServerConfig,
        row: &ExecutionRow,
        revision: &Revision,
        journal: Vec<JournalEntry>,
    ) -> Result<Arc<Vec<HistoryEvent>>, ApiError> {
        let length = journal.len();
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept().iter().find(|kept| kept.arn == row.arn && kept.length == length)
        {
            return Ok(found.events.clone());
        }
        let events = Arc::new(history(server, row, revision, journal)?);
        let mut kept = kept();
        kept.retain(|other| other.arn != row.arn);
        kept.truncate(KEPT - 1);
        kept.push_front(Kept { arn: row.arn.clone(), length, events: events.clone() });
        Ok(events)
    }
}
