//! Children of Map Runs: executions of their own.

use std::sync::Arc;

use stepclock_engine::execution::{ChildId, ChildRequest, Execution};

use super::resident::{Durability, Resident};
use super::start::execution_config;
use super::{Event, Hub};
use crate::store::{ExecutionId, ExecutionRow, ExecutionState, ParentLink, StoredExecution};

impl Hub {
    pub(super) fn start_child(&mut self, id: ExecutionId, request: ChildRequest) {
        let now = self.now();
        let child = self.next_id();
        let Some(parent) = self.residents.get_mut(&id) else { return };
        parent.children.insert(request.child, child);
        let row = ExecutionRow {
            id: child,
            arn: request.execution_arn.to_string(),
            name: request.name.to_string(),
            machine_arn: request.state_machine_arn.to_string(),
            revision: parent.row.revision.clone(),
            workflow_type: request.workflow_type,
            role_arn: parent.row.role_arn.clone(),
            version_arn: parent.row.version_arn.clone(),
            alias_arn: parent.row.alias_arn.clone(),
            trace_header: parent.watched.header_of_map_run(&request.map_run_arn),
            test_case: parent.row.test_case.clone(),
            input: request.input,
            started: now,
            seed: request.seed,
            activities: parent.row.activities.clone(),
            parent: Some(ParentLink {
                execution: id,
                child: request.child.0,
                map_run_arn: request.map_run_arn.to_string(),
                map_state: request.map_state.to_string(),
                items: request.items,
            }),
        };
        let revision = parent.revision.clone();
        let mock = parent.mock.clone();
        let config = execution_config(&self.config, &row, &revision, request.graph, None);
        let mut resident =
            Resident::new(Execution::new(config), Arc::new(row), revision, Durability::Journal);
        resident.mock = mock;
        self.open(resident, now);
    }

    pub(super) fn stop_child(&mut self, id: ExecutionId, child: ChildId) {
        let resident = self.residents.get_mut(&id);
        if let Some(child) = resident.and_then(|resident| resident.children.remove(&child)) {
            self.stop_inner(child, None);
        }
    }

    /// Takes a new execution into memory and into the store, and lets it start.
    pub(super) fn open(&mut self, resident: Resident, now: stepclock_engine::data::Timestamp) {
        let id = resident.row.id;
        if resident.durability != Durability::Nothing {
            let state = ExecutionState { busy: true, ..ExecutionState::default() };
            self.batch.insert(StoredExecution { row: (*resident.row).clone(), state });
        }
        self.by_arn.insert(resident.execution.config().execution_arn.clone(), id);
        self.residents.insert(id, resident);
        self.queue.push(now, Event::Start(id));
    }

    pub(super) fn next_id(&mut self) -> ExecutionId {
        let id = ExecutionId(self.next_execution);
        self.next_execution += 1;
        id
    }
}
