//! Inspection: one state by itself, and the stages its data goes through. `TestState` is built on it.
//!
//! An execution that is inspected tries its first state only: leaving it ends the execution, whatever comes
//! next. A Parallel or Map state does not start its branches or iterations; it waits for what they would have
//! given ([`Execution::answer_container`]). An execution that is not inspected pays one test of a pointer for
//! each stage.

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::Value;

use super::core::{Execution, Step, View};
use super::failure::StateFailure;
use super::flow::Flow;
use super::items::{Item, ItemFailure, ReadStep};
use super::map_run::{Plan, new_reading};
use super::thread::{Phase, ThreadId};
use super::variables::VariableScope;
use super::{Effect, ExecutionConfig, Outcome};
use crate::asl::{MapMode, MapState, ReaderOperation, StateKind, Transition, WorkflowType};
use crate::data::Payload;
use crate::expr::ExprError;
use crate::history::{AssignedVariable, Failure};

/// What an inspected state is given in place of what an execution would have had before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// Variables that are set.
    pub(crate) variables: Vec<AssignedVariable>,
    /// The context object, instead of the execution's own.
    pub(crate) context: Option<Value>,
    /// `Map.Item` of the context object: the state is inside a Map.
    pub(crate) map_item: Option<Value>,
    /// Retries that the retrier of a failure has made already.
    pub(crate) retries: u64,
    /// What an ItemReader reads.
    pub(crate) reader_data: Option<Arc<[u8]>>,
    /// How many iterations of a Map fail.
    pub(crate) failed_iterations: u64,
    /// The state fails with this as soon as it is entered.
    pub(crate) failure: Option<Failure>,
}

/// An inspection: what was given, and what was seen.
#[derive(Debug)]
pub(super) struct Inspection {
    given: Given,
    stages: RefCell<Vec<Stage>>,
}

/// Something that happened to the state or its data.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    /// The data at a point of its way.
    Data(DataStage, Payload),
    /// A Map's evaluated `MaxConcurrency`.
    MaxConcurrency(usize),
    /// A Map's evaluated `ToleratedFailureCount`.
    ToleratedFailureCount(u64),
    /// A Map's evaluated `ToleratedFailurePercentage`.
    ToleratedFailurePercentage(f64),
    /// A Parallel waits for its result.
    Branches,
    /// A Map waits for the result of its iterations.
    Iterations {
        /// How many there are; batches, if there are batches.
        count: u64,
        /// Items in them.
        items: u64,
    },
    /// The state failed.
    Failed(Failure),
    /// The retrier that the failure matches.
    Retrier(usize),
    /// It waits so long before the next attempt, in milliseconds.
    RetryDelay(i64),
    /// The catcher that takes the failure.
    Catcher(usize),
    /// The state was left.
    Left {
        /// Its output.
        output: Payload,
        /// The variables it set.
        assigned: Vec<AssignedVariable>,
        /// Where it goes.
        next: Option<Arc<str>>,
    },
}

/// A point on the way of a state's data, named after the field that was just applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DataStage {
    InputPath,
    Parameters,
    Arguments,
    /// The raw result.
    Result,
    ResultSelector,
    ResultPath,
    ItemsPath,
    ItemsPointer,
    ItemSelector,
    ItemBatcher,
}

impl Execution {
    /// A new execution whose first state is inspected.
    pub(crate) fn inspected(config: ExecutionConfig, given: Given) -> Self {
        let inspection = Inspection { given, stages: RefCell::new(Vec::new()) };
        let mut execution = Self::new(config);
        execution.inspection = Some(Box::new(inspection));
        execution
    }

    /// The stages since this was asked last.
    pub(crate) fn take_stages(&self) -> Vec<Stage> {
        self.inspection.as_ref().map(|seen| seen.stages.take()).unwrap_or_default()
    }

    /// What an inspection gives, if this is one.
    pub(super) fn given(&self) -> Option<&Given> {
        self.inspection.as_ref().map(|inspection| &inspection.given)
    }

