//! What an oracle may look at: one execution of a case, and what is known of the case.

use super::Trace;
use crate::case::{Case, Fault, Machine, WorkflowTypeName};
use crate::engine::{Budget, Engine, Execution, TimingComparison};

/// Everything an oracle may look at.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    /// The case.
    pub case: &'a Case,
    /// The states of the execution's machine.
    pub machine: &'a Machine<'a>,
    /// The execution that is judged.
    pub seen: &'a Execution,
    /// How the execution came to be.
    pub role: Role,
    /// The history, with its structure; `None` when the engine has no history or it has none that can be read.
    pub trace: Option<&'a Trace<'a>>,
    /// The execution the case is about; the same as `seen` for [`Role::Root`].
    pub root: &'a Execution,
    /// The engine, for oracles that run the case or a variation of it once more.
    pub engine: &'a dyn Engine,
    /// What such a run may use up.
    pub budget: Budget,
}

/// How an execution came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The case is about it.
    Root,
    /// A distributed Map started it for some of its items.
    Child,
    /// A task started it.
    Nested,
}

impl Trial<'_> {
    /// Whether the case has a fault of this kind.
    #[must_use]
    pub fn has(&self, fault: impl Fn(&Fault) -> bool) -> bool {
        self.case.faults.iter().any(fault)
    }

    /// Whether somebody may stop executions of the case, so that anything may end at any moment.
    #[must_use]
    pub fn may_be_stopped(&self) -> bool {
        self.has(|fault| matches!(fault, Fault::Stop { .. }))
            || self.case.expect.status.as_deref() == Some("ABORTED")
    }

    /// Whether the execution was redriven: counters and clocks start over within the history.
    #[must_use]
    pub fn was_redriven(&self) -> bool {
        self.has(|fault| matches!(fault, Fault::Redrive { .. }))
    }

    /// Whether moments may be compared at all: nothing may come early then.
    #[must_use]
    pub fn is_timed(&self) -> bool {
        self.engine.info().comparison.timing != TimingComparison::Ignored
    }

    /// Whether everything must come at its exact moment. After a jump of the clock things are late.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.engine.info().comparison.timing == TimingComparison::Exact
            && !self.has(|fault| matches!(fault, Fault::ClockJump { .. }))
    }

    /// Whether the execution is known to be an EXPRESS one.
    #[must_use]
    pub fn is_express(&self) -> bool {
        match self.role {
            Role::Root => self.case.workflow_type == Some(WorkflowTypeName::Express),
            // Children have the type their Map says; nested machines are STANDARD.
            Role::Child | Role::Nested => false,
        }
    }

    /// Whether it was observed to its end: a recording may break off, and what others started may outlive
    /// the execution the case is about.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match self.role {
            Role::Root => !self.case.expect.history_is_prefix,
            Role::Child | Role::Nested => self.seen.status != "RUNNING",
        }
    }
}
