//! The Wait state, in its four forms.
//!
//! Ready --(delay known)--> Waiting --(TimersFired)--> next state; a moment that has passed is due at once.

use std::borrow::Cow;

use serde_json::Value;

use super::Mutation;
use super::core::{Execution, View};
use super::items;
use super::thread::{Phase, Thread, ThreadId, TimerPurpose};
use crate::asl::{Computed, StateKind, WaitState, WaitUntil};
use crate::data::Timestamp;
use crate::expr::{ExprError, Expression, Located, jsonata};
use crate::limits;

impl Execution {
    pub(super) fn wait(&mut self, id: ThreadId, wait: &WaitState) {
        match self.wait_due(id, wait) {
            Ok(due) => {
                let early = i64::from(self.planted(Mutation::WaitRoundsDown)) * 1_000;
                let due = (due + -early).max(self.now);
                let timer = self.set_timer(due, TimerPurpose::Wait(id));
                self.threads[id].phase = Phase::Waiting { timer };
            }
            Err(error) => self.interpreter_failed(id, error),
        }
    }

    pub(super) fn wait_over(&mut self, id: ThreadId) {
        let graph = self.threads[id].graph.clone();
        let StateKind::Wait(wait) = &graph.state(self.threads[id].state).kind else { return };
        let thread = &self.threads[id];
        let flow = self
            .effective_input(thread, &wait.flow, View::of(thread.input.value()))
            .and_then(|effective| self.pass_on(thread, &wait.flow, effective));
        self.leave_or_fail(id, flow, wait.transition);
    }

    /// When the wait ends. Counted from when the state was entered, so that a redrive does not start over.
    fn wait_due(&self, id: ThreadId, wait: &WaitState) -> Result<Timestamp, ExprError> {
        let thread = &self.threads[id];
        let entered = thread.entered_at;
        // `InputPath` comes before the work of a state (states-language.net, "Input and Output Processing"): one
        // that finds nothing fails the state before it waits.
        let effective = self.effective_input(thread, &wait.flow, View::of(thread.input.value()))?;
        let due = match &wait.until {
            WaitUntil::Seconds(Computed::Literal(seconds)) => {
                return Ok(entered.plus_seconds(*seconds));
            }
            WaitUntil::Timestamp(Computed::Literal(timestamp)) => *timestamp,
            WaitUntil::Seconds(Computed::Expression(located)) => {
                let value = self.wait_value(thread, effective.value(), located, "SecondsPath")?;
                entered.plus_seconds(seconds(located, &value)?)
            }
            WaitUntil::Timestamp(Computed::Expression(located)) => {
                let value = self.wait_value(thread, effective.value(), located, "TimestampPath")?;
                timestamp(located, &value)?
            }
        };
        let delay_seconds = (due.as_millis() - entered.as_millis()) / 1_000;
        if delay_seconds > limits::WAIT_DELAY_SECONDS_MAX {
            // Recording `timestamp_too_far_in_future_boundary`.
            return Err(ExprError::runtime("Wait state delay is too long."));
        }
        Ok(due)
    }

    fn wait_value(
        &self,
        thread: &Thread,
        effective: &Value,
        located: &Located<Expression>,
        field: &str,
    ) -> Result<Value, ExprError> {
        self.evaluate(thread, View::of(effective), |scope| match &located.item {
            // A miss has a text of its own (recording `wait_seconds_path`).
            Expression::Path(path) => path.find(scope).map(Cow::into_owned).ok_or_else(|| {
                ExprError::runtime(format!(
                    "The {field} parameter does not reference an input value: {}",
                    path.source()
                ))
            }),
            _ => located.evaluate(scope).map(Cow::into_owned),
        })
    }
}

/// `SecondsPath` or JSONata `Seconds`.
fn seconds(located: &Located<Expression>, value: &Value) -> Result<u64, ExprError> {
    match (&located.item, value) {
        // As measured for `TimeoutSeconds`; a recording of a negative or fractional `Seconds` would settle it.
        (Expression::Jsonata(_), _) => items::seconds(located, "Seconds", value),
        (_, Value::Number(number)) if number.is_u64() => Ok(number.as_u64().unwrap_or_default()),
        (Expression::Path(path), Value::Number(number)) if number.is_i64() => {
            Err(ExprError::runtime(format!(
                "The SecondsPath parameter references a negative value: {} == {number}",
                path.source()
            )))
        }
        (Expression::Path(path), other) => Err(ExprError::runtime(format!(
            "The SecondsPath parameter cannot be parsed as a long value: {} == {}",
            path.source(),
            plain(other)
        ))),
        (Expression::Intrinsic(_), other) => {
            Err(ExprError::runtime(format!("Seconds must be an integer but was: {other}")))
        }
    }
}

/// `TimestampPath` or JSONata `Timestamp`.
fn timestamp(located: &Located<Expression>, value: &Value) -> Result<Timestamp, ExprError> {
    let parsed = value.as_str().and_then(|text| Timestamp::parse_rfc3339(text).ok());
    if let Some(timestamp) = parsed {
        return Ok(timestamp);
    }
    match &located.item {
        Expression::Jsonata(expression) => match value {
            Value::String(text) => Err(ExprError::query(
                format!(
                    "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time \
                     format string: {text}"
                ),
                Some(located.field.clone()),
            )),
            other => {
                Err(jsonata::unexpected_type(expression.source(), &located.field, "string", other))
            }
        },
        Expression::Path(path) => Err(ExprError::runtime(format!(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset \
             date-time format string: {} == {}",
            path.source(),
            plain(value)
        ))),
        Expression::Intrinsic(_) => {
            Err(ExprError::runtime(format!("Timestamp must be a string but was: {value}")))
        }
    }
}

/// A value as AWS's messages show it: strings without quotes.
fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}
