//! The world itself: it drives executions, and does for them what they ask.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::config::WorldConfig;
use super::error::WorldError;
use super::machine::{Machine, StartRequest};
use super::objects::ObjectStore;
use super::queue::Queue;
use super::record::{ExecutionKey, ExecutionRecord};
use super::tokens::Tokens;
use super::worker::{Answer, Worker};
use crate::asl::{Definition, WorkflowType};
use crate::data::{Payload, RandomStream, Timestamp};
use crate::execution::{
    ApplyError, ChildOutcome, ChildRequest, Effect, Execution, ExecutionConfig, Input,
    ObjectOperationId, ObjectRequest, TaskId,
};
use crate::history::HistoryEvent;

/// What is to happen.
#[derive(Debug)]
pub(super) enum Event {
    Start(ExecutionKey),
    Timer(ExecutionKey),
    Deliver(ExecutionKey, Input),
    TaskStart(ExecutionKey, TaskId, Box<Answer>),
    TaskSubmit(ExecutionKey, TaskId, Payload),
}

/// A simulated world.
///
/// ```
/// use stepclock_engine::asl::{WorkflowType, compile};
/// use stepclock_engine::data::Payload;
/// use stepclock_engine::sim::{StartRequest, World, WorldConfig};
///
/// let text = r#"{"StartAt": "Wait", "States": {
///     "Wait": {"Type": "Wait", "Seconds": 31536000, "End": true}}}"#;
/// let definition = compile(text, WorkflowType::Standard).definition.expect("is valid");
/// let mut world = World::new(WorldConfig::default());
/// world.register("Yearly", definition, WorkflowType::Standard);
/// let run = world.start(StartRequest::new("Yearly", Payload::empty_object())).expect("is registered");
/// world.run(run).expect("nothing is asked of anybody");
/// assert_eq!(world.execution(run).status(), "SUCCEEDED");
/// assert_eq!(world.now().to_string(), "2027-01-01T00:00:00Z");
/// ```
pub struct World {
    pub(super) config: WorldConfig,
    pub(super) now: Timestamp,
    pub(super) queue: Queue<Event>,
    machines: BTreeMap<Arc<str>, Machine>,
    pub(super) records: Vec<ExecutionRecord>,
    pub(super) workers: Vec<Box<dyn Worker>>,
    /// The objects that ItemReaders and ResultWriters see.
    pub objects: ObjectStore,
    pub(super) tokens: Tokens,
    ids: RandomStream,
    seeds: RandomStream,
    activities: Option<Arc<BTreeSet<String>>>,
    steps: u64,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("now", &self.now)
            .field("records", &self.records.len())
            .finish()
    }
}

