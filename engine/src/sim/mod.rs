//! The simulated world: a clock that jumps, an ordered queue of what happens next, workers that answer tasks,
//! objects, and many executions.
//!
//! Everything here is deterministic: the same machines, input, workers and seed give the same bytes. See
//! [`World`] for an example.

mod config;
mod description;
mod disturb;
mod error;
mod integrations;
mod machine;
mod mock_config;
mod objects;
mod queue;
mod record;
mod script;
pub mod sfn;
mod tasks;
mod tokens;
mod worker;
mod world;

pub use config::WorldConfig;
pub use description::{Description, billed};
pub use error::WorldError;
pub use machine::{Machine, StartRequest};
pub use mock_config::{MockConfig, MockedCase};
pub use objects::{ObjectStore, StoredObject};
pub use queue::{Place, Queue};
pub use record::{ExecutionKey, ExecutionRecord};
pub use script::{ScriptError, Workers};
pub use worker::{Answer, Outcome as AnswerOutcome, TaskCall, Worker};
pub use world::{World, replay};
