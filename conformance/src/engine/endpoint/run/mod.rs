//! One run of a case on an endpoint: what it needs is created, the execution driven to its end, everything deleted.

mod told;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{CallError, Client};
use super::clock::Clock;
use super::drive::Driver;
use super::names::{Names, shift_dates, whereabouts};
use super::stand_in::{Manner, TaskName, Tasks, definitions, own_machine};
use super::tasks::{details, kind};
use super::wall;
use super::watch::{Watch, Watched};
use super::wire::{self, Wire};
use crate::case::{Case, WorkflowTypeName};
use crate::engine::{Budget, Probe, Ran};

/// Events on a page of a history: as many as there can be.
const PAGE: u64 = 1_000;

/// What an endpoint showed of a run.
#[derive(Debug)]
pub(super) struct Raw {
    /// The definition as it was sent.
    pub(super) definition: Value,
    /// The answer of `DescribeExecution`, or of `StartSyncExecution`.
    pub(super) described: Value,
    /// The execution of the case, then the others that were watched; none when it was started with
    /// `StartSyncExecution`.
    pub(super) executions: Vec<Watched>,
    /// What was done to it that a correct engine refuses.
    pub(super) probes: Vec<Probe>,
}

impl Raw {
    /// The events of the execution of the case.
    pub(super) fn history(&self) -> &[Value] {
        self.executions.first().map_or(&[], |execution| &execution.history)
    }
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
    pub(super) tasks: &'a Tasks,
    /// What its machines and its activities begin with.
    pub(super) name: String,
    pub(super) role_arn: &'a str,
    /// Its machines, by their names in the case.
    machines: BTreeMap<String, String>,
    /// Its machines, and the one that hands tokens over.
    machine_arns: Vec<String>,
    activities: BTreeMap<TaskName, String>,
    /// The activity by which tokens are handed over.
    hand_over: Option<String>,
    /// Names of the case, and what stands for them.
    sent: Names,
    /// How many days the endpoint is ahead of the case, whose dates are sent as much later.
    ahead_days: i64,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        client: &'a Client,
        clock: Clock,
        case: &'a Case,
        tasks: &'a Tasks,
        name: String,
        role_arn: &'a str,
        ahead_days: i64,
    ) -> Self {
        let others = case.machines.keys().enumerate();
        let mut machines: BTreeMap<String, String> =
            others.map(|(number, other)| (other.clone(), format!("{name}-m{number}"))).collect();
        machines.insert(own_machine(case).to_owned(), name.clone());
        Self {
            client,
            clock,
            case,
            tasks,
            name,
            role_arn,
            machines,
            machine_arns: Vec::new(),
            activities: BTreeMap::new(),
            hand_over: None,
            sent: Names::default(),
            ahead_days,
        }
    }

    /// Runs the case; its tasks are answered as it says.
    ///
    /// # Errors
    /// What came of it instead.
    pub(super) fn execute(&mut self, synchronous: bool, budget: &Budget) -> Result<Raw, Ran> {
        if synchronous && !self.tasks.is_empty() {
            let reason = "its tasks would have to be answered while StartSyncExecution waits";
            return Err(Ran::Skipped(reason.to_owned()));
        }
        let definition = self.create()?;
        if synchronous {
            // The call ends with the execution, so time must pass by itself.
            self.clock.freeze(self.client, false);
            let described = self.client.call("StartSyncExecution", &self.start_request())?;
            return Ok(Raw { definition, described, executions: Vec::new(), probes: Vec::new() });
        }
        let (described, executions, probes) = self.standard(budget)?;
        Ok(Raw { definition, described, executions, probes })
    }

    /// Creates everything; gives the definition as it was sent.
    fn create(&mut self) -> Result<Value, Ran> {
        let mut known = None;
        let activities = self.tasks.iter().filter(|(_, task)| task.manner == Manner::Activity);
        for (number, (task, _)) in activities.enumerate() {
            let arn = self.create_activity(&number.to_string())?;
            known = known.or_else(|| Some(arn.clone()));
            self.activities.insert(task.clone(), arn);
        }
        let hands_over = self.tasks.values().any(|task| task.manner == Manner::Token);
        let is_absent = self.tasks.values().any(|task| task.manner == Manner::Absent);
        let must_know = is_absent || !self.case.machines.is_empty();
        if hands_over || (must_know && known.is_none()) {
            let arn = self.create_activity("t")?;
            known = known.or_else(|| Some(arn.clone()));
            self.hand_over = Some(arn);
        }
        if must_know && let Some(arn) = known {
            self.sent = self.names_sent(whereabouts(&arn));
        }
        let helper = match &self.hand_over {
            Some(activity) if hands_over => {
                let definition = wire::hand_over(activity).to_string();
                Some(self.create_machine(&format!("{}-h", self.name), &definition, "STANDARD")?)
            }
            _ => None,
        };
        let mut own = Value::Null;
        for (name, definition) in definitions(self.case) {
            let wires = self.wires(name, helper.as_deref());
            let definition = self.on_the_wire(&wire::definition(definition, &wires).to_string());
            let is_own = name == own_machine(self.case);
            let express = is_own && self.case.workflow_type == Some(WorkflowTypeName::Express);
            let workflow_type = if express { "EXPRESS" } else { "STANDARD" };
            let called = self.machines[name].clone();
            self.create_machine(&called, &definition, workflow_type)?;
            own = serde_json::from_str(&definition).unwrap_or_default();
        }
        Ok(own)
    }

    /// Machines of the case in the words of the endpoint.
    fn names_sent(&self, (region, account): (&str, &str)) -> Names {
        let (its_region, its_account) = self.whereabouts();
        let pairs = self.machines.iter().flat_map(|(name, called)| {
            [("stateMachine", ""), ("execution", ":")].map(|(kind, end)| {
                let arn = format!("arn:aws:states:{its_region}:{its_account}:{kind}:{name}{end}");
                (arn, format!("arn:aws:states:{region}:{account}:{kind}:{called}{end}"))
            })
        });
        Names::new(pairs.collect())
    }

    /// Region and account of the case.
    pub(super) fn whereabouts(&self) -> (&'a str, &'a str) {
        let machine = self.case.state_machine.as_ref();
        machine.map_or(("us-east-1", "123456789012"), |machine| whereabouts(&machine.arn))
    }

    fn wires(&self, machine: &str, helper: Option<&str>) -> BTreeMap<&'a str, Wire> {
        let own = self.tasks.iter().filter(|((of, _), _)| of == machine);
        let wires = own.filter_map(|(name, task)| {
            let wire = match task.manner {
                Manner::Activity => Wire::Resource(self.activities.get(name)?.clone()),
                Manner::Token => {
                    Wire::HandOver { machine: helper?.to_owned(), jsonata: task.jsonata }
                }
                Manner::Absent => Wire::Resource(self.absent(task.resource.arn())),
            };
            Some((name.1.as_str(), wire))
        });
        wires.collect()
    }

    /// The ARN of an activity that nobody created, in the words of the endpoint.
    fn absent(&self, arn: &str) -> String {
        let name = arn.rsplit(':').next().unwrap_or_default();
        let known = self.hand_over.iter().chain(self.activities.values()).next();
        let (region, account) = known.map_or(("", ""), |arn| whereabouts(arn));
        format!("arn:aws:states:{region}:{account}:activity:{}-no-{name}", self.name)
    }

    fn create_activity(&self, end: &str) -> Result<String, CallError> {
        let request = json!({"name": format!("{}-{end}", self.name)});
        let answer = self.client.call("CreateActivity", &request)?;
        Ok(text(&answer, "activityArn"))
    }

    fn create_machine(
        &mut self,
        name: &str,
        definition: &str,
        workflow_type: &str,
    ) -> Result<String, Ran> {
        let request = json!({
            "name": name,
            "roleArn": self.role_arn,
            "definition": definition,
            "type": workflow_type,
        });
        match self.client.call("CreateStateMachine", &request) {
            Ok(answer) => {
                let arn = text(&answer, "stateMachineArn");
                self.machine_arns.push(arn.clone());
                Ok(arn)
            }
            Err(error) if error.code() == Some("InvalidDefinition") => {
                Err(Ran::Errored(format!("the definition is refused: {}", error.message())))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn execution_name(&self) -> String {
        format!("{}-run", self.name)
    }

    fn start_request(&self) -> Value {
        let text = self.case.input_text.clone();
        let input = text.or_else(|| self.case.input.as_ref().map(ToString::to_string));
        json!({
            "stateMachineArn": self.machine_arns.last(),
            "name": self.execution_name(),
            "input": self.on_the_wire(&input.unwrap_or_else(|| "{}".to_owned())),
        })
    }

    /// A text of the case in the words of the endpoint, and at its time.
    pub(super) fn on_the_wire(&self, text: &str) -> String {
        shift_dates(&self.sent.in_text(text), self.ahead_days)
    }

    fn standard(&self, budget: &Budget) -> Result<(Value, Vec<Watched>, Vec<Probe>), Ran> {
        self.clock.freeze(self.client, true);
        let deadline = wall::now() + i64::try_from(budget.wall_ms).unwrap_or(i64::MAX >> 1);
        let started = self.client.call("StartExecution", &self.start_request())?;
        let arn = text(&started, "executionArn");
        let mut watch = Watch::new(self, arn.clone());
        let mut probes = Vec::new();
        if self.case.expect.history_is_prefix {
            // It is looked at while it still runs.
            self.clock.settle(self.client);
        } else if self.is_stopped() {
            self.clock.settle(self.client);
            let mut request = self.abort();
            request["executionArn"] = arn.as_str().into();
            self.client.call("StopExecution", &request)?;
        } else {
            let mut driver = Driver::new(self, &mut watch, deadline)?;
            driver.drive()?;
            probes = driver.into_probes();
        }
        self.clock.settle(self.client);
        watch.refresh()?;
        let described = self.client.call("DescribeExecution", &json!({"executionArn": arn}))?;
        Ok((described, watch.into_executions(), probes))
    }

    /// Whether the caller stopped it while it waited.
    fn is_stopped(&self) -> bool {
        self.case.expect.status.as_deref() == Some("ABORTED") && self.case.faults.is_empty()
    }

    /// What the caller said; only the event shows it.
    fn abort(&self) -> Value {
        let events = self.case.expect.history.iter().flatten();
        let mut aborted = events.filter_map(|event| event.get("executionAbortedEventDetails"));
        aborted.next().cloned().unwrap_or_else(|| json!({}))
    }

    /// Every event so far.
    pub(super) fn history(&self, arn: &str) -> Result<Vec<Value>, CallError> {
        let request = json!({"executionArn": arn, "maxResults": PAGE});
        self.pages("GetExecutionHistory", request, "events")
    }

    /// What all pages of an answer list.
    pub(super) fn pages(
        &self,
        operation: &str,
        mut request: Value,
        member: &str,
    ) -> Result<Vec<Value>, CallError> {
        let mut listed = Vec::new();
        loop {
            let page = self.client.call(operation, &request)?;
            listed.extend(page[member].as_array().cloned().unwrap_or_default());
            match page.get("nextToken").filter(|token| token.is_string()) {
                Some(token) => request["nextToken"] = token.clone(),
                None => return Ok(listed),
            }
        }
    }

    /// The activity that stands for a Task.
    pub(super) fn activity(&self, task: &TaskName) -> Option<&str> {
        self.activities.get(task).map(String::as_str)
    }

    /// The Task of the case that an event schedules, by what it calls: histories do not tell the state after a redrive.
    pub(super) fn task_of(&self, execution: &Watched, event: &Value) -> Option<TaskName> {
        let details = details(event);
        if kind(event) == "ActivityScheduled" {
            let mut activities = self.activities.iter();
            return activities
                .find(|(_, arn)| details["resource"] == **arn)
                .map(|(name, _)| name.clone());
        }
        let parameters = details["parameters"].as_str()?;
        let parameters: Value = serde_json::from_str(parameters).ok()?;
        let state = parameters.pointer("/Input/state")?.as_str()?;
        let name = (execution.machine.clone(), state.to_owned());
        let is_handed_over = self.tasks.get(&name)?.manner == Manner::Token;
        is_handed_over.then_some(name)
    }

    /// The activities that stand for Tasks, by the machine and the state.
    pub(super) const fn activities(&self) -> &BTreeMap<TaskName, String> {
        &self.activities
    }

    /// The activity by which tokens are handed over.
    pub(super) fn hand_over(&self) -> Option<&str> {
        self.hand_over.as_deref()
    }

    /// The machine of the case that an execution's ARN names.
    pub(super) fn machine_of(&self, execution_arn: &str) -> Option<&str> {
        let called = execution_arn.split(':').nth(6)?;
        let mut machines = self.machines.iter();
        machines.find(|(_, name)| *name == called).map(|(name, _)| name.as_str())
    }

    /// Ends and deletes what was created. What cannot be deleted stays: the case has its verdict already.
    pub(super) fn clean_up(&self) {
        for arn in self.machine_arns.iter().rev() {
            let running = json!({"stateMachineArn": arn, "statusFilter": "RUNNING"});
            let running = self.pages("ListExecutions", running, "executions").unwrap_or_default();
            for execution in running {
                let request = json!({"executionArn": execution["executionArn"]});
                let _ = self.client.call("StopExecution", &request);
            }
            let _ = self.client.call("DeleteStateMachine", &json!({"stateMachineArn": arn}));
        }
        for arn in self.activities.values().chain(&self.hand_over) {
            let _ = self.client.call("DeleteActivity", &json!({"activityArn": arn}));
        }
        self.clock.freeze(self.client, false);
    }
}

pub(super) fn text(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}
