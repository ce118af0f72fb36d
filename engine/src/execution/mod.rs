//! The execution core: one pure state machine. [`Input`]s go in, [`Effect`]s come out.

mod children;
mod choice;
mod config;
mod context;
mod core;
mod effect;
mod fail;
mod failure;
mod flow;
mod handle;
mod input;
mod inspect;
mod items;
mod map;
mod map_run;
mod mutation;
mod parallel;
mod pass;
mod redrive;
mod retry;
mod step;
mod succeed;
mod task;
mod thread;
mod variables;
mod wait;

pub use config::{ExecutionConfig, ServiceRevision};
pub use core::{ApplyError, Execution};
pub use effect::{
    ChildRequest, Container, Effect, MapRunChange, MapRunStatus, ObjectRequest, TaskRequest,
};
pub use input::{ChildOutcome, Input, ListedObject, ObjectError, Outcome};
pub(crate) use inspect::{DataStage, Given, Stage};
pub use mutation::Mutation;

use serde::{Deserialize, Serialize};

/// Names one attempt of one Task within its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub u64);

/// Names one timer within its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimerId(pub u64);

/// Names one child execution of a Map Run within its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChildId(pub u64);

/// Names one object read, listing or write within its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectOperationId(pub u64);
