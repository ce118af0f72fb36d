//! Starting executions, stopping them, and letting them go on after a failure.

use std::collections::BTreeSet;
use std::sync::Arc;

use stepclock_engine::asl::{Resource, StateGraph, WorkflowType};
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{ApplyError, Execution, ExecutionConfig, Input};
use stepclock_engine::sim::MockedCase;

use super::Hub;
use super::handle::Reply;
use super::resident::{Durability, Resident};
use super::unanswered::each_resource;
use crate::config::ServerConfig;
use crate::error::ApiError;
use crate::registry::{self, Revision, Target};
use crate::store::{ExecutionId, ExecutionRow, Write};

/// What `StartExecution` and `StartSyncExecution` ask for.
#[derive(Debug, Clone)]
pub struct StartRequest {
    /// The ARN of a state machine, version or alias; `#TestCase` behind it names a case of the mock configuration.
    pub machine_arn: String,
    /// The execution's name; drawn when absent.
    pub name: Option<String>,
    /// Its input.
    pub input: Payload,
    /// The caller's trace header.
    pub trace_header: Option<String>,
}

impl StartRequest {
    /// A start with nothing but an input.
    #[must_use]
    pub fn new(machine_arn: String, input: Payload) -> Self {
        Self { machine_arn, name: None, input, trace_header: None }
    }
}

/// An execution that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Its number.
    pub id: ExecutionId,
    /// Its ARN.
    pub arn: Arc<str>,
    /// When it started.
    pub date: Timestamp,
}

impl Hub {
    /// Starts an execution: `StartExecution`. Starting one that runs, with the same name and input, gives it back.
    ///
    /// # Errors
    /// Those of the operation.
    pub fn start_execution(&mut self, request: StartRequest) -> Result<Started, ApiError> {
        let (target, mock) = self.target(&request.machine_arn)?;
        let machine = target.machine.clone();
        if machine.workflow_type == WorkflowType::Standard
            && let Some(name) = &request.name
        {
            let arn = self.execution_arn(&machine.name, name);
            if let Some(running) = self.same_start(&arn, &request.input)? {
                return Ok(running);
            }
        }
        let durability = match machine.workflow_type {
            WorkflowType::Standard => Durability::Journal,
            WorkflowType::Express => Durability::Start,
        };
        Ok(self.create(&target, mock, request, durability, None))
    }

    /// Starts an EXPRESS execution and answers when it has ended: `StartSyncExecution`.
    pub fn start_sync_execution(&mut self, request: StartRequest, reply: Reply<serde_json::Value>) {
        match self.target(&request.machine_arn) {
            Ok((target, _)) if target.machine.workflow_type == WorkflowType::Standard => {
                let message = "This operation is not supported by this type of state machine";
                reply.send(Err(ApiError::new("StateMachineTypeNotSupported", message)));
            }
            Ok((target, mock)) => {
                self.create(&target, mock, request, Durability::Nothing, Some(reply));
            }
            Err(error) => reply.send(Err(error)),
        }
    }

    /// Stops an execution: `StopExecution`. Gives the moment it stopped at.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`. Stopping one that has ended changes nothing.
    pub fn stop_execution(
        &mut self,
        arn: &str,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    ) -> Result<Timestamp, ApiError> {
        let id = self.find(arn)?.ok_or_else(|| does_not_exist(arn))?;
        self.first_step(id);
        if self.load(id) {
            // One that has ended meanwhile stays as it is.
            let _ = self.apply(id, Input::Stop { error, cause });
        }
        match self.residents.get(&id) {
            Some(resident) => Ok(resident.state.stopped.unwrap_or(resident.row.started)),
            None => {
                let stored = self.store.execution(id)?.ok_or_else(|| does_not_exist(arn))?;
                Ok(stored.state.stopped.unwrap_or(stored.row.started))
            }
        }
    }

    /// Lets a failed execution go on: `RedriveExecution`. Gives the moment.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`, `ExecutionNotRedrivable`.
    pub fn redrive_execution(&mut self, arn: &str) -> Result<Timestamp, ApiError> {
        let id = self.find(arn)?.ok_or_else(|| does_not_exist(arn))?;
        let not_redrivable = |error: ApplyError| {
            let message = format!("Execution {arn} is not redrivable: {error}");
            ApiError::new("ExecutionNotRedrivable", message)
        };
        self.revive(id)?;
        let now = self.now();
        let resident = self.residents.get(&id).ok_or_else(|| does_not_exist(arn))?;
        resident.execution.redrivable_at(now).map_err(not_redrivable)?;
        self.apply(id, Input::Redrive).map_err(not_redrivable)?;
        Ok(now)
    }

