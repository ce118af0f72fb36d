//! The interpreter: a graph of states is run by running its states, one after the other, in local time.
//!
//! A Parallel or Map runs each of its branches on its own, as if the others were not there, and then looks
//! which of them failed first. Nothing else lets branches know of each other (states-language.net, "Parallel
//! State", "Map State").

use serde_json::{Value, json};

use super::failure::{Cause, Failure, Result, Stop, unknown};
use super::flow::{self, Fields};
use super::handlers::{self, Retries};
use super::log::{Entry, Log, Place, Presence};
use super::moment::Moment;
use super::scope::{Given, Scope, States, Variables};
use super::{choice, waiting};
use crate::case::{Case, Fault, PathStep};

/// States entered before the model gives up: a case is small, or it is not for the model.
const ENTRIES_MAX: usize = 5_000;

/// Runs states.
pub(crate) struct Interpreter<'a> {
    pub case: &'a Case,
    pub given: Given,
    /// Whether states are JSONata ones unless they say otherwise.
    pub jsonata: bool,
    pub log: Log,
    /// Faults, and the tasks they are known to happen to.
    pub faults: Vec<(super::faults::Target, &'a Fault)>,
    /// Executions started so far, the case's own included.
    pub executions: usize,
    /// Names given to executions, with their machines.
    pub names: Vec<(String, String)>,
    /// Threads so far.
    pub threads: usize,
}

/// The top level, a branch or an iteration, while it runs.
pub(crate) struct Thread {
    /// The execution it belongs to; 0 is the one the case is about.
    pub execution: usize,
    /// Its own number.
    pub number: usize,
    pub path: Vec<PathStep>,
    pub parent: Option<usize>,
    pub place: Place,
    pub variables: Variables,
    pub at: Moment,
}

/// How a graph ended, and when.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub outcome: Outcome,
    pub at: Moment,
}

/// How a graph ended.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Done(Value),
    Failed(Failure),
    /// It waits for something that never comes.
    Stuck,
}

/// What follows a state.
pub(crate) enum Next {
    State(String, Value),
    End(Value),
    Stuck,
}

/// One visit of a state.
pub(crate) struct Visit<'v> {
    pub name: &'v str,
    pub fields: &'v Fields,
    pub raw: &'v Value,
    pub jsonata: bool,
    /// Its entry in the log.
    pub entry: usize,
    pub entered: Moment,
    pub retries: u64,
}

impl Visit<'_> {
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    pub(crate) fn scope<'s>(&'s self, given: &'s Given, variables: &'s Variables) -> Scope<'s> {
        let token = self.text("Resource").is_some_and(|arn| arn.ends_with(".waitForTaskToken"));
        Scope {
            given,
            state: self.name,
            jsonata: self.jsonata,
            variables,
            entered: self.entered,
            retries: matches!(self.text("Type"), Some("Task" | "Parallel" | "Map"))
                .then_some(self.retries),
            item: None,
            token,
        }
    }

    /// Where `Next` or `End` lead.
    fn onward(&self, output: Value) -> Result<Next> {
        match (self.text("Next"), self.fields.get("End")) {
            (Some(next), _) => Ok(Next::State(next.to_owned(), output)),
            (None, Some(Value::Bool(true))) => Ok(Next::End(output)),
            _ => unknown("a state without Next and End"),
        }
    }
}

