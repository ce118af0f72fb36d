//! Map states, inline and distributed.

use std::sync::Arc;

use super::context::{Compiler, Scope};
use super::cursor::At;
use super::fields::{Fields, In};
use super::jsonata_check::Offers;
use super::template::JsonataText;
use crate::asl::syntax::Value;
use crate::asl::{
    Computed, DiagnosticCode, ItemsSource, MapMode, MapState, StateGraph, WorkflowType,
};
use crate::expr::Template;
use crate::limits;

pub(super) const FIELDS: &Fields = &[
    ("InputPath", In::Path),
    ("ItemsPath", In::Path),
    ("Items", In::Jsonata),
    ("ItemSelector", In::Both),
    ("Parameters", In::Path),
    ("ItemProcessor", In::Both),
    ("Iterator", In::Both),
    ("ItemReader", In::Both),
    ("ItemBatcher", In::Both),
    ("ResultWriter", In::Both),
    ("MaxConcurrency", In::Both),
    ("MaxConcurrencyPath", In::Path),
    ("ToleratedFailurePercentage", In::Both),
    ("ToleratedFailurePercentagePath", In::Path),
    ("ToleratedFailureCount", In::Both),
    ("ToleratedFailureCountPath", In::Path),
    ("Label", In::Both),
    ("ResultSelector", In::Path),
    ("ResultPath", In::Path),
    ("OutputPath", In::Path),
    ("Output", In::Jsonata),
    ("Assign", In::Both),
    ("Retry", In::Both),
    ("Catch", In::Both),
];

/// The data flow fields; `Parameters` is the old name of `ItemSelector` here.
const FLOW: &Fields = &[
    ("InputPath", In::Path),
    ("ResultSelector", In::Path),
    ("ResultPath", In::Path),
    ("OutputPath", In::Path),
    ("Output", In::Jsonata),
    ("Assign", In::Both),
];

const PROCESSOR: &Fields = &[
    ("StartAt", In::Both),
    ("States", In::Both),
    ("Comment", In::Both),
    ("ProcessorConfig", In::Both),
];

const PROCESSOR_CONFIG: &Fields =
    &[("Mode", In::Both), ("ExecutionType", In::Both), ("Comment", In::Both)];

