//! Data flow: how a state's input becomes its output, in both query languages.
//!
//! JSONPath: `InputPath` → `Parameters` → (work) → `ResultSelector` → `ResultPath` into the raw input →
//! `OutputPath`. JSONata: `Arguments` → (work) → `Output`. `Assign` sees the same values as the output.

use serde_json::Value;

use super::Mutation;
use super::core::{Execution, View};
use super::inspect::DataStage;
use super::thread::{Phase, Thread};
use super::variables::{VariableScope, limit_broken};
use crate::asl::{DataFlow, PathField, QueryLanguage, ResultPath};
use crate::data::{Payload, PayloadError};
use crate::expr::{Assign, ExprError, Template};
use crate::history::AssignedVariable;
use crate::limits;

/// What a state hands on: its output, and the variables it sets.
pub(super) struct Flow {
    pub(super) output: Payload,
    pub(super) assigned: Vec<AssignedVariable>,
}

impl Execution {
    /// The state's input after `InputPath`.
    pub(super) fn effective_input(
        &self,
        thread: &Thread,
        flow: &DataFlow,
        view: View<'_>,
    ) -> Result<Payload, ExprError> {
        let effective = match self.path_field(thread, &flow.input_path, &thread.input, view) {
            Err(_) if self.planted(Mutation::MissingInputPathIsEmpty) => {
                Ok(Payload::empty_object())
            }
            effective => effective,
        }?;
        self.note_data(DataStage::InputPath, &effective);
        Ok(effective)
    }

    /// `InputPath` or `OutputPath` applied to a value.
    fn path_field(
        &self,
        thread: &Thread,
        field: &PathField,
        whole: &Payload,
        view: View<'_>,
    ) -> Result<Payload, ExprError> {
        match field {
            PathField::Whole => Ok(self.handed_on(whole)),
            PathField::Empty => Ok(Payload::empty_object()),
            PathField::Path(path) => {
                let view = View { input: whole.value(), ..view };
                let found = self.evaluate(thread, view, |scope| {
                    path.evaluate(scope).map(std::borrow::Cow::into_owned)
                })?;
                computed(found)
            }
        }
    }

    /// A template's value, as a payload.
    pub(super) fn template(
        &self,
        thread: &Thread,
        template: &Template,
        view: View<'_>,
    ) -> Result<Payload, ExprError> {
        computed(self.evaluate(thread, view, |scope| template.evaluate(scope))?)
    }

    /// What a Task is called with: `Parameters` of the effective input, or `Arguments`.
    pub(super) fn task_input(
        &self,
        thread: &Thread,
        flow: &DataFlow,
        effective: &Payload,
        view: View<'_>,
    ) -> Result<Payload, ExprError> {
        let seen = match self.planted(Mutation::InputPathIgnoredByParameters) {
            true => &thread.input,
            false => effective,
        };
        let view = View { input: seen.value(), ..view };
        let input = match flow.parameters.as_ref().or(flow.arguments.as_ref()) {
            Some(template) => self.template(thread, template, view)?,
            None => effective.clone(),
        };
        let stage = match thread.current().query_language {
            QueryLanguage::JsonPath => DataStage::Parameters,
            QueryLanguage::Jsonata => DataStage::Arguments,
        };
        self.note_data(stage, &input);
        Ok(input)
    }

    /// Output and variables of a state that did some work with this result.
    pub(super) fn after_work(
        &self,
        thread: &Thread,
        flow: &DataFlow,
        result: &Payload,
        view: View<'_>,
    ) -> Result<Flow, ExprError> {
        self.note_data(DataStage::Result, result);
        match thread.current().query_language {
            QueryLanguage::Jsonata => {
                let view =
                    View { input: thread.input.value(), result: Some(result.value()), ..view };
                self.jsonata_output(thread, flow, result, view)
            }
            QueryLanguage::JsonPath => {
                // `$` is the raw result, for ResultSelector and Assign alike.
                let view = View { input: result.value(), ..view };
                let assigned = self.assigned(thread, flow.assign.as_ref(), view)?;
                let selected = match &flow.result_selector {
                    Some(template) if !self.planted(Mutation::ResultSelectorIgnored) => {
                        self.template(thread, template, view)?
                    }
                    _ => self.handed_on(result),
                };
                let output = self.json_path_output(thread, flow, selected, view)?;
                Ok(Flow { output, assigned })
            }
        }
    }

