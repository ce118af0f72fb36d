//! What tasks must answer, and what the input must be, so that what the definition reads later is there.
//!
//! The document is followed from where it is made to where it is read: through `ResultPath` and `OutputPath`, into
//! Maps and Parallels, until a state replaces it. What is added in between (a Pass with `Parameters`, say) is not
//! understood; then a value has a field too many.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::paths::{Root, Step, plain};
use super::reads::{Document, StateRead, items_of, own_reads, path_of};
use super::shape::{Hint, Shape};
use crate::case::{Machine, State};

/// States that are followed from one place.
const FOLLOWED_MAX: usize = 200;
/// Maps and Parallels inside each other that are followed.
const DEPTH_MAX: usize = 8;

/// A path into a document.
type Path = (Vec<Step>, Option<Hint>);

/// What a machine's data must look like.
pub(super) struct Flow<'m, 'a> {
    machine: &'m Machine<'a>,
    variables: BTreeMap<String, Vec<Path>>,
    /// Where catchers put errors. Whoever reads there and was not sent by a catcher has a bug, which a field in
    /// the input would hide.
    caught: Vec<Vec<Step>>,
}

/// What a state leaves of the document it was given.
enum Kept {
    All,
    Except(Vec<Step>),
    Nothing,
}

impl<'m, 'a> Flow<'m, 'a> {
    pub(super) fn new(machine: &'m Machine<'a>) -> Self {
        let mut variables: BTreeMap<String, Vec<Path>> = BTreeMap::new();
        for read in machine.states().flat_map(own_reads) {
            if let Document::Variable(name) = read.document {
                variables.entry(name).or_default().push((read.path, read.hint));
            }
        }
        let caught = machine
            .states()
            .flat_map(|state| state.list("Catch").iter().map(move |c| kept_by_catcher(state, c)))
            .filter_map(|kept| if let Kept::Except(path) = kept { Some(path) } else { None })
            .collect();
        Self { machine, variables, caught }
    }

    /// The execution's input.
    pub(super) fn input(&self) -> Shape {
        let start = self
            .machine
            .definition
            .and_then(|definition| definition.get("StartAt"))
            .and_then(Value::as_str);
        shape(start.map(|start| self.document(start, 0)).unwrap_or_default())
    }

    /// The result of a Task.
    pub(super) fn result(&self, state: &State<'a>) -> Shape {
        shape(self.result_paths(state, 0))
    }

    fn result_paths(&self, state: &State<'a>, depth: usize) -> Vec<Path> {
        let mut found: Vec<Path> = self
            .reads(state, depth)
            .into_iter()
            .filter(|read| read.document == Document::Result)
            .map(|read| (read.path, read.hint))
            .collect();
        let replaced = if state.jsonata { "Output" } else { "ResultSelector" };
        if state.field(replaced).is_some() || depth > DEPTH_MAX {
            return found;
        }
        let put = match (state.jsonata, state.field("ResultPath")) {
            (false, Some(Value::Null)) => return found,
            (false, Some(_)) => path_of(state, "ResultPath").unwrap_or_default(),
            _ => Vec::new(),
        };
        let out = path_of(state, "OutputPath").filter(|_| !state.jsonata);
        let mut later = match (state.text("Next"), state.parent) {
            (Some(next), _) => self.document(next, depth),
            // The last state of a branch or iteration answers an element of the whole's result.
            (None, Some(parent)) => self
                .machine
                .state(parent)
                .map(|parent| self.result_paths(parent, depth + 1))
                .unwrap_or_default()
                .into_iter()
                .filter(|(path, _)| path.first() == Some(&Step::Item))
                .map(|(path, hint)| (path[1..].to_vec(), hint))
                .collect(),
            (None, None) => Vec::new(),
        };
        if let Some(out) = out {
            for (path, _) in &mut later {
                *path = [out.as_slice(), path].concat();
            }
            later.push((out, None));
        }
        found.extend(later.into_iter().filter_map(|(path, hint)| {
            path.strip_prefix(put.as_slice()).map(|rest| (rest.to_vec(), hint))
        }));
        found
    }

