//! Map Runs: what is said of them beyond their children.

use serde::{Deserialize, Serialize};
use stepclock_engine::data::Timestamp;
use stepclock_engine::execution::{Input, MapRunChange, MapRunStatus};

use super::Hub;
use super::resident::{Durability, Resident};
use crate::error::ApiError;
use crate::store::{DocumentKind, ExecutionId, Write};

/// A Map Run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapRun {
    /// Its ARN.
    pub arn: String,
    /// The execution that has it.
    pub execution: ExecutionId,
    /// The same, by ARN.
    pub execution_arn: String,
    /// Its place among the Map Runs of that execution.
    pub place: usize,
    /// When it started.
    pub started: Timestamp,
    /// When it ended, if it has.
    pub stopped: Option<Timestamp>,
    /// How it ended, if it has.
    pub status: Option<MapRunStatus>,
    /// Children that may run at once; 0 when nothing limits them.
    pub max_concurrency: u64,
    /// `ToleratedFailureCount`.
    pub tolerated_failure_count: Option<u64>,
    /// `ToleratedFailurePercentage`.
    pub tolerated_failure_percentage: Option<f64>,
    /// Whether a ResultWriter writes what the children give.
    pub writes_results: bool,
    /// How many items there are, once they are known.
    pub items: u64,
    /// How many children they make.
    pub executions: u64,
    /// Redrives so far, and when the last one was.
    pub redrives: u64,
    /// The last redrive.
    pub redriven: Option<Timestamp>,
}

/// What `UpdateMapRun` changes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MapRunUpdate {
    /// `maxConcurrency`.
    pub max_concurrency: Option<u64>,
    /// `toleratedFailureCount`.
    pub tolerated_failure_count: Option<u64>,
    /// `toleratedFailurePercentage`.
    pub tolerated_failure_percentage: Option<f64>,
}

impl MapRun {
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `ABORTED`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self.status {
            None => "RUNNING",
            Some(MapRunStatus::Succeeded) => "SUCCEEDED",
            Some(MapRunStatus::Failed) => "FAILED",
            Some(MapRunStatus::Aborted) => "ABORTED",
        }
    }

    fn change(&mut self, now: Timestamp, change: &MapRunChange) {
        match change {
            MapRunChange::Started { .. } => {}
            MapRunChange::Planned { items, executions } => {
                (self.items, self.executions) = (*items, *executions);
            }
            MapRunChange::Ended(status) => {
                (self.status, self.stopped) = (Some(*status), Some(now));
            }
            MapRunChange::Redriven => {
                self.redrives += 1;
                self.redriven = Some(now);
                (self.status, self.stopped) = (None, None);
            }
        }
    }

    fn update(&mut self, update: MapRunUpdate) {
        self.max_concurrency = update.max_concurrency.unwrap_or(self.max_concurrency);
        self.tolerated_failure_count =
            update.tolerated_failure_count.or(self.tolerated_failure_count);
        self.tolerated_failure_percentage =
            update.tolerated_failure_percentage.or(self.tolerated_failure_percentage);
    }
}

impl Resident {
    /// A Map Run came to be or changed.
    pub(super) fn note_map_run(&mut self, now: Timestamp, arn: &str, change: MapRunChange) {
        if let Some(run) = self.map_runs.iter_mut().find(|run| run.arn == arn) {
            return run.change(now, &change);
        }
        let MapRunChange::Started {
            max_concurrency,
            tolerated_failure_count,
            tolerated_failure_percentage,
            writes_results,
            ..
        } = change
        else {
            return;
        };
        self.map_runs.push(MapRun {
            arn: arn.to_owned(),
            execution: self.row.id,
            execution_arn: self.row.arn.clone(),
            place: self.map_runs.len(),
            started: now,
            stopped: None,
            status: None,
            max_concurrency,
            tolerated_failure_count,
            tolerated_failure_percentage,
            writes_results,
            items: 0,
            executions: 0,
            redrives: 0,
            redriven: None,
        });
    }