    /// Output and variables of a state that only passes its effective input on (Pass, Choice, Wait,
    /// Succeed); `result` is what replaces it in a Pass state.
    pub(super) fn pass_on(
        &self,
        thread: &Thread,
        flow: &DataFlow,
        result: Payload,
    ) -> Result<Flow, ExprError> {
        match thread.current().query_language {
            QueryLanguage::Jsonata => {
                self.jsonata_output(thread, flow, &result, View::of(thread.input.value()))
            }
            QueryLanguage::JsonPath => {
                let assigned =
                    self.assigned(thread, flow.assign.as_ref(), View::of(result.value()))?;
                let view = View::of(thread.input.value());
                let output = self.json_path_output(thread, flow, result, view)?;
                Ok(Flow { output, assigned })
            }
        }
    }

    fn jsonata_output(
        &self,
        thread: &Thread,
        flow: &DataFlow,
        default: &Payload,
        view: View<'_>,
    ) -> Result<Flow, ExprError> {
        let assigned = self.assigned(thread, flow.assign.as_ref(), view)?;
        let output = match &flow.output {
            Some(template) => self.template(thread, template, view)?,
            None => self.handed_on(default),
        };
        Ok(Flow { output, assigned })
    }

    pub(super) fn json_path_output(
        &self,
        thread: &Thread,
        flow: &DataFlow,
        result: Payload,
        view: View<'_>,
    ) -> Result<Payload, ExprError> {
        self.note_data(DataStage::ResultSelector, &result);
        let combined = match &flow.result_path {
            ResultPath::Discard if self.planted(Mutation::ResultPathNullDropsInput) => {
                Payload::empty_object()
            }
            ResultPath::Into(_) if self.planted(Mutation::ResultPathReplaces) => result,
            result_path => put_result(result_path, &thread.input, result)?,
        };
        self.note_data(DataStage::ResultPath, &combined);
        if self.planted(Mutation::OutputPathIgnored) {
            return Ok(combined);
        }
        self.path_field(thread, &flow.output_path, &combined, view)
    }

    /// The variables an `Assign` sets: all right sides see the values from before.
    pub(super) fn assigned(
        &self,
        thread: &Thread,
        assign: Option<&Assign>,
        view: View<'_>,
    ) -> Result<Vec<AssignedVariable>, ExprError> {
        let Some(assign) = assign else { return Ok(Vec::new()) };
        if self.planted(Mutation::AssignSeesNewValues) {
            return self.assigned_in_turn(thread, assign, view);
        }
        let mut assigned = Vec::with_capacity(assign.variables.len());
        let mut bytes = 0;
        for (name, template) in &assign.variables {
            let value = self.template(thread, template, view)?;
            bytes += value.size_bytes();
            assigned.push((name.clone(), value));
            if bytes > limits::TEMPLATE_BYTES_MAX {
                // Far more than variables may hold.
                break;
            }
        }
        let stored = thread.variables.as_deref().map_or(0, VariableScope::total_bytes);
        match limit_broken(&assigned, stored) {
            Some(cause) => Err(ExprError::runtime(cause)),
            None => Ok(assigned),
        }
    }
}

impl Execution {
    /// A planted bug: each variable is set before the next one is evaluated.
    fn assigned_in_turn(
        &self,
        thread: &Thread,
        assign: &Assign,
        view: View<'_>,
    ) -> Result<Vec<AssignedVariable>, ExprError> {
        let mut seen = Thread {
            parent: thread.parent,
            graph: thread.graph.clone(),
            state: thread.state,
            input: thread.input.clone(),
            last_event: thread.last_event,
            entered_event: thread.entered_event,
            before_entered: thread.before_entered,
            entered_at: thread.entered_at,
            variables: thread.variables.clone(),
            retries: thread.retries.clone(),
            phase: Phase::Ready,
        };
        let mut assigned = Vec::new();
        for (name, template) in &assign.variables {
            let variable = (name.clone(), self.template(&seen, template, view)?);
            VariableScope::assign(&mut seen.variables, std::slice::from_ref(&variable));
            assigned.push(variable);
        }
        Ok(assigned)
    }
}

/// `ResultPath`: puts a result into the raw input (recording `map_state_item_selector`: not into what
/// `InputPath` selected).
pub(super) fn put_result(
    result_path: &ResultPath,
    raw_input: &Payload,
    result: Payload,
) -> Result<Payload, ExprError> {
    match result_path {
        ResultPath::Replace => Ok(result),
        ResultPath::Discard => Ok(raw_input.compacted()),
        ResultPath::Into(path) => {
            computed(path.insert(raw_input.value().clone(), result.into_value())?)
        }
    }
}

/// A computed value as a payload.
pub(super) fn computed(value: Value) -> Result<Payload, ExprError> {
    Payload::computed(value).map_err(|error| match error {
        PayloadError::TooDeep | PayloadError::Text(_) => ExprError::runtime(error.to_string()),
    })
}
