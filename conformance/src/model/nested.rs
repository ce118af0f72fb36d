//! Tasks that start an execution of another machine of the case (AWS guide, "Start workflow executions from a
//! task state").

use serde_json::{Value, json};

use super::failure::{Failure, Result, Stop, unknown};
use super::faults::{self, Target};
use super::interpret::{End, Interpreter, Next, Outcome, Thread, Visit};
use super::log::Call;
use super::scope::Given;
use super::{STANDARD_MAX_MS, opaque};

/// What such a task asks for.
struct Order<'a> {
    arn: &'a str,
    name: &'a str,
    input: Value,
    /// Whether it waits for the end, and then wants data as JSON.
    waits: Option<bool>,
}

impl<'a> Order<'a> {
    fn of(visit: &Visit<'_>, sent: &'a Value) -> Result<Self> {
        let resource = visit.text("Resource").unwrap_or_default();
        if resource.ends_with(".waitForTaskToken") {
            return unknown("a nested execution that answers by a token");
        }
        if visit.fields.keys().any(|field| field.starts_with("HeartbeatSeconds")) {
            return unknown("a heartbeat of a nested execution");
        }
        let input = match sent.get("Input") {
            None => json!({}),
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(input) => input,
                Err(_) => return unknown("an input that is no JSON"),
            },
            Some(other) => other.clone(),
        };
        let arn = sent["StateMachineArn"].as_str().unwrap_or_default();
        let name = arn.rsplit(':').next().unwrap_or_default();
        Ok(Self { arn, name, input, waits: resource.split(".sync").nth(1).map(|v| v == ":2") })
    }

    fn given(&self, around: &Given, thread: &Thread) -> Given {
        let any = |(key, kind): (&str, &str)| (key.to_owned(), opaque::text(kind));
        let known = [("Id", "nested ARN"), ("Name", "nested name"), ("RoleArn", "role")];
        Given {
            execution: known
                .into_iter()
                .map(any)
                .chain([("RedriveCount".to_owned(), 0.into())])
                .collect(),
            input: self.input.clone(),
            state_machine: json!({"Id": self.arn, "Name": self.name}),
            started_ms: around.started_ms,
            start: thread.at,
        }
    }
}

impl Interpreter<'_> {
    /// Starts a machine, and waits for its end where the pattern says so.
    pub(super) fn nested(
        &mut self,
        thread: &mut Thread,
        visit: &Visit<'_>,
        sent: &Value,
        timeout: Option<i64>,
    ) -> Result<Next> {
        let order = Order::of(visit, sent)?;
        if let Some(own) = sent.get("Name").and_then(Value::as_str) {
            let own = (order.arn.to_owned(), own.to_owned());
            if self.names.contains(&own) {
                return unknown("a name that is given twice");
            }
            self.names.push(own);
        }
        let number = self.log.calls_of(thread.execution, visit.name, &thread.path).unwrap_or(0);
        if faults::happen(&self.faults, &Target::of(thread, visit.name, number)) {
            return unknown("a fault of a task that starts an execution");
        }
        self.log.calls.push(Call::of(thread, visit.name));
        let Some(machine) = self.case.machines.get(order.name) else {
            return unknown("a machine the case does not have");
        };
        let from = self.log.mark();
        let jsonata = machine.get("QueryLanguage").is_some_and(|language| language == "JSONata");
        let given = order.given(&self.given, thread);
        let around = (std::mem::replace(&mut self.given, given), self.jsonata);
        self.jsonata = jsonata;
        let inner = self.execution_of(visit, thread.at);
        let end = self.graph(machine, inner, order.input.clone());
        (self.given, self.jsonata) = around;
        let seconds = machine.get("TimeoutSeconds").and_then(Value::as_i64);
        let own = seconds.map_or(STANDARD_MAX_MS, |seconds| seconds * 1_000);
        let Some(parsed) = order.waits else {
            // It goes on by itself; but its tasks count, where a fault names one by its number.
            if self.case.faults.iter().any(|fault| fault.task().is_some()) {
                self.cut_nested(from, thread, &mut end?, own)?;
            }
            return self.finish(thread, visit, started());
        };
        let mut end = end?;
        let timed_out = self.cut_nested(from, thread, &mut end, own)?;
        if let Some(timeout) = timeout
            && self.cut_nested(from, thread, &mut end, timeout)?
        {
            thread.at = end.at;
            return Err(Stop::Failed(Failure::timeout(None)));
        }
        thread.at = end.at;
        match end.outcome {
            Outcome::Done(output) if !timed_out => {
                let result = described(&order, &output, parsed)?;
                self.finish(thread, visit, result)
            }
            Outcome::Stuck if end.at.is_never() => Ok(Next::Stuck),
            // Recording start_execution_sync_delegate_failure.
            _ => Err(Stop::Failed(Failure::named("States.TaskFailed"))),
        }
    }

    /// Ends a nested execution at its limit, if that comes first.
    fn cut_nested(
        &mut self,
        from: super::log::Mark,
        thread: &Thread,
        end: &mut End,
        limit_ms: i64,
    ) -> Result<bool> {
        let limit = thread.at.plus(limit_ms);
        if end.at.before(limit) {
            return Ok(false);
        }
        if !limit.before(end.at) {
            return unknown("a nested execution's end and a clock come at once");
        }
        self.log.cut(from, self.log.mark(), limit);
        end.at = limit;
        Ok(true)
    }
}

/// What a task that waits for nothing gets.
fn started() -> Value {
    json!({
        "ExecutionArn": opaque::text("nested ARN"),
        "StartDate": opaque::maybe(),
        "SdkHttpMetadata": opaque::maybe(),
        "SdkResponseMetadata": opaque::maybe(),
    })
}

/// What a task that waited for an execution gets: `.sync:2` gives data as JSON, `.sync` as text.
fn described(order: &Order<'_>, output: &Value, parsed: bool) -> Result<Value> {
    let data = |value: &Value| -> Result<Value> {
        if parsed { Ok(value.clone()) } else { Ok(opaque::printable(value)?.to_string().into()) }
    };
    Ok(json!({
        "ExecutionArn": opaque::text("nested ARN"),
        "Input": data(&order.input)?,
        "InputDetails": {"Included": true},
        "Name": opaque::text("nested name"),
        "Output": data(output)?,
        "OutputDetails": {"Included": true},
        "RedriveCount": opaque::maybe(),
        "RedriveStatus": opaque::maybe(),
        "RedriveStatusReason": opaque::maybe(),
        "StartDate": opaque::number(),
        "StateMachineArn": order.arn,
        "Status": "SUCCEEDED",
        "StopDate": opaque::number(),
    }))
}