impl Interpreter<'_> {
    pub(super) fn new_thread(&mut self) -> usize {
        self.threads += 1;
        self.threads
    }

    /// The top level of another execution, started by a state.
    pub(super) fn execution_of(&mut self, visit: &Visit<'_>, start: Moment) -> Thread {
        self.executions += 1;
        Thread {
            execution: self.executions - 1,
            number: self.new_thread(),
            path: Vec::new(),
            parent: Some(visit.entry),
            place: Place::Top,
            variables: Variables::new(),
            at: start,
        }
    }

    /// Runs a graph: a machine, a branch, an item processor.
    pub(crate) fn graph(&mut self, graph: &Value, mut thread: Thread, input: Value) -> Result<End> {
        let mut name = graph["StartAt"].as_str().unwrap_or_default().to_owned();
        let mut input = input;
        loop {
            let Some(fields) = graph["States"][&name].as_object() else {
                return unknown("a state that does not exist");
            };
            let outcome = match self.visit(&mut thread, &name, fields, &input) {
                Ok(Next::State(next, output)) => {
                    (name, input) = (next, output);
                    continue;
                }
                Ok(Next::End(output)) => Outcome::Done(output),
                Ok(Next::Stuck) => {
                    thread.at = Moment::NEVER;
                    Outcome::Stuck
                }
                Err(Stop::Failed(failure)) => Outcome::Failed(failure),
                Err(stop) => return Err(stop),
            };
            return Ok(End { outcome, at: thread.at });
        }
    }

    /// Visits a state: attempts it until it works or its failure is nobody's.
    fn visit(
        &mut self,
        thread: &mut Thread,
        name: &str,
        fields: &Fields,
        raw: &Value,
    ) -> Result<Next> {
        if self.log.entries.len() >= ENTRIES_MAX {
            return unknown("too many states are entered");
        }
        let jsonata = match fields.get("QueryLanguage") {
            Some(language) => language == "JSONata",
            None => self.jsonata,
        };
        let entry = self.log.entries.len();
        self.log.entries.push(Entry {
            state: name.to_owned(),
            execution: thread.execution,
            parent: thread.parent,
            place: thread.place,
            at: thread.at,
            presence: Presence::Certain,
        });
        let mut visit = Visit { name, fields, raw, jsonata, entry, entered: thread.at, retries: 0 };
        let mut retries = Retries::new(fields);
        loop {
            let failure = match self.attempt(thread, &visit) {
                Err(Stop::Failed(failure)) => failure,
                other => return other.and_then(limited),
            };
            match retries.next(fields, &failure)? {
                Some((least, most)) => {
                    thread.at = thread.at.plus_between(least, most);
                    visit.retries = retries.total;
                }
                None => return self.caught(thread, &visit, failure),
            }
        }
    }

    fn attempt(&mut self, thread: &mut Thread, visit: &Visit<'_>) -> Result<Next> {
        match visit.text("Type") {
            Some("Pass") => self.pass(thread, visit),
            Some("Task") => self.task(thread, visit),
            Some("Choice") => self.choice(thread, visit),
            Some("Wait") => self.wait(thread, visit),
            Some("Succeed") => self.succeed(thread, visit),
            Some("Fail") => self.fail(thread, visit),
            Some("Parallel") => self.parallel(thread, visit),
            Some("Map") => self.map(thread, visit),
            _ => unknown("a state of an unknown type"),
        }
    }

    /// A failure nobody retries goes to the first catcher that takes it.
    fn caught(&mut self, thread: &mut Thread, visit: &Visit<'_>, failure: Failure) -> Result<Next> {
        let Some(catcher) = handlers::catcher(visit.fields, &failure)? else {
            return Err(Stop::Failed(failure));
        };
        let scope = visit.scope(&self.given, &thread.variables);
        match handlers::catch(&scope, catcher, visit.raw, &failure) {
            Ok((output, assigned)) => {
                thread.variables.extend(assigned);
                let next = catcher.get("Next").and_then(Value::as_str).unwrap_or_default();
                limited(Next::State(next.to_owned(), output))
            }
            Err(Stop::Failed(_)) => unknown("a catcher that fails itself"),
            Err(stop) => Err(stop),
        }
    }

    /// Ends a state that has a result: Task, Parallel and Map.
    pub(crate) fn finish(
        &mut self,
        thread: &mut Thread,
        visit: &Visit<'_>,
        result: Value,
    ) -> Result<Next> {
        let scope = visit.scope(&self.given, &thread.variables);
        let states = States { input: Some(visit.raw), result: Some(&result), error: None };
        let assigned = flow::assign(&scope, visit.fields.get("Assign"), &result, states)?;
        let output = flow::output(&scope, visit.fields, visit.raw, result)?;
        thread.variables.extend(assigned);
        visit.onward(output)
    }

    fn pass(&mut self, thread: &mut Thread, visit: &Visit<'_>) -> Result<Next> {
        let scope = visit.scope(&self.given, &thread.variables);
        let (output, assigned) = flow::pass(&scope, visit.fields, visit.raw)?;
        thread.variables.extend(assigned);
        visit.onward(output)
    }

    fn hand_on(&mut self, thread: &mut Thread, visit: &Visit<'_>) -> Result<Value> {
        let scope = visit.scope(&self.given, &thread.variables);
        let (output, assigned) = flow::hand_on(&scope, visit.fields, visit.raw)?;
        thread.variables.extend(assigned);
        Ok(output)
    }

    fn succeed(&mut self, thread: &mut Thread, visit: &Visit<'_>) -> Result<Next> {
        self.hand_on(thread, visit).map(Next::End)
    }

    fn wait(&mut self, thread: &mut Thread, visit: &Visit<'_>) -> Result<Next> {
        let scope = visit.scope(&self.given, &thread.variables);
        thread.at = waiting::until(&scope, visit, thread.at)?;
        let output = self.hand_on(thread, visit)?;
        visit.onward(output)
    }

    fn fail(&mut self, thread: &mut Thread, visit: &Visit<'_>) -> Result<Next> {
        let scope = visit.scope(&self.given, &thread.variables);
        let states = States { input: Some(visit.raw), ..States::default() };
        let text = |name: &str| -> Result<Option<String>> {
            let path = visit.text(&format!("{name}Path"));
            let value = match (visit.fields.get(name), path) {
                (Some(value), _) if visit.jsonata => scope.evaluate(value, states)?,
                (Some(value), _) => value.clone(),
                (None, Some(path)) => scope.dynamic(path, visit.raw)?,
                (None, None) => return Ok(None),
            };
            match value {
                Value::String(text) => Ok(Some(text)),
                _ => unknown("a Fail state whose error or cause is no text"),
            }
        };
        let mut failure = Failure::given(text("Error")?, text("Cause")?);
        // What a catcher sees of a Fail state without error or cause is not evidenced.
        if failure.error.is_none() || failure.cause == Cause::None {
            failure.cause = Cause::Unsure;
        }
        Err(Stop::Failed(failure))
    }

    fn choice(&mut self, thread: &mut Thread, visit: &Visit<'_>) -> Result<Next> {
        let scope = visit.scope(&self.given, &thread.variables);
        let (next, output, assigned) = choice::choose(&scope, visit.fields, visit.raw)?;
        thread.variables.extend(assigned);
        Ok(Next::State(next, output))
    }
}

/// A state's data has at most 256 KiB (AWS guide, "Service quotas"); what fails how beyond is not for the model.
fn limited(next: Next) -> Result<Next> {
    match &next {
        Next::State(_, data) | Next::End(data) if super::is_large(data) => {
            unknown("data near the limit of its size")
        }
        _ => Ok(next),
    }
}

/// The result of a Map or Parallel.
pub(crate) fn results(ends: &[End]) -> Value {
    ends.iter()
        .map(|end| match &end.outcome {
            Outcome::Done(output) => output.clone(),
            _ => json!(null),
        })
        .collect()
}
