//! The case format: one run of a state machine, or one verdict on a definition, with what must come out.
//!
//! A case is one JSON file. Recorded cases carry where and when they were recorded; written ones name the rule
//! they test and its source. Unknown fields are refused, so that a typing error cannot turn a check off.

mod expect;
mod fault;
mod load;
mod machine;
mod step;
mod task;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use expect::{Expect, Match, Placeholders, Wildcard};
pub use fault::Fault;
pub use load::{LoadError, find, load};
pub use machine::{Machine, State, change_states};
pub(crate) use step::REFUSED_BY_CLIENT;
pub use step::{Step, StepExpect};
pub use task::{PathStep, Task, TaskFailure, TaskOutcome, TaskStarted, TaskSubmitted, TaskType};

/// One case.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `<folder>/<name>`, unique.
    pub id: String,
    /// The rule tested, in one sentence. Written cases only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Where the rule or the recording comes from.
    pub source: String,
    /// The commit of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_commit: Option<String>,
    /// When it was recorded, as `dd-mm-yyyy, hh:mm:ss`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// When the recording was last checked against AWS; `null` means: trust it less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_validated: Option<String>,
    /// What to compare.
    pub kind: Kind,
    /// STANDARD or EXPRESS.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub workflow_type: Option<WorkflowTypeName>,
    /// `validate`: the operation that gave the verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// The constructs it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// The definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<Value>,
    /// `validate`: the definition's exact text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition_text: Option<String>,
    /// `validate`, `test_state`: the other parameters of the operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Value>,
    /// `api`: the operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<Step>>,
    /// The input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// The input's exact text, when it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_text: Option<String>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The state machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine: Option<Named>,
    /// The execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<Named>,
    /// When simulated time starts, as RFC 3339. Written cases only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// Objects, functions and activities.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub resources: Resources,
    /// Other machines, for nested executions: definitions by name. Written cases only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub machines: BTreeMap<String, Value>,
    /// What tasks answer, in order of scheduling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task>,
    /// What tasks answer, as a script of workers: the format of `stepclock run --workers`. Written and generated
    /// cases only; `tasks` come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<Value>,
    /// What goes wrong. Written and generated cases only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Seeds the engine's own random draws, where it takes a seed. Written and generated cases only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// States whose tasks were not recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unscripted_states: Vec<String>,
    /// Ids are zeroed and events sorted: compare as a multiset.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub history_ids_normalised: bool,
    /// Events of different branches may come in another order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub concurrent: bool,
    /// Remarks on waits and timeouts, for readers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtual_time_notes: Vec<String>,
    /// The machine's logging configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<Value>,
    /// What must come out; generated cases leave it to the oracles.
    #[serde(default, skip_serializing_if = "Expect::is_nothing")]
    pub expect: Expect,
    /// Tokens in the expectation that stand for something.
    #[serde(default, skip_serializing_if = "Placeholders::is_empty")]
    pub placeholders: Placeholders,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The whole history, and the final status.
    #[default]
    History,
    /// The final status and output.
    Result,
    /// The answer of `StartSyncExecution`.
    Sync,
    /// The closing log event of an EXPRESS execution.
    ExpressAsync,
    /// The answer of `ValidateStateMachineDefinition`, or the error of `CreateStateMachine`.
    Validate,
    /// The answer of `TestState`.
    TestState,
    /// A sequence of operations.
    Api,
    /// The events on the event bus.
    Eventbridge,
}

/// `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum WorkflowTypeName {
    /// Up to a year.
    Standard,
    /// Up to five minutes.
    Express,
}

/// Something with an ARN and a name.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
}

/// What surrounds the machine.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// Objects: bucket → key → body.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub s3: BTreeMap<String, BTreeMap<String, String>>,
    /// Functions by ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lambda_functions: BTreeMap<String, LambdaFunction>,
    /// Activities: ARN → name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activities: Option<BTreeMap<String, String>>,
}

impl Resources {
    fn is_empty(&self) -> bool {
        self.s3.is_empty() && self.lambda_functions.is_empty() && self.activities.is_none()
    }
}

impl Case {
    /// As a file has it: without the fields that say nothing.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// A function and the file of its handler.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LambdaFunction {
    /// Its name.
    pub name: String,
    /// The file of its handler.
    pub handler: String,
    /// Its runtime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// Its timeout in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
}

/// The JSON Schema of a case file.
#[must_use]
pub fn json_schema() -> Value {
    schemars::schema_for!(Case).to_value()
}
