//! A case's definitions as they are sent: every Task calls what stands for it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::case::change_states;

/// What is sent in the place of a Task's resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wire {
    /// Another resource, an activity's.
    Resource(String),
    /// A call of the machine that hands tokens over.
    HandOver {
        /// The machine's ARN.
        machine: String,
        /// The state's query language.
        jsonata: bool,
    },
}

/// A call that starts an execution and waits for the token that it was given.
const HAND_OVER: &str = "arn:aws:states:::states:startExecution.waitForTaskToken";

/// The machine that hands a task's token over to the adapter: by a task of an activity, with its own name, by which
/// the history of the execution that started it knows it.
pub(super) fn hand_over(activity: &str) -> Value {
    json!({"StartAt": "HandOver", "States": {"HandOver": {
        "Type": "Task",
        "Resource": activity,
        "Parameters": {"token.$": "$.token", "execution.$": "$$.Execution.Id"},
        "End": true,
    }}})
}

/// A definition with its Tasks replaced, by state.
pub(super) fn definition(definition: &Value, wires: &BTreeMap<&str, Wire>) -> Value {
    let mut definition = definition.clone();
    change_states(&mut definition, &mut |name, fields| match wires.get(name) {
        Some(Wire::Resource(arn)) => {
            fields.insert("Resource".to_owned(), arn.as_str().into());
            fields.shift_remove("Credentials");
        }
        Some(Wire::HandOver { machine, jsonata }) => {
            hand_task_over(fields, name, machine, *jsonata);
        }
        None => {}
    });
    definition
}

/// What the Task would send goes along, so that it fails where it would fail.
fn hand_task_over(fields: &mut Map<String, Value>, state: &str, machine: &str, jsonata: bool) {
    let (field, token, everything) = match jsonata {
        true => (
            "Arguments",
            ("token", "{% $states.context.Task.Token %}"),
            ("given", "{% $states.input %}"),
        ),
        false => ("Parameters", ("token.$", "$$.Task.Token"), ("given.$", "$")),
    };
    let mut input = json!({"state": state, token.0: token.1});
    match fields.get(field) {
        Some(given) => input["given"] = given.clone(),
        None => input[everything.0] = everything.1.into(),
    }
    fields.insert(field.to_owned(), json!({"StateMachineArn": machine, "Input": input}));
    fields.insert("Resource".to_owned(), HAND_OVER.into());
    fields.shift_remove("Credentials");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(resource: &str) -> Value {
        let task = json!({"Type": "Task", "Resource": resource, "End": true});
        json!({"StartAt": "T", "States": {"T": task}})
    }

    #[test]
    fn nested_tasks_become_activities_and_data_stays() {
        let around = |inner: &Value| {
            json!({"StartAt": "M", "States": {
                "M": {"Type": "Map", "ItemProcessor": inner, "Next": "P"},
                "P": {"Type": "Pass", "Result": {"States": {"T": {"Resource": "data"}}}, "End": true},
            }})
        };
        let wires = BTreeMap::from([("T", Wire::Resource("an:activity".to_owned()))]);
        let found = definition(&around(&alone("a:function")), &wires);
        assert_eq!(found, around(&alone("an:activity")));
    }

    #[test]
    fn a_task_that_waits_for_its_token_sends_it_to_the_adapter() {
        let wire = |jsonata| Wire::HandOver { machine: "M".to_owned(), jsonata };
        let sent = |state: Value, jsonata| {
            let wires = BTreeMap::from([("T", wire(jsonata))]);
            definition(&json!({"States": {"T": state}}), &wires)["States"]["T"].clone()
        };
        let path = sent(json!({"Parameters": {"Body": {"T.$": "$$.Task.Token"}}}), false);
        assert_eq!(path["Parameters"]["Input"]["given"]["Body"]["T.$"], "$$.Task.Token");
        assert_eq!(path["Parameters"]["Input"]["token.$"], "$$.Task.Token");
        let query = sent(json!({}), true);
        assert_eq!(query["Arguments"]["Input"]["given"], "{% $states.input %}");
        assert_eq!(query["Resource"], HAND_OVER);
    }
}
