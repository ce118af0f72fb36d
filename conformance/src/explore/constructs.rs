//! What of a definition a run can reach: states, ways between them, retriers, catchers.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something of a state that a run reaches or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "part", content = "index", rename_all = "snake_case")]
pub enum Part {
    /// The state itself.
    State,
    /// Its `Next` or `End`.
    Next,
    /// A rule of a Choice, from 0.
    Rule(usize),
    /// The `Default` of a Choice.
    Default,
    /// A retrier, from 0.
    Retrier(usize),
    /// A catcher, from 0.
    Catcher(usize),
}

/// One construct of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Construct {
    /// The machine, if it is one beside the one that is explored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The state.
    pub state: String,
    /// What of it.
    #[serde(flatten)]
    pub part: Part,
    /// Where it leads, if it is a way to a state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The error names it handles, if it handles errors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

impl Construct {
    /// In words, such as `Charge, catcher 1 (States.ALL) → Refund`.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = match self.part {
            Part::State => self.state.clone(),
            Part::Next => self.state.clone(),
            Part::Rule(index) => format!("{}, rule {}", self.state, index + 1),
            Part::Default => format!("{}, default", self.state),
            Part::Retrier(index) => format!("{}, retrier {}", self.state, index + 1),
            Part::Catcher(index) => format!("{}, catcher {}", self.state, index + 1),
        };
        if !self.errors.is_empty() {
            text.push_str(&format!(" ({})", self.errors.join(", ")));
        }
        match (&self.target, self.part) {
            (Some(target), _) => text.push_str(&format!(" → {target}")),
            (None, Part::Next) => text.push_str(" → end"),
            _ => {}
        }
        text
    }
}

/// All constructs of a machine's definition, in the order of its text; what is inside a Map or Parallel follows it.
pub(super) fn constructs(machine: Option<&str>, definition: &Value) -> Vec<Construct> {
    let mut found = Vec::new();
    graph(definition, &mut found);
    for construct in &mut found {
        construct.machine = machine.map(str::to_owned);
    }
    found
}

fn graph(graph_: &Value, found: &mut Vec<Construct>) {
    let Some(states) = graph_.get("States").and_then(Value::as_object) else { return };
    for (name, state) in states {
        state_of(name, state, found);
        let branches = state.get("Branches").and_then(Value::as_array);
        let processor = state.get("ItemProcessor").or_else(|| state.get("Iterator"));
        for inner in branches.into_iter().flatten().chain(processor) {
            graph(inner, found);
        }
    }
}

fn state_of(name: &str, state: &Value, found: &mut Vec<Construct>) {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let list = |key: &str| state.get(key).and_then(Value::as_array).into_iter().flatten();
    let mut add = |part, target, errors| {
        found.push(Construct { machine: None, state: name.to_owned(), part, target, errors });
    };
    let errors = |handler: &Value| {
        let names = handler.get("ErrorEquals").and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    add(Part::State, None, Vec::new());
    for (index, rule) in list("Choices").enumerate() {
        add(Part::Rule(index), text(rule, "Next"), Vec::new());
    }
    if let Some(default) = text(state, "Default") {
        add(Part::Default, Some(default), Vec::new());
    }
    for (index, retrier) in list("Retry").enumerate() {
        add(Part::Retrier(index), None, errors(retrier));
    }
    for (index, catcher) in list("Catch").enumerate() {
        add(Part::Catcher(index), text(catcher, "Next"), errors(catcher));
    }
    let ends = state.get("End").and_then(Value::as_bool) == Some(true);
    let next = text(state, "Next");
    if ends || next.is_some() {
        add(Part::Next, next, Vec::new());
    }
}
