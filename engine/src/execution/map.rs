//! The Map state: what both modes share, and the inline mode.
//!
//! ```text
//! Ready ──limits evaluated, MapStateStarted──▶ Map ──each iteration ends──▶ Map ──the last──▶ next state
//!                                          └─▶ MapRun (see `map_run`)
//! ```

use super::Mutation;
use super::context::{ContextExtra, MapItem};
use super::core::{Execution, View};
use super::items::{Item, state_items, whole_number};
use super::parallel::collect;
use super::thread::{Phase, RunningMap, Thread, ThreadId};
use crate::asl::{Computed, MapMode, MapState, StateKind};
use crate::data::Payload;
use crate::expr::ExprError;
use crate::history::EventDetails;
use crate::limits;
use std::collections::BTreeMap;

impl Execution {
    pub(super) fn start_map(&mut self, id: ThreadId, map: &MapState) {
        let prepared = self.prepare_map(id, map);
        let (effective_input, items, concurrency) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return self.interpreter_failed(id, error),
        };
        let length = items.as_ref().map_or(0, Vec::len) as u64;
        self.chain(id, EventDetails::MapStateStarted { length });
        if self.inspection.is_some() {
            return self.inspect_map(id, map, &effective_input, items, concurrency);
        }
        match map.mode {
            MapMode::Distributed(workflow_type) => {
                self.start_map_run(id, map, workflow_type, effective_input, items, concurrency);
            }
            MapMode::Inline => {
                let items = items.unwrap_or_default();
                let concurrency = match concurrency {
                    0 => limits::INLINE_MAP_CONCURRENCY_MAX,
                    _ if self.planted(Mutation::MapIgnoresConcurrency) => {
                        limits::INLINE_MAP_CONCURRENCY_MAX
                    }
                    limit => limit.min(limits::INLINE_MAP_CONCURRENCY_MAX),
                };
                let outputs = vec![None; items.len()];
                self.threads[id].phase = Phase::Map(Box::new(RunningMap {
                    items,
                    effective_input,
                    concurrency,
                    next: 0,
                    running: BTreeMap::new(),
                    outputs,
                    succeeded: 0,
                }));
                let started = self.threads[id].last_event;
                self.start_iterations(id, map, started);
            }
        }
    }

    /// The effective input, the items (`None` when an ItemReader reads them) and `MaxConcurrency`.
    fn prepare_map(
        &self,
        id: ThreadId,
        map: &MapState,
    ) -> Result<(Payload, Option<Vec<Item>>, usize), ExprError> {
        let for_distributed =
            map.item_reader.is_some() || map.item_batcher.is_some() || map.result_writer.is_some();
        if map.mode == MapMode::Inline && for_distributed {
            // AWS's words, measured by the floci project.
            return Err(ExprError::runtime(
                "The ItemReader, ItemBatcher and ResultWriter fields are not supported for INLINE maps",
            ));
        }
        let thread = &self.threads[id];
        let effective = self.effective_input(thread, &map.flow, View::of(thread.input.value()))?;
        let view = View::of(effective.value());
        let items = match map.item_reader {
            Some(_) => None,
            None => Some(self.items(thread, map, &effective, view)?),
        };
        let concurrency = self.map_limit(thread, map.max_concurrency.as_ref(), view)?.unwrap_or(0);
        let concurrency = usize::try_from(concurrency)
            .map_err(|_| ExprError::runtime("MaxConcurrency cannot be negative."))?;
        Ok((effective, items, concurrency))
    }

    fn items(
        &self,
        thread: &Thread,
        map: &MapState,
        effective: &Payload,
        view: View<'_>,
    ) -> Result<Vec<Item>, ExprError> {
        self.evaluate(thread, view, |scope| {
            state_items(&map.items, effective.value(), scope, map.mode, thread.current())
        })
    }

    /// A limit of a Map state that must be a whole number.
    pub(super) fn map_limit(
        &self,
        thread: &Thread,
        field: Option<&Computed<u64>>,
        view: View<'_>,
    ) -> Result<Option<i64>, ExprError> {
        match field {
            None => Ok(None),
            Some(Computed::Literal(limit)) => Ok(Some(i64::try_from(*limit).unwrap_or(i64::MAX))),
            Some(Computed::Expression(located)) => {
                let value = self
                    .evaluate(thread, view, |scope| super::task::evaluate_field(located, scope))?;
                whole_number(located, &value).map(Some)
            }
        }
    }

    /// Starts iterations until as many run as may; each follows from `previous_event`.
    fn start_iterations(&mut self, id: ThreadId, map: &MapState, previous_event: u64) {
        loop {
            let Phase::Map(running) = &self.threads[id].phase else { return };
            if running.items.is_empty() {
                return self.map_succeeded(id, map, previous_event);
            }
            let index = running.next;
            if running.running.len() >= running.concurrency || index >= running.items.len() {
                return;
            }
            // What ItemSelector cannot do fails the Map before the iteration starts (observed by floci).
            let input = match self.iteration_input(id, map, index) {
                Ok(input) => input,
                Err(error) => {
                    self.threads[id].last_event = previous_event;
                    return self.interpreter_failed(id, error);
                }
            };
            if input.size_bytes() > limits::PAYLOAD_BYTES_MAX {
                self.threads[id].last_event = previous_event;
                return self.input_too_large(id);
            }
            let name = self.threads[id].current().name.clone();
            let details = EventDetails::MapIterationStarted { name, index: index as u64 };
            let started = self.record(previous_event, details);
            let child = self.spawn(id, index, map.processor.clone(), input, started);
            let Phase::Map(running) = &mut self.threads[id].phase else { return };
            running.next += 1;
            running.running.insert(index, child);
        }
    }

    fn iteration_input(
        &self,
        id: ThreadId,
        map: &MapState,
        index: usize,
    ) -> Result<Payload, ExprError> {
        let thread = &self.threads[id];
        let Phase::Map(running) = &thread.phase else {
            unreachable!("iterations are started by a running Map")
        };
        self.select_item(thread, map, &running.effective_input, index, &running.items[index])
    }

    /// An item, or what `ItemSelector` makes of it; there `$` is the state's effective input.
    pub(super) fn select_item(
        &self,
        thread: &Thread,
        map: &MapState,
        effective_input: &Payload,
        index: usize,
        item: &Item,
    ) -> Result<Payload, ExprError> {
        let Some(selector) = &map.item_selector else { return Ok(item.payload()) };
        let first = usize::from(self.planted(Mutation::MapIndexFromOne));
        let map_item = MapItem {
            index: index + first,
            key: item.key.as_deref(),
            value: item.value.value(),
            source: item.source.as_deref(),
        };
        let extra = ContextExtra { token: None, item: Some(map_item) };
        let seen = match self.planted(Mutation::MapSelectorSeesItem) {
            true => item.value.value(),
            false => effective_input.value(),
        };
        self.template(thread, selector, View { extra, ..View::of(seen) })
    }

    pub(super) fn iteration_succeeded(
        &mut self,
        id: ThreadId,
        index: usize,
        last_event: u64,
        output: Payload,
    ) {
        let graph = self.threads[id].graph.clone();
        let StateKind::Map(map) = &graph.state(self.threads[id].state).kind else { return };
        let name = self.threads[id].current().name.clone();
        let details = EventDetails::MapIterationSucceeded { name, index: index as u64 };
        let succeeded = self.record(last_event, details);
        let in_turn = self.planted(Mutation::MapCompletionOrder);
        let Phase::Map(running) = &mut self.threads[id].phase else { return };
        running.running.remove(&index);
        let place = if in_turn { running.succeeded } else { index };
        running.outputs[place] = Some(output);
        running.succeeded += 1;
        if running.succeeded == running.items.len() {
            return self.map_succeeded(id, map, succeeded);
        }
        // The next iteration follows from the last event inside this one, not from its success (recording
        // `map_state_nested`).
        self.start_iterations(id, map, last_event);
    }

    fn map_succeeded(&mut self, id: ThreadId, map: &MapState, last_event: u64) {
        let succeeded = self.record(last_event, EventDetails::MapStateSucceeded);
        self.threads[id].last_event = last_event;
        let Phase::Map(running) = &mut self.threads[id].phase else { return };
        let outputs = std::mem::take(&mut running.outputs);
        let result = match outputs.is_empty() && self.planted(Mutation::MapEmptyIsNull) {
            true => Payload::new(serde_json::Value::Null),
            false => collect(outputs),
        };
        self.leave_map(id, map, &result, succeeded);
    }

    /// Exits the state; `succeeded` is its `MapStateSucceeded`.
    pub(super) fn leave_map(
        &mut self,
        id: ThreadId,
        map: &MapState,
        result: &Payload,
        succeeded: u64,
    ) {
        let thread = &self.threads[id];
        let view = View::of(thread.input.value());
        let flow = self.after_work(thread, &map.flow, result, view);
        self.leave_container(id, flow, map.transition, succeeded);
    }
}
