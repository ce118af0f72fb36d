//! Definitions that must be refused: a valid one with a single mistake in it.
//!
//! Every mistake is one that AWS was seen to refuse, or that the specification forbids.

use serde_json::{Map, Value, json};

use super::draw::Draw;
use super::generator::Generator;
use crate::case::{Case, Kind};

/// A state's fields.
type Fields = Map<String, Value>;

/// A mistake in a state: whether it could be made there.
type Mistake = fn(&mut Fields, jsonata: bool) -> bool;

/// Mistakes by the rule they break.
const MISTAKES: &[(&str, Mistake)] = &[
    ("a field must be one of the language", |state, _| put(state, "Comments", json!("typo"))),
    ("a type must be one of the language", |state, _| put(state, "Type", json!("Tasks"))),
    ("a transition leads to a state", |state, _| replace(state, "Next", json!("Nowhere"))),
    ("a default leads to a state", |state, _| replace(state, "Default", json!("Nowhere"))),
    ("a state goes on or ends, not both", |state, _| {
        state.contains_key("Next") && put(state, "End", json!(true))
    }),
    ("a state goes on or ends", |state, _| {
        goes_on(state) && (state.remove("Next").is_some() || state.remove("End").is_some())
    }),
    ("a query language is JSONPath or JSONata", |state, _| {
        put(state, "QueryLanguage", json!("Jsonata"))
    }),
    ("Fail ends", |state, _| is(state, "Fail") && put(state, "End", json!(true))),
    ("Succeed has no Next", |state, _| is(state, "Succeed") && put(state, "Next", json!("A"))),
    ("Choice has no End", |state, _| is(state, "Choice") && put(state, "End", json!(true))),
    ("InputPath belongs to JSONPath", |state, jsonata| {
        jsonata && !is(state, "Fail") && put(state, "InputPath", json!("$"))
    }),
    ("Output belongs to JSONata", |state, jsonata| {
        !jsonata && !is(state, "Fail") && put(state, "Output", json!({}))
    }),
    ("InputPath is a path", |state, jsonata| {
        !jsonata && !is(state, "Fail") && put(state, "InputPath", json!("a.b"))
    }),
    ("ResultPath names one place", |state, jsonata| {
        !jsonata && is_any(state, &["Pass", "Task"]) && put(state, "ResultPath", json!("$.a[*]"))
    }),
    ("ResultPath is in the input", |state, jsonata| {
        !jsonata && is_any(state, &["Pass", "Task"]) && put(state, "ResultPath", json!("$$.a"))
    }),
    ("a computed field is computed", |state, jsonata| {
        !jsonata && is(state, "Pass") && put(state, "Parameters", json!({"a.$": "a"}))
    }),
    ("a function is one of the language", |state, jsonata| {
        let parameters = json!({"a.$": "States.Shout('a')"});
        !jsonata && is(state, "Pass") && put(state, "Parameters", parameters)
    }),
    ("an expression parses", |state, jsonata| {
        jsonata && is(state, "Pass") && put(state, "Output", json!("{% (1 + %}"))
    }),
    ("an expression is closed", |state, jsonata| {
        jsonata && is(state, "Pass") && put(state, "Output", json!("{% 1 + 1"))
    }),
    ("an expression names no top-level field", |state, jsonata| {
        jsonata && is(state, "Pass") && put(state, "Output", json!("{% total %}"))
    }),
    ("only catchers have an error output", |state, jsonata| {
        jsonata && is(state, "Pass") && put(state, "Output", json!("{% $states.errorOutput %}"))
    }),
    ("a variable has a name", |state, _| {
        is_any(state, &["Pass", "Task", "Wait"]) && put(state, "Assign", json!({"1x": 1}))
    }),
    ("no variable is called states", |state, _| {
        is_any(state, &["Pass", "Task", "Wait"]) && put(state, "Assign", json!({"states": 1}))
    }),
    ("a resource is an ARN", |state, _| {
        is(state, "Task") && put(state, "Resource", json!("function"))
    }),
    ("a resource is one there is", |state, _| {
        is(state, "Task") && put(state, "Resource", json!("arn:aws:states:::nothing:doIt"))
    }),
    ("a Task has a resource", |state, _| is(state, "Task") && state.remove("Resource").is_some()),
    ("a timeout is positive", |state, _| {
        is(state, "Task") && {
            state.remove("TimeoutSecondsPath");
            put(state, "TimeoutSeconds", json!(0))
        }
    }),
    ("a timeout is given once", |state, jsonata| {
        !jsonata && is(state, "Task") && {
            put(state, "TimeoutSeconds", json!(9)) && put(state, "TimeoutSecondsPath", json!("$.n"))
        }
    }),
    ("a Wait waits for one thing", |state, _| {
        is(state, "Wait") && {
            put(state, "Seconds", json!(1))
                && put(state, "Timestamp", json!("2026-01-01T00:00:00Z"))
        }
    }),
    ("a Wait waits for something", |state, _| {
        is(state, "Wait") && {
            state.retain(|field, _| !field.starts_with("Seconds") && !field.starts_with("Time"));
            true
        }
    }),
    ("seconds are not negative", |state, _| replace(state, "Seconds", json!(-1))),
    ("a timestamp is one", |state, _| replace(state, "Timestamp", json!("tomorrow"))),
    ("a Choice has rules", |state, _| replace(state, "Choices", json!([]))),
    ("a rule leads somewhere", |state, _| {
        in_first(state, "Choices", |rule| rule.remove("Next").is_some())
    }),
    ("a rule tests one thing", |state, jsonata| {
        !jsonata && in_first(state, "Choices", |rule| put(rule, "Condition", json!(true)))
    }),
    ("a comparison has one operator", |state, jsonata| {
        !jsonata
            && in_first(state, "Choices", |rule| {
                rule.contains_key("Variable")
                    && put(rule, "IsNull", json!(true))
                    && put(rule, "IsPresent", json!(true))
            })
    }),
    ("Retry names errors", |state, _| {
        in_first(state, "Retry", |retrier| put(retrier, "ErrorEquals", json!([])))
    }),
    ("States.ALL stands alone", |state, _| {
        let names = json!(["States.ALL", "Oops"]);
        in_first(state, "Retry", |retrier| put(retrier, "ErrorEquals", names))
    }),
    ("BackoffRate is at least 1", |state, _| {
        in_first(state, "Retry", |retrier| put(retrier, "BackoffRate", json!(0.5)))
    }),
    ("MaxAttempts is a whole number", |state, _| {
        in_first(state, "Retry", |retrier| put(retrier, "MaxAttempts", json!(1.5)))
    }),
    ("a jitter strategy is NONE or FULL", |state, _| {
        in_first(state, "Retry", |retrier| put(retrier, "JitterStrategy", json!("HALF")))
    }),
    ("a catcher leads somewhere", |state, _| {
        in_first(state, "Catch", |catcher| catcher.remove("Next").is_some())
    }),
    ("Pass does not retry", |state, _| {
        is(state, "Pass") && put(state, "Retry", json!([{"ErrorEquals": ["Oops"]}]))
    }),
    ("a Parallel has branches", |state, _| replace(state, "Branches", json!([]))),
    ("a Map has one processor", |state, _| {
        let Some(processor) = state.get("ItemProcessor").cloned() else { return false };
        put(state, "Iterator", processor)
    }),
    ("a percentage is at most 100", |state, _| {
        is(state, "Map") && {
            state.remove("ToleratedFailurePercentagePath");
            put(state, "ToleratedFailurePercentage", json!(101))
        }
    }),
    ("a distributed Map says its type", |state, _| {
        match state.get_mut("ItemProcessor").and_then(|it| it.get_mut("ProcessorConfig")) {
            Some(Value::Object(config)) => config.remove("ExecutionType").is_some(),
            _ => false,
        }
    }),
    ("credentials name a role", |state, _| {
        is(state, "Task") && put(state, "Credentials", json!({"Role": "r"}))
    }),
];

