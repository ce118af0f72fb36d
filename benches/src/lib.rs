//! Fixed workloads for the benchmarks, and the smallest driver that runs them.
//!
//! The driver answers every task at once and jumps to the next timer, so that what is measured is the engine
//! and not a world around it. The simulated world has benchmarks of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use stepclock_engine::asl::{Definition, WorkflowType, compile};
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{
    Effect, Execution, ExecutionConfig, Input, Outcome, ServiceRevision, TimerId,
};
use stepclock_engine::history::HistoryEvent;

/// Compiles a definition that is known to be valid.
///
/// # Panics
/// When it is not.
#[must_use]
pub fn definition(source: &Value) -> Arc<Definition> {
    let compiled = compile(&source.to_string(), WorkflowType::Standard);
    compiled.definition.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

/// A new execution of a definition, STANDARD or EXPRESS.
#[must_use]
pub fn execution(definition: &Definition, express: bool) -> Execution {
    Execution::new(ExecutionConfig {
        graph: definition.graph.clone(),
        timeout_seconds: definition.timeout_seconds,
        workflow_type: if express { WorkflowType::Express } else { WorkflowType::Standard },
        synchronous: false,
        execution_arn: "arn:aws:states:us-east-1:123456789012:execution:bench:run".into(),
        name: "run".into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:bench".into(),
        state_machine_name: "bench".into(),
        role_arn: "arn:aws:iam::123456789012:role/bench".into(),
        region: "us-east-1".into(),
        account: "123456789012".into(),
        seed: 0,
        activities: None,
        service_revision: ServiceRevision::Current,
        mutation: None,
    })
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub outcome: Outcome,
    /// Every event.
    pub history: Vec<HistoryEvent>,
}

/// Runs an execution to its end. Tasks are answered with their parameters, or with what `answer` says.
///
/// # Panics
/// When the engine refuses an input or the execution waits for nothing.
pub fn run(
    mut execution: Execution,
    input: Payload,
    mut answer: impl FnMut(&Payload) -> Result<Payload, &'static str>,
) -> Ran {
    let mut now = Timestamp::DEFAULT_EPOCH;
    let mut timers: BTreeMap<TimerId, Timestamp> = BTreeMap::new();
    let mut history = Vec::new();
    let mut effects = Vec::new();
    let mut inputs = vec![Input::Start { input }];
    loop {
        for input in std::mem::take(&mut inputs) {
            execution.apply(now, input, &mut effects).expect("the driver's inputs fit");
            for effect in effects.drain(..) {
                match effect {
                    Effect::Record(event) => history.push(event),
                    Effect::SetTimer { timer, due } => {
                        timers.insert(timer, due);
                    }
                    Effect::CancelTimer { timer } => {
                        timers.remove(&timer);
                    }
                    Effect::ScheduleTask(request) => {
                        let task = request.task;
                        inputs.push(Input::TaskStarted { task, worker_name: None });
                        inputs.push(match answer(&request.parameters) {
                            Ok(output) => Input::TaskSucceeded { task, output },
                            Err(error) => {
                                Input::TaskFailed { task, error: Some(error.into()), cause: None }
                            }
                        });
                    }
                    Effect::Finish(outcome) => return Ran { outcome, history },
                    other => panic!("the driver does not know {other:?}"),
                }
            }
        }
        if inputs.is_empty() {
            let due = *timers.values().min().expect("a running execution waits for something");
            let fired: Vec<_> =
                timers.iter().filter(|(_, at)| **at == due).map(|(timer, _)| *timer).collect();
            for timer in &fired {
                timers.remove(timer);
            }
            now = due;
            inputs.push(Input::TimersFired { timers: fired });
        }
    }
}

/// A chain of Pass states.
#[must_use]
pub fn pass_chain(length: usize) -> Value {
    let mut states = Map::new();
    for index in 0..length {
        let mut state = json!({"Type": "Pass"});
        if index + 1 == length {
            state["End"] = true.into();
        } else {
            state["Next"] = format!("S{}", index + 1).into();
        }
        states.insert(format!("S{index}"), state);
    }
    json!({"StartAt": "S0", "States": states})
}

/// A Choice over this many rules of which the last matches.
#[must_use]
pub fn choice(rules: usize) -> Value {
    let rules: Vec<_> = (0..rules)
        .map(|index| json!({"Variable": "$.order.kind", "NumericEquals": index, "Next": "Done"}))
        .collect();
    json!({"StartAt": "Choose", "States": {
        "Choose": {"Type": "Choice", "Choices": rules, "Default": "Done"},
        "Done": {"Type": "Succeed"},
    }})
}

/// An inline Map of one Pass over `$.items`.
#[must_use]
pub fn map() -> Value {
    json!({"StartAt": "Each", "States": {
        "Each": {
            "Type": "Map", "ItemsPath": "$.items", "End": true,
            "ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": true}}},
        },
    }})
}

