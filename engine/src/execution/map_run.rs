//! The distributed Map: a Map Run with child executions.
//!
//! ```text
//! (MapStateStarted) ──limits evaluated, MapRunStarted──▶ Reading ──items──▶ Running ──all ended──▶ Writing
//! Reading ──unreadable──▶ failed     Running ──threshold exceeded──▶ failed     Writing ──▶ next state
//! ```
//!
//! The children are executions of their own with their own histories; of them the parent's history shows
//! only the Map Run.

mod finish;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::core::{Execution, Step, View};
use super::inspect::DataStage;
use super::items::{
    BatchLimits, ChildSummary, Item, ItemFailure, ItemReading, ReadStep, Tolerance, batch,
    percentage,
};
use super::thread::{Phase, Thread, ThreadId};
use super::{
    ChildId, ChildRequest, Effect, ListedObject, MapRunChange, MapRunStatus, ObjectError,
    ObjectOperationId, ObjectRequest, Outcome, ServiceRevision,
};
use crate::asl::{Computed, MapState, StateKind, WorkflowType};
use crate::data::{Payload, Timestamp};
use crate::expr::ExprError;
use crate::history::EventDetails;
use crate::limits;

/// A Map Run of a thread that is in a distributed Map state.
#[derive(Debug)]
pub(super) struct MapRun {
    arn: Arc<str>,
    /// `Label`, or what stands in for it; part of the children's ARNs.
    label: Arc<str>,
    /// The `MapRunStarted` event, which `MapStateExited` follows from.
    started_event: u64,
    redrives: u64,
    effective_input: Payload,
    plan: Plan,
    stage: Stage,
}

/// What is evaluated before a Map Run starts.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    workflow_type: WorkflowType,
    concurrency: usize,
    pub(super) tolerance: Tolerance,
    pub(super) batch: Option<BatchLimits>,
    /// The reader's and the writer's parameters.
    pub(super) reader: Option<(Payload, i64)>,
    destination: Option<Payload>,
}

/// How far a Map Run is.
#[derive(Debug)]
enum Stage {
    Reading(Box<ItemReading>),
    Running(Children),
    Writing {
        pending: usize,
        end: WrittenEnd,
    },
    /// It failed; kept for a redrive when its children had started.
    Ended(Option<Children>),
}

/// What comes after the results are written.
#[derive(Debug)]
enum WrittenEnd {
    Succeeded(Payload),
    /// Too many items failed.
    Exceeded(Children),
}

/// A child that runs.
#[derive(Debug)]
struct RunningChild {
    index: usize,
    execution_arn: Arc<str>,
    name: Arc<str>,
    started: Timestamp,
}

/// The children of a Map Run.
#[derive(Debug, Default)]
struct Children {
    inputs: Vec<Payload>,
    /// How many items each input holds.
    items: Vec<u64>,
    /// Indices that wait to start.
    waiting: VecDeque<usize>,
    running: BTreeMap<ChildId, RunningChild>,
    ended: Vec<Option<ChildSummary>>,
    failed_items: u64,
}

