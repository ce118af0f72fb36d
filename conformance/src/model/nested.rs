//! Tasks that start an execution of another machine of the case (AWS guide, "Start workflow executions from a
//! task state").

use serde_json::{Value, json};

use super::failure::{Failure, Result, Stop, unknown};
use super::faults::{self, Target};
use super::interpret::{Interpreter, Next, Outcome, Thread, Visit};
use super::log::Call;
use super::moment::Moment;
use super::scope::Given;
use super::{STANDARD_MAX_MS, opaque};

impl Interpreter<'_> {
    /// Starts a machine, and waits for its end where the pattern says so.
    pub(super) fn nested(
        &mut self,
        thread: &mut Thread,
        visit: &Visit<'_>,
        sent: &Value,
        timeout: Option<i64>,
    ) -> Result<Next> {
        if visit.text("Resource").is_some_and(|arn| arn.ends_with(".waitForTaskToken")) {
            return unknown("a nested execution that answers by a token");
        }
        let pattern = visit.text("Resource").and_then(|arn| arn.split(".sync").nth(1));
        let arn = sent["StateMachineArn"].as_str().unwrap_or_default();
        let name = arn.rsplit(':').next().unwrap_or_default();
        let Some(machine) = self.case.machines.get(name) else {
            return unknown("a machine the case does not have");
        };
        let machine = machine.clone();
        let input = match sent.get("Input") {
            None => json!({}),
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(input) => input,
                Err(_) => return unknown("an input that is no JSON"),
            },
            Some(other) => other.clone(),
        };
        if visit.fields.keys().any(|field| field.starts_with("HeartbeatSeconds")) {
            return unknown("a heartbeat of a nested execution");
        }
        let number = self.log.calls_of(thread.execution, visit.name, &thread.path).unwrap_or(0);
        if faults::happen(&self.faults, &Target::of(thread, visit.name, number)) {
            return unknown("a fault of a task that starts an execution");
        }
        self.log.calls.push(Call::of(thread, visit.name));
        let given = Given {
            execution: [("Id", "nested ARN"), ("Name", "nested name"), ("RoleArn", "role")]
                .into_iter()
                .map(|(key, kind)| (key.to_owned(), opaque::text(kind)))
                .chain([("RedriveCount".to_owned(), 0.into())])
                .collect(),
            input: input.clone(),
            state_machine: json!({"Id": arn, "Name": name}),
            started_ms: self.given.started_ms,
            start: thread.at,
        };
        let start = thread.at;
        let jsonata = machine.get("QueryLanguage").is_some_and(|language| language == "JSONata");
        let around = (std::mem::replace(&mut self.given, given), self.jsonata);
        self.jsonata = jsonata;
        let inner = self.execution_of(visit, start);
        let from = self.log.mark();
        let end = self.graph(&machine, inner, input.clone());
        (self.given, self.jsonata) = around;
        let Some(pattern) = pattern else {
            // It goes on by itself; but its tasks count, where a fault names one by its number.
            if self.case.faults.iter().any(|fault| fault.task().is_some()) {
                end?;
            }
            let result = json!({
                "ExecutionArn": opaque::text("nested ARN"),
                "StartDate": opaque::maybe(),
                "SdkHttpMetadata": opaque::maybe(),
                "SdkResponseMetadata": opaque::maybe(),
            });
            return self.finish(thread, visit, result);
        };
        let mut end = end?;
        let own = machine
            .get("TimeoutSeconds")
            .and_then(Value::as_i64)
            .map_or(STANDARD_MAX_MS, |s| s * 1_000);
        let mut timed_out = false;
        for (limit, is_own) in [(Some(own), true), (timeout, false)] {
            let Some(limit) = limit.map(|limit| start.plus(limit)) else { continue };
            if end.at.before(limit) {
                continue;
            }
            if !limit.before(end.at) {
                return unknown("a nested execution's end and a clock come at once");
            }
            self.log.cut(from, self.log.mark(), limit);
            thread.at = limit;
            if !is_own {
                return Err(Stop::Failed(Failure::timeout(None)));
            }
            end.at = limit;
            timed_out = true;
        }
        thread.at = end.at;
        match end.outcome {
            Outcome::Done(output) if !timed_out => {
                let result = described(&input, &output, arn, pattern == ":2")?;
                self.finish(thread, visit, result)
            }
            // Recording start_execution_sync_delegate_failure.
            Outcome::Done(_) | Outcome::Failed(_) | Outcome::Stuck => {
                if end.at == Moment::NEVER {
                    return Ok(Next::Stuck);
                }
                Err(Stop::Failed(Failure::named("States.TaskFailed")))
            }
        }
    }
}

/// What a task that waited for an execution gets: `.sync:2` gives data as JSON, `.sync` as text.
fn described(input: &Value, output: &Value, arn: &str, parsed: bool) -> Result<Value> {
    let data = |value: &Value| -> Result<Value> {
        if parsed { Ok(value.clone()) } else { Ok(opaque::printable(value)?.to_string().into()) }
    };
    Ok(json!({
        "ExecutionArn": opaque::text("nested ARN"),
        "Input": data(input)?,
        "InputDetails": {"Included": true},
        "Name": opaque::text("nested name"),
        "Output": data(output)?,
        "OutputDetails": {"Included": true},
        "RedriveCount": opaque::maybe(),
        "RedriveStatus": opaque::maybe(),
        "RedriveStatusReason": opaque::maybe(),
        "StartDate": opaque::number(),
        "StateMachineArn": arn,
        "Status": "SUCCEEDED",
        "StopDate": opaque::number(),
    }))
}
