//! Threads: the top level of an execution, and each Parallel branch and Map iteration inside it.
//!
//! A thread is at one state at a time. Branches and iterations are threads of their own, with the thread
//! that waits for them as parent; together they form a tree.

use std::sync::Arc;

use super::variables::VariableScope;
use super::{TaskId, TimerId};
use crate::asl::{State, StateGraph, StateId};
use crate::data::{Payload, Timestamp};

/// Names a thread. A slot is reused after its thread has ended; the generation tells the two apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ThreadId {
    slot: u32,
    generation: u32,
}

/// One line of execution.
#[derive(Debug)]
pub(super) struct Thread {
    /// The thread that waits for this one, and which branch or iteration of it this is.
    pub(super) parent: Option<(ThreadId, usize)>,
    /// The states it runs through.
    pub(super) graph: Arc<StateGraph>,
    /// Where it is.
    pub(super) state: StateId,
    /// The state's raw input.
    pub(super) input: Payload,
    /// The event the next one follows from.
    pub(super) last_event: u64,
    /// The state's `StateEntered` event; 0 between two states.
    pub(super) entered_event: u64,
    /// The event that one follows from: what `EvaluationFailed` chains to.
    pub(super) before_entered: u64,
    /// When the state was entered.
    pub(super) entered_at: Timestamp,
    /// The variables it can see.
    pub(super) variables: Option<Arc<VariableScope>>,
    /// Retries so far, by retrier; empty until the first.
    pub(super) retries: Vec<u64>,
    /// Where it is inside the state.
    pub(super) phase: Phase,
}

/// Where a thread is inside its state.
///
/// ```text
/// Ready ──enter──▶ Waiting ──timer──▶ (next state)
///   │              Task ──answer──▶ (next state) | Retrying ──timer──▶ Task
///   │              Parallel, Map ──children end──▶ (next state) | Retrying
///   └────────────▶ MapRun: Reading ▶ Running ▶ Writing ──▶ (next state)
/// any ──no handler──▶ Failed (kept for a redrive)
/// ```
#[derive(Debug)]
pub(super) enum Phase {
    /// A step for it is queued.
    Ready,
    /// In a Wait state.
    Waiting { timer: TimerId },
    /// A Task is with a worker.
    Task(Box<RunningTask>),
    /// Between two attempts.
    Retrying { timer: TimerId },
    /// In a Parallel state.
    Parallel(Box<RunningParallel>),
    /// In an inline Map state.
    Map(Box<RunningMap>),
    /// In a distributed Map state.
    MapRun(Box<super::map_run::MapRun>),
    /// Its state failed and nothing handled it.
    Failed,
    /// It ended; its parent has its output.
    Done,
}

/// A Task that is with a worker.
#[derive(Debug)]
pub(super) struct RunningTask {
    pub(super) id: TaskId,
    pub(super) started: bool,
    pub(super) submitted: bool,
    pub(super) timeout_seconds: Option<u64>,
    pub(super) heartbeat_seconds: Option<u64>,
    pub(super) timeout_timer: Option<TimerId>,
    pub(super) heartbeat_timer: Option<TimerId>,
    /// The input after `InputPath`, for what is evaluated after the task.
    pub(super) token: Option<Arc<str>>,
}

/// A Parallel state with its branches.
#[derive(Debug)]
pub(super) struct RunningParallel {
    /// By branch; removed when the state ends.
    pub(super) branches: Vec<ThreadId>,
    /// Outputs by branch.
    pub(super) outputs: Vec<Option<Payload>>,
    /// Branches that have not succeeded yet.
    pub(super) pending: usize,
}

/// An inline Map state with its iterations.
#[derive(Debug)]
pub(super) struct RunningMap {
    /// The items, by iteration.
    pub(super) items: Vec<super::items::Item>,
    /// The input after `InputPath`, which `ItemSelector` sees as `$`.
    pub(super) effective_input: Payload,
    /// Iterations that may run at once.
    pub(super) concurrency: usize,
    /// The next iteration to start.
    pub(super) next: usize,
    /// The iterations that run, sorted by index.
    pub(super) running: std::collections::BTreeMap<usize, ThreadId>,
    /// Outputs by iteration.
    pub(super) outputs: Vec<Option<Payload>>,
    /// Iterations that have succeeded.
    pub(super) succeeded: usize,
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimerPurpose {
    /// The execution's own timeout.
    ExecutionTimeout,
    /// The end of a Wait state.
    Wait(ThreadId),
    /// The end of a retry delay.
    Retry(ThreadId),
    /// `TimeoutSeconds` of a Task.
    TaskTimeout(ThreadId),
    /// `HeartbeatSeconds` of a Task.
    TaskHeartbeat(ThreadId),
}

impl Thread {
    /// The state it is at.
    pub(super) fn current(&self) -> &State {
        self.graph.state(self.state)
    }

    /// Retries of this state so far, over all retriers: `$$.State.RetryCount`.
    pub(super) fn retry_count(&self) -> u64 {
        self.retries.iter().sum()
    }
}

/// The threads of an execution.
#[derive(Debug)]
pub(super) struct Threads {
    slots: Vec<(u32, Option<Thread>)>,
    free: Vec<u32>,
}

impl Threads {
    pub(super) fn new() -> Self {
        // Most executions have one thread; a vector's default growth would take four.
        Self { slots: Vec::with_capacity(1), free: Vec::new() }
    }

    pub(super) fn insert(&mut self, thread: Thread) -> ThreadId {
        if let Some(slot) = self.free.pop() {
            let entry = &mut self.slots[slot as usize];
            entry.1 = Some(thread);
            return ThreadId { slot, generation: entry.0 };
        }
        let slot = u32::try_from(self.slots.len()).expect("the event limit bounds the threads");
        self.slots.push((0, Some(thread)));
        ThreadId { slot, generation: 0 }
    }

    pub(super) fn get(&self, id: ThreadId) -> Option<&Thread> {
        match self.slots.get(id.slot as usize) {
            Some((generation, Some(thread))) if *generation == id.generation => Some(thread),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, id: ThreadId) -> Option<&mut Thread> {
        match self.slots.get_mut(id.slot as usize) {
            Some((generation, Some(thread))) if *generation == id.generation => Some(thread),
            _ => None,
        }
    }

    /// The first thread of which something holds.
    pub(super) fn find(&self, holds: impl Fn(&Thread) -> bool) -> Option<ThreadId> {
        let mut slots = self.slots.iter().enumerate();
        slots.find_map(|(slot, (generation, thread))| {
            let found = thread.as_ref().is_some_and(&holds);
            let slot = u32::try_from(slot).ok()?;
            found.then_some(ThreadId { slot, generation: *generation })
        })
    }

    pub(super) fn remove(&mut self, id: ThreadId) -> Option<Thread> {
        let entry = self.slots.get_mut(id.slot as usize)?;
        if entry.0 != id.generation {
            return None;
        }
        let thread = entry.1.take()?;
        entry.0 = entry.0.wrapping_add(1);
        self.free.push(id.slot);
        Some(thread)
    }
}

impl std::ops::Index<ThreadId> for Threads {
    type Output = Thread;

    fn index(&self, id: ThreadId) -> &Thread {
        self.get(id).expect("a queued step's thread was checked to be alive")
    }
}

impl std::ops::IndexMut<ThreadId> for Threads {
    fn index_mut(&mut self, id: ThreadId) -> &mut Thread {
        self.get_mut(id).expect("a queued step's thread was checked to be alive")
    }
}
