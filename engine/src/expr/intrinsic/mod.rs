//! The 18 intrinsic functions.
//!
//! A call that cannot be made fails the state with `States.Runtime`: AWS's list of errors no longer has the
//! specification's `States.IntrinsicFailure`. The texts are ours; a recorded failure would settle both.

mod array;
mod function;
mod math;
mod parse;
mod text;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::{ExprError, JsonPath, Scope};
pub use function::Function;

/// A parsed call: `States.Format('Hello {}', $.name)`.
#[derive(Debug, Clone)]
pub struct Intrinsic {
    source: Arc<str>,
    call: Call,
}

/// A function with its arguments.
#[derive(Debug, Clone)]
struct Call {
    function: Function,
    arguments: Vec<Argument>,
}

/// What may stand as an argument.
#[derive(Debug, Clone)]
enum Argument {
    /// A number, `null`, `true` or `false`.
    Literal(Value),
    /// Text in quotes. Escaped braces keep their backslash for `States.Format`; see [`text::unescape`].
    Text(String),
    Path(JsonPath),
    Call(Call),
}

/// Why a text is not an intrinsic call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at offset {offset}")]
pub struct IntrinsicSyntaxError {
    /// What is wrong.
    pub message: String,
    /// Byte offset in the call.
    pub offset: usize,
}

impl Intrinsic {
    /// Parses a call.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(source: &str) -> Result<Self, IntrinsicSyntaxError> {
        parse::parse(source).map(|call| Self { source: source.into(), call })
    }

    /// As written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The outermost function.
    #[must_use]
    pub fn function(&self) -> Function {
        self.call.function
    }

    /// Calls the function; `field` is the template key it stands under, for messages about paths.
    ///
    /// # Errors
    /// AWS's error for bad arguments, or for a path that finds nothing.
    pub fn evaluate(&self, scope: &Scope<'_>, field: &str) -> Result<Value, ExprError> {
        self.call.evaluate(scope, field, &self.source)
    }
}

impl Call {
    fn evaluate(&self, scope: &Scope<'_>, field: &str, source: &str) -> Result<Value, ExprError> {
        let arguments = self
            .arguments
            .iter()
            .enumerate()
            .map(|(index, argument)| match argument {
                Argument::Literal(value) => Ok(Cow::Borrowed(value)),
                // Format reads the escapes of its template itself.
                Argument::Text(text) if self.function == Function::Format && index == 0 => {
                    Ok(Cow::Owned(Value::String(text.clone())))
                }
                Argument::Text(text) => Ok(Cow::Owned(Value::String(text::unescape(text)))),
                Argument::Path(path) => path.evaluate_template(scope, field),
                Argument::Call(call) => call.evaluate(scope, field, source).map(Cow::Owned),
            })
            .collect::<Result<Vec<_>, ExprError>>()?;
        let template_is_literal = matches!(self.arguments.first(), Some(Argument::Text(_)));
        let arguments = Arguments { values: &arguments, template_is_literal };
        function::call(self.function, &arguments, scope).map_err(|message| {
            ExprError::runtime(format!(
                "The function '{source}' had the following error: {message}"
            ))
        })
    }
}

/// The evaluated arguments of one call, with checks that name the position.
struct Arguments<'a, 'b> {
    values: &'a [Cow<'b, Value>],
    /// `States.Format`: whether the template stood in the definition, with its escapes.
    template_is_literal: bool,
}

impl Arguments<'_, '_> {
    fn value(&self, index: usize) -> &Value {
        &self.values[index]
    }

    fn array(&self, index: usize) -> Result<&Vec<Value>, String> {
        self.value(index).as_array().ok_or_else(|| self.wrong(index, "an array"))
    }

    fn string(&self, index: usize) -> Result<&str, String> {
        self.value(index).as_str().ok_or_else(|| self.wrong(index, "a string"))
    }

    /// A number, rounded half up to an integer (measured on `States.MathAdd`).
    fn integer(&self, index: usize) -> Result<i64, String> {
        let number = self.value(index).as_number().ok_or_else(|| self.wrong(index, "a number"))?;
        if let Some(integer) = number.as_i64() {
            return Ok(integer);
        }
        let rounded = (number.as_f64().unwrap_or(f64::NAN) + 0.5).floor();
        if rounded.abs() < 9.0e18 {
            Ok(rounded as i64)
        } else {
            Err(self.wrong(index, "an integer of 64 bits"))
        }
    }

    fn wrong(&self, index: usize, expected: &str) -> String {
        format!(
            "The argument at position {} must be {expected}, but was: {}",
            index + 1,
            self.value(index)
        )
    }
}

#[cfg(test)]
mod tests;
