//! Parallel and Map states: branches that run side by side, each in its own local time.

use serde_json::{Value, json};

use super::failure::{Cause, Failure, Result, Stop, fails, fails_somehow, runtime, unknown};
use super::flow;
use super::interpret::{End, Interpreter, Next, Outcome, Thread, Visit, results};
use super::log::{Mark, Place};
use super::moment::Moment;
use super::scope::States;
use crate::case::PathStep;

/// Iterations an inline Map runs at once without a limit of its own (AWS guide, "Map state in Inline mode").
const INLINE_CONCURRENCY: usize = 40;

/// A branch that was run: how it ended, and what it did.
pub(super) struct Ran {
    pub end: End,
    pub from: Mark,
    pub to: Mark,
}

impl Interpreter<'_> {
    pub(crate) fn parallel(&mut self, thread: &mut Thread, visit: &Visit<'_>) -> Result<Next> {
        let scope = visit.scope(&self.given, &thread.variables);
        let input = flow::effective(&scope, visit.fields, visit.raw)?.arguments;
        let Some(branches) = visit.fields.get("Branches").and_then(Value::as_array) else {
            return unknown("a Parallel without branches");
        };
        let mut all = Vec::new();
        for (number, branch) in branches.iter().enumerate() {
            let from = self.log.mark();
            let inner = Thread {
                execution: thread.execution,
                number: self.new_thread(),
                path: within(thread, PathStep::Parallel { parallel: visit.name.to_owned() }),
                parent: Some(visit.entry),
                place: Place::Branch(number),
                variables: thread.variables.clone(),
                at: thread.at,
            };
            let end = self.graph(branch, inner, input.clone())?;
            all.push(Ran { end, from, to: self.log.mark() });
        }
        self.join(thread, visit, all)
    }

    pub(crate) fn map(&mut self, thread: &mut Thread, visit: &Visit<'_>) -> Result<Next> {
        let processor = visit.fields.get("ItemProcessor").or(visit.fields.get("Iterator"));
        let Some(processor) = processor else { return unknown("a Map without a processor") };
        if processor.pointer("/ProcessorConfig/Mode").is_some_and(|mode| mode == "DISTRIBUTED") {
            return self.distributed(thread, visit, processor);
        }
        let beyond = ["ItemReader", "ItemBatcher", "ResultWriter"];
        if beyond.iter().any(|field| visit.fields.contains_key(*field)) {
            return unknown("a field of distributed Maps in an inline one");
        }
        let (items, concurrency) = self.items(thread, visit)?;
        let inputs = self.iteration_inputs(thread, visit, &items)?;
        let limit = if concurrency == 0 { INLINE_CONCURRENCY } else { concurrency };
        let mut slots = Slots::new(limit, thread.at);
        let mut all: Vec<Ran> = Vec::new();
        let mut failed = Moment::NEVER;
        for (number, input) in inputs.into_iter().enumerate() {
            let start = slots.take();
            if start.is_never() || failed.before(start) {
                break;
            }
            let from = self.log.mark();
            let step = PathStep::Map { map: visit.name.to_owned(), index: number };
            let inner = Thread {
                execution: thread.execution,
                number: self.new_thread(),
                path: within(thread, step),
                parent: Some(visit.entry),
                place: Place::Iteration(number),
                variables: thread.variables.clone(),
                at: start,
            };
            let end = self.graph(processor, inner, input)?;
            match end.outcome {
                Outcome::Failed(_) => failed = failed.earlier_of(end.at),
                Outcome::Done(_) => slots.give_back(end.at),
                Outcome::Stuck => {}
            }
            all.push(Ran { end, from, to: self.log.mark() });
        }
        let is_short = all.len() < items.len();
        if is_short && failed.is_never() {
            thread.at = Moment::NEVER;
            return Ok(Next::Stuck);
        }
        self.join(thread, visit, all)
    }

    /// The items of a Map, and how many it runs at once.
    fn items(&self, thread: &Thread, visit: &Visit<'_>) -> Result<(Vec<Value>, usize)> {
        let scope = visit.scope(&self.given, &thread.variables);
        let states = States { input: Some(visit.raw), ..States::default() };
        let (items, input) = if visit.jsonata {
            let items = match visit.fields.get("Items") {
                Some(items) => scope.evaluate(items, states)?,
                None => visit.raw.clone(),
            };
            (items, visit.raw.clone())
        } else {
            let input = scope.select(visit.fields.get("InputPath"), visit.raw)?;
            (scope.items(visit.fields.get("ItemsPath"), &input)?, input)
        };
        let limit = flow::number(&scope, visit.fields, "MaxConcurrency", visit.raw, &input)?;
        let tolerated = ["ToleratedFailureCount", "ToleratedFailurePercentage"];
        for name in tolerated {
            if visit.fields.contains_key(name) || visit.fields.contains_key(&format!("{name}Path"))
            {
                return unknown("a tolerance of an inline Map");
            }
        }
        let items = match items {
            Value::Array(items) => items,
            _ if visit.jsonata => return fails("States.QueryEvaluationError"),
            _ => return fails_somehow(),
        };
        match limit.as_ref().map_or(Some(0), Value::as_u64) {
            Some(limit) => Ok((items, usize::try_from(limit).unwrap_or(usize::MAX))),
            // Java may or may not take a number with an exponent; a text that reads as one is taken for MaxItems.
            None if limit.is_some_and(|limit| limit.is_f64() || is_whole(&limit)) => {
                unknown("a MaxConcurrency that is no plain whole number")
            }
            None if visit.fields.contains_key("MaxConcurrencyPath") => runtime(),
            None => unknown("a MaxConcurrency that is no number"),
        }
    }

    /// What the iterations get.
    fn iteration_inputs(
        &self,
        thread: &Thread,
        visit: &Visit<'_>,
        items: &[Value],
    ) -> Result<Vec<Value>> {
        let scope = visit.scope(&self.given, &thread.variables);
        let selector = visit.fields.get("ItemSelector").or(visit.fields.get("Parameters"));
        let Some(selector) = selector else { return Ok(items.to_vec()) };
        let input = if visit.jsonata {
            visit.raw.clone()
        } else {
            scope.select(visit.fields.get("InputPath"), visit.raw)?
        };
        let mut inputs = Vec::new();
        for (index, value) in items.iter().enumerate() {
            let item = json!({"Index": index, "Value": value});
            let mut scope = visit.scope(&self.given, &thread.variables);
            scope.item = Some(&item);
            let made = if visit.jsonata {
                let states = States { input: Some(visit.raw), ..States::default() };
                scope.evaluate(selector, states)
            } else {
                scope.template(selector, &input)
            };
            match made {
                Ok(made) => inputs.push(made),
                Err(Stop::Failed(_)) if index > 0 => {
                    return unknown("an item selector that fails for a later item");
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(inputs)
    }

    /// What comes of branches: their results, or the failure of the one that failed first.
    fn join(&mut self, thread: &mut Thread, visit: &Visit<'_>, all: Vec<Ran>) -> Result<Next> {
        if let Some((failure, at)) = self.first_failure(&all)? {
            thread.at = at;
            return Err(Stop::Failed(failure));
        }
        if all.iter().any(|ran| matches!(ran.end.outcome, Outcome::Stuck)) {
            thread.at = Moment::NEVER;
            return Ok(Next::Stuck);
        }
        let ends: Vec<End> = all.into_iter().map(|ran| ran.end).collect();
        thread.at = ends.iter().fold(thread.at, |at, end| at.later_of(end.at));
        self.finish(thread, visit, results(&ends))
    }

    /// The failure that comes first, and its moment; what the others would have done later is struck out.
    pub(super) fn first_failure(&mut self, all: &[Ran]) -> Result<Option<(Failure, Moment)>> {
        let failures: Vec<(usize, &Failure, Moment)> = all
            .iter()
            .enumerate()
            .filter_map(|(index, ran)| match &ran.end.outcome {
                Outcome::Failed(failure) => Some((index, failure, ran.end.at)),
                _ => None,
            })
            .collect();
        let Some(at) = failures.iter().map(|(.., at)| *at).reduce(Moment::earlier_of) else {
            return Ok(None);
        };
        let mut first = failures.into_iter().filter(|(.., failed)| !at.before(*failed));
        let Some((winner, failure, _)) = first.next() else { return Ok(None) };
        let mut failure = failure.clone();
        let mut is_alone = true;
        for (_, other, _) in first {
            is_alone = false;
            if (&other.error, other.fatal, other.alias)
                != (&failure.error, failure.fatal, failure.alias)
            {
                return unknown("branches fail at once, each in its own way");
            }
            if other.cause != failure.cause {
                failure.cause = match (&failure.cause, &other.cause) {
                    (Cause::Text(_), Cause::Text(_)) => Cause::worded(),
                    _ => Cause::Unsure,
                };
            }
        }
        for (index, ran) in all.iter().enumerate() {
            if index != winner || !is_alone {
                self.log.cut(ran.from, ran.to, at);
            }
        }
        Ok(Some((failure, at)))
    }
}

fn within(thread: &Thread, step: PathStep) -> Vec<PathStep> {
    let mut path = thread.path.clone();
    path.push(step);
    path
}

/// The moments at which a Map may start another iteration.
pub(super) struct Slots {
    unused: usize,
    start: Moment,
    earliest: Vec<i64>,
    latest: Vec<i64>,
}

impl Slots {
    pub(super) fn new(limit: usize, start: Moment) -> Self {
        Self { unused: limit, start, earliest: Vec::new(), latest: Vec::new() }
    }

    /// The moment the next iteration starts. With moments that are spans, the first to be free is between the
    /// least of the earliest and the least of the latest.
    pub(super) fn take(&mut self) -> Moment {
        if self.unused > 0 {
            self.unused -= 1;
            return self.start;
        }
        let least = |times: &mut Vec<i64>| {
            let at = times.iter().enumerate().min_by_key(|(_, time)| **time).map(|(at, _)| at);
            at.map(|at| times.swap_remove(at))
        };
        match (least(&mut self.earliest), least(&mut self.latest)) {
            (Some(earliest), Some(latest)) => Moment { earliest, latest },
            _ => Moment::NEVER,
        }
    }

    pub(super) fn give_back(&mut self, at: Moment) {
        self.earliest.push(at.earliest);
        self.latest.push(at.latest);
    }
}

/// Whether a value is a text that reads as a whole number.
fn is_whole(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<i64>().is_ok())
}
