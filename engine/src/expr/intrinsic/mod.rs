//! The 18 intrinsic functions.
//!
//! A call that cannot be made fails the state with `States.Runtime`, never `States.IntrinsicFailure`; the
//! texts, and what the functions do with odd arguments, were measured on AWS by the projects
//! tiny-asl-machine and floci. What they say goes before the documentation, which promises rounding where
//! AWS cuts fractions off, and refuses arguments that AWS takes.

mod array;
mod function;
mod json;
mod math;
mod parse;
mod text;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::budget::Budget;
use super::{ExprError, JsonPath, Scope};
pub use function::Function;

/// A parsed call: `States.Format('Hello {}', $.name)`.
#[derive(Debug, Clone)]
pub struct Intrinsic {
    source: Arc<str>,
    call: Arc<Call>,
}

/// A function with its arguments.
#[derive(Debug)]
struct Call {
    function: Function,
    arguments: Vec<Argument>,
}

/// What may stand as an argument.
#[derive(Debug)]
enum Argument {
    /// A number, `null`, `true` or `false`.
    Literal(Value),
    /// Text in quotes, without its escapes; the template of `States.Format` still has them.
    Text(Value),
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

/// Why a function has no result.
enum Fault {
    /// A wrong number or type of arguments, or values the function cannot work with: AWS does not say more.
    Arguments,
    /// The same, and AWS says more.
    Detail(&'static str),
    /// A text of its own.
    Message(String),
    /// A path finds nothing.
    Path(String),
}

impl Intrinsic {
    /// Parses a call.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(source: &str) -> Result<Self, IntrinsicSyntaxError> {
        parse::parse(source).map(|call| Self { source: source.into(), call: Arc::new(call) })
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

    /// Shows every path among its arguments and those of the calls inside.
    pub(crate) fn paths(&self, show: &mut impl FnMut(&JsonPath)) {
        self.call.paths(show);
    }

    /// Calls the function.
    ///
    /// # Errors
    /// AWS's error for bad arguments, or for a path that finds nothing. Its text shows the whole call, also
    /// when an inner one fails.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, ExprError> {
        let source = &self.source;
        self.call.evaluate(scope, &mut Budget::new()).map_err(|(function, fault)| {
            let what = match fault {
                Fault::Path(error) => {
                    return ExprError::runtime(format!(
                        "The function '{source}' had the following error: {error}"
                    ));
                }
                Fault::Arguments => format!("Invalid arguments in {}", function.name()),
                Fault::Detail(detail) => {
                    format!("Invalid arguments in {}: {detail}", function.name())
                }
                Fault::Message(message) => message,
            };
            ExprError::runtime(format!(
                "There was an error while evaluating the intrinsic function: {source}. {what}"
            ))
        })
    }
}

impl Call {
    fn paths(&self, show: &mut impl FnMut(&JsonPath)) {
        for argument in &self.arguments {
            match argument {
                Argument::Literal(_) | Argument::Text(_) => {}
                Argument::Path(path) => show(path),
                Argument::Call(call) => call.paths(show),
            }
        }
    }

    fn evaluate(&self, scope: &Scope<'_>, budget: &mut Budget) -> Result<Value, (Function, Fault)> {
        let arguments = self
            .arguments
            .iter()
            .map(|argument| match argument {
                Argument::Literal(value) | Argument::Text(value) => Ok(Cow::Borrowed(value)),
                Argument::Path(path) => {
                    let value = path
                        .evaluate_argument(scope)
                        .map_err(|error| (self.function, Fault::Path(error)))?;
                    // Every function gives no more than it takes, but takes any number of values.
                    if budget.pay(&value) {
                        Ok(value)
                    } else {
                        Err((self.function, Fault::Arguments))
                    }
                }
                Argument::Call(call) => {
                    call.evaluate(scope, budget).map(|value| match self.function {
                        // What StringToJson makes is printed as the JSON it is (measured).
                        Function::Format if call.function == Function::StringToJson => {
                            Cow::Owned(Value::String(value.to_string()))
                        }
                        _ => Cow::Owned(value),
                    })
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        // AWS accepts such a definition, and fails at run time (measured).
        if !self.function.arity().contains(&arguments.len()) {
            return Err((self.function, Fault::Arguments));
        }
        let arguments = Arguments { values: &arguments };
        function::call(self.function, &arguments, scope).map_err(|fault| (self.function, fault))
    }
}

/// The evaluated arguments of one call; there are as many as the function takes.
struct Arguments<'a, 'b> {
    values: &'a [Cow<'b, Value>],
}

impl Arguments<'_, '_> {
    fn value(&self, index: usize) -> &Value {
        &self.values[index]
    }

    fn array(&self, index: usize) -> Result<&Vec<Value>, Fault> {
        self.value(index).as_array().ok_or(Fault::Arguments)
    }

    fn string(&self, index: usize) -> Result<&str, Fault> {
        self.value(index).as_str().ok_or(Fault::Arguments)
    }

    /// A number of 32 bits, its fraction cut off: `States.ArrayRange(5.4, -0.6, -2.4)` is that of 5, 0 and
    /// -2 (measured).
    fn integer(&self, index: usize) -> Result<i64, Fault> {
        let number = self.value(index).as_f64().ok_or(Fault::Arguments)?.trunc();
        within_32_bits(number)
    }
}

fn within_32_bits(number: f64) -> Result<i64, Fault> {
    let range = f64::from(i32::MIN)..=f64::from(i32::MAX);
    if range.contains(&number) { Ok(number as i64) } else { Err(Fault::Arguments) }
}

#[cfg(test)]
mod tests;
