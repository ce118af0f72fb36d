//! One run of a case on an endpoint: what it needs is created, the execution driven to its end, everything deleted.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stepclock_engine::asl::Resource;

use super::client::{CallError, Client};
use super::clock::Clock;
use super::drive::Driver;
use super::rewrite::{Tasks, rewrite};
use super::tasks::Answers;
use super::wall;
use crate::case::{Case, WorkflowTypeName};
use crate::engine::reference::CaseWorker;
use crate::engine::{Budget, Ran};

/// Events on a page of a history: as many as there can be.
const PAGE: u64 = 1_000;

/// What an endpoint showed of an execution.
#[derive(Debug)]
pub(super) struct Raw {
    /// The definition as it was sent.
    pub(super) definition: Value,
    /// The machine's name.
    pub(super) machine: String,
    /// The machine's ARN.
    pub(super) machine_arn: String,
    /// Activities that stood for tasks: the state and the ARN.
    pub(super) activities: BTreeMap<String, String>,
    /// The answer of `DescribeExecution`, or of `StartSyncExecution`.
    pub(super) described: Value,
    /// Its events; none when it was started with `StartSyncExecution`.
    pub(super) history: Vec<Value>,
}

/// A call that failed is an error of the engine or its adapter.
impl From<CallError> for Ran {
    fn from(error: CallError) -> Self {
        Self::Errored(error.to_string())
    }
}

/// A run: what it created, to be deleted again.
pub(super) struct Run<'a> {
    pub(super) client: &'a Client,
    pub(super) clock: Clock,
    pub(super) case: &'a Case,
    /// What its machine and its activities are called.
    pub(super) name: String,
    pub(super) role_arn: &'a str,
    machine_arn: Option<String>,
    execution_arn: Option<String>,
    activities: BTreeMap<String, String>,
}

impl<'a> Run<'a> {
    pub(super) const fn new(
        client: &'a Client,
        clock: Clock,
        case: &'a Case,
        name: String,
        role_arn: &'a str,
    ) -> Self {
        let activities = BTreeMap::new();
        Self {
            client,
            clock,
            case,
            name,
            role_arn,
            machine_arn: None,
            execution_arn: None,
            activities,
        }
    }

    /// Runs the case; activities stand for `tasks`, answered as the case says.
    ///
    /// # Errors
    /// What came of it instead.
    pub(super) fn execute(
        &mut self,
        tasks: &Tasks,
        synchronous: bool,
        budget: &Budget,
    ) -> Result<Raw, Ran> {
        let definition = self.create(tasks)?;
        let (described, history) = match synchronous {
            true => (self.synchronous()?, Vec::new()),
            false => self.standard(&definition, tasks, budget)?,
        };
        Ok(Raw {
            definition,
            machine: self.name.clone(),
            machine_arn: self.machine_arn.clone().unwrap_or_default(),
            activities: self.activities.clone(),
            described,
            history,
        })
    }

    fn create(&mut self, tasks: &Tasks) -> Result<Value, Ran> {
        for (number, state) in tasks.keys().enumerate() {
            let request = json!({"name": format!("{}-{number}", self.name)});
            let answer = self.client.call("CreateActivity", &request)?;
            self.activities.insert(state.clone(), text(&answer, "activityArn"));
        }
        let definition = self.case.definition.as_ref().unwrap_or(&Value::Null);
        let definition = rewrite(definition, &self.activities);
        let answer = self.create_machine(&definition.to_string())?;
        self.machine_arn = Some(text(&answer, "stateMachineArn"));
        Ok(definition)
    }

    fn create_machine(&self, definition: &str) -> Result<Value, Ran> {
        let express = self.case.workflow_type == Some(WorkflowTypeName::Express);
        let request = json!({
            "name": self.name,
            "roleArn": self.role_arn,
            "definition": definition,
            "type": if express { "EXPRESS" } else { "STANDARD" },
        });
        self.client.call("CreateStateMachine", &request).map_err(|error| match error.code() {
            Some("InvalidDefinition") => {
                Ran::Errored(format!("the definition is refused: {}", error.message()))
            }
            _ => error.into(),
        })
    }

    fn execution_name(&self) -> String {
        format!("{}-run", self.name)
    }

    fn start_request(&self) -> Value {
        let text = self.case.input_text.clone();
        let input = text.or_else(|| self.case.input.as_ref().map(ToString::to_string));
        json!({
            "stateMachineArn": self.machine_arn,
            "name": self.execution_name(),
            "input": input.unwrap_or_else(|| "{}".to_owned()),
        })
    }

    fn synchronous(&self) -> Result<Value, Ran> {
        // The call ends with the execution, so time must pass by itself.
        self.clock.freeze(self.client, false);
        Ok(self.client.call("StartSyncExecution", &self.start_request())?)
    }

