//! The request's shape: its members, and the constraints of the API's model on them.

use serde::Deserialize;
use serde_json::Value;

use super::error::TestStateError;
use crate::limits;

/// The request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) definition: Option<String>,
    pub(super) role_arn: Option<String>,
    pub(super) input: Option<String>,
    inspection_level: Option<String>,
    reveal_secrets: Option<bool>,
    pub(super) variables: Option<String>,
    pub(super) state_name: Option<String>,
    pub(super) mock: Option<Mock>,
    pub(super) context: Option<String>,
    pub(super) state_configuration: Option<StateConfiguration>,
}

/// `mock`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Mock {
    pub(super) result: Option<String>,
    pub(super) error_output: Option<ErrorOutput>,
    field_validation_mode: Option<String>,
}

/// `mock.errorOutput`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ErrorOutput {
    pub(super) error: Option<String>,
    pub(super) cause: Option<String>,
}

/// `stateConfiguration`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StateConfiguration {
    pub(super) retrier_retry_count: Option<i64>,
    pub(super) error_caused_by_state: Option<String>,
    pub(super) map_iteration_failure_count: Option<i64>,
    pub(super) map_item_reader_data: Option<String>,
}

/// How much of the way of the data is shown. TRACE also shows an HTTP Task's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum InspectionLevel {
    Info,
    Debug,
    Trace,
}

/// `mock.fieldValidationMode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValidationMode {
    Strict,
    Present,
    None,
}

const LEVELS: [(&str, InspectionLevel); 3] = [
    ("INFO", InspectionLevel::Info),
    ("TRACE", InspectionLevel::Trace),
    ("DEBUG", InspectionLevel::Debug),
];

const MODES: [(&str, ValidationMode); 3] = [
    ("STRICT", ValidationMode::Strict),
    ("PRESENT", ValidationMode::Present),
    ("NONE", ValidationMode::None),
];

impl Request {
    /// Reads a request and checks it against the constraints of the API's model.
    pub(super) fn read(request: &Value) -> Result<Self, TestStateError> {
        let read = Self::deserialize(request)
            .map_err(|error| TestStateError::new("SerializationException", error.to_string()))?;
        let broken = read.broken_constraints();
        if broken.is_empty() {
            return Ok(read);
        }
        let errors = if broken.len() == 1 { "error" } else { "errors" };
        Err(TestStateError::validation(format!(
            "{} validation {errors} detected: {}",
            broken.len(),
            broken.join("; ")
        )))
    }

    /// Which constraints are broken. The format is that of other operations (recordings of the `sfn_api`
    /// group); values of members that are marked as sensitive are not shown.
    fn broken_constraints(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut add = |value: &str, member: &str, constraint: String| {
            broken.push(format!(
                "Value{value} at '{member}' failed to satisfy constraint: Member must {constraint}"
            ));
        };
        if self.definition.is_none() {
            add("", "definition", "not be null".to_owned());
        }
        for (member, text, min, max) in self.texts() {
            let Some(text) = text else { continue };
            let shown = if member == "roleArn" { format!(" '{text}'") } else { String::new() };
            let count = text.chars().count();
            if count < min {
                add(&shown, member, format!("have length greater than or equal to {min}"));
            } else if count > max {
                add(&shown, member, format!("have length less than or equal to {max}"));
            }
        }
        let max = limits::PAYLOAD_BYTES_MAX;
        for (member, data) in self.data() {
            if data.is_some_and(|data| data.len() > max) {
                let size = format!("have size less than or equal to {max} bytes in UTF-8 encoding");
                add("", member, size);
            }
        }
        self.other_constraints(&mut add);
        broken
    }

    /// Members that are texts, with the least and the most characters they may have.
    fn texts(&self) -> [(&'static str, Option<&String>, usize, usize); 6] {
        let name_max = limits::STATE_NAME_CHARS_MAX;
        let output = self.mock.as_ref().and_then(|mock| mock.error_output.as_ref());
        let error = output.and_then(|output| output.error.as_ref());
        let cause = output.and_then(|output| output.cause.as_ref());
        let configuration = self.state_configuration.as_ref();
        let caused_by = configuration.and_then(|c| c.error_caused_by_state.as_ref());
        [
            ("definition", self.definition.as_ref(), 1, limits::DEFINITION_BYTES_MAX),
            ("roleArn", self.role_arn.as_ref(), 1, 256),
            ("stateName", self.state_name.as_ref(), 1, name_max),
            ("mock.errorOutput.error", error, 0, 256),
            ("mock.errorOutput.cause", cause, 0, 32_768),
            ("stateConfiguration.errorCausedByState", caused_by, 1, name_max),
        ]
    }

    /// Members that are data, which is measured in bytes.
    fn data(&self) -> [(&'static str, Option<&String>); 5] {
        let result = self.mock.as_ref().and_then(|mock| mock.result.as_ref());
        let configuration = self.state_configuration.as_ref();
        let reader_data = configuration.and_then(|c| c.map_item_reader_data.as_ref());
        [
            ("input", self.input.as_ref()),
            ("variables", self.variables.as_ref()),
            ("context", self.context.as_ref()),
            ("mock.result", result),
            ("stateConfiguration.mapItemReaderData", reader_data),
        ]
    }

    fn other_constraints(&self, add: &mut impl FnMut(&str, &str, String)) {
        let values = |names: Vec<&str>| format!("satisfy enum value set: [{}]", names.join(", "));
        if let Some(level) = &self.inspection_level
            && !LEVELS.iter().any(|(name, _)| name == level)
        {
            let names = LEVELS.iter().map(|(name, _)| *name).collect();
            add(&format!(" '{level}'"), "inspectionLevel", values(names));
        }
        if let Some(mode) = self.mock.as_ref().and_then(|mock| mock.field_validation_mode.as_ref())
            && !MODES.iter().any(|(name, _)| name == mode)
        {
            let names = MODES.iter().map(|(name, _)| *name).collect();
            add(&format!(" '{mode}'"), "mock.fieldValidationMode", values(names));
        }
        if let Some(configuration) = &self.state_configuration {
            let counts = [
                ("retrierRetryCount", configuration.retrier_retry_count),
                ("mapIterationFailureCount", configuration.map_iteration_failure_count),
            ];
            for (member, count) in counts {
                if let Some(count) = count.filter(|count| *count < 0) {
                    let member = format!("stateConfiguration.{member}");
                    let constraint = "have value greater than or equal to 0".to_owned();
                    add(&format!(" '{count}'"), &member, constraint);
                }
            }
        }
    }

    pub(super) fn level(&self) -> InspectionLevel {
        self.inspection_level
            .as_ref()
            .and_then(|level| LEVELS.iter().find(|(name, _)| name == level))
            .map_or(InspectionLevel::Info, |(_, level)| *level)
    }

    pub(super) fn reveals_secrets(&self) -> bool {
        self.reveal_secrets.unwrap_or(false)
    }
}

impl Mock {
    pub(super) fn mode(&self) -> ValidationMode {
        self.field_validation_mode
            .as_ref()
            .and_then(|mode| MODES.iter().find(|(name, _)| name == mode))
            .map_or(ValidationMode::Strict, |(_, mode)| *mode)
    }
}
