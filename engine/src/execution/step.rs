//! Entering a state, trying it, and leaving it for the next one.

use super::Mutation;
use super::core::{Execution, Step};
use super::failure::StateFailure;
use super::flow::Flow;
use super::thread::{Phase, ThreadId};
use super::variables::VariableScope;
use crate::asl::{StateGraph, StateKind, Transition};
use crate::data::Payload;
use crate::expr::{ErrorName, ExprError};
use crate::history::{EventDetails, StateType};
use crate::limits;

impl StateKind {
    /// As history events tell the state types apart.
    pub(super) fn state_type(&self) -> StateType {
        match self {
            Self::Pass(_) => StateType::Pass,
            Self::Task(_) => StateType::Task,
            Self::Choice(_) => StateType::Choice,
            Self::Wait(_) => StateType::Wait,
            Self::Succeed(_) => StateType::Succeed,
            Self::Fail(_) => StateType::Fail,
            Self::Parallel(_) => StateType::Parallel,
            Self::Map(_) => StateType::Map,
        }
    }
}

impl Execution {
    /// Records that the thread's state is entered, and tries it.
    pub(super) fn enter_state(&mut self, id: ThreadId) {
        let thread = &self.threads[id];
        let state = thread.current();
        let details = EventDetails::StateEntered {
            state_type: state.kind.state_type(),
            name: state.name.clone(),
            input: thread.input.clone(),
        };
        let before = thread.last_event;
        let entered = self.chain(id, details);
        let now = self.now;
        let keeps_retries = self.planted(Mutation::RetryCountersSurvive);
        let thread = &mut self.threads[id];
        thread.before_entered = before;
        thread.entered_event = entered;
        thread.entered_at = now;
        if !keeps_retries {
            thread.retries.clear();
        }
        self.attempt_state(id);
    }

    /// Tries the thread's state: for the first time, after a retry delay, or after a redrive.
    pub(super) fn attempt_state(&mut self, id: ThreadId) {
        let graph = self.threads[id].graph.clone();
        let state = graph.state(self.threads[id].state);
        self.threads[id].phase = Phase::Ready;
        if self.fails_as_given(id) {
            return;
        }
        match &state.kind {
            StateKind::Pass(pass) => self.pass(id, pass),
            StateKind::Task(task) => self.start_task(id, task),
            StateKind::Choice(choice) => self.choose(id, choice),
            StateKind::Wait(wait) => self.wait(id, wait),
            StateKind::Succeed(succeed) => self.succeed(id, succeed),
            StateKind::Fail(fail) => self.fail(id, fail),
            StateKind::Parallel(parallel) => self.start_parallel(id, parallel),
            StateKind::Map(map) => self.start_map(id, map),
        }
    }

    /// Leaves the state with an output, and goes where the transition says.
    pub(super) fn leave_state(&mut self, id: ThreadId, flow: Flow, transition: Transition) {
        let state = self.threads[id].current();
        let limited = !self.planted(Mutation::PayloadLimitIgnored);
        if limited && flow.output.size_bytes() > limits::PAYLOAD_BYTES_MAX {
            // A state's own output over the limit fails the execution at once (recording
            // `start_large_input`). Whether a Task, Parallel or Map may catch it is not recorded.
            let failure = StateFailure::data_limit(&state.name).unhandled();
            self.queue(Step::Failed(id, failure));
            return;
        }
        let is_new = !flow.output.is_same(&self.threads[id].input);
        let details = EventDetails::StateExited {
            state_type: state.kind.state_type(),
            name: state.name.clone(),
            output: flow.output.clone(),
            assigned: flow.assigned.clone(),
        };
        if is_new {
            self.count_built(flow.output.size_bytes());
        }
        self.chain(id, details);
        self.move_on(id, flow, transition);
    }

    /// Fails a state that made too much for its task, its branches or an iteration.
    ///
    /// The quota is on the input of every task and state (developer guide, "Service quotas"); the error and its
    /// words are those for what a state hands on. A recording of a Parallel or Map would settle both.
    pub(super) fn input_too_large(&mut self, id: ThreadId) {
        let failure = StateFailure::data_limit(&self.threads[id].current().name);
        self.queue(Step::Failed(id, failure.unhandled()));
    }

    /// Goes where the transition says.
    pub(super) fn move_on(&mut self, id: ThreadId, flow: Flow, transition: Transition) {
        if self.inspected_left(id, &flow, transition) {
            return;
        }
        let thread = &mut self.threads[id];
        thread.entered_event = 0;
        VariableScope::assign(&mut thread.variables, &flow.assigned);
        match transition {
            Transition::Next(next) => {
                thread.state = next;
                thread.input = flow.output;
                thread.phase = Phase::Ready;
                self.queue(Step::Enter(id));
            }
            Transition::End => self.thread_ended(id, flow.output),
        }
    }

    /// Leaves the state with an evaluated flow, or fails it.
    pub(super) fn leave_or_fail(
        &mut self,
        id: ThreadId,
        flow: Result<Flow, ExprError>,
        transition: Transition,
    ) {
        match flow {
            Ok(flow) => self.leave_state(id, flow, transition),
            Err(error) => self.interpreter_failed(id, error),
        }
    }

    /// Leaves a Parallel or Map whose branches or iterations have succeeded, as the event `succeeded` says.
    ///
    /// What exits the state does not follow from that event, but the end of the execution does when nobody may
    /// handle the error (measured by floci with a `ResultSelector` that finds nothing).
    pub(super) fn leave_container(
        &mut self,
        id: ThreadId,
        flow: Result<Flow, ExprError>,
        transition: Transition,
        succeeded: u64,
    ) {
        if flow.as_ref().is_err_and(|error| error.name == ErrorName::Runtime) {
            self.threads[id].last_event = succeeded;
        }
        self.leave_or_fail(id, flow, transition);
    }

    /// Fails the state with an error of the interpreter.
    pub(super) fn interpreter_failed(&mut self, id: ThreadId, error: ExprError) {
        let thread = &self.threads[id];
        let failure =
            StateFailure::interpreter(error, &thread.current().name, thread.entered_event);
        self.queue(Step::Failed(id, failure));
    }

    /// The thread's graph has ended: the execution has succeeded, or a parent gets the output.
    pub(super) fn thread_ended(&mut self, id: ThreadId, output: Payload) {
        let thread = &mut self.threads[id];
        thread.phase = Phase::Done;
        // Kept for a redrive, should the parent never come to take it.
        thread.input = output.clone();
        if let Some((parent, _)) = thread.parent {
            if self.planted(Mutation::AssignLeaksFromBranch) {
                self.threads[parent].variables = self.threads[id].variables.clone();
            }
            self.queue(Step::BranchSucceeded(id, output));
        } else {
            self.chain(id, EventDetails::ExecutionSucceeded { output: output.clone() });
            self.finish(super::Outcome::Succeeded { output });
        }
    }

    /// A thread for a branch or iteration, at the start of its graph.
    pub(super) fn spawn(
        &mut self,
        parent: ThreadId,
        index: usize,
        graph: std::sync::Arc<StateGraph>,
        input: Payload,
        last_event: u64,
    ) -> ThreadId {
        let variables = VariableScope::inside(self.threads[parent].variables.clone());
        let state = graph.start_at;
        let thread = super::thread::Thread {
            parent: Some((parent, index)),
            graph,
            state,
            input,
            last_event,
            entered_event: 0,
            before_entered: 0,
            entered_at: self.now,
            variables,
            retries: Vec::new(),
            phase: Phase::Ready,
        };
        let id = self.threads.insert(thread);
        self.queue(Step::Enter(id));
        id
    }
}
