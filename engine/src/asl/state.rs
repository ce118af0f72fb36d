//! The compiled states: one struct a state type, with the fields of both query languages side by side.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::definition::{QueryLanguage, StateGraph, StateId, Transition, WorkflowType};
use super::resource::Resource;
use crate::expr::{Assign, Expression, JsonPath, Located, ReferencePath, Template};

/// One state.
#[derive(Debug)]
pub struct State {
    /// Its name, unique in the whole definition.
    pub name: Arc<str>,
    /// Its `Comment`.
    pub comment: Option<Arc<str>>,
    /// Its own query language, or the machine's.
    pub query_language: QueryLanguage,
    /// What it does.
    pub kind: StateKind,
    /// Bytes of the definition text it was written in.
    pub span: Range<usize>,
}

/// The eight state types.
#[derive(Debug)]
#[expect(missing_docs, reason = "the variants are the state types of the language")]
pub enum StateKind {
    Pass(Box<PassState>),
    Task(Box<TaskState>),
    Choice(Box<ChoiceState>),
    Wait(Box<WaitState>),
    Succeed(Box<SucceedState>),
    Fail(Box<FailState>),
    Parallel(Box<ParallelState>),
    Map(Box<MapState>),
}

impl StateKind {
    /// The `Type` field: `Pass`, `Task`, …
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Pass(_) => "Pass",
            Self::Task(_) => "Task",
            Self::Choice(_) => "Choice",
            Self::Wait(_) => "Wait",
            Self::Succeed(_) => "Succeed",
            Self::Fail(_) => "Fail",
            Self::Parallel(_) => "Parallel",
            Self::Map(_) => "Map",
        }
    }
}

/// How a state's input becomes its output. Which fields can be set depends on the query language; the
/// others keep their defaults, which change nothing.
#[derive(Debug, Default)]
pub struct DataFlow {
    /// JSONPath `InputPath`.
    pub input_path: PathField,
    /// JSONPath `Parameters` (of a Map state: its `ItemSelector`'s old name, see [`MapState::item_selector`]).
    pub parameters: Option<Template>,
    /// JSONata `Arguments`.
    pub arguments: Option<Template>,
    /// JSONPath `ResultSelector`.
    pub result_selector: Option<Template>,
    /// JSONPath `ResultPath`.
    pub result_path: ResultPath,
    /// JSONPath `OutputPath`.
    pub output_path: PathField,
    /// JSONata `Output`.
    pub output: Option<Template>,
    /// `Assign` of either language.
    pub assign: Option<Assign>,
}

/// `InputPath` or `OutputPath`.
#[derive(Debug, Default)]
pub enum PathField {
    /// Absent, or `$`.
    #[default]
    Whole,
    /// `null`: the empty object.
    Empty,
    /// Any other path.
    Path(JsonPath),
}

/// `ResultPath`.
#[derive(Debug, Default)]
pub enum ResultPath {
    /// Absent, or `$`: the result replaces the input.
    #[default]
    Replace,
    /// `null`: the result is discarded.
    Discard,
    /// The result is put into the input here.
    Into(ReferencePath),
}

/// A field that is written as a literal, or computed by a path or JSONata expression.
#[derive(Debug)]
pub enum Computed<T> {
    /// Written in the definition.
    Literal(T),
    /// `…Path` in JSONPath (also an intrinsic, for `ErrorPath` and `CausePath`), `{% %}` in JSONata.
    Expression(Located<Expression>),
}

/// A Pass state.
#[derive(Debug)]
pub struct PassState {
    /// Data flow.
    pub flow: DataFlow,
    /// JSONPath `Result`.
    pub result: Option<Value>,
    /// Where it goes.
    pub transition: Transition,
}

/// A Task state.
#[derive(Debug)]
pub struct TaskState {
    /// What it calls.
    pub resource: Resource,
    /// Data flow.
    pub flow: DataFlow,
    /// `Credentials`: a template that gives an object with `RoleArn`.
    pub credentials: Option<Template>,
    /// `TimeoutSeconds` or `TimeoutSecondsPath`.
    pub timeout_seconds: Option<Computed<u64>>,
    /// `HeartbeatSeconds` or `HeartbeatSecondsPath`.
    pub heartbeat_seconds: Option<Computed<u64>>,
    /// `Retry`.
    pub retry: Vec<Retrier>,
    /// `Catch`.
    pub catch: Vec<Catcher>,
    /// Where it goes.
    pub transition: Transition,
}

/// A Choice state.
#[derive(Debug)]
pub struct ChoiceState {
    /// Data flow.
    pub flow: DataFlow,
    /// The rules, in order.
    pub choices: Vec<ChoiceRule>,
    /// `Default`.
    pub default: Option<StateId>,
}

