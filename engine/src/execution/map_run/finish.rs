//! How a Map Run ends: children that end, the tolerated failures, and the results that are written.

use std::sync::Arc;

use super::{Children, RunningChild, Stage, WrittenEnd};
use crate::asl::{MapState, StateKind};
use crate::data::Payload;
use crate::execution::core::{Execution, Step};
use crate::execution::failure::{EXCEEDED, StateFailure};
use crate::execution::items::{ChildSummary, Destination, plain_result, write};
use crate::execution::thread::{Phase, ThreadId};
use crate::execution::{
    ChildId, ChildOutcome, Effect, MapRunChange, MapRunStatus, ObjectError, ObjectOperationId,
    Outcome, ServiceRevision,
};
use crate::history::{EventDetails, Failure};

impl Execution {
    pub(in crate::execution) fn child_finished(&mut self, child: ChildId, outcome: ChildOutcome) {
        let Some(id) = self.children.remove(&child) else { return };
        let state_machine_arn = self.config.state_machine_arn.clone();
        let Some(run) = self.map_run(id) else { return };
        let machine: Arc<str> = format!("{state_machine_arn}/{}", run.label).into();
        let tolerance = run.plan.tolerance;
        let Stage::Running(children) = &mut run.stage else { return };
        let Some(running) = children.running.remove(&child) else { return };
        let index = running.index;
        let succeeded = matches!(outcome.outcome, Outcome::Succeeded { .. });
        children.ended(running, machine, outcome);
        if !succeeded {
            children.failed_items += children.items[index];
            let total = children.items.iter().sum();
            if tolerance.exceeded(children.failed_items, total) {
                return self.threshold_exceeded(id);
            }
        }
        self.run_children(id);
    }

    /// Too many items failed: stops the others and, with a ResultWriter, writes what there is. The
    /// developer guide has files for children that were aborted or never started.
    fn threshold_exceeded(&mut self, id: ThreadId) {
        let graph = self.threads[id].graph.clone();
        let StateKind::Map(map) = &graph.state(self.threads[id].state).kind else { return };
        let machine = self.config.state_machine_arn.clone();
        let now = self.now;
        let Some(run) = self.map_run(id) else { return };
        let (Some(writer), Some(parameters)) = (&map.result_writer, run.plan.destination.clone())
        else {
            return self.fail_exceeded(id);
        };
        let Ok(destination) = Destination::new(parameters.value()) else {
            return self.fail_exceeded(id);
        };
        let Stage::Running(children) = &mut run.stage else { return };
        let machine: Arc<str> = format!("{machine}/{}", run.label).into();
        let stopped = std::mem::take(&mut children.running);
        let stopped_ids: Vec<ChildId> = stopped.keys().copied().collect();
        for running in stopped.into_values() {
            let outcome = Outcome::Aborted { error: None, cause: None };
            let outcome = ChildOutcome { outcome, started: running.started, stopped: now };
            children.ended(running, machine.clone(), outcome);
        }
        let ended: Vec<ChildSummary> = children.ended.iter().flatten().cloned().collect();
        let pending = children.waiting.iter().map(|index| &children.inputs[*index]);
        let written = write(writer, &destination, &run.arn, &ended, pending);
        let children = std::mem::take(children);
        run.stage =
            Stage::Writing { pending: written.objects.len(), end: WrittenEnd::Exceeded(children) };
        for child in stopped_ids {
            if self.children.remove(&child).is_some() {
                self.emit(Effect::StopChild { child });
            }
        }
        for request in written.objects {
            self.object_operation(id, request);
        }
    }

    fn fail_exceeded(&mut self, id: ThreadId) {
        self.map_run_failed(id, EXCEEDED.0, EXCEEDED.1.to_owned());
    }

