//! Distributed Map states: each item or batch is an execution of its own ("Distributed Map").

use serde_json::{Map, Value, json};

use super::containers::Slots;
use super::failure::{Failure, Result, Stop, runtime, unknown};
use super::flow;
use super::interpret::{Interpreter, Next, Outcome, Thread, Visit};
use super::moment::Moment;
use super::scope::States;
use super::{opaque, reader};

/// Children that run at once without a limit (AWS guide, "Map state in Distributed mode").
const CONCURRENCY: usize = 10_000;
/// A child may run as long as an execution of its type; beyond this the model gives up.
const CHILD_MAX_MS: i64 = 300_000;

impl Interpreter<'_> {
    pub(super) fn distributed(
        &mut self,
        thread: &mut Thread,
        visit: &Visit<'_>,
        processor: &Value,
    ) -> Result<Next> {
        let scope = visit.scope(&self.given, &thread.variables);
        let input = if visit.jsonata {
            visit.raw.clone()
        } else {
            scope.select(visit.fields.get("InputPath"), visit.raw)?
        };
        let items = match visit.fields.get("ItemReader") {
            Some(reader) => reader::read(self.case, &scope, reader, visit.raw, &input),
            None => self.distributed_items(thread, visit, &input),
        };
        let limit = flow::number(&scope, visit.fields, "MaxConcurrency", visit.raw, &input);
        if matches!(items, Err(Stop::Failed(_)))
            && (limit.is_err()
                || self.tolerated(thread, visit, &input, 0).is_err()
                || self.batches(thread, visit, &input, Vec::new()).is_err())
        {
            return unknown("whether items or limits are computed first");
        }
        let (items, limit) = (items?, limit?);
        let limit = match limit.as_ref().map_or(Some(0), Value::as_u64) {
            Some(0) => CONCURRENCY,
            Some(limit) => usize::try_from(limit).unwrap_or(CONCURRENCY),
            None => return unknown("a MaxConcurrency that is no number"),
        };
        let count = items.len();
        let tolerated = self.tolerated(thread, visit, &input, count)?;
        let items = self.selected(thread, visit, &input, &items)?;
        let inputs = self.batches(thread, visit, &input, items)?;
        if inputs.len() < count && tolerated > 0 {
            return unknown("a tolerance of batches");
        }
        self.run_children(thread, visit, processor, inputs, limit, tolerated)
    }

    /// Runs the children, and the Map Run fails once more of them have failed than is tolerated.
    fn run_children(
        &mut self,
        thread: &mut Thread,
        visit: &Visit<'_>,
        processor: &Value,
        inputs: Vec<Value>,
        limit: usize,
        tolerated: usize,
    ) -> Result<Next> {
        let mut slots = Slots::new(limit, thread.at);
        let (mut outputs, mut failed) = (Vec::new(), Vec::<Moment>::new());
        let (from, count) = (self.log.mark(), inputs.len());
        let (mut end, mut ran, mut stuck) = (thread.at, 0, false);
        for input in inputs {
            let start = slots.take();
            if start.is_never() || exceeded(&failed, tolerated).is_some_and(|at| at.before(start)) {
                break;
            }
            let child = self.child(visit, processor, input, start)?;
            ran += 1;
            match child.outcome {
                Outcome::Done(output) => outputs.push(output),
                Outcome::Failed(_) => failed.push(child.at),
                Outcome::Stuck => {
                    stuck = true;
                    continue;
                }
            }
            if child.at.latest > start.earliest + CHILD_MAX_MS {
                return unknown("a long child execution");
            }
            slots.give_back(child.at);
            end = end.later_of(child.at);
        }
        if let Some(at) = exceeded(&failed, tolerated) {
            self.log.cut(from, self.log.mark(), at);
            thread.at = at;
            let error = "States.ExceedToleratedFailureThreshold";
            return Err(Stop::Failed(Failure::named(error)));
        }
        if stuck || ran < count {
            return unknown("a child execution that does not end");
        }
        if !failed.is_empty() {
            return unknown("the result of a Map Run with tolerated failures");
        }
        thread.at = end;
        let result = match visit.fields.get("ResultWriter") {
            None => Value::Array(outputs),
            Some(writer) => self.written(thread, visit, writer)?,
        };
        self.finish(thread, visit, result)
    }

    fn child(
        &mut self,
        visit: &Visit<'_>,
        processor: &Value,
        input: Value,
        start: Moment,
    ) -> Result<super::interpret::End> {
        let mut given = self.given.clone();
        given.execution.insert("Id".into(), opaque::text("child ARN"));
        given.execution.insert("Name".into(), opaque::text("child name"));
        given.execution.insert("RedriveCount".into(), opaque::maybe());
        given.state_machine = json!({"Id": opaque::text("ARN"), "Name": opaque::text("name")});
        given.input = input.clone();
        given.start = start;
        let around = std::mem::replace(&mut self.given, given);
        let inner = self.execution_of(visit, start);
        let end = self.graph(processor, inner, input);
        self.given = around;
        end
    }

    /// Items that are state data.
    fn distributed_items(
        &self,
        thread: &Thread,
        visit: &Visit<'_>,
        input: &Value,
    ) -> Result<Vec<Value>> {
        let scope = visit.scope(&self.given, &thread.variables);
        let states = States { input: Some(visit.raw), ..States::default() };
        let items = match visit.fields.get("Items") {
            Some(items) if visit.jsonata => scope.evaluate(items, states)?,
            _ if visit.jsonata => visit.raw.clone(),
            _ => scope.items(visit.fields.get("ItemsPath"), input)?,
        };
        match items {
            Value::Array(items) => {
                Ok(items.into_iter().map(|value| json!({"Value": value})).collect())
            }
            Value::Object(map) if map.values().any(opaque::is_maybe) => {
                unknown("items of an object with members that may be missing")
            }
            Value::Object(map) if visit.fields.contains_key("ItemSelector") => {
                let item = |(key, value): (String, Value)| json!({"Key": key, "Value": value});
                Ok(map.into_iter().map(item).collect())
            }
            _ => unknown("items of a distributed Map that are no array"),
        }
    }

    /// How many failures are tolerated; without a limit none.
    fn tolerated(
        &self,
        thread: &Thread,
        visit: &Visit<'_>,
        input: &Value,
        items: usize,
    ) -> Result<usize> {
        let scope = visit.scope(&self.given, &thread.variables);
        let field = |name| flow::number(&scope, visit.fields, name, visit.raw, input);
        let mut most: Option<usize> = None;
        if let Some(count) = field("ToleratedFailureCount")? {
            most = match count.as_i64().map(usize::try_from) {
                Some(Ok(count)) => Some(count),
                Some(Err(_)) => return runtime(),
                None => return unknown("a tolerance that is no number"),
            };
        }
        if let Some(percentage) = field("ToleratedFailurePercentage")? {
            let Some(percentage) = percentage.as_f64() else {
                return unknown("a tolerance that is no number");
            };
            if !(0.0..=100.0).contains(&percentage) {
                return runtime();
            }
            let count = (0..=items).take_while(|n| *n as f64 * 100.0 <= percentage * items as f64);
            let count = count.last().unwrap_or(0);
            most = Some(most.map_or(count, |most| most.min(count)));
        }
        Ok(most.unwrap_or(0))
    }

    /// What the item selector makes of the items.
    fn selected(
        &self,
        thread: &Thread,
        visit: &Visit<'_>,
        input: &Value,
        items: &[Value],
    ) -> Result<Vec<Value>> {
        let selector = visit.fields.get("ItemSelector").or(visit.fields.get("Parameters"));
        let mut selected = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let Some(selector) = selector else {
                selected.push(item["Value"].clone());
                continue;
            };
            let mut item = item.clone();
            item["Index"] = index.into();
            item["Source"] = opaque::maybe();
            let mut scope = visit.scope(&self.given, &thread.variables);
            scope.item = Some(&item);
            let made = if visit.jsonata {
                scope.evaluate(selector, States { input: Some(visit.raw), ..States::default() })
            } else {
                scope.template(selector, input)
            };
            match made {
                Ok(made) => selected.push(made),
                Err(Stop::Failed(_)) => return unknown("an item selector of a Map Run that fails"),
                Err(stop) => return Err(stop),
            }
        }
        Ok(selected)
    }

    /// `ItemBatcher`.
    fn batches(
        &self,
        thread: &Thread,
        visit: &Visit<'_>,
        input: &Value,
        items: Vec<Value>,
    ) -> Result<Vec<Value>> {
        let Some(batcher) = visit.fields.get("ItemBatcher").and_then(Value::as_object) else {
            return Ok(items);
        };
        let scope = visit.scope(&self.given, &thread.variables);
        let states = States { input: Some(visit.raw), ..States::default() };
        let size = flow::number(&scope, batcher, "MaxItemsPerBatch", visit.raw, input)?;
        let bytes = flow::number(&scope, batcher, "MaxInputBytesPerBatch", visit.raw, input)?;
        let size = match size.as_ref().map(Value::as_u64) {
            Some(Some(size)) if size > 0 => usize::try_from(size).unwrap_or(usize::MAX),
            _ => return unknown("a batcher without a number of items"),
        };
        let shared = match batcher.get("BatchInput") {
            None => None,
            Some(shared) if visit.jsonata => Some(scope.evaluate(shared, states)?),
            Some(shared) => Some(scope.template(shared, input)?),
        };
        let mut batches = Vec::new();
        for chunk in items.chunks(size) {
            let mut batch = Map::new();
            if let Some(shared) = &shared {
                batch.insert("BatchInput".into(), shared.clone());
            }
            batch.insert("Items".into(), chunk.to_vec().into());
            let batch = Value::Object(batch);
            // How bytes are counted is not settled; far below the limit it does not matter.
            if let Some(bytes) = bytes.as_ref().and_then(Value::as_u64)
                && batch.to_string().len() as u64 * 2 > bytes
            {
                return unknown("a batch near its limit of bytes");
            }
            batches.push(batch);
        }
        Ok(batches)
    }

    /// What a Map with a `ResultWriter` gives instead of the results.
    fn written(&self, thread: &Thread, visit: &Visit<'_>, writer: &Value) -> Result<Value> {
        if writer.get("WriterConfig").is_some() || writer.get("Resource").is_none() {
            return unknown("a ResultWriter that changes the form of results");
        }
        let scope = visit.scope(&self.given, &thread.variables);
        let states = States { input: Some(visit.raw), ..States::default() };
        let to = match (writer.get("Arguments"), writer.get("Parameters")) {
            (Some(arguments), _) => scope.evaluate(arguments, states)?,
            (None, Some(template)) => scope.template(template, visit.raw)?,
            (None, None) => return unknown("a ResultWriter without a bucket"),
        };
        Ok(json!({
            "MapRunArn": opaque::text("Map Run ARN"),
            "ResultWriterDetails": {"Bucket": to["Bucket"], "Key": opaque::text("key")},
        }))
    }
}

/// The moment at which more have failed than is tolerated.
fn exceeded(failed: &[Moment], tolerated: usize) -> Option<Moment> {
    let nth = |of: fn(&Moment) -> i64| {
        let mut all: Vec<i64> = failed.iter().map(of).collect();
        all.sort_unstable();
        all.get(tolerated).copied()
    };
    Some(Moment { earliest: nth(|at| at.earliest)?, latest: nth(|at| at.latest)? })
}
