//! The Fail state: it fails its thread, and is never exited.

use std::sync::Arc;

use serde_json::Value;

use super::core::{Execution, Step, View};
use super::failure::StateFailure;
use super::thread::ThreadId;
use crate::asl::{Computed, FailState};
use crate::expr::{ExprError, Expression, jsonata};

impl Execution {
    pub(super) fn fail(&mut self, id: ThreadId, fail: &FailState) {
        let texts = self
            .fail_text(id, fail.error.as_ref())
            .and_then(|error| Ok((error, self.fail_text(id, fail.cause.as_ref())?)));
        match texts {
            Ok((error, cause)) => self.queue(Step::Failed(id, StateFailure::given(error, cause))),
            Err(error) => self.interpreter_failed(id, error),
        }
    }

    /// `Error` or `Cause`, in whichever form it is written.
    fn fail_text(
        &self,
        id: ThreadId,
        field: Option<&Computed<Arc<str>>>,
    ) -> Result<Option<Arc<str>>, ExprError> {
        let located = match field {
            None => return Ok(None),
            Some(Computed::Literal(text)) => return Ok(Some(text.clone())),
            Some(Computed::Expression(located)) => located,
        };
        let thread = &self.threads[id];
        let view = View::of(thread.input.value());
        let value = self.evaluate(thread, view, |scope| {
            located.evaluate(scope).map(std::borrow::Cow::into_owned)
        })?;
        match (&located.item, value) {
            (_, Value::String(text)) => Ok(Some(text.into())),
            (Expression::Jsonata(expression), other) => {
                Err(jsonata::unexpected_type(expression.source(), &located.field, "string", &other))
            }
            // Not recorded: what AWS says of an ErrorPath that finds something else than a string.
            (_, other) => Err(ExprError::runtime(format!(
                "The {} parameter does not reference a string value: {other}",
                located.field
            ))),
        }
    }
}