    /// Notes a stage, if anybody wants to know.
    pub(super) fn note(&self, stage: impl FnOnce() -> Stage) {
        if let Some(inspection) = &self.inspection {
            inspection.stages.borrow_mut().push(stage());
        }
    }

    /// Notes the data at a stage.
    pub(super) fn note_data(&self, stage: DataStage, data: &Payload) {
        self.note(|| Stage::Data(stage, data.clone()));
    }

    /// Notes a list of data at a stage.
    pub(super) fn note_list<'a>(
        &self,
        stage: DataStage,
        data: impl IntoIterator<Item = &'a Payload>,
    ) {
        self.note(|| {
            let values = data.into_iter().map(|payload| payload.value().clone()).collect();
            Stage::Data(stage, Payload::new(Value::Array(values)))
        });
    }

    /// Data that a state hands on as it is. History shows it compact; TestState keeps the caller's text
    /// (recordings `base_parallel_state_mock_success`).
    pub(super) fn handed_on(&self, payload: &Payload) -> Payload {
        if self.inspection.is_some() { payload.clone() } else { payload.compacted() }
    }

    /// The variables an inspection gives.
    pub(super) fn given_variables(&self) -> Option<Arc<VariableScope>> {
        let mut scope = None;
        if let Some(given) = self.given() {
            VariableScope::assign(&mut scope, &given.variables);
        }
        scope
    }

    /// Fails the state as an inspection says; false when it says nothing.
    pub(super) fn fails_as_given(&mut self, id: ThreadId) -> bool {
        let Some(failure) = self.given().and_then(|given| given.failure.clone()) else {
            return false;
        };
        self.queue(Step::Failed(id, StateFailure::given(failure.error, failure.cause)));
        true
    }

    /// Ends an inspection, whose state is left; false when this is none.
    pub(super) fn inspected_left(
        &mut self,
        id: ThreadId,
        flow: &Flow,
        transition: Transition,
    ) -> bool {
        if self.inspection.is_none() {
            return false;
        }
        let next = match transition {
            Transition::Next(next) => Some(self.threads[id].graph.state(next).name.clone()),
            Transition::End => None,
        };
        let (output, assigned) = (flow.output.clone(), flow.assigned.clone());
        self.note(|| Stage::Left { output: output.clone(), assigned, next });
        self.finish(Outcome::Succeeded { output });
        true
    }

    /// Everything about a Map that comes before its iterations; then it waits for their result.
    pub(super) fn inspect_map(
        &mut self,
        id: ThreadId,
        map: &MapState,
        effective_input: &Payload,
        items: Option<Vec<Item>>,
        concurrency: usize,
    ) {
        self.note(|| Stage::MaxConcurrency(concurrency));
        let workflow_type = match map.mode {
            MapMode::Distributed(workflow_type) => workflow_type,
            MapMode::Inline => WorkflowType::Standard,
        };
        let plan = match self.plan_map_run(id, map, workflow_type, effective_input, concurrency) {
            Ok(plan) => plan,
            Err(error) => return self.interpreter_failed(id, error),
        };
        if let Some(count) = plan.tolerance.count {
            self.note(|| Stage::ToleratedFailureCount(count));
        }
        if let Some(share) = plan.tolerance.percentage {
            self.note(|| Stage::ToleratedFailurePercentage(share));
        }
        match self.inspected_iterations(id, map, effective_input, items, &plan) {
            Ok(Ok(())) => {}
            Ok(Err(ItemFailure { error, cause })) => {
                self.queue(Step::Failed(id, StateFailure::named(error, cause)));
            }
            Err(error) => self.interpreter_failed(id, error),
        }
    }

    fn inspected_iterations(
        &mut self,
        id: ThreadId,
        map: &MapState,
        effective_input: &Payload,
        items: Option<Vec<Item>>,
        plan: &Plan,
    ) -> Result<Result<(), ItemFailure>, ExprError> {
        let items = match items {
            Some(items) => items,
            None => match self.given_items(map, plan) {
                Ok(items) => items,
                Err(failure) => return Ok(Err(failure)),
            },
        };
        let stage = match map.item_reader.as_ref().and_then(|reader| reader.items_pointer.as_ref())
        {
            Some(_) => DataStage::ItemsPointer,
            None => DataStage::ItemsPath,
        };
        self.note_list(stage, items.iter().map(|item| &item.value));
        let thread = &self.threads[id];
        let inputs =
            self.child_inputs(thread, map, effective_input, plan.batch.as_ref(), &items)?;
        let inputs = match inputs {
            Ok(inputs) => inputs,
            Err(failure) => return Ok(Err(failure)),
        };
        let (count, total) = (inputs.len() as u64, items.len() as u64);
        self.note(|| Stage::Iterations { count, items: total });
        let failed = self.given().map_or(0, |given| given.failed_iterations);
        let limited = plan.tolerance.count.is_some() || plan.tolerance.percentage.is_some();
        // Without a limit the failures do not fail the state here, though in an execution they would
        // (recordings `map_state_failure_count.*-BASE_MAP_STATE-2`).
        if limited && failed <= total && plan.tolerance.exceeded(failed, total) {
            self.queue(Step::Failed(id, StateFailure::threshold_exceeded()));
        }
        Ok(Ok(()))
    }

    /// The items that an ItemReader makes of the given data.
    fn given_items(&self, map: &MapState, plan: &Plan) -> Result<Vec<Item>, ItemFailure> {
        let (Some(reader), Some((parameters, max_items))) = (&map.item_reader, &plan.reader) else {
            return Ok(Vec::new());
        };
        let failed =
            |cause: &str| ItemFailure { error: "States.ItemReaderFailed", cause: cause.to_owned() };
        let mut data = self.given().and_then(|given| given.reader_data.clone());
        if reader.operation == ReaderOperation::ListObjectsV2 && !reader.load_and_flatten {
            // A listing has no bytes of its own: the data is taken to be its entries. What AWS takes there is
            // not documented.
            let parsed = data.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok());
            let Some(Value::Array(entries)) = parsed else {
                return Err(failed("The data of the ItemReader must be an array of objects."));
            };
            let item = |value| Item { key: None, value: Payload::new(value), source: None };
            return Ok(entries.into_iter().map(item).collect());
        }
        let mut reading =
            new_reading(reader, parameters, *max_items, self.config.service_revision)?;
        loop {
            match reading.next() {
                ReadStep::Done(items) => return Ok(items),
                ReadStep::Request(super::ObjectRequest::Get { .. }) => {
                    // The first object is the data; one that names others needs more than there is.
                    let bytes = data.take().ok_or_else(|| {
                        failed("The data of the ItemReader names further objects.")
                    })?;
                    reading.object(Ok(bytes))?;
                }
                ReadStep::Request(_) => {
                    let object = super::ListedObject {
                        key: "data".to_owned(),
                        size: data.as_ref().map_or(0, |bytes| bytes.len() as u64),
                        etag: String::new(),
                        last_modified: self.now,
                        storage_class: "STANDARD".to_owned(),
                    };
                    reading.listing(Ok(vec![object]))?;
                }
            }
        }
    }

    /// Gives a Parallel or Map state that waits for it the result of its branches or iterations.
    pub(crate) fn answer_container(
        &mut self,
        result: Result<Payload, Failure>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(id) = self.root() else { return };
        std::mem::swap(&mut self.effects, effects);
        let graph = self.threads[id].graph.clone();
        let transition = match &graph.state(self.threads[id].state).kind {
            StateKind::Parallel(parallel) => Some((&parallel.flow, parallel.transition)),
            StateKind::Map(map) => Some((&map.flow, map.transition)),
            _ => None,
        };
        match (result, transition) {
            (Ok(result), Some((flow, transition))) => {
                let thread = &self.threads[id];
                let flow = self.after_work(thread, flow, &result, View::of(thread.input.value()));
                self.leave_or_fail(id, flow, transition);
            }
            (Err(failure), _) => {
                self.threads[id].phase = Phase::Ready;
                self.queue(Step::Failed(id, StateFailure::given(failure.error, failure.cause)));
            }
            (Ok(_), None) => {}
        }
        self.run_steps();
        std::mem::swap(&mut self.effects, effects);
    }
}