impl Compiler {
    /// A Map state.
    pub(super) fn map(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<MapState> {
        self.exactly_one(at, &["ItemProcessor", "Iterator"]);
        self.at_most_one(at, &["ItemSelector", "Parameters"]);
        let transition = self.transition(at, scope);
        let concurrency = ["MaxConcurrency", "MaxConcurrencyPath"];
        let max_concurrency = self.integer_or_path(at, scope, concurrency, (0, u64::MAX));
        let count = ["ToleratedFailureCount", "ToleratedFailureCountPath"];
        let tolerated_failure_count = self.integer_or_path(at, scope, count, (0, u64::MAX));
        let tolerated_failure_percentage = self.tolerated_percentage(at, scope);
        let items = self.items(at, scope);
        let item_selector = match at.get("ItemSelector") {
            Some(value) => self.template(&value, scope, Offers::Input).map(Some),
            None => match at.get("Parameters") {
                Some(value) if !scope.is_jsonata() => self.path_template(&value).map(Some),
                _ => Some(None),
            },
        };
        let item_reader = match at.get("ItemReader") {
            Some(value) => self.item_reader(&value, scope).map(Some),
            None => Some(None),
        };
        let item_batcher = match at.get("ItemBatcher") {
            Some(value) => self.item_batcher(&value, scope).map(Some),
            None => Some(None),
        };
        let result_writer = match at.get("ResultWriter") {
            Some(value) => self.result_writer(&value, scope).map(Some),
            None => Some(None),
        };
        let label = at.get("Label").and_then(|value| self.label(&value));
        let flow = self.data_flow(at, scope, FLOW, Offers::Result);
        let retry = self.retry(at);
        let catch = self.catch(at, scope);
        let processor = at.get("ItemProcessor").or_else(|| at.get("Iterator"))?;
        let (mode, processor) = self.processor(&processor)?;
        Some(MapState {
            flow: flow?,
            items: items?,
            item_selector: item_selector?,
            processor: Arc::new(processor),
            mode,
            max_concurrency,
            tolerated_failure_count,
            tolerated_failure_percentage,
            item_reader: item_reader?,
            item_batcher: item_batcher?,
            result_writer: result_writer?,
            label,
            retry: retry?,
            catch: catch?,
            transition: transition?,
        })
    }

    fn tolerated_percentage(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<Computed<f64>> {
        let [field, path_field] = ["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"];
        self.at_most_one(at, &[field, path_field]);
        if let Some(value) = at.get(field) {
            if let Some(computed) = self.computed(&value, scope) {
                return computed.map(Computed::Expression);
            }
            return self.number(&value, 0.0, 100.0).map(Computed::Literal);
        }
        self.computed_path(at, scope, path_field).map(Computed::Expression)
    }

    fn items(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<ItemsSource> {
        if scope.is_jsonata() {
            let Some(items) = at.get("Items") else { return Some(ItemsSource::Input) };
            return match (&items.node.value, self.jsonata_text(&items, Offers::Input)) {
                (Value::String(_), JsonataText::Expression(expression)) => {
                    Some(ItemsSource::Items(Template::Expression(expression)))
                }
                (Value::String(_), JsonataText::Broken) => None,
                (Value::Array(_), _) => {
                    self.jsonata_template(&items, Offers::Input).map(ItemsSource::Items)
                }
                // A Distributed Map takes the members of an object for its items.
                (Value::Object(_), _) => {
                    self.jsonata_template(&items, Offers::Input).map(ItemsSource::Items)
                }
                _ => {
                    self.schema(&items, "Expected value of type [ARRAY]");
                    None
                }
            };
        }
        match at.get("ItemsPath") {
            Some(value) => self.reference(&value).map(ItemsSource::Path),
            None => Some(ItemsSource::Input),
        }
    }

    fn label(&mut self, at: &At<'_>) -> Option<Arc<str>> {
        let label = self.string(at)?;
        if label.chars().count() > limits::LABEL_CHARS_MAX {
            let message = format!(
                "Invalid Label name: Label '{label}' exceeds the {}-character limit allowed by the service",
                limits::LABEL_CHARS_MAX
            );
            self.error(DiagnosticCode::InvalidLabelName, at, message);
            return None;
        }
        if !self.labels.insert(label.to_owned()) {
            let message = format!("Duplicate Label name: {label}");
            self.error(DiagnosticCode::DuplicateLabelName, at, message);
            return None;
        }
        Some(label.into())
    }

    /// `ItemProcessor` or `Iterator`.
    fn processor(&mut self, at: &At<'_>) -> Option<(MapMode, StateGraph)> {
        self.object(at)?;
        self.check_fields(at, &[PROCESSOR], None);
        self.comment(at);
        let mode = match at.get("ProcessorConfig") {
            Some(config) => self.processor_config(&config),
            None => Some(MapMode::Inline),
        };
        let graph = match mode {
            Some(MapMode::Distributed(children)) => {
                // Children are executions of their own: of this type, and without the variables around.
                // That creation already refuses what Express children cannot call is not measured; they
                // would fail at the latest when they run.
                let own = std::mem::replace(&mut self.workflow_type, children);
                let scopes = std::mem::take(&mut self.scopes);
                let graph = self.graph(at, false);
                self.workflow_type = own;
                self.scopes = scopes;
                graph
            }
            _ => self.graph(at, false),
        };
        Some((mode?, graph?))
    }

    fn processor_config(&mut self, at: &At<'_>) -> Option<MapMode> {
        self.object(at)?;
        self.check_fields(at, &[PROCESSOR_CONFIG], None);
        let mode = match at.get("Mode") {
            Some(mode) => self.one_of(&mode, &["INLINE", "DISTRIBUTED"])?,
            None => "INLINE",
        };
        if mode == "INLINE" {
            if let Some(span) = at.member_span("ExecutionType") {
                self.schema_at(at, span, "Field 'ExecutionType' is not supported");
                return None;
            }
            return Some(MapMode::Inline);
        }
        if self.workflow_type == WorkflowType::Express {
            let message = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines";
            let mode = at.get("Mode")?;
            self.schema_at(at, mode.span(), message);
            return None;
        }
        if !self.require(at, &["ExecutionType"]) {
            return None;
        }
        let execution_type = at.get("ExecutionType")?;
        Some(MapMode::Distributed(
            match self.one_of(&execution_type, &["STANDARD", "EXPRESS"])? {
                "EXPRESS" => WorkflowType::Express,
                _ => WorkflowType::Standard,
            },
        ))
    }
}