/// A Parallel of this many branches of one Pass.
#[must_use]
pub fn parallel(branches: usize) -> Value {
    let branches: Vec<_> = (0..branches)
        .map(|index| {
            let name = format!("B{index}");
            json!({"StartAt": name, "States": {name.clone(): {"Type": "Pass", "End": true}}})
        })
        .collect();
    json!({"StartAt": "All", "States": {
        "All": {"Type": "Parallel", "Branches": branches, "End": true},
    }})
}

/// Parallel states inside each other.
#[must_use]
pub fn nested(depth: usize) -> Value {
    let mut graph = json!({"StartAt": "Leaf", "States": {"Leaf": {"Type": "Pass", "End": true}}});
    for level in 0..depth {
        let name = format!("L{level}");
        graph = json!({"StartAt": name, "States": {
            name.clone(): {"Type": "Parallel", "Branches": [graph], "End": true},
        }});
    }
    graph
}

/// A task that is retried ten times with backoff up to an hour, and then caught.
#[must_use]
pub fn retry_ladder() -> Value {
    json!({"StartAt": "Call", "States": {
        "Call": {
            "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "Retry": [{
                "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 10,
                "BackoffRate": 2, "MaxDelaySeconds": 3600, "JitterStrategy": "FULL",
            }],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
    }})
}

/// A Wait of one year.
#[must_use]
pub fn year_long_wait() -> Value {
    json!({"StartAt": "Wait", "States": {
        "Wait": {"Type": "Wait", "Seconds": 31_536_000, "End": true},
    }})
}

/// Reshapes an order with paths and intrinsic functions.
#[must_use]
pub fn json_path_transform() -> Value {
    json!({"StartAt": "Shape", "States": {
        "Shape": {
            "Type": "Pass", "End": true,
            "Parameters": {
                "id.$": "$.order.id",
                "first.$": "$.order.lines[0].sku",
                "skus.$": "$.order.lines[*].sku",
                "label.$": "States.Format('order {} of {}', $.order.id, $.order.customer)",
                "count.$": "States.ArrayLength($.order.lines)",
            },
        },
    }})
}

/// Reshapes an order with JSONata.
#[must_use]
pub fn jsonata_transform() -> Value {
    json!({"QueryLanguage": "JSONata", "StartAt": "Shape", "States": {
        "Shape": {
            "Type": "Pass", "End": true,
            "Output": {
                "id": "{% $states.input.order.id %}",
                "skus": "{% $states.input.order.lines.sku %}",
                "total": "{% $sum($states.input.order.lines.(price * quantity)) %}",
                "label": "{% 'order ' & $states.input.order.id %}",
            },
        },
    }})
}

/// The input of the two transforms.
#[must_use]
pub fn order() -> Payload {
    let lines: Vec<_> = (0..10)
        .map(|index| json!({"sku": format!("sku-{index}"), "price": 9.5, "quantity": index}))
        .collect();
    Payload::new(json!({"order": {"id": 7, "customer": "Ada", "lines": lines}}))
}

/// A loop that fills a history to its last event.
#[must_use]
pub fn endless_loop() -> Value {
    json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "Go"},
        "Go": {"Type": "Choice", "Choices": [
            {"Variable": "$.stop", "IsPresent": true, "Next": "Done"},
        ], "Default": "A"},
        "Done": {"Type": "Succeed"},
    }})
}

/// A definition of 20 states of most types, as users write them.
#[must_use]
pub fn twenty_states() -> Value {
    let lambda = "arn:aws:lambda:us-east-1:123456789012:function:f";
    let mut states = Map::new();
    for index in 0..16 {
        let next = format!("S{}", index + 1);
        let state = match index % 4 {
            0 => json!({"Type": "Task", "Resource": lambda, "TimeoutSeconds": 30,
                "Parameters": {"order.$": "$.order", "note.$": "States.Format('#{}', $.id)"},
                "ResultPath": "$.result",
                "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 5}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}],
                "Next": next}),
            1 => json!({"Type": "Choice", "Choices": [
                {"And": [{"Variable": "$.total", "NumericGreaterThan": 100},
                         {"Variable": "$.kind", "StringEquals": "express"}], "Next": next}],
                "Default": next}),
            2 => json!({"Type": "Pass", "Parameters": {"id.$": "$.id"}, "ResultPath": "$.copy",
                "Next": next}),
            _ => json!({"Type": "Wait", "SecondsPath": "$.delay", "Next": next}),
        };
        states.insert(format!("S{index}"), state);
    }
    let branch =
        |name: &str| json!({"StartAt": name, "States": {name: {"Type": "Pass", "End": true}}});
    states.insert(
        "S16".into(),
        json!({"Type": "Parallel", "Branches": [branch("Left")], "Next": "Done"}),
    );
    states.insert("Done".into(), json!({"Type": "Succeed"}));
    states.insert("Failed".into(), json!({"Type": "Fail", "Error": "Failed"}));
    json!({"Comment": "twenty states", "StartAt": "S0", "States": states})
}