impl Generator<'_, '_, '_> {
    /// A case that asks for a verdict on an invalid definition.
    pub(super) fn invalid(self) -> Case {
        // The mistake is drawn from the same bytes, after the case.
        let (case, mut draw) = self.case_and_rest();
        let mut definition = case.definition.unwrap_or_default();
        let rule = match draw.below(8) {
            0 => of_machine(&mut draw, &mut definition),
            _ => of_state(&mut draw, &mut definition),
        };
        Case {
            id: "invalid/case".into(),
            rule: Some(rule.to_owned()),
            source: "generated".into(),
            kind: Kind::Validate,
            op: Some("ValidateStateMachineDefinition".into()),
            workflow_type: case.workflow_type,
            definition: Some(definition),
            ..Case::default()
        }
    }
}

/// A mistake of the whole machine.
fn of_machine(draw: &mut Draw<'_, '_>, definition: &mut Value) -> &'static str {
    let end = json!({"Type": "Succeed"});
    match draw.below(6) {
        0 => {
            definition["StartAt"] = "Nowhere".into();
            "a machine starts at a state"
        }
        1 => {
            definition["States"]["Unreached"] = end;
            "every state can be reached"
        }
        2 => {
            definition["Version"] = "2.0".into();
            "the version is 1.0"
        }
        3 => {
            let fields = definition.as_object_mut();
            fields.and_then(|fields| fields.remove("StartAt"));
            "a machine says where it starts"
        }
        4 => {
            definition["TimeoutSeconds"] = "10".into();
            "a timeout is a number"
        }
        _ => {
            definition["Next"] = "A".into();
            "a machine has no Next"
        }
    }
}

