//! The compiled definition: graphs of states, with names resolved to indices.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::state::State;

/// A compiled state machine. Immutable; share it with an [`Arc`].
#[derive(Debug)]
pub struct Definition {
    /// The top-level `Comment`.
    pub comment: Option<Arc<str>>,
    /// The machine's query language, which a state inherits unless it names its own.
    pub query_language: QueryLanguage,
    /// The machine's `TimeoutSeconds`.
    pub timeout_seconds: Option<u64>,
    /// The top-level states.
    pub graph: Arc<StateGraph>,
    /// The JSON text it was compiled from (YAML is converted first).
    pub source: Arc<str>,
}

/// One `StartAt` with its `States`: the machine itself, a Parallel branch, or a Map's item processor.
#[derive(Debug)]
pub struct StateGraph {
    /// Where it starts.
    pub start_at: StateId,
    /// The states in the order of the text. Indexed by [`StateId`].
    pub states: Vec<State>,
}

/// Index of a state within its [`StateGraph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateId(pub u32);

impl StateGraph {
    /// The state with this index.
    ///
    /// # Panics
    /// When the index belongs to another graph.
    #[must_use]
    pub fn state(&self, id: StateId) -> &State {
        &self.states[id.0 as usize]
    }

    /// Finds a state by name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<StateId> {
        let index = self.states.iter().position(|state| &*state.name == name)?;
        u32::try_from(index).ok().map(StateId)
    }
}

/// `Next` or `End`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// Go on to this state of the same graph.
    Next(StateId),
    /// The graph ends here.
    End,
}

/// The language of a state's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum QueryLanguage {
    /// JSONPath, reference paths and intrinsic functions.
    #[default]
    #[serde(rename = "JSONPath")]
    JsonPath,
    /// JSONata between `{%` and `%}`.
    #[serde(rename = "JSONata")]
    Jsonata,
}

/// The type of a state machine, as in `CreateStateMachine`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum WorkflowType {
    /// Up to a year, full history.
    #[default]
    #[serde(rename = "STANDARD")]
    Standard,
    /// Up to five minutes, logs instead of history.
    #[serde(rename = "EXPRESS")]
    Express,
}
