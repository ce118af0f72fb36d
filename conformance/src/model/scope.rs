//! What expressions of a state can see, and their evaluation in its query language.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::failure::{Result, Stop, fails, fails_somehow, unknown};
use super::path::{Beyond, Path, Root};
use super::{intrinsic, jsonata, moment::Moment, opaque, timestamp};

/// Variables by name.
pub(crate) type Variables = BTreeMap<String, Value>;

/// What surrounds an execution and is the same for all of it.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// `$$.Execution`, without its input.
    pub execution: Map<String, Value>,
    /// The input.
    pub input: Value,
    /// `$$.StateMachine`.
    pub state_machine: Value,
    /// When the case started, in milliseconds since 1970, if that is known.
    pub started_ms: Option<i64>,
    /// When this execution of it started.
    pub start: Moment,
}

/// What expressions of a state see besides its data.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub given: &'a Given,
    /// The state's name.
    pub state: &'a str,
    pub jsonata: bool,
    pub variables: &'a Variables,
    /// When the state was entered.
    pub entered: Moment,
    /// How often the state was retried, if it is one that can be.
    pub retries: Option<u64>,
    /// `$$.Map.Item`, where a Map's fields see it.
    pub item: Option<&'a Value>,
    /// Whether the task is one that waits for a token.
    pub token: bool,
}

/// `$states` besides its context.
#[derive(Clone, Copy, Default)]
pub(crate) struct States<'a> {
    pub input: Option<&'a Value>,
    pub result: Option<&'a Value>,
    pub error: Option<&'a Value>,
}

impl Scope<'_> {
    /// The context object (AWS guide, "Accessing execution data from the Context object").
    pub(crate) fn context(&self) -> Value {
        // In the order AWS shows them (recordings context_object), for where the object becomes text.
        let mut execution = Map::new();
        for (key, value) in &self.given.execution {
            execution.insert(key.clone(), value.clone());
            if key == "Id" {
                execution.insert("Input".into(), self.given.input.clone());
                execution.insert("StartTime".into(), self.time(self.given.start));
            }
        }
        let mut context = json!({
            "Execution": execution,
            "StateMachine": self.given.state_machine,
            "State": {
                "Name": self.state,
                "EnteredTime": self.time(self.entered),
                "RetryCount": self.retries.map_or_else(opaque::maybe, Value::from),
            },
        });
        // Where the guide does not say that a member is there, it may be there or not.
        context["Task"] =
            if self.token { json!({"Token": opaque::text("token")}) } else { opaque::maybe() };
        context["Map"] = self.item.map_or_else(opaque::maybe, |item| json!({"Item": item}));
        context
    }

    fn time(&self, moment: Moment) -> Value {
        match (self.given.started_ms, moment.known()) {
            (Some(started), Some(at)) => timestamp::format(started + at).into(),
            _ => opaque::text("time"),
        }
    }

    /// What a JSONPath finds that stands on its own.
    pub(crate) fn find(&self, path: &str, input: &Value) -> Result<Value> {
        self.find_in(path, input, Beyond::Null)
    }

    /// What a JSONPath finds.
    pub(crate) fn find_in(&self, path: &str, input: &Value, beyond: Beyond) -> Result<Value> {
        if path == "$" && !input.is_null() {
            return Ok(input.clone());
        }
        let path = Path::parse(path)?;
        match &path.root {
            // Users report that it fails in templates; where else is not known.
            Root::Input if input.is_null() => unknown("a path into null"),
            Root::Input => path.find(input, beyond),
            Root::Context => path.find(&self.context(), beyond),
            Root::Variable(name) => match self.variables.get(name) {
                Some(value) => path.find(value, beyond),
                None => unknown("a JSONPath names a variable without a value"),
            },
        }
    }

    /// `InputPath` and `OutputPath`: null discards everything.
    pub(crate) fn select(&self, path: Option<&Value>, data: &Value) -> Result<Value> {
        match path {
            None => Ok(data.clone()),
            Some(Value::Null) => Ok(json!({})),
            Some(Value::String(path)) => self.find(path, data),
            Some(_) => unknown("a path that is no string"),
        }
    }

    /// `ItemsPath`. What fails how when it finds nothing is not settled.
    pub(crate) fn items(&self, path: Option<&Value>, data: &Value) -> Result<Value> {
        match self.select(path, data) {
            Err(Stop::Failed(_)) => fails_somehow(),
            other => other,
        }
    }

    /// What stands for a key that ends in `.$`: a path, or a call of an intrinsic function.
    pub(crate) fn dynamic(&self, text: &str, input: &Value) -> Result<Value> {
        if text.starts_with('$') {
            self.find(text, input)
        } else {
            intrinsic::call(self, text, input)
        }
    }

    /// A payload template (states-language.net, "Payload Template").
    pub(crate) fn template(&self, template: &Value, input: &Value) -> Result<Value> {
        match template {
            Value::Object(map) => {
                // AWS puts literals first, then paths, then functions (recording
                // map_state_config_distributed_reentrant); it shows where the object becomes text.
                let rank = |(key, value): &(&String, &Value)| match (key.strip_suffix(".$"), value)
                {
                    (None, _) => 0,
                    (Some(_), Value::String(text)) if text.starts_with('$') => 1,
                    (Some(_), _) => 2,
                };
                let mut members: Vec<_> = map.iter().collect();
                members.sort_by_key(rank);
                let mut made = Map::new();
                for (key, value) in members {
                    match (key.strip_suffix(".$"), value) {
                        (None, value) => {
                            made.insert(key.clone(), self.template(value, input)?);
                        }
                        (Some(key), Value::String(text)) => {
                            made.insert(key.to_owned(), self.dynamic(text, input)?);
                        }
                        (Some(_), _) => return unknown("a key that ends in .$ without a string"),
                    }
                }
                Ok(Value::Object(made))
            }
            Value::Array(items) => {
                items.iter().map(|item| self.template(item, input)).collect::<Result<_>>()
            }
            other => Ok(other.clone()),
        }
    }

    /// A value with JSONata strings in it (states-language.net, "JSONata Concepts").
    pub(crate) fn evaluate(&self, value: &Value, states: States<'_>) -> Result<Value> {
        match value {
            Value::String(text) => match expression(text) {
                None => Ok(value.clone()),
                Some(expression) => match jsonata::evaluate(expression, self, states)? {
                    Some(value) => Ok(value),
                    None => fails("States.QueryEvaluationError"),
                },
            },
            Value::Array(items) => {
                items.iter().map(|item| self.evaluate(item, states)).collect::<Result<_>>()
            }
            Value::Object(map) => {
                let mut made = Map::new();
                for (key, value) in map {
                    made.insert(key.clone(), self.evaluate(value, states)?);
                }
                Ok(Value::Object(made))
            }
            other => Ok(other.clone()),
        }
    }
}

/// The expression in a JSONata string.
fn expression(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}")
}
