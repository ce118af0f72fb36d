//! The answer: status, output, and what an inspection level shows of the way of the data.

use serde_json::{Map, Value, json};

use super::request::InspectionLevel;
use crate::asl::{QueryLanguage, State, StateKind};
use crate::data::Payload;
use crate::execution::{DataStage, Stage};
use crate::history::{AssignedVariable, Failure};

/// What became of a state.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) stages: Vec<Stage>,
    /// It ran for longer than the operation may take.
    pub(super) timed_out: bool,
}

/// An answer in the making.
#[derive(Default)]
struct Answer {
    members: Map<String, Value>,
    inspection: Map<String, Value>,
    error_details: Map<String, Value>,
    variables: Vec<AssignedVariable>,
    failure: Option<Failure>,
}

impl Seen {
    /// The answer of the operation.
    pub(super) fn answer(
        &self,
        state: &State,
        level: InspectionLevel,
        input: &Payload,
        variables: &[AssignedVariable],
    ) -> Value {
        let mut answer = Answer { variables: variables.to_vec(), ..Answer::default() };
        answer.inspection.insert("input".to_owned(), input.text().into());
        if self.timed_out {
            answer.failure = Some(Failure { error: Some("States.Timeout".into()), cause: None });
        }
        for stage in &self.stages {
            answer.add(state, stage);
        }
        answer.close(self.status(), level)
    }

    /// `status`.
    pub(super) fn status(&self) -> &'static str {
        let any = |wanted: fn(&Stage) -> bool| self.stages.iter().any(wanted);
        let left = any(|stage| matches!(stage, Stage::Left { .. }));
        match (left, any(|stage| matches!(stage, Stage::Catcher(_)))) {
            (true, true) => "CAUGHT_ERROR",
            (true, false) => "SUCCEEDED",
            (false, _) if any(|stage| matches!(stage, Stage::RetryDelay(_))) => "RETRIABLE",
            (false, _) => "FAILED",
        }
    }

    /// The failure of a state that nothing handled.
    pub(super) fn unhandled(&self) -> Option<&Failure> {
        if self.status() != "FAILED" {
            return None;
        }
        self.stages.iter().rev().find_map(|stage| match stage {
            Stage::Failed(failure) => Some(failure),
            _ => None,
        })
    }
}

impl Answer {
    fn add(&mut self, state: &State, stage: &Stage) {
        let mut inspect = |name: &str, value: Value| {
            self.inspection.insert(name.to_owned(), value);
        };
        match stage {
            Stage::Data(stage, data) => {
                let text = match stage {
                    DataStage::ItemBatcher => batches(data),
                    _ => data.text().to_owned(),
                };
                if let Some(name) = shown(state, *stage) {
                    inspect(name, text.into());
                }
            }
            Stage::MaxConcurrency(limit) => inspect("maxConcurrency", (*limit).into()),
            Stage::ToleratedFailureCount(count) => {
                inspect("toleratedFailureCount", (*count).into());
            }
            Stage::ToleratedFailurePercentage(share) => {
                inspect("toleratedFailurePercentage", (*share).into());
            }
            Stage::Failed(failure) => self.failure = Some(failure.clone()),
            // Also when its attempts are used up (recording `state_configuration_retrier_retry_count.*-2`).
            Stage::Retrier(index) => self.detail("retryIndex", (*index).into()),
            Stage::RetryDelay(delay_ms) => {
                self.detail("retryBackoffIntervalSeconds", (delay_ms / 1_000).into());
            }
            Stage::Catcher(index) => self.detail("catchIndex", (*index).into()),
            Stage::Left { output, assigned, next } => {
                self.members.insert("output".to_owned(), output.text().into());
                if let Some(next) = next {
                    self.members.insert("nextState".to_owned(), (**next).into());
                }
                self.assign(assigned);
            }
            Stage::Branches | Stage::Iterations { .. } => {}
        }
    }

    fn detail(&mut self, name: &str, value: Value) {
        self.error_details.insert(name.to_owned(), value);
    }

    fn assign(&mut self, assigned: &[AssignedVariable]) {
        for (name, value) in assigned {
            self.variables.retain(|(known, _)| known != name);
            self.variables.push((name.clone(), value.clone()));
        }
    }

    fn close(mut self, status: &str, level: InspectionLevel) -> Value {
        let failure = self.failure.unwrap_or_default();
        for (name, text) in [("error", failure.error), ("cause", failure.cause)] {
            if let Some(text) = text {
                self.members.insert(name.to_owned(), (*text).into());
            }
        }
        self.members.insert("status".to_owned(), status.into());
        if !self.error_details.is_empty() {
            let details = Value::Object(self.error_details);
            self.inspection.insert("errorDetails".to_owned(), details);
        }
        if !self.variables.is_empty() {
            let variables: Map<String, Value> = self
                .variables
                .iter()
                .map(|(name, value)| (name.to_string(), value.value().clone()))
                .collect();
            let text = Value::Object(variables).to_string();
            self.inspection.insert("variables".to_owned(), text.into());
        }
        if level > InspectionLevel::Info {
            self.members.insert("inspectionData".to_owned(), Value::Object(self.inspection));
        }
        Value::Object(self.members)
    }
}

/// The field of `inspectionData` for a stage of a state; `None` when it is not shown.
///
/// Which state shows what is what the recordings show: JSONata states only their arguments and raw result,
/// Parallel and Map states nothing of what comes before the result and not the result itself. A Pass state shows
/// its `Result` as the raw result, and then nothing of what comes before it; the other states show their
/// effective input (both as LocalStack found it in its parity tests). That a JSONPath Map shows what a JSONPath
/// Parallel does, and its items, is our guess.
fn shown(state: &State, stage: DataStage) -> Option<&'static str> {
    use DataStage as S;
    let json_path = state.query_language == QueryLanguage::JsonPath;
    let name = match stage {
        S::InputPath => "afterInputPath",
        S::Parameters => "afterParameters",
        S::Arguments => "afterArguments",
        S::Result => "result",
        S::ResultSelector => "afterResultSelector",
        S::ResultPath => "afterResultPath",
        S::ItemsPath => "afterItemsPath",
        S::ItemsPointer => "afterItemsPointer",
        S::ItemSelector => "afterItemSelector",
        S::ItemBatcher => "afterItemBatcher",
    };
    let is_shown = match (&state.kind, stage) {
        (StateKind::Task(_), S::Arguments | S::Result) => true,
        (StateKind::Map(_), S::ItemSelector | S::ItemBatcher) => true,
        _ if !json_path => false,
        (StateKind::Map(_), S::ItemsPath | S::ItemsPointer) => true,
        (StateKind::Pass(pass), S::InputPath) => pass.result.is_none(),
        (StateKind::Pass(_), S::Parameters | S::Result) => true,
        (StateKind::Pass(_) | StateKind::Parallel(_) | StateKind::Map(_), stage) => {
            matches!(stage, S::ResultSelector | S::ResultPath)
        }
        (StateKind::Task(_), _) => true,
        (_, stage) => stage == S::InputPath,
    };
    is_shown.then_some(name)
}

/// Batches with their items as JSON texts, which is how another implementation reports AWS to show them; the
/// developer guide calls the field an array of strings.
fn batches(data: &Payload) -> String {
    let mut batches = data.value().clone();
    for batch in batches.as_array_mut().into_iter().flatten() {
        if let Some(Value::Array(items)) = batch.get_mut("Items") {
            for item in items {
                *item = json!(item.to_string());
            }
        }
    }
    batches.to_string()
}