    /// What is read of the document that this state is given, here and after.
    fn document(&self, start: &str, depth: usize) -> Vec<Path> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<(String, Vec<Vec<Step>>)> =
            vec![(start.to_owned(), self.caught.clone())];
        while let Some((name, hidden)) = waiting.pop() {
            let Some(state) = self.machine.state(&name) else { continue };
            if depth > DEPTH_MAX || seen.len() > FOLLOWED_MAX || !seen.insert(name) {
                continue;
            }
            for read in self.reads(state, depth) {
                let is_hidden = hidden.iter().any(|prefix| read.path.starts_with(prefix));
                if read.document == Document::Input && !is_hidden {
                    found.push((read.path, read.hint));
                }
            }
            let mut go = |next: Option<&str>, kept: Kept| {
                let Some(next) = next else { return };
                match kept {
                    Kept::All => waiting.push((next.to_owned(), hidden.clone())),
                    Kept::Except(path) => {
                        let mut hidden = hidden.clone();
                        hidden.push(path);
                        waiting.push((next.to_owned(), hidden));
                    }
                    Kept::Nothing => {}
                }
            };
            for catcher in state.list("Catch") {
                go(catcher.get("Next").and_then(Value::as_str), kept_by_catcher(state, catcher));
            }
            for rule in state.list("Choices") {
                go(rule.get("Next").and_then(Value::as_str), kept(state));
            }
            go(state.text("Default"), kept(state));
            go(state.text("Next"), kept(state));
        }
        found
    }

    /// What a state reads, what is inside it and what its variables are read for included.
    fn reads(&self, state: &State<'a>, depth: usize) -> Vec<StateRead> {
        let mut found = own_reads(state);
        if let Some(Value::Object(assigned)) = state.field("Assign") {
            for (key, value) in assigned {
                let Some(read) = value.as_str().and_then(plain) else { continue };
                let works = matches!(state.kind(), "Task" | "Map" | "Parallel" | "Pass");
                let document = match read.root {
                    Root::Result => Document::Result,
                    Root::Input => Document::Input,
                    Root::Here if works => Document::Result,
                    Root::Here => Document::Input,
                    Root::Item | Root::Variable(_) => continue,
                };
                let name = key.strip_suffix(".$").unwrap_or(key);
                for (path, hint) in self.variables.get(name).into_iter().flatten() {
                    found.push(StateRead {
                        document: document.clone(),
                        path: [read.path.as_slice(), path].concat(),
                        hint: hint.clone(),
                    });
                }
            }
        }
        self.inner_reads(state, depth, &mut found);
        found
    }

    /// What the states of branches and items read of the document around them.
    fn inner_reads(&self, state: &State<'a>, depth: usize, found: &mut Vec<StateRead>) {
        let start = |graph: &'a Value| graph.get("StartAt").and_then(Value::as_str);
        let mut add = |path: Option<Vec<Step>>, hint: Option<Hint>| {
            if let Some(path) = path {
                found.push(StateRead { document: Document::Input, path, hint });
            }
        };
        let base = path_of(state, "InputPath").unwrap_or_default();
        for branch in state.list("Branches") {
            let template = state.field(if state.jsonata { "Arguments" } else { "Parameters" });
            for (path, hint) in start(branch).map_or_else(Vec::new, |s| self.document(s, depth + 1))
            {
                let mapped = match template {
                    None => Some([base.as_slice(), &path].concat()),
                    Some(template) => through(template, &path, &base, None),
                };
                add(mapped, hint);
            }
        }
        let Some(inner) = state.processor().and_then(start) else { return };
        let Some(items) = items_of(state) else { return };
        let item = [items.as_slice(), &[Step::Item]].concat();
        let selector = state.field("ItemSelector").or_else(|| state.field("Parameters"));
        for (path, hint) in self.document(inner, depth + 1) {
            let path = match (state.field("ItemBatcher"), path.as_slice()) {
                (None, _) => path,
                (Some(_), [Step::Field(name), Step::Item, rest @ ..]) if name == "Items" => {
                    rest.to_vec()
                }
                _ => continue,
            };
            let mapped = match selector {
                None => Some([item.as_slice(), &path].concat()),
                Some(template) => through(template, &path, &base, Some(&item)),
            };
            add(mapped, hint);
        }
    }
}

fn shape(paths: Vec<Path>) -> Shape {
    let mut shape = Shape::default();
    for (path, hint) in paths {
        shape.add(&path, hint.as_ref());
    }
    shape
}