/// One rule of a Choice state.
#[derive(Debug)]
pub struct ChoiceRule {
    /// When it matches.
    pub condition: Condition,
    /// Where it goes.
    pub next: StateId,
    /// The rule's own `Assign`; when it matches, the state's is not used.
    pub assign: Option<Assign>,
    /// JSONata: the rule's own `Output`; when it matches, the state's is not used.
    pub output: Option<Template>,
}

/// What a rule tests.
#[derive(Debug)]
pub enum Condition {
    /// All of them.
    And(Vec<Condition>),
    /// Any of them.
    Or(Vec<Condition>),
    /// Not this one.
    Not(Box<Condition>),
    /// JSONPath: a variable compared.
    Compare {
        /// `Variable`.
        variable: JsonPath,
        /// Operator and operand.
        comparison: Comparison,
    },
    /// JSONata `Condition`, written as a boolean.
    Literal(bool),
    /// JSONata `Condition`.
    Expression(Located<Expression>),
}

/// An operator with its operand: the 39 comparison operators of a JSONPath Choice rule.
#[derive(Debug)]
pub enum Comparison {
    /// `StringEquals`, `NumericLessThanPath`, … against a literal or a path.
    Ordered {
        /// The type both sides must have.
        operand_type: OperandType,
        /// The relation.
        relation: Relation,
        /// The right side.
        operand: Operand,
    },
    /// `BooleanEquals`, `BooleanEqualsPath`.
    BooleanEquals(Operand),
    /// `StringMatches`: the pattern, parsed.
    StringMatches(WildcardPattern),
    /// `IsNull`, `IsPresent`, …; the operand says whether it should be so.
    Is(TypeTest, bool),
}

/// The type an ordered comparison is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the operator families of the language")]
pub enum OperandType {
    String,
    Numeric,
    Timestamp,
}

/// The relation an ordered comparison tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the operators of the language")]
pub enum Relation {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

/// The right side of a comparison.
#[derive(Debug)]
pub enum Operand {
    /// Written in the definition.
    Literal(Value),
    /// `…Path`, applied to the effective input.
    Path(JsonPath),
}

/// What an `Is…` operator tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the operators of the language")]
pub enum TypeTest {
    Null,
    Present,
    Numeric,
    String,
    Boolean,
    Timestamp,
}

/// A `StringMatches` pattern: literal parts with `*` between them.
///
/// `parts` has one more entry than the pattern has unescaped `*`; `["a", "b"]` is `a*b`, `["a"]` is `a`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WildcardPattern {
    /// The literal parts, unescaped.
    pub parts: Vec<Box<str>>,
}

/// A Wait state.
#[derive(Debug)]
pub struct WaitState {
    /// Data flow.
    pub flow: DataFlow,
    /// Until when.
    pub until: WaitUntil,
    /// Where it goes.
    pub transition: Transition,
}

/// What a Wait state waits for.
#[derive(Debug)]
pub enum WaitUntil {
    /// `Seconds` or `SecondsPath`.
    Seconds(Computed<u64>),
    /// `Timestamp` or `TimestampPath`.
    Timestamp(Computed<crate::data::Timestamp>),
}

/// A Succeed state.
#[derive(Debug)]
pub struct SucceedState {
    /// Data flow.
    pub flow: DataFlow,
}

/// A Fail state.
#[derive(Debug)]
pub struct FailState {
    /// `Error` or `ErrorPath`.
    pub error: Option<Computed<Arc<str>>>,
    /// `Cause` or `CausePath`.
    pub cause: Option<Computed<Arc<str>>>,
}

/// A Parallel state.
#[derive(Debug)]
pub struct ParallelState {
    /// Data flow.
    pub flow: DataFlow,
    /// The branches, in order.
    pub branches: Vec<Arc<StateGraph>>,
    /// `Retry`.
    pub retry: Vec<Retrier>,
    /// `Catch`.
    pub catch: Vec<Catcher>,
    /// Where it goes.
    pub transition: Transition,
}

/// A Map state, inline or distributed.
#[derive(Debug)]
pub struct MapState {
    /// Data flow; `parameters` and `arguments` are never set here.
    pub flow: DataFlow,
    /// Where the items come from, unless an [`ItemReader`] reads them.
    pub items: ItemsSource,
    /// `ItemSelector`, or `Parameters` in its legacy form.
    pub item_selector: Option<Template>,
    /// `ItemProcessor`, or `Iterator` in its legacy form.
    pub processor: Arc<StateGraph>,
    /// Inline or distributed.
    pub mode: MapMode,
    /// `MaxConcurrency` or `MaxConcurrencyPath`.
    pub max_concurrency: Option<Computed<u64>>,
    /// `ToleratedFailureCount` or `…Path`.
    pub tolerated_failure_count: Option<Computed<u64>>,
    /// `ToleratedFailurePercentage` or `…Path`.
    pub tolerated_failure_percentage: Option<Computed<f64>>,
    /// `ItemReader` (distributed).
    pub item_reader: Option<ItemReader>,
    /// `ItemBatcher` (distributed).
    pub item_batcher: Option<ItemBatcher>,
    /// `ResultWriter` (distributed).
    pub result_writer: Option<ResultWriter>,
    /// `Label` (distributed).
    pub label: Option<Arc<str>>,
    /// `Retry`.
    pub retry: Vec<Retrier>,
    /// `Catch`.
    pub catch: Vec<Catcher>,
    /// Where it goes.
    pub transition: Transition,
}