    fn standard(
        &mut self,
        definition: &Value,
        tasks: &Tasks,
        budget: &Budget,
    ) -> Result<(Value, Vec<Value>), Ran> {
        let worker = CaseWorker::new(self.case)
            .map_err(|error| Ran::Errored(format!("the workers of the case: {error}")))?;
        self.clock.freeze(self.client, true);
        let deadline = wall::now() + i64::try_from(budget.wall_ms).unwrap_or(i64::MAX >> 1);
        let started = self.client.call("StartExecution", &self.start_request())?;
        let arn = text(&started, "executionArn");
        self.execution_arn = Some(arn.clone());
        if self.case.expect.history_is_prefix {
            // It is looked at while it still runs.
            self.clock.settle(self.client);
        } else if self.is_stopped() {
            self.clock.settle(self.client);
            let mut request = self.abort();
            request["executionArn"] = arn.as_str().into();
            self.client.call("StopExecution", &request)?;
        } else {
            let answers = Answers::new(definition, tasks, worker);
            Driver::new(self, &arn, answers, deadline).drive()?;
        }
        self.clock.settle(self.client);
        let described = self.client.call("DescribeExecution", &json!({"executionArn": arn}))?;
        Ok((described, self.history(&arn)?))
    }

    /// Whether the caller stopped it while it waited.
    fn is_stopped(&self) -> bool {
        self.case.expect.status.as_deref() == Some("ABORTED")
    }

    /// What the caller said; only the event shows it.
    fn abort(&self) -> Value {
        let events = self.case.expect.history.iter().flatten();
        let mut aborted = events.filter_map(|event| event.get("executionAbortedEventDetails"));
        aborted.next().cloned().unwrap_or_else(|| json!({}))
    }

    /// Every event so far.
    pub(super) fn history(&self, arn: &str) -> Result<Vec<Value>, CallError> {
        let mut events = Vec::new();
        let mut request = json!({"executionArn": arn, "maxResults": PAGE});
        loop {
            let page = self.client.call("GetExecutionHistory", &request)?;
            events.extend(page["events"].as_array().cloned().unwrap_or_default());
            match page.get("nextToken").filter(|token| token.is_string()) {
                Some(token) => request["nextToken"] = token.clone(),
                None => return Ok(events),
            }
        }
    }

    /// The activity that stands for a state's task.
    pub(super) fn activity(&self, state: &str) -> Option<&str> {
        self.activities.get(state).map(String::as_str)
    }

    /// Deletes what was created. What cannot be deleted stays: the case has its verdict already.
    pub(super) fn clean_up(&self) {
        if let Some(arn) = &self.execution_arn {
            let _ = self.client.call("StopExecution", &json!({"executionArn": arn}));
        }
        if let Some(arn) = &self.machine_arn {
            let _ = self.client.call("DeleteStateMachine", &json!({"stateMachineArn": arn}));
        }
        for arn in self.activities.values() {
            let _ = self.client.call("DeleteActivity", &json!({"activityArn": arn}));
        }
        self.clock.freeze(self.client, false);
    }

    /// Texts of this run and those of the case that they stand for, longest first.
    pub(super) fn names(&self, tasks: &Tasks, raw: &Raw) -> Vec<(String, String)> {
        let given = |named: &Option<crate::case::Named>, kind: &str, name: &str| match named {
            Some(named) => (named.arn.clone(), named.name.clone()),
            None => (
                format!("arn:aws:states:us-east-1:123456789012:{kind}:{name}"),
                name.rsplit(':').next().unwrap_or(name).to_owned(),
            ),
        };
        let (machine_arn, machine) = given(&self.case.state_machine, "stateMachine", "machine");
        let (execution_arn, execution) =
            given(&self.case.execution, "execution", "machine:execution");
        let mut names = vec![
            (text(&raw.described, "executionArn"), execution_arn),
            (raw.machine_arn.clone(), machine_arn),
        ];
        for (state, arn) in &raw.activities {
            if let Some(resource) = tasks.get(state).map(Resource::arn) {
                names.push((arn.clone(), resource.to_owned()));
            }
        }
        if let Some(role) = &self.case.role_arn {
            names.push((self.role_arn.to_owned(), role.clone()));
        }
        // The last part of a Map Run's ARN is drawn, and so may its label be.
        let map_runs = raw.history.iter().filter_map(|event| {
            event.pointer("/mapRunStartedEventDetails/mapRunArn")?.as_str()?.rsplit_once('/')
        });
        for (number, (_, drawn)) in map_runs.enumerate() {
            names.push((drawn.to_owned(), format!("map-run-{number}:{number}")));
        }
        names.push((self.execution_name(), execution));
        names.push((raw.machine.clone(), machine));
        names.retain(|(from, _)| !from.is_empty());
        names
    }
}

pub(super) fn text(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}
