//! A history with its structure: which events belong to which visit of which state, in which branch.
//!
//! Events point to the one they follow from (`previousEventId`). From that chain, the entering and exiting of
//! states, and the starts of iterations and branches, the tree of *visits* is rebuilt: one for each time a
//! state was entered, below the visit of the Map or Parallel around it.

mod failure;
mod place;

use serde_json::Value;

use self::place::Placer;
use crate::case::Machine;

pub use failure::{Failure, Given, Handling};

/// A history that could be read.
#[derive(Debug, Default)]
pub struct Trace<'a> {
    /// Its events, in order; an event's id is its index plus one.
    pub events: Vec<Event<'a>>,
    /// The visits of states, in the order they were entered.
    pub visits: Vec<Visit<'a>>,
    /// The index of the first `ExecutionRedriven`; events from there on belong to no visit.
    pub redriven: Option<usize>,
    /// For each event, the index of the first that hands it on as a failure to what is around it, plus one.
    climbed_by: Vec<usize>,
}

/// An event.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Its number, from 1.
    pub id: u64,
    /// The event it follows from; 0 for none.
    pub previous: u64,
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Its type, such as `TaskStateEntered`.
    pub kind: &'a str,
    /// The key of its details; empty when it has none.
    pub details_key: &'a str,
    /// The object of its details; `null` when it has none.
    pub details: &'a Value,
    /// The visit it belongs to, as an index of [`Trace::visits`]; `None` for those of the execution itself, and
    /// after a redrive.
    pub visit: Option<usize>,
}

/// One time a state was entered.
#[derive(Debug, Clone)]
pub struct Visit<'a> {
    /// The state.
    pub state: &'a str,
    /// The visit of the Map or Parallel around it.
    pub parent: Option<usize>,
    /// Where in the parent it happened.
    pub place: Place,
    /// In which attempt of the parent it happened, from 1: a Map or Parallel that is retried starts anew.
    pub round: usize,
    /// Indices of its own events, from `…StateEntered` on; those of states inside it are not among them.
    pub events: Vec<usize>,
    /// The index of its `…StateExited`, if it was exited.
    pub exited: Option<usize>,
    /// The index of its `…StateAborted`, if it was aborted.
    pub aborted: Option<usize>,
    /// A Map or Parallel: how often it was started.
    pub rounds: usize,
}

/// Where a state is visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// At the top of the execution.
    Top,
    /// In an iteration of a Map, from 0.
    Iteration(u64),
    /// In a branch of a Parallel, from 0.
    Branch(usize),
}

/// Why a history could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {event}: {problem}")]
pub struct TraceError {
    /// The event.
    pub event: u64,
    /// Which rule of histories it breaks.
    pub rule: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl<'a> Event<'a> {
    /// A detail that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.details.get(name).and_then(Value::as_str)
    }

    /// A detail that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.details.get(name).and_then(Value::as_u64)
    }

    /// A detail that is JSON text, parsed.
    #[must_use]
    pub fn json(&self, name: &str) -> Option<Value> {
        self.text(name).and_then(|text| serde_json::from_str(text).ok())
    }

    /// Whether a state is entered by it.
    #[must_use]
    pub fn enters(&self) -> bool {
        self.kind.ends_with("StateEntered")
    }

    /// Whether a state is exited by it.
    #[must_use]
    pub fn exits(&self) -> bool {
        self.kind.ends_with("StateExited")
    }
}

impl<'a> Trace<'a> {
    /// Reads a history of an execution of this machine.
    ///
    /// # Errors
    /// The first event that is malformed or belongs nowhere.
    pub fn read(history: &'a [Value], machine: &Machine<'a>) -> Result<Self, TraceError> {
        let trace = Self {
            events: Vec::with_capacity(history.len()),
            climbed_by: vec![0; history.len()],
            ..Self::default()
        };
        let mut placer = Placer::new(trace, machine);
        for (index, raw) in history.iter().enumerate() {
            placer.add(read_event(index, raw)?)?;
        }
        Ok(placer.finish())
    }