/// Where a Map state's items come from.
#[derive(Debug)]
pub enum ItemsSource {
    /// The whole effective input (no `ItemsPath`, no `Items`).
    Input,
    /// JSONPath `ItemsPath`.
    Path(JsonPath),
    /// JSONata `Items`: an expression, or an array written in the definition.
    Items(Template),
}

/// Where the iterations run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapMode {
    /// In the execution itself.
    Inline,
    /// In child executions of this type, under a Map Run.
    Distributed(WorkflowType),
}

/// `ItemReader`.
#[derive(Debug)]
pub struct ItemReader {
    /// What it calls.
    pub operation: ReaderOperation,
    /// `Parameters` or `Arguments`.
    pub parameters: Template,
    /// `ReaderConfig.InputType`; `None` when absent.
    pub input_type: Option<InputType>,
    /// `ReaderConfig.Transformation` is `LOAD_AND_FLATTEN`.
    pub load_and_flatten: bool,
    /// `ReaderConfig.ManifestType`.
    pub manifest_type: Option<ManifestType>,
    /// `ReaderConfig.CSVDelimiter`, as its byte.
    pub csv_delimiter: u8,
    /// `ReaderConfig.CSVHeaderLocation` and `CSVHeaders`.
    pub csv_headers: CsvHeaders,
    /// `ReaderConfig.ItemsPointer`, a JSON Pointer.
    pub items_pointer: Option<Arc<str>>,
    /// `ReaderConfig.MaxItems` or `MaxItemsPath`.
    pub max_items: Option<Computed<u64>>,
}

/// The S3 operation an ItemReader calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReaderOperation {
    /// `s3:getObject`.
    GetObject,
    /// `s3:listObjectsV2`.
    ListObjectsV2,
}

/// `ReaderConfig.InputType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the values of the field")]
pub enum InputType {
    Csv,
    Json,
    Jsonl,
    Parquet,
    Manifest,
}

/// `ReaderConfig.ManifestType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the values of the field")]
pub enum ManifestType {
    AthenaData,
    S3Inventory,
}

/// Where CSV headers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CsvHeaders {
    /// `FIRST_ROW`, also when the field does not apply.
    FirstRow,
    /// `GIVEN`, with `CSVHeaders`.
    Given(Vec<Arc<str>>),
}

/// `ItemBatcher`.
#[derive(Debug)]
pub struct ItemBatcher {
    /// `BatchInput`.
    pub batch_input: Option<Template>,
    /// `MaxItemsPerBatch` or `…Path`.
    pub max_items_per_batch: Option<Computed<u64>>,
    /// `MaxInputBytesPerBatch` or `…Path`.
    pub max_input_bytes_per_batch: Option<Computed<u64>>,
}

/// `ResultWriter`.
#[derive(Debug)]
pub struct ResultWriter {
    /// `Parameters` or `Arguments` of `s3:putObject`; `None` when only `WriterConfig` is given.
    pub parameters: Option<Template>,
    /// `WriterConfig.Transformation`.
    pub transformation: WriterTransformation,
    /// `WriterConfig.OutputType` is `JSONL`.
    pub jsonl: bool,
}

/// `WriterConfig.Transformation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the variants are the values of the field")]
pub enum WriterTransformation {
    #[default]
    None,
    Compact,
    Flatten,
}

/// One entry of `Retry`.
#[derive(Debug, Clone)]
pub struct Retrier {
    /// `ErrorEquals`.
    pub error_equals: Vec<Arc<str>>,
    /// `IntervalSeconds`, default 1.
    pub interval_seconds: u64,
    /// `MaxAttempts`, default 3.
    pub max_attempts: u64,
    /// `BackoffRate`, default 2.0.
    pub backoff_rate: f64,
    /// `MaxDelaySeconds`.
    pub max_delay_seconds: Option<u64>,
    /// `JitterStrategy` is `FULL`.
    pub full_jitter: bool,
}

/// One entry of `Catch`.
#[derive(Debug)]
pub struct Catcher {
    /// `ErrorEquals`.
    pub error_equals: Vec<Arc<str>>,
    /// `Next`.
    pub next: StateId,
    /// JSONPath `ResultPath`.
    pub result_path: ResultPath,
    /// JSONata `Output`.
    pub output: Option<Template>,
    /// `Assign`.
    pub assign: Option<Assign>,
}
