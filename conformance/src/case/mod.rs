//! The case format: one run of a state machine, or one verdict on a definition, with what must come out.
//!
//! A case is one JSON file. Recorded cases carry where and when they were recorded; written ones name the rule
//! they test and its source. Unknown fields are refused, so that a typing error cannot turn a check off.

mod expect;
mod load;
mod task;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use expect::{Expect, Match, Placeholders, Wildcard};
pub use load::{LoadError, find, load};
pub use task::{PathStep, Task, TaskFailure, TaskOutcome, TaskStarted, TaskSubmitted, TaskType};

/// One case.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `<folder>/<name>`, unique.
    pub id: String,
    /// The rule tested, in one sentence. Written cases only.
    pub rule: Option<String>,
    /// Where the rule or the recording comes from.
    pub source: String,
    /// The commit of the source.
    pub source_commit: Option<String>,
    /// When it was recorded, as `dd-mm-yyyy, hh:mm:ss`.
    pub recorded: Option<String>,
    /// When the recording was last checked against AWS; `null` means: trust it less.
    pub aws_validated: Option<String>,
    /// What to compare.
    pub kind: Kind,
    /// STANDARD or EXPRESS.
    #[serde(rename = "type")]
    pub workflow_type: Option<WorkflowTypeName>,
    /// `validate`: the operation that gave the verdict.
    pub op: Option<String>,
    /// The constructs it uses.
    #[serde(default)]
    pub features: Vec<String>,
    /// The definition.
    pub definition: Option<Value>,
    /// `validate`: the definition's exact text.
    pub definition_text: Option<String>,
    /// `validate`, `test_state`: the other parameters of the operation.
    pub request: Option<Value>,
    /// `api`: the operations.
    pub steps: Option<Value>,
    /// The input.
    pub input: Option<Value>,
    /// The input's exact text, when it matters.
    pub input_text: Option<String>,
    /// The role.
    pub role_arn: Option<String>,
    /// The state machine.
    pub state_machine: Option<Named>,
    /// The execution.
    pub execution: Option<Named>,
    /// When simulated time starts, as RFC 3339. Written cases only.
    pub start_time: Option<String>,
    /// Objects, functions and activities.
    #[serde(default)]
    pub resources: Resources,
    /// Other machines, for nested executions: definitions by name. Written cases only.
    #[serde(default)]
    pub machines: BTreeMap<String, Value>,
    /// What tasks answer, in order of scheduling.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// States whose tasks were not recorded.
    #[serde(default)]
    pub unscripted_states: Vec<String>,
    /// Ids are zeroed and events sorted: compare as a multiset.
    #[serde(default)]
    pub history_ids_normalised: bool,
    /// Events of different branches may come in another order.
    #[serde(default)]
    pub concurrent: bool,
    /// Remarks on waits and timeouts, for readers.
    #[serde(default)]
    pub virtual_time_notes: Vec<String>,
    /// The machine's logging configuration.
    pub logging: Option<Value>,
    /// What must come out.
    pub expect: Expect,
    /// Tokens in the expectation that stand for something.
    #[serde(default)]
    pub placeholders: Placeholders,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The whole history, and the final status.
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
    #[serde(default)]
    pub s3: BTreeMap<String, BTreeMap<String, String>>,
    /// Functions by ARN.
    #[serde(default)]
    pub lambda_functions: BTreeMap<String, LambdaFunction>,
    /// Activities: ARN → name.
    pub activities: Option<BTreeMap<String, String>>,
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
    pub runtime: Option<String>,
    /// Its timeout in seconds.
    pub timeout: Option<u64>,
}

/// The JSON Schema of a case file.
#[must_use]
pub fn json_schema() -> Value {
    schemars::schema_for!(Case).to_value()
}