impl World {
    /// An empty world.
    #[must_use]
    pub fn new(config: WorldConfig) -> Self {
        Self {
            now: config.start_time,
            queue: Queue::new(),
            machines: BTreeMap::new(),
            records: Vec::new(),
            workers: Vec::new(),
            objects: ObjectStore::default(),
            tokens: Tokens::default(),
            ids: RandomStream::new(config.seed, "ids"),
            seeds: RandomStream::new(config.seed, "seeds"),
            activities: config.activities.clone().map(Arc::new),
            steps: 0,
            config,
        }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Registers a machine under a name, with ARNs made from it.
    pub fn register(
        &mut self,
        name: &str,
        definition: Arc<Definition>,
        workflow_type: WorkflowType,
    ) {
        let (region, account) = (&self.config.region, &self.config.account);
        let machine = Machine {
            name: name.into(),
            arn: format!("arn:aws:states:{region}:{account}:stateMachine:{name}").into(),
            definition,
            workflow_type,
            role_arn: format!("arn:aws:iam::{account}:role/{name}").into(),
        };
        self.register_machine(machine);
    }

    /// Registers a machine with exactly these ARNs.
    pub fn register_machine(&mut self, machine: Machine) {
        self.machines.insert(machine.name.clone(), machine);
    }

    /// Adds a worker, asked after those added before.
    pub fn add_worker(&mut self, worker: impl Worker + 'static) {
        self.workers.push(Box::new(worker));
    }

    /// Finds a machine by name or ARN.
    #[must_use]
    pub fn machine(&self, name_or_arn: &str) -> Option<&Machine> {
        self.machines
            .get(name_or_arn)
            .or_else(|| self.machines.values().find(|machine| &*machine.arn == name_or_arn))
    }

    /// Every execution so far, those of Map Runs and nested ones included, in order of their start.
    pub fn executions(&self) -> impl Iterator<Item = (ExecutionKey, &ExecutionRecord)> {
        self.records.iter().enumerate().map(|(index, record)| (ExecutionKey(index), record))
    }

    /// An execution.
    ///
    /// # Panics
    /// When the key is from another world.
    #[must_use]
    pub fn execution(&self, key: ExecutionKey) -> &ExecutionRecord {
        &self.records[key.0]
    }

    /// Starts an execution; it takes its first step when the world runs.
    ///
    /// # Errors
    /// [`WorldError::UnknownMachine`].
    pub fn start(&mut self, request: StartRequest) -> Result<ExecutionKey, WorldError> {
        let machine = self
            .machine(&request.machine)
            .cloned()
            .ok_or_else(|| WorldError::UnknownMachine(request.machine.clone()))?;
        let name = request.name.unwrap_or_else(|| self.ids.uuid().into());
        let (region, account) = (self.config.region.clone(), self.config.account.clone());
        let execution_arn = request.execution_arn.unwrap_or_else(|| match machine.workflow_type {
            WorkflowType::Standard => {
                format!("arn:aws:states:{region}:{account}:execution:{}:{name}", machine.name)
                    .into()
            }
            WorkflowType::Express => {
                let run = self.ids.uuid();
                format!("arn:aws:states:{region}:{account}:express:{}:{name}:{run}", machine.name)
                    .into()
            }
        });
        let config = ExecutionConfig {
            graph: machine.definition.graph.clone(),
            timeout_seconds: machine.definition.timeout_seconds,
            workflow_type: machine.workflow_type,
            synchronous: request.synchronous,
            execution_arn,
            name,
            state_machine_arn: machine.arn.clone(),
            state_machine_name: machine.name.clone(),
            role_arn: machine.role_arn.clone(),
            region,
            account,
            seed: self.seeds.next_u64(),
            activities: self.activities.clone(),
            service_revision: self.config.service_revision,
            mutation: self.config.mutation,
        };
        Ok(self.open(config, machine.name, request.input))
    }

    fn open(&mut self, config: ExecutionConfig, machine: Arc<str>, input: Payload) -> ExecutionKey {
        let key = ExecutionKey(self.records.len());
        self.records.push(ExecutionRecord {
            execution: Execution::new(config),
            machine,
            input,
            started: self.now,
            stopped: None,
            history: Vec::new(),
            journal: Vec::new(),
            timers: BTreeMap::new(),
            tasks: BTreeMap::new(),
            calls_of_state: BTreeMap::new(),
            calls_of_place: BTreeMap::new(),
            parent: None,
            map_run_arn: None,
            children: BTreeMap::new(),
            waited_for_by: Vec::new(),
            waits_for: BTreeMap::new(),
            submitted_jobs: BTreeSet::new(),
            ended_jobs: BTreeMap::new(),
            redrives: 0,
        });
        self.queue.push(self.now, Event::Start(key));
        key
    }

    /// Runs until this execution has ended.
    ///
    /// # Errors
    /// What stopped the world before.
    pub fn run(&mut self, key: ExecutionKey) -> Result<(), WorldError> {
        while self.records[key.0].outcome().is_none() {
            if !self.step()? {
                break;
            }
        }
        Ok(())
    }

    /// Runs until nothing is left to happen.
    ///
    /// # Errors
    /// What stopped the world before.
    pub fn run_until_idle(&mut self) -> Result<(), WorldError> {
        while self.step()? {}
        Ok(())
    }

    /// Runs everything that is due up to a moment, and stands still there.
    ///
    /// # Errors
    /// What stopped the world before.
    pub fn advance_to(&mut self, moment: Timestamp) -> Result<(), WorldError> {
        while self.queue.next_due().is_some_and(|due| due <= moment) {
            self.step()?;
        }
        self.now = self.now.max(moment);
        Ok(())
    }

    /// Stops an execution: `StopExecution`.
    ///
    /// # Errors
    /// When it has ended.
    pub fn stop(
        &mut self,
        key: ExecutionKey,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    ) -> Result<(), WorldError> {
        self.apply(key, Input::Stop { error, cause })
    }

    /// Redrives an execution: `RedriveExecution`.
    ///
    /// # Errors
    /// When it cannot be redriven.
    pub fn redrive(&mut self, key: ExecutionKey) -> Result<(), WorldError> {
        self.records[key.0].execution.redrivable_at(self.now)?;
        self.records[key.0].redrives += 1;
        self.records[key.0].stopped = None;
        self.apply(key, Input::Redrive)
    }

    /// Answers a task by its token: `SendTaskSuccess`, `SendTaskFailure`, `SendTaskHeartbeat`.
    ///
    /// # Errors
    /// When no task waits for the token.
    pub fn answer_token(
        &mut self,
        token: &str,
        answer: impl FnOnce(TaskId) -> Input,
    ) -> Result<(), WorldError> {
        let Some((key, task)) = self.tokens.get(token) else {
            return Err(WorldError::UnknownToken(token.to_owned()));
        };
        self.apply(key, answer(task))
    }

    /// Works off the next event; false when there is none.
    ///
    /// # Errors
    /// What stopped the world before.
    pub fn step(&mut self) -> Result<bool, WorldError> {
        let Some(((due, _), event)) = self.queue.pop() else { return Ok(false) };
        self.steps += 1;
        if self.steps > self.config.steps_max {
            return Err(WorldError::Restless { steps: self.config.steps_max });
        }
        if self.records.len() > self.config.executions_max {
            return Err(WorldError::Crowded { executions: self.config.executions_max });
        }
        self.now = self.now.max(due);
        match event {
            Event::Start(key) => self.start_once(key)?,
            Event::Timer(key) => self.fire_timers(key, due)?,
            Event::Deliver(key, input) => self.deliver(key, input)?,
            Event::TaskStart(key, task, answer) => self.start_task(key, task, *answer)?,
            Event::TaskSubmit(key, task, output) => {
                self.deliver(key, Input::TaskSubmitted { task, output })?;
                let record = &mut self.records[key.0];
                if let Some(input) = record.ended_jobs.remove(&task) {
                    self.push_answer(key, task, input);
                } else if record.waits_for.contains_key(&task) {
                    record.submitted_jobs.insert(task);
                }
            }
        }
        Ok(true)
    }

    /// Applies an input, and does what follows from it.
    pub(super) fn apply(&mut self, key: ExecutionKey, input: Input) -> Result<(), WorldError> {
        let mut effects = Vec::new();
        let record = &mut self.records[key.0];
        record.execution.apply(self.now, input.clone(), &mut effects)?;
        record.journal.push((self.now, input));
        for effect in effects {
            self.perform(key, effect)?;
        }
        Ok(())
    }

    /// Applies something that may come too late.
    pub(super) fn deliver(&mut self, key: ExecutionKey, input: Input) -> Result<(), WorldError> {
        match self.apply(key, input) {
            // The execution has gone on without it: a late answer is refused, not an error of the world.
            Err(WorldError::Refused(
                ApplyError::TaskNotRunning { .. }
                | ApplyError::Ended
                | ApplyError::NotWaiting { .. },
            )) => Ok(()),
            other => other,
        }
    }

    /// Starts an execution, unless it was started to be stopped at once.
    fn start_once(&mut self, key: ExecutionKey) -> Result<(), WorldError> {
        if !self.records[key.0].journal.is_empty() {
            return Ok(());
        }
        let input = self.records[key.0].input.clone();
        self.apply(key, Input::Start { input })
    }

    /// Stops a nested or child execution with the one around it, also at the very moment it starts.
    pub(super) fn stop_inner(
        &mut self,
        key: ExecutionKey,
        cause: Option<Arc<str>>,
    ) -> Result<(), WorldError> {
        self.start_once(key)?;
        self.deliver(key, Input::Stop { error: None, cause })
    }

    fn fire_timers(&mut self, key: ExecutionKey, due: Timestamp) -> Result<(), WorldError> {
        let record = &mut self.records[key.0];
        let timers: Vec<_> = record
            .timers
            .iter()
            .filter(|(_, place)| place.0 == due)
            .map(|(timer, place)| (*timer, *place))
            .collect();
        for (timer, place) in &timers {
            record.timers.remove(timer);
            self.queue.remove(*place);
        }
        let timers = timers.into_iter().map(|(timer, _)| timer).collect();
        self.apply(key, Input::TimersFired { timers })
    }

    fn perform(&mut self, key: ExecutionKey, effect: Effect) -> Result<(), WorldError> {
        match effect {
            Effect::Record(event) => self.records[key.0].history.push(event),
            Effect::SetTimer { timer, due } => {
                let place = self.queue.push(due, Event::Timer(key));
                self.records[key.0].timers.insert(timer, place);
            }
            Effect::CancelTimer { timer } => {
                if let Some(place) = self.records[key.0].timers.remove(&timer) {
                    self.queue.remove(place);
                }
            }
            Effect::ScheduleTask(request) => self.schedule(key, &request)?,
            Effect::CancelTask { task } => self.cancel_task(key, task)?,
            Effect::StartChild(request) => self.start_child(key, *request),
            Effect::StopChild { child } => {
                if let Some(child) = self.records[key.0].children.remove(&child) {
                    self.stop_inner(child, None)?;
                }
            }
            Effect::Object { operation, request } => self.object(key, operation, request),
            Effect::MapRun { .. } => {}
            Effect::Finish(_) => self.finished(key),
        }
        Ok(())
    }

    fn start_child(&mut self, key: ExecutionKey, request: ChildRequest) {
        let parent = self.records[key.0].config();
        let config = ExecutionConfig {
            graph: request.graph.clone(),
            timeout_seconds: None,
            workflow_type: request.workflow_type,
            synchronous: false,
            execution_arn: request.execution_arn,
            name: request.name,
            state_machine_arn: request.state_machine_arn,
            state_machine_name: parent.state_machine_name.clone(),
            role_arn: parent.role_arn.clone(),
            region: parent.region.clone(),
            account: parent.account.clone(),
            seed: request.seed,
            activities: self.activities.clone(),
            service_revision: self.config.service_revision,
            mutation: self.config.mutation,
        };
        let machine = self.records[key.0].machine.clone();
        let child = self.open(config, machine, request.input);
        self.records[child.0].parent = Some((key, request.child));
        self.records[child.0].map_run_arn = Some(request.map_run_arn);
        self.records[key.0].children.insert(request.child, child);
    }

    fn object(&mut self, key: ExecutionKey, operation: ObjectOperationId, request: ObjectRequest) {
        let input = match request {
            ObjectRequest::Get { bucket, key, .. } => Input::ObjectRead {
                operation,
                body: self.objects.get(&bucket, &key).map(|object| object.body.clone()),
            },
            ObjectRequest::List { bucket, prefix } => {
                Input::ObjectsListed { operation, objects: self.objects.list(&bucket, &prefix) }
            }
            ObjectRequest::Put { bucket, key, body } => {
                self.objects.put(&bucket, &key, body, self.now);
                Input::ObjectWritten { operation, result: Ok(()) }
            }
        };
        self.queue.push(self.now, Event::Deliver(key, input));
    }

    fn finished(&mut self, key: ExecutionKey) {
        let record = &mut self.records[key.0];
        record.stopped = Some(self.now);
        let Some(outcome) = record.execution.outcome().cloned() else { return };
        if let Some((parent, child)) = record.parent {
            let outcome = ChildOutcome { outcome, started: record.started, stopped: self.now };
            self.records[parent.0].children.remove(&child);
            let input = Input::ChildFinished { child, outcome };
            self.queue.push(self.now, Event::Deliver(parent, input));
        }
        self.tell_waiting(key);
    }
}

/// Rebuilds an execution from its journal, and gives its history.
///
/// # Errors
/// When the journal is not one of an execution with this configuration.
pub fn replay(
    config: ExecutionConfig,
    journal: &[(Timestamp, Input)],
) -> Result<Vec<HistoryEvent>, ApplyError> {
    let mut execution = Execution::new(config);
    let mut effects = Vec::new();
    let mut history = Vec::new();
    for (now, input) in journal {
        execution.apply(*now, input.clone(), &mut effects)?;
        history.extend(effects.drain(..).filter_map(|effect| match effect {
            Effect::Record(event) => Some(event),
            _ => None,
        }));
    }
    Ok(history)
}
