//! An execution as the API shows it: `DescribeExecution`, and what is made of it.

use serde_json::{Map, Value, json};

use crate::data::{Payload, Timestamp};
use crate::execution::{Input, Outcome, TaskId};

/// What can be said of an execution from outside.
#[derive(Debug, Clone, Copy)]
pub struct Description<'a> {
    /// Its ARN.
    pub execution_arn: &'a str,
    /// The state machine's ARN.
    pub state_machine_arn: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its input.
    pub input: &'a Payload,
    /// How it ended, if it has.
    pub outcome: Option<&'a Outcome>,
    /// When it started.
    pub started: Timestamp,
    /// When it ended, if it has.
    pub stopped: Option<Timestamp>,
    /// Of a Map Run's child: the Map Run.
    pub map_run_arn: Option<&'a str>,
    /// Redrives so far.
    pub redrives: u64,
    /// Whether it could be redriven when it ended.
    pub is_redrivable: bool,
}

/// The milliseconds and megabytes that an EXPRESS execution is billed: time in steps of 100 ms, memory of 64 MB.
#[must_use]
pub fn billed(took_ms: u64) -> (u64, u64) {
    (took_ms.max(1).div_ceil(100) * 100, 64)
}

impl Description<'_> {
    /// `RUNNING`, `SUCCEEDED`, …
    #[must_use]
    pub fn status(&self) -> &'static str {
        self.outcome.map_or("RUNNING", Outcome::status)
    }

    /// `DescribeExecution`. Times are in seconds with a fraction, as the wire protocol has them.
    #[must_use]
    pub fn describe(&self) -> Value {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
        put("executionArn", self.execution_arn.into());
        put("stateMachineArn", self.state_machine_arn.into());
        put("name", self.name.into());
        put("status", self.status().into());
        put("startDate", seconds(self.started));
        if let Some(stopped) = self.stopped {
            put("stopDate", seconds(stopped));
        }
        put("input", self.input.text().into());
        put("inputDetails", json!({"included": true}));
        match self.outcome {
            Some(Outcome::Succeeded { output }) => {
                put("output", output.text().into());
                put("outputDetails", json!({"included": true}));
            }
            Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) => {
                for (key, text) in [("error", error), ("cause", cause)] {
                    if let Some(text) = text {
                        put(key, text.to_string().into());
                    }
                }
            }
            Some(Outcome::TimedOut) | None => {}
        }
        if let Some(arn) = self.map_run_arn {
            put("mapRunArn", arn.into());
        }
        put("redriveCount", self.redrives.into());
        let (status, reason) = self.redrive_status();
        put("redriveStatus", status.into());
        if let Some(reason) = reason {
            put("redriveStatusReason", reason.into());
        }
        Value::Object(map)
    }

    /// Whether it can be redriven, and what speaks against it.
    #[must_use]
    pub fn redrive_status(&self) -> (&'static str, Option<String>) {
        if self.is_redrivable {
            return ("REDRIVABLE", None);
        }
        let reason = format!("Execution is {} and cannot be redriven", self.status());
        ("NOT_REDRIVABLE", Some(reason))
    }

    /// The answer of `StartSyncExecution`.
    #[must_use]
    pub fn sync_answer(&self) -> Value {
        let stopped = self.stopped.unwrap_or(self.started);
        let took = u64::try_from(stopped.as_millis() - self.started.as_millis());
        let (millis, megabytes) = billed(took.unwrap_or_default());
        let mut answer = self.describe();
        if let Value::Object(map) = &mut answer {
            for key in ["redriveCount", "redriveStatus", "redriveStatusReason", "mapRunArn"] {
                map.shift_remove(key);
            }
            map.insert(
                "billingDetails".into(),
                json!({
                    "billedDurationInMilliseconds": millis,
                    "billedMemoryUsedInMB": megabytes,
                }),
            );
        }
        answer
    }

    /// The end of a nested execution, as the task that waited for it sees it. `parsed` (`.sync:2`) gives the
    /// output as JSON instead of text.
    ///
    /// A failure's text is the same for `.sync` and `.sync:2`, and the error is States.TaskFailed whatever the
    /// nested execution's own (measured by floci).
    #[must_use]
    pub fn job_ended(&self, task: TaskId, parsed: bool) -> Input {
        let mut map = Map::new();
        let succeeded = matches!(self.outcome, Some(Outcome::Succeeded { .. }));
        let data = |payload: &Payload| match parsed && succeeded {
            true => payload.value().clone(),
            false => Value::String(payload.text().to_owned()),
        };
        let included = json!({"Included": true});
        match self.outcome {
            Some(Outcome::Succeeded { output }) => {
                map.insert("Output".into(), data(output));
                map.insert("OutputDetails".into(), included.clone());
            }
            Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) => {
                for (key, text) in [("Cause", cause), ("Error", error)] {
                    if let Some(text) = text {
                        map.insert(key.into(), text.to_string().into());
                    }
                }
            }
            Some(Outcome::TimedOut) | None => {}
        }
        map.insert("ExecutionArn".into(), self.execution_arn.into());
        map.insert("Input".into(), data(self.input));
        map.insert("InputDetails".into(), included);
        map.insert("Name".into(), self.name.into());
        let (status, reason) = self.redrive_status();
        map.insert("RedriveCount".into(), self.redrives.into());
        map.insert("RedriveStatus".into(), status.into());
        if let Some(reason) = reason {
            map.insert("RedriveStatusReason".into(), reason.into());
        }
        map.insert("StartDate".into(), self.started.as_millis().into());
        map.insert("StateMachineArn".into(), self.state_machine_arn.into());
        map.insert("Status".into(), self.status().into());
        let stopped = self.stopped.unwrap_or(self.started);
        map.insert("StopDate".into(), stopped.as_millis().into());
        // Keys in AWS's alphabetical order.
        map.sort_keys();
        let details = Value::Object(map);
        if succeeded {
            Input::TaskSucceeded { task, output: Payload::new(details) }
        } else {
            let error = Some("States.TaskFailed".into());
            Input::TaskFailed { task, error, cause: Some(details.to_string().into()) }
        }
    }
}

fn seconds(moment: Timestamp) -> Value {
    json!(moment.as_millis() as f64 / 1_000.0)
}