    /// The number of an execution, by its ARN.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find(&self, arn: &str) -> Result<Option<ExecutionId>, ApiError> {
        match self.by_arn.get(arn) {
            Some(id) => Ok(Some(*id)),
            None => Ok(self.store.find(arn)?),
        }
    }

    /// The execution that already has an ARN, when starting it once more only gives it back.
    fn same_start(&mut self, arn: &str, input: &Payload) -> Result<Option<Started>, ApiError> {
        let Some(id) = self.find(arn)? else { return Ok(None) };
        let (row, state) = match self.residents.get(&id) {
            Some(resident) => (resident.row.clone(), resident.state.clone()),
            None => match self.store.execution(id)? {
                Some(stored) => (Arc::new(stored.row), stored.state),
                None => return Ok(None),
            },
        };
        let kept_ms = self.config.retention_ms;
        if state.stopped.is_some_and(|stopped| stopped + kept_ms <= self.now()) {
            // Its time is over, though nobody has removed it yet.
            self.drop_resident(id);
            self.write(Write::Delete { id });
            return Ok(None);
        }
        if state.outcome.is_some() || row.input.value() != input.value() {
            let message = format!("Execution Already Exists: '{arn}'");
            return Err(ApiError::new("ExecutionAlreadyExists", message));
        }
        Ok(Some(Started { id, arn: row.arn.as_str().into(), date: row.started }))
    }

    fn target(&mut self, arn: &str) -> Result<(Target, Option<(String, MockedCase)>), ApiError> {
        let (arn, case) = match arn.split_once('#') {
            None => (arn, None),
            Some((arn, case)) => (arn, Some(case)),
        };
        let mut choice = self.draw_stream("alias");
        let target = self.registry.resolve(arn, &mut choice)?;
        let Some(case) = case else { return Ok((target, None)) };
        let mocks = self.answerers.mocks.as_ref();
        let mocks = mocks.ok_or_else(|| {
            let message = format!(
                "Invalid Arn: test case '{case}' is named, but the server has no mock configuration \
                 (--mock-config FILE, or SFN_MOCK_CONFIG)"
            );
            ApiError::new("InvalidArn", message)
        })?;
        let mocked = mocks.case(&target.machine.name, case).map_err(|error| {
            ApiError::new("InvalidArn", format!("Invalid Arn: '{arn}#{case}': {error}"))
        })?;
        Ok((target, Some((case.to_owned(), mocked))))
    }

    fn create(
        &mut self,
        target: &Target,
        mock: Option<(String, MockedCase)>,
        request: StartRequest,
        durability: Durability,
        caller: Option<Reply<serde_json::Value>>,
    ) -> Started {
        let now = self.now();
        let machine = &target.machine;
        // The newest name is the last: however many executions are kept, their index by ARN grows at its end.
        let name = request.name.unwrap_or_else(|| self.ids.uuid_at(now));
        let arn = match machine.workflow_type {
            WorkflowType::Standard => self.execution_arn(&machine.name, &name),
            WorkflowType::Express => {
                let run = self.ids.uuid();
                let name = format!("{}:{name}:{run}", machine.name);
                registry::arn(&self.config, "express", &name)
            }
        };
        let (test_case, mock) = mock.unzip();
        let graph = target.definition.graph.clone();
        let row = ExecutionRow {
            id: self.next_id(),
            arn,
            name,
            machine_arn: machine.arn.clone(),
            revision: target.revision.key.clone(),
            workflow_type: machine.workflow_type,
            role_arn: target.revision.role_arn.clone(),
            version_arn: target.version_arn.clone(),
            alias_arn: target.alias_arn.clone(),
            trace_header: request.trace_header,
            test_case,
            input: request.input,
            started: now,
            seed: self.ids.next_u64(),
            activities: self.existing_activities(&graph),
            parent: None,
        };
        let timeout = target.definition.timeout_seconds;
        let mut config = execution_config(&self.config, &row, &target.revision, graph, timeout);
        config.synchronous = durability == Durability::Nothing;
        let row = Arc::new(row);
        let started = Started { id: row.id, arn: config.execution_arn.clone(), date: now };
        let revision = target.revision.clone();
        let mut resident = Resident::new(Execution::new(config), row, revision, durability);
        resident.mock = mock;
        resident.caller = caller;
        self.open(resident, now);
        started
    }

    fn execution_arn(&self, machine: &str, name: &str) -> String {
        registry::arn(&self.config, "execution", &format!("{machine}:{name}"))
    }

    /// Those activities a definition names that exist. They are part of the execution's row: what happens to it must
    /// not depend on when it is rebuilt. One created after the start does not exist for it, as one deleted still does.
    fn existing_activities(&self, graph: &StateGraph) -> Vec<String> {
        let mut named = BTreeSet::new();
        each_resource(graph, &mut |_, resource| {
            if let Resource::Activity { arn } = resource {
                named.insert(arn.to_string());
            }
        });
        named.into_iter().filter(|arn| self.registry.has_activity(arn)).collect()
    }
}

/// The configuration that an execution's row stands for.
pub(super) fn execution_config(
    server: &ServerConfig,
    row: &ExecutionRow,
    revision: &Revision,
    graph: Arc<StateGraph>,
    timeout_seconds: Option<u64>,
) -> ExecutionConfig {
    let machine = revision.machine_arn.rsplit(':').next().unwrap_or_default();
    ExecutionConfig {
        graph,
        timeout_seconds,
        workflow_type: row.workflow_type,
        synchronous: false,
        execution_arn: row.arn.as_str().into(),
        name: row.name.as_str().into(),
        state_machine_arn: row.machine_arn.as_str().into(),
        state_machine_name: machine.into(),
        role_arn: row.role_arn.as_str().into(),
        region: server.region.clone(),
        account: server.account.clone(),
        seed: row.seed,
        activities: Some(Arc::new(row.activities.iter().cloned().collect())),
        service_revision: server.service_revision,
        mutation: None,
    }
}

/// `ExecutionDoesNotExist`, in AWS's words.
#[must_use]
pub(crate) fn does_not_exist(arn: &str) -> ApiError {
    ApiError::new("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{arn}'"))
}

impl From<crate::store::StoreError> for ApiError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::internal(error.to_string())
    }
}