    /// The events of a visit.
    pub fn of(&self, visit: usize) -> impl Iterator<Item = &Event<'a>> {
        self.visits[visit].events.iter().map(|index| &self.events[*index])
    }

    /// The event that entered the state of a visit.
    #[must_use]
    pub fn entered(&self, visit: usize) -> &Event<'a> {
        &self.events[self.visits[visit].events[0]]
    }

    /// The event that exited the state of a visit.
    #[must_use]
    pub fn exited(&self, visit: usize) -> Option<&Event<'a>> {
        self.visits[visit].exited.map(|index| &self.events[index])
    }

    /// Whether a visit is that one, or inside it.
    #[must_use]
    pub fn is_within(&self, visit: usize, container: usize) -> bool {
        let mut at = Some(visit);
        while let Some(index) = at {
            if index == container {
                return true;
            }
            at = self.visits[index].parent;
        }
        false
    }

    /// Where in a Map or Parallel a visit is, however deep inside.
    #[must_use]
    pub fn place_in(&self, visit: usize, container: usize) -> Option<Place> {
        let mut at = visit;
        loop {
            let parent = self.visits[at].parent?;
            if parent == container {
                return Some(self.visits[at].place);
            }
            at = parent;
        }
    }

    /// Whether a visit has not been exited, and all around it are in the attempt it began in.
    fn is_alive(&self, visit: usize) -> bool {
        let mut at = visit;
        loop {
            let one = &self.visits[at];
            if one.exited.is_some() {
                return false;
            }
            match one.parent {
                Some(parent) if self.visits[parent].rounds != one.round => return false,
                Some(parent) => at = parent,
                None => return true,
            }
        }
    }

    /// The last event of the execution, when it is one that ends it.
    #[must_use]
    pub fn end(&self) -> Option<&Event<'a>> {
        self.events.last().filter(|event| {
            matches!(
                event.kind,
                "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted"
            )
        })
    }
}

fn read_event(index: usize, raw: &Value) -> Result<Event<'_>, TraceError> {
    let expected = index as u64 + 1;
    let wrong = |rule, problem: String| TraceError { event: expected, rule, problem };
    let map = raw.as_object().ok_or_else(|| wrong("shape", "it is not an object".to_owned()))?;
    let id = map.get("id").and_then(Value::as_u64);
    if id != Some(expected) {
        return Err(wrong("ids", format!("its id is {id:?}; ids are 1, 2, 3, …")));
    }
    let previous = map
        .get("previousEventId")
        .and_then(Value::as_u64)
        .filter(|previous| *previous < expected)
        .ok_or_else(|| {
            wrong("previous", "previousEventId does not name an event before it".to_owned())
        })?;
    let kind = map
        .get("type")
        .and_then(Value::as_str)
        .ok_or_else(|| wrong("shape", "it has no type".to_owned()))?;
    let seconds = map
        .get("timestamp")
        .and_then(Value::as_f64)
        .ok_or_else(|| wrong("shape", "it has no timestamp".to_owned()))?;
    let (details_key, details) = map
        .iter()
        .find(|(key, _)| key.ends_with("EventDetails"))
        .map_or(("", &Value::Null), |(key, details)| (key.as_str(), details));
    let at_ms = (seconds * 1_000.0).round() as i64;
    Ok(Event { id: expected, previous, at_ms, kind, details_key, details, visit: None })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::case::Case;
    use crate::engine::{Budget, Engine, Observation, Ran, ReferenceEngine};

    #[test]
    fn visits_form_a_tree() {
        let definition = json!({"StartAt": "P", "States": {
            "P": {"Type": "Parallel", "Next": "Z", "Branches": [
                {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}},
                {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemsPath": "$.items",
                    "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "Next": "J"}, "J": {"Type": "Succeed"}}}}}}
            ]},
            "Z": {"Type": "Succeed"}
        }});
        let case = Case {
            definition: Some(definition.clone()),
            input: Some(json!({"items": [1, 2]})),
            ..Case::default()
        };
        let ran = ReferenceEngine::new().run(&case, &Budget::default());
        let Ran::Ran(Observation::Execution(seen)) = ran else { panic!("{ran:?}") };
        let machine = Machine::new(&definition);
        let trace = Trace::read(&seen.history, &machine).expect("the history is well formed");
        let shown: Vec<_> = trace
            .visits
            .iter()
            .map(|visit| (visit.state, visit.parent.map(|p| trace.visits[p].state), visit.place))
            .collect();
        assert_eq!(shown[0], ("P", None, Place::Top));
        assert!(shown.contains(&("A", Some("P"), Place::Branch(0))));
        assert!(shown.contains(&("M", Some("P"), Place::Branch(1))));
        for index in 0..2 {
            assert!(shown.contains(&("I", Some("M"), Place::Iteration(index))));
            assert!(shown.contains(&("J", Some("M"), Place::Iteration(index))));
        }
        assert_eq!(*shown.last().expect("there are visits"), ("Z", None, Place::Top));
        assert!(trace.visits.iter().all(|visit| visit.exited.is_some()));
    }
}