    /// Every child has ended: writes the results, or hands them on.
    pub(super) fn children_ended(&mut self, id: ThreadId, map: &MapState) {
        let Some(run) = self.map_run(id) else { return };
        let Stage::Running(children) = &run.stage else { return };
        let ended: Vec<ChildSummary> = children.ended.iter().flatten().cloned().collect();
        let writer = map.result_writer.as_ref();
        let (Some(writer), Some(parameters)) = (writer, &run.plan.destination) else {
            let result = plain_result(writer, &ended);
            return self.map_run_succeeded(id, map, &result);
        };
        let destination = match Destination::new(parameters.value()) {
            Ok(destination) => destination,
            Err(failure) => return self.map_run_failed(id, failure.error, failure.cause),
        };
        let written = write(writer, &destination, &run.arn, &ended, std::iter::empty());
        run.stage = Stage::Writing {
            pending: written.objects.len(),
            end: WrittenEnd::Succeeded(written.result),
        };
        for request in written.objects {
            self.object_operation(id, request);
        }
    }

    pub(in crate::execution) fn object_written(
        &mut self,
        operation: ObjectOperationId,
        result: Result<(), ObjectError>,
    ) {
        let Some(id) = self.operations.remove(&operation) else { return };
        let graph = self.threads[id].graph.clone();
        let StateKind::Map(map) = &graph.state(self.threads[id].state).kind else { return };
        let Some(run) = self.map_run(id) else { return };
        let Stage::Writing { pending, end } = &mut run.stage else { return };
        if let (Err(error), WrittenEnd::Succeeded(_)) = (&result, &*end) {
            let cause = format!("{}: {}", error.error, error.cause);
            return self.map_run_failed(id, "States.ResultWriterFailed", cause);
        }
        *pending -= 1;
        if *pending > 0 {
            return;
        }
        match end {
            WrittenEnd::Succeeded(result) => {
                let result = result.clone();
                self.map_run_succeeded(id, map, &result);
            }
            // That the results could not be written, if so, matters less than why the run failed.
            WrittenEnd::Exceeded(_) => self.fail_exceeded(id),
        }
    }

    fn map_run_succeeded(&mut self, id: ThreadId, map: &MapState, result: &Payload) {
        let succeeded = self.chain(id, EventDetails::MapRunSucceeded);
        let state_succeeded = self.record(succeeded, EventDetails::MapStateSucceeded);
        self.tell_end(id, MapRunStatus::Succeeded);
        let started = match &self.threads[id].phase {
            Phase::MapRun(run) => run.started_event,
            _ => succeeded,
        };
        self.threads[id].last_event = match self.config.service_revision {
            ServiceRevision::Before2024November => succeeded,
            ServiceRevision::Before2024December | ServiceRevision::Current => started,
        };
        self.leave_map(id, map, result, state_succeeded);
    }

    fn tell_end(&mut self, id: ThreadId, status: MapRunStatus) {
        if let Some(run) = self.map_run(id) {
            let (arn, change) = (run.arn.clone(), MapRunChange::Ended(status));
            self.emit(Effect::MapRun { arn, change });
        }
    }

    pub(super) fn map_run_failed(&mut self, id: ThreadId, error: &'static str, cause: String) {
        self.stop_children(id);
        self.chain(id, EventDetails::MapRunFailed(Failure::new(error, cause.clone())));
        self.tell_end(id, MapRunStatus::Failed);
        if let Some(run) = self.map_run(id) {
            let children = match std::mem::replace(&mut run.stage, Stage::Ended(None)) {
                Stage::Running(children)
                | Stage::Writing { end: WrittenEnd::Exceeded(children), .. } => Some(children),
                _ => None,
            };
            run.stage = Stage::Ended(children);
        }
        self.queue(Step::Failed(id, StateFailure::named(error, cause)));
    }
}

impl Children {
    /// Keeps what a ResultWriter says of a child. One that ended before runs again by a redrive.
    fn ended(&mut self, child: RunningChild, state_machine_arn: Arc<str>, outcome: ChildOutcome) {
        let ended = &mut self.ended[child.index];
        *ended = Some(ChildSummary {
            execution_arn: child.execution_arn,
            name: child.name,
            state_machine_arn,
            input: self.inputs[child.index].clone(),
            outcome: outcome.outcome,
            started: outcome.started,
            stopped: outcome.stopped,
            redrive_count: ended.as_ref().map_or(0, |before| before.redrive_count + 1),
        });
    }
}