/// A mistake of one state: drawn, or the first after it that can be made anywhere.
fn of_state(draw: &mut Draw<'_, '_>, definition: &mut Value) -> &'static str {
    let mut places = Vec::new();
    let jsonata = definition["QueryLanguage"] == "JSONata";
    find_states(definition, "", &mut places);
    let first = draw.below(MISTAKES.len());
    let place = draw.below(places.len());
    let in_turn = MISTAKES.iter().cycle().skip(first).take(MISTAKES.len());
    for (rule, mistake) in in_turn {
        for at in places.iter().cycle().skip(place).take(places.len()) {
            let Some(Value::Object(state)) = definition.pointer_mut(at) else { continue };
            let jsonata = jsonata || state.get("QueryLanguage").is_some();
            let before = state.clone();
            if mistake(state, jsonata) {
                return rule;
            }
            *state = before;
        }
    }
    // The first mistake can be made in every state.
    ""
}

/// JSON Pointers to all states.
fn find_states(graph: &Value, at: &str, places: &mut Vec<String>) {
    for (name, state) in graph["States"].as_object().into_iter().flatten() {
        let at = format!("{at}/States/{name}");
        for (index, branch) in state["Branches"].as_array().into_iter().flatten().enumerate() {
            find_states(branch, &format!("{at}/Branches/{index}"), places);
        }
        for field in ["ItemProcessor", "Iterator"] {
            if let Some(processor) = state.get(field) {
                find_states(processor, &format!("{at}/{field}"), places);
            }
        }
        places.push(at);
    }
}

fn put(fields: &mut Fields, name: &str, value: Value) -> bool {
    fields.insert(name.to_owned(), value);
    true
}

fn replace(fields: &mut Fields, name: &str, value: Value) -> bool {
    fields.contains_key(name) && put(fields, name, value)
}

fn is(fields: &Fields, kind: &str) -> bool {
    fields.get("Type").and_then(Value::as_str) == Some(kind)
}

fn is_any(fields: &Fields, kinds: &[&str]) -> bool {
    kinds.iter().any(|kind| is(fields, kind))
}

fn goes_on(fields: &Fields) -> bool {
    !is_any(fields, &["Choice", "Succeed", "Fail"])
}

/// Makes a mistake in the first entry of a list.
fn in_first(fields: &mut Fields, list: &str, mistake: impl FnOnce(&mut Fields) -> bool) -> bool {
    match fields.get_mut(list).and_then(|list| list.get_mut(0)) {
        Some(Value::Object(entry)) => mistake(entry),
        _ => false,
    }
}
