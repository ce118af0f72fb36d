//! A toy engine: Pass with a Result, Succeed and Fail. It knows nothing of the suite that tests it.

use serde_json::Value;

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// With an output.
    Succeeded(Value),
    /// With an error and a cause.
    Failed(Option<String>, Option<String>),
}

/// Why a definition was not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is wrong.
    Invalid(String),
    /// It needs more than a toy.
    TooHard(String),
}

/// Runs a state machine. Also gives the types of the events.
pub fn run(definition: &Value, input: Value) -> Result<(End, Vec<String>), Refusal> {
    let too_hard = |what: &str| Err(Refusal::TooHard(format!("no {what} in a toy")));
    if definition.get("QueryLanguage").is_some() || definition.get("TimeoutSeconds").is_some() {
        return too_hard("QueryLanguage and TimeoutSeconds");
    }
    let mut events = vec!["ExecutionStarted".to_owned()];
    let mut data = input;
    let mut next = text(definition, "StartAt");
    // Enough for every machine without a loop.
    for _ in 0..1_000 {
        let Some(name) = next else {
            events.push("ExecutionSucceeded".to_owned());
            return Ok((End::Succeeded(data), events));
        };
        let Some(state) = definition["States"].get(&name) else {
            return Err(Refusal::Invalid(format!("there is no state {name}")));
        };
        const KNOWN: [&str; 7] = ["Type", "Comment", "Next", "End", "Result", "Error", "Cause"];
        if let Some(field) = state
            .as_object()
            .into_iter()
            .flatten()
            .find(|(field, _)| !KNOWN.contains(&field.as_str()))
        {
            return too_hard(field.0);
        }
        let kind = text(state, "Type").unwrap_or_default();
        events.push(format!("{kind}StateEntered"));
        match kind.as_str() {
            "Pass" => data = state.get("Result").cloned().unwrap_or(data),
            "Succeed" => {}
            "Fail" => {
                events.push("ExecutionFailed".to_owned());
                return Ok((End::Failed(text(state, "Error"), text(state, "Cause")), events));
            }
            other => return too_hard(&format!("{other} states")),
        }
        events.push(format!("{kind}StateExited"));
        next = text(state, "Next");
    }
    too_hard("loops")
}

fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field)?.as_str().map(str::to_owned)
}