impl Execution {
    pub(super) fn start_map_run(
        &mut self,
        id: ThreadId,
        map: &MapState,
        workflow_type: WorkflowType,
        effective_input: Payload,
        items: Option<Vec<Item>>,
        concurrency: usize,
    ) {
        let plan = self.plan_map_run(id, map, workflow_type, &effective_input, concurrency);
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => return self.interpreter_failed(id, error),
        };
        // A Map without a Label gets a random one when its machine is created; here it is drawn per run.
        let label = map.label.clone().unwrap_or_else(|| self.tokens.uuid().into());
        let arn: Arc<str> = format!(
            "arn:aws:states:{}:{}:mapRun:{}/{label}:{}",
            self.config.region,
            self.config.account,
            self.config.state_machine_name,
            self.tokens.uuid()
        )
        .into();
        let started = EventDetails::MapRunStarted { map_run_arn: arn.clone() };
        let started_event = self.chain(id, started);
        let reading = match (&map.item_reader, &plan.reader) {
            (Some(reader), Some((parameters, max_items))) => {
                Some(new_reading(reader, parameters, *max_items, self.config.service_revision))
            }
            _ => None,
        };
        let (stage, failure) = match reading {
            None => (Stage::Running(Children::default()), None),
            Some(Ok(reading)) => (Stage::Reading(Box::new(reading)), None),
            Some(Err(failure)) => (Stage::Ended(None), Some(failure)),
        };
        let change = MapRunChange::Started {
            map_state: self.threads[id].current().name.clone(),
            max_concurrency: plan.concurrency as u64,
            tolerated_failure_count: plan.tolerance.count,
            tolerated_failure_percentage: plan.tolerance.percentage,
            writes_results: plan.destination.is_some(),
        };
        self.emit(Effect::MapRun { arn: arn.clone(), change });
        let run = MapRun { arn, label, started_event, redrives: 0, effective_input, plan, stage };
        self.threads[id].phase = Phase::MapRun(Box::new(run));
        match (failure, items) {
            (Some(failure), _) => self.map_run_failed(id, failure.error, failure.cause),
            (None, Some(items)) => self.start_children(id, items),
            (None, None) => self.read_on(id),
        }
    }

    pub(super) fn plan_map_run(
        &self,
        id: ThreadId,
        map: &MapState,
        workflow_type: WorkflowType,
        effective_input: &Payload,
        concurrency: usize,
    ) -> Result<Plan, ExprError> {
        let thread = &self.threads[id];
        let view = View::of(effective_input.value());
        let count = self.map_limit(thread, map.tolerated_failure_count.as_ref(), view)?;
        let share = match &map.tolerated_failure_percentage {
            None => None,
            Some(Computed::Literal(share)) => Some(*share),
            Some(Computed::Expression(located)) => {
                let value = self
                    .evaluate(thread, view, |scope| super::task::evaluate_field(located, scope))?;
                Some(percentage(located, &value)?)
            }
        };
        let tolerance = Tolerance::checked(count, share)?;
        let reader = match &map.item_reader {
            None => None,
            Some(reader) => {
                let max_items = self.map_limit(thread, reader.max_items.as_ref(), view)?;
                let parameters = self.template(thread, &reader.parameters, view)?;
                Some((parameters, max_items.unwrap_or(0)))
            }
        };
        let batch = match &map.item_batcher {
            None => None,
            Some(batcher) => {
                let size = |field| -> Result<usize, ExprError> {
                    let limit = self.map_limit(thread, field, view)?.unwrap_or(0);
                    Ok(usize::try_from(limit).unwrap_or(0))
                };
                let batch_input = match &batcher.batch_input {
                    Some(template) => Some(self.template(thread, template, view)?.into_value()),
                    None => None,
                };
                Some(BatchLimits {
                    items: size(batcher.max_items_per_batch.as_ref())?,
                    bytes: size(batcher.max_input_bytes_per_batch.as_ref())?,
                    batch_input,
                })
            }
        };
        let parameters = map.result_writer.as_ref().and_then(|writer| writer.parameters.as_ref());
        let destination = match parameters {
            Some(template) => Some(self.template(thread, template, view)?),
            None => None,
        };
        Ok(Plan { workflow_type, concurrency, tolerance, batch, reader, destination })
    }

    fn map_run(&mut self, id: ThreadId) -> Option<&mut MapRun> {
        match &mut self.threads.get_mut(id)?.phase {
            Phase::MapRun(run) => Some(run),
            _ => None,
        }
    }

    /// Asks for the next object, or starts the children.
    fn read_on(&mut self, id: ThreadId) {
        let Some(MapRun { stage: Stage::Reading(reading), .. }) = self.map_run(id) else { return };
        match reading.next() {
            ReadStep::Request(request) => self.object_operation(id, request),
            ReadStep::Done(items) => self.start_children(id, items),
        }
    }

    fn object_operation(&mut self, id: ThreadId, request: ObjectRequest) {
        let operation = ObjectOperationId(self.next_id());
        self.operations.insert(operation, id);
        self.emit(Effect::Object { operation, request });
    }

    pub(super) fn object_read(
        &mut self,
        operation: ObjectOperationId,
        body: Result<Arc<[u8]>, ObjectError>,
    ) {
        self.objects_arrived(operation, |reading| reading.object(body));
    }

    pub(super) fn objects_listed(
        &mut self,
        operation: ObjectOperationId,
        objects: Result<Vec<ListedObject>, ObjectError>,
    ) {
        self.objects_arrived(operation, |reading| reading.listing(objects));
    }

    fn objects_arrived(
        &mut self,
        operation: ObjectOperationId,
        take: impl FnOnce(&mut ItemReading) -> Result<(), ItemFailure>,
    ) {
        let Some(id) = self.operations.remove(&operation) else { return };
        let Some(MapRun { stage: Stage::Reading(reading), .. }) = self.map_run(id) else { return };
        match take(reading) {
            Ok(()) => self.read_on(id),
            Err(failure) => self.map_run_failed(id, failure.error, failure.cause),
        }
    }

    /// The items are known: selects and batches them, and starts as many children as may run.
    fn start_children(&mut self, id: ThreadId, items: Vec<Item>) {
        let graph = self.threads[id].graph.clone();
        let StateKind::Map(map) = &graph.state(self.threads[id].state).kind else { return };
        let thread = &self.threads[id];
        let Phase::MapRun(run) = &thread.phase else { return };
        let batches = run.plan.batch.as_ref();
        let inputs = match self.child_inputs(thread, map, &run.effective_input, batches, &items) {
            Ok(Ok(inputs)) => inputs,
            Ok(Err(failure)) => return self.map_run_failed(id, failure.error, failure.cause),
            Err(error) => return self.interpreter_failed(id, error),
        };
        let Some(run) = self.map_run(id) else { return };
        let (inputs, counts): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
        let change =
            MapRunChange::Planned { items: counts.iter().sum(), executions: inputs.len() as u64 };
        let planned = Effect::MapRun { arn: run.arn.clone(), change };
        run.stage = Stage::Running(Children {
            waiting: (0..inputs.len()).collect(),
            ended: vec![None; inputs.len()],
            inputs,
            items: counts,
            ..Children::default()
        });
        self.emit(planned);
        self.run_children(id);
    }

    /// What the children get: the selected items, or batches of them, with the number of items in each.
    pub(super) fn child_inputs(
        &self,
        thread: &Thread,
        map: &MapState,
        effective_input: &Payload,
        batches: Option<&BatchLimits>,
        items: &[Item],
    ) -> Result<Result<Vec<(Payload, u64)>, ItemFailure>, ExprError> {
        let selected = items
            .iter()
            .enumerate()
            .map(|(index, item)| self.select_item(thread, map, effective_input, index, item))
            .collect::<Result<Vec<_>, ExprError>>()?;
        if map.item_selector.is_some() {
            self.note_list(DataStage::ItemSelector, &selected);
        }
        let Some(limits) = batches else {
            return Ok(Ok(selected.into_iter().map(|input| (input, 1)).collect()));
        };
        let batched = batch(selected, limits);
        if let Ok(batched) = &batched {
            let inputs = batched.iter().map(|(input, _)| input);
            self.note_list(DataStage::ItemBatcher, inputs);
        }
        Ok(batched)
    }

    /// Starts children until as many run as may, or ends the run when none is left.
    fn run_children(&mut self, id: ThreadId) {
        let graph = self.threads[id].graph.clone();
        let StateKind::Map(map) = &graph.state(self.threads[id].state).kind else { return };
        loop {
            let Some(run) = self.map_run(id) else { return };
            let limit = match run.plan.concurrency {
                0 => limits::MAP_RUN_CONCURRENCY_MAX,
                limit => limit.min(limits::MAP_RUN_CONCURRENCY_MAX),
            };
            let Stage::Running(children) = &mut run.stage else { return };
            if children.running.len() >= limit {
                return;
            }
            let Some(index) = children.waiting.pop_front() else {
                if children.running.is_empty() {
                    self.children_ended(id, map);
                }
                return;
            };
            let (input, items) = (children.inputs[index].clone(), children.items[index]);
            self.start_child(id, map, index, input, items);
        }
    }

    fn start_child(
        &mut self,
        id: ThreadId,
        map: &MapState,
        index: usize,
        input: Payload,
        items: u64,
    ) {
        let child = ChildId(self.next_id());
        let (uuid, run_uuid) = (self.tokens.uuid(), self.tokens.uuid());
        let seed = self.tokens.next_u64();
        let config = &self.config;
        let (region, account, machine) =
            (config.region.clone(), config.account.clone(), config.state_machine_name.clone());
        let state_machine_arn = config.state_machine_arn.clone();
        let map_state = self.threads[id].current().name.clone();
        let started = self.now;
        let Some(run) = self.map_run(id) else { return };
        let label = run.label.clone();
        let workflow_type = run.plan.workflow_type;
        let execution_arn: Arc<str> = match workflow_type {
            WorkflowType::Standard => {
                format!("arn:aws:states:{region}:{account}:execution:{machine}/{label}:{uuid}")
            }
            WorkflowType::Express => {
                format!(
                    "arn:aws:states:{region}:{account}:express:{machine}/{label}:{uuid}:{run_uuid}"
                )
            }
        }
        .into();
        let name: Arc<str> = uuid.into();
        let request = ChildRequest {
            child,
            map_run_arn: run.arn.clone(),
            execution_arn: execution_arn.clone(),
            name: name.clone(),
            state_machine_arn: format!("{state_machine_arn}/{label}").into(),
            map_state,
            index,
            graph: map.processor.clone(),
            workflow_type,
            input,
            items,
            seed,
        };
        if let Stage::Running(children) = &mut run.stage {
            children.running.insert(child, RunningChild { index, execution_arn, name, started });
        }
        self.children.insert(child, id);
        self.emit(Effect::StartChild(Box::new(request)));
    }

    /// Stops what runs, and puts it back among what waits.
    fn stop_children(&mut self, id: ThreadId) {
        let Some(run) = self.map_run(id) else { return };
        let Stage::Running(children) = &mut run.stage else { return };
        let stopped = std::mem::take(&mut children.running);
        children.waiting.extend(stopped.values().map(|running| running.index));
        for child in stopped.into_keys() {
            if self.children.remove(&child).is_some() {
                self.emit(Effect::StopChild { child });
            }
        }
    }

    /// The state around the Map Run is retried, caught or aborted.
    pub(super) fn cancel_map_run(&mut self, id: ThreadId) {
        self.stop_children(id);
        self.operations.retain(|_, thread| *thread != id);
        if let Some(run) = self.map_run(id).filter(|run| !matches!(run.stage, Stage::Ended(_))) {
            let (arn, change) = (run.arn.clone(), MapRunChange::Ended(MapRunStatus::Aborted));
            self.emit(Effect::MapRun { arn, change });
        }
    }

    /// `UpdateMapRun`: the limits change while children run.
    pub(super) fn update_map_run(
        &mut self,
        id: ThreadId,
        max_concurrency: Option<u64>,
        count: Option<u64>,
        percentage: Option<f64>,
    ) {
        let Some(run) = self.map_run(id) else { return };
        if let Some(limit) = max_concurrency {
            run.plan.concurrency = usize::try_from(limit).unwrap_or(usize::MAX);
        }
        let tolerance = &mut run.plan.tolerance;
        tolerance.count = count.or(tolerance.count);
        tolerance.percentage = percentage.or(tolerance.percentage);
        if matches!(run.stage, Stage::Running(_)) {
            self.run_children(id);
        }
    }

    /// The thread that is in a Map Run which has not ended.
    pub(super) fn find_map_run(&self, arn: &str) -> Option<ThreadId> {
        self.threads.find(|thread| match &thread.phase {
            Phase::MapRun(run) => &*run.arn == arn && !matches!(run.stage, Stage::Ended(_)),
            _ => false,
        })
    }

    /// Redrive: the same Map Run goes on with the children that have not succeeded. One that could not be
    /// read or written starts over as a new run.
    pub(super) fn resume_map_run(&mut self, id: ThreadId) {
        self.stop_children(id);
        let Some(run) = self.map_run(id) else { return };
        let children = match std::mem::replace(&mut run.stage, Stage::Ended(None)) {
            Stage::Running(children)
            | Stage::Ended(Some(children))
            | Stage::Writing { end: WrittenEnd::Exceeded(children), .. } => children,
            _ => return self.queue(Step::Attempt(id)),
        };
        run.redrives += 1;
        let redriven = EventDetails::MapRunRedriven {
            map_run_arn: run.arn.clone(),
            redrive_count: run.redrives,
        };
        let succeeded = |summary: &Option<ChildSummary>| {
            summary.as_ref().is_some_and(|child| matches!(child.outcome, Outcome::Succeeded { .. }))
        };
        let again =
            (0..children.ended.len()).filter(|index| !succeeded(&children.ended[*index])).collect();
        run.stage = Stage::Running(Children { waiting: again, failed_items: 0, ..children });
        let (arn, change) = (run.arn.clone(), MapRunChange::Redriven);
        self.emit(Effect::MapRun { arn, change });
        self.chain(id, redriven);
        self.run_children(id);
    }
}

/// A reading, unless its limit is refused.
pub(super) fn new_reading(
    reader: &crate::asl::ItemReader,
    parameters: &Payload,
    max_items: i64,
    revision: ServiceRevision,
) -> Result<ItemReading, ItemFailure> {
    let Ok(max_items) = usize::try_from(max_items) else {
        return Err(ItemFailure {
            error: "States.ItemReaderFailed",
            cause: "field MaxItems must be positive".to_owned(),
        });
    };
    ItemReading::new(reader, parameters.value(), max_items, revision)
}
