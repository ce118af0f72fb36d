//! Payload templates of both languages: JSON with expressions in it.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::budget::Budget;
use super::{ExprError, Intrinsic, JsonPath, Jsonata, Scope};
use crate::limits;

/// Anything that computes one value.
#[derive(Debug)]
pub enum Expression {
    /// A path into the input, the context object or a variable.
    Path(JsonPath),
    /// An intrinsic function call.
    Intrinsic(Intrinsic),
    /// A JSONata expression.
    Jsonata(Jsonata),
}

/// Something with the field it stands in, as AWS's messages name it: `value.$` in a JSONPath template,
/// `Output/a[0]` in JSONata, `SecondsPath` elsewhere.
#[derive(Debug, Clone)]
pub struct Located<T> {
    /// The field.
    pub field: Arc<str>,
    /// What stands there.
    pub item: T,
}

/// JSON in which some values are computed.
#[derive(Debug)]
pub enum Template {
    /// No expression inside.
    Literal(Value),
    /// An array with expressions inside.
    Array(Vec<Template>),
    /// An object with expressions inside; keys have lost their `.$`.
    Object(Vec<(Arc<str>, Template)>),
    /// A computed value.
    Expression(Located<Expression>),
}

/// `Assign`: variables and what they become.
#[derive(Debug)]
pub struct Assign {
    /// In the order of the text.
    pub variables: Vec<(Arc<str>, Template)>,
}

impl Located<Expression> {
    /// Evaluates the expression.
    ///
    /// # Errors
    /// AWS's error for it.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, ExprError> {
        match &self.item {
            Expression::Path(path) => path.evaluate_template(scope, &self.field),
            Expression::Intrinsic(call) => call.evaluate(scope).map(Cow::Owned),
            Expression::Jsonata(expression) => {
                expression.evaluate(scope, &self.field).map(Cow::Owned)
            }
        }
    }
}

impl Template {
    /// Builds the value.
    ///
    /// # Errors
    /// That of the first expression that fails, in the order of the text.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, ExprError> {
        self.build(scope, &mut Budget::new())
    }

    fn build(&self, scope: &Scope<'_>, budget: &mut Budget) -> Result<Value, ExprError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Expression(expression) => {
                let value = expression.evaluate(scope)?;
                if !budget.pay(&value) {
                    // Our own words: AWS's limit on what a template builds on its way is not known.
                    let bytes = limits::TEMPLATE_BYTES_MAX;
                    let cause = format!("The template builds more than {bytes} bytes.");
                    return Err(ExprError::runtime(cause));
                }
                Ok(value.into_owned())
            }
            Self::Array(items) => items
                .iter()
                .map(|item| item.build(scope, budget))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            Self::Object(entries) => {
                let mut map = Map::with_capacity(entries.len());
                for (key, item) in entries {
                    map.insert(key.to_string(), item.build(scope, budget)?);
                }
                Ok(Value::Object(map))
            }
        }
    }
}
