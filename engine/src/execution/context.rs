//! The context object: `$$` in JSONPath, `$states.context` in JSONata.

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ExecutionConfig;
use super::inspect::Given;
use super::thread::Thread;
use crate::asl::{StateKind, WorkflowType};
use crate::data::{Payload, Timestamp};
use crate::expr::ContextObject;

/// Builds the context object when an expression asks for it.
pub(super) struct Context<'a> {
    pub(super) config: &'a ExecutionConfig,
    pub(super) execution_input: &'a Payload,
    pub(super) started: Timestamp,
    pub(super) redrive: Option<(u64, Timestamp)>,
    pub(super) given: Option<&'a Given>,
    pub(super) thread: &'a Thread,
    pub(super) extra: ContextExtra<'a>,
    pub(super) built: OnceCell<Value>,
}

/// What only some fields see.
#[derive(Clone, Copy, Default)]
pub(super) struct ContextExtra<'a> {
    /// Callbacks and activities: `Task.Token`.
    pub(super) token: Option<&'a Arc<str>>,
    /// `ItemSelector` and `BatchInput`: `Map.Item`.
    pub(super) item: Option<MapItem<'a>>,
}

/// `Map.Item` of the context object.
#[derive(Clone, Copy)]
pub(super) struct MapItem<'a> {
    pub(super) index: usize,
    pub(super) key: Option<&'a str>,
    pub(super) value: &'a Value,
    /// Distributed Map: `STATE_DATA` or an S3 URI.
    pub(super) source: Option<&'a str>,
}

impl ContextObject for Context<'_> {
    fn value(&self) -> &Value {
        self.built.get_or_init(|| self.build())
    }
}

impl Context<'_> {
    /// Keys and their order are those of recording `context_object.input_path`.
    fn build(&self) -> Value {
        if let Some(Value::Object(given)) = self.given.and_then(|given| given.context.as_ref()) {
            // As it is, without anything an execution would add to it (recording
            // `state_context_object_edge_cases`); what an ItemSelector is about is added all the same.
            let mut context = given.clone();
            if let Some(item) = self.extra.item {
                context.insert("Map".into(), json!({"Item": item_object(item)}));
            }
            return Value::Object(context);
        }
        let config = self.config;
        let mut execution = json!({
            "Id": *config.execution_arn,
            "Input": self.execution_input.value(),
            "StartTime": self.started.to_string(),
            "Name": *config.name,
            "RoleArn": match &*config.role_arn {
                "" => Value::Null,
                role_arn => role_arn.into(),
            },
        });
        // A synchronous EXPRESS execution has no RedriveCount (recording `query_runtime_memory`).
        let synchronous = config.workflow_type == WorkflowType::Express && config.synchronous;
        if let Value::Object(map) = &mut execution
            && !synchronous
        {
            map.insert("RedriveCount".into(), self.redrive.map_or(0, |(count, _)| count).into());
            if let Some((_, time)) = self.redrive {
                map.insert("RedriveTime".into(), time.to_string().into());
            }
        }
        let mut context = Map::new();
        context.insert("Execution".into(), execution);
        context.insert(
            "StateMachine".into(),
            json!({"Id": *config.state_machine_arn, "Name": *config.state_machine_name}),
        );
        context.insert("State".into(), self.state());
        if let Some(token) = self.extra.token {
            context.insert("Task".into(), json!({"Token": **token}));
        }
        if let Some(item) = self.extra.item {
            context.insert("Map".into(), json!({"Item": item_object(item)}));
        } else if let Some(item) = self.given.and_then(|given| given.map_item.clone()) {
            context.insert("Map".into(), json!({"Item": item}));
        }
        Value::Object(context)
    }

    fn state(&self) -> Value {
        let state = self.thread.current();
        let mut object = json!({
            "Name": *state.name,
            "EnteredTime": self.thread.entered_at.to_string(),
        });
        // States that cannot be retried have no RetryCount (recording `context_object.input_path`).
        let retriable =
            matches!(state.kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_));
        if let Value::Object(map) = &mut object
            && retriable
        {
            map.insert("RetryCount".into(), self.thread.retry_count().into());
        }
        object
    }
}

fn item_object(item: MapItem<'_>) -> Value {
    let mut object = Map::new();
    object.insert("Index".into(), item.index.into());
    if let Some(key) = item.key {
        object.insert("Key".into(), key.into());
    }
    object.insert("Value".into(), item.value.clone());
    if let Some(source) = item.source {
        object.insert("Source".into(), source.into());
    }
    Value::Object(object)
}