    /// The limits of a Map Run were changed from outside.
    pub(super) fn note_map_run_update(&mut self, arn: &str, update: MapRunUpdate) {
        if let Some(run) = self.map_runs.iter_mut().find(|run| run.arn == arn) {
            run.update(update);
        }
    }
}

impl Hub {
    pub(super) fn map_run_changed(
        &mut self,
        id: ExecutionId,
        now: Timestamp,
        arn: &str,
        change: MapRunChange,
    ) {
        if let Some(resident) = self.residents.get_mut(&id) {
            resident.note_map_run(now, arn, change);
            self.write_map_run(id, arn);
        }
    }

    /// The execution has ended: so have its Map Runs.
    pub(super) fn end_map_runs(&mut self, id: ExecutionId, now: Timestamp) {
        let Some(resident) = self.residents.get_mut(&id) else { return };
        let mut ended = Vec::new();
        for run in resident.map_runs.iter_mut().filter(|run| run.status.is_none()) {
            run.change(now, &MapRunChange::Ended(MapRunStatus::Aborted));
            ended.push(run.arn.clone());
        }
        for arn in ended {
            self.write_map_run(id, &arn);
        }
    }

    /// Changes the limits of a Map Run: `UpdateMapRun`.
    ///
    /// # Errors
    /// `ResourceNotFound`, or `ValidationException` when it has ended.
    pub fn update_map_run(&mut self, arn: &str, update: MapRunUpdate) -> Result<(), ApiError> {
        let run = self.store.document(DocumentKind::MapRun, arn)?;
        let run: Option<MapRun> = run.and_then(|body| serde_json::from_str(&body).ok());
        let run = run.ok_or_else(|| no_such_map_run(arn))?;
        let completed = || {
            // The words are ours: no evidence has them. The reason is that of the API's model.
            let message = "The Map Run has completed; its limits cannot be changed.";
            ApiError::validation(message).with("reason", "CANNOT_UPDATE_COMPLETED_MAP_RUN")
        };
        if !self.load(run.execution) {
            return Err(completed());
        }
        let input = Input::MapRunUpdated {
            arn: arn.into(),
            max_concurrency: update.max_concurrency,
            tolerated_failure_count: update.tolerated_failure_count,
            tolerated_failure_percentage: update.tolerated_failure_percentage,
        };
        self.apply(run.execution, input).map_err(|_| completed())?;
        self.write_map_run(run.execution, arn);
        Ok(())
    }

    fn write_map_run(&mut self, id: ExecutionId, arn: &str) {
        let Some(resident) = self.residents.get(&id) else { return };
        let Some(run) = resident.map_runs.iter().find(|run| run.arn == arn) else { return };
        if resident.durability != Durability::Journal {
            return;
        }
        let Ok(body) = serde_json::to_string(run) else { return };
        let key = place_key(id, Some(run.place));
        let of = Write::PutDocument { kind: DocumentKind::MapRunOf, key, body: run.arn.clone() };
        self.write(of);
        self.write(Write::PutDocument { kind: DocumentKind::MapRun, key: arn.to_owned(), body });
    }

    /// The execution is removed: so are its Map Runs.
    pub(super) fn delete_map_runs(&mut self, id: ExecutionId) {
        let of = self.store.documents_below(DocumentKind::MapRunOf, &place_key(id, None));
        for (key, arn) in of.unwrap_or_default() {
            self.write(Write::DeleteDocument { kind: DocumentKind::MapRunOf, key });
            self.write(Write::DeleteDocument { kind: DocumentKind::MapRun, key: arn });
        }
    }
}

/// Where an execution's Map Runs are listed; with a place, one of them.
#[must_use]
pub fn place_key(id: ExecutionId, place: Option<usize>) -> String {
    match place {
        None => format!("{:020}/", id.0),
        Some(place) => format!("{:020}/{place:06}", id.0),
    }
}

/// `ResourceNotFound` of a Map Run.
#[must_use]
pub fn no_such_map_run(arn: &str) -> ApiError {
    // The words are ours: no evidence has them.
    ApiError::new("ResourceNotFound", format!("Map Run does not exist: '{arn}'"))
}