/// Where a path into what a template makes leads in what the template reads.
fn through(
    template: &Value,
    path: &[Step],
    base: &[Step],
    item: Option<&[Step]>,
) -> Option<Vec<Step>> {
    let (first, rest) = path.split_first()?;
    let Step::Field(name) = first else { return None };
    let map = template.as_object()?;
    let value = map.get(name).or_else(|| map.get(&format!("{name}.$")))?;
    let Some(text) = value.as_str() else { return through(value, rest, base, item) };
    let read = plain(text)?;
    let from = match read.root {
        Root::Here => base,
        Root::Input => &[],
        Root::Item => item?,
        Root::Result | Root::Variable(_) => return None,
    };
    Some([from, &read.path, rest].concat())
}

fn kept(state: &State<'_>) -> Kept {
    let works = matches!(state.kind(), "Task" | "Map" | "Parallel");
    if state.jsonata {
        let kept = !works && state.field("Output").is_none();
        return if kept { Kept::All } else { Kept::Nothing };
    }
    let moved = |field| state.field(field).is_some_and(|path| path.as_str() != Some("$"));
    if moved("OutputPath") {
        return Kept::Nothing;
    }
    let makes = works || state.field("Result").is_some() || state.field("Parameters").is_some();
    match (makes, state.field("ResultPath")) {
        (_, Some(Value::Null)) => Kept::All,
        (true, Some(Value::String(path))) if path != "$" => {
            plain(path).map_or(Kept::Nothing, |read| Kept::Except(read.path))
        }
        (true, _) => Kept::Nothing,
        (false, _) if moved("InputPath") => Kept::Nothing,
        (false, _) => Kept::All,
    }
}

fn kept_by_catcher(state: &State<'_>, catcher: &Value) -> Kept {
    match catcher.get("ResultPath") {
        Some(Value::Null) => Kept::All,
        Some(Value::String(path)) if path != "$" && !state.jsonata => {
            plain(path).map_or(Kept::Nothing, |read| Kept::Except(read.path))
        }
        _ => Kept::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_and_input_are_what_is_read_later() {
        let definition = json!({"StartAt": "Charge", "States": {
            "Charge": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:f", "TimeoutSecondsPath": "$.patience",
                "ResultPath": "$.payment", "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Give"}], "Next": "Big"},
            "Big": {"Type": "Choice", "Choices": [{"Variable": "$.payment.total", "NumericGreaterThan": 100, "Next": "Each"}], "Default": "Give"},
            "Each": {"Type": "Map", "ItemsPath": "$.parcels", "ItemSelector": {"parcel.$": "$$.Map.Item.Value", "order.$": "$.orderId"}, "End": true,
                "ItemProcessor": {"StartAt": "Ship", "States": {"Ship": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:g",
                    "Parameters": {"to.$": "$.parcel.address", "o.$": "$.order.id"}, "End": true}}}},
            "Give": {"Type": "Fail", "CausePath": "$.error.Cause"}
        }});
        let machine = Machine::new(&definition);
        let flow = Flow::new(&machine);
        assert_eq!(
            flow.input().describe(),
            "{ orderId: { id: text }, parcels: [ 0 to 5 × { address: text } ], patience: 1 | 5 | 30 }"
        );
        let charge = machine.state("Charge").expect("is there");
        assert_eq!(flow.result(charge).describe(), "{ total: 99 | 100 | 101 }");
    }

    #[test]
    fn variables_lead_back_to_the_result_they_hold() {
        let definition = json!({"QueryLanguage": "JSONata", "StartAt": "Get", "States": {
            "Get": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"},
                "Assign": {"order": "{% $states.result.Payload %}"}, "Output": {}, "Next": "Pick"},
            "Pick": {"Type": "Choice", "Choices": [{"Condition": "{% $order.tier = 'gold' %}", "Next": "Done"}], "Default": "Done"},
            "Done": {"Type": "Succeed"}
        }});
        let machine = Machine::new(&definition);
        let get = machine.state("Get").expect("is there");
        assert_eq!(
            Flow::new(&machine).result(get).describe(),
            "{ Payload: { tier: \"gold\" | \"other\" } }"
        );
    }
}
