//! One state at a time: what the model's processing of input and output makes of what a history shows of a state.
//!
//! [`super::run`] follows a whole execution and can only say that its end differs. This says which state made it
//! differ: every visit is computed again from its recorded input, result and variables.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::failure::{Cause, Failure, Result, Stop};
use super::flow::{self, Fields};
use super::interpret::Visit;
use super::moment::Moment;
use super::scope::{Given, Scope, States};
use super::{choice, handlers, opaque};

/// A visit of a state, as a history shows it.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// The state's name.
    pub name: &'a str,
    /// Its fields.
    pub fields: &'a Map<String, Value>,
    /// Whether its query language is JSONata.
    pub jsonata: bool,
    /// Its input.
    pub input: Value,
    /// The variables it can see.
    pub variables: &'a BTreeMap<String, Value>,
    /// When it was entered, in milliseconds since 1970.
    pub entered_ms: Option<i64>,
    /// How often it was retried before, where that is known.
    pub retries: Option<u64>,
    /// The execution.
    pub execution: &'a Surrounding,
}

/// The execution around a state, as the context object shows it.
#[derive(Debug, Clone)]
pub struct Surrounding(Given);

/// How the work of a state ended.
#[derive(Debug, Clone)]
pub enum Work {
    /// It has none, or nothing came of it.
    Nothing,
    /// With this result.
    Result(Value),
    /// With this failure, which a catcher took.
    Caught {
        /// The error name.
        error: Option<String>,
        /// The cause, where it shows.
        cause: Option<String>,
    },
}

/// What must come of a state.
#[derive(Debug, Clone, PartialEq)]
pub enum Recomputed {
    /// This output, and these variables.
    Made(Value, BTreeMap<String, Value>),
    /// It fails, nobody catching it, with this error.
    Fails(Option<String>),
    /// The model cannot say, for this reason.
    Unsupported(String),
}

impl Surrounding {
    /// What is known of an execution: its input, its ARN, its machine's ARN, its role, its start.
    #[must_use]
    pub fn new(
        input: Value,
        arn: Option<&str>,
        machine_arn: Option<&str>,
        role: Option<&str>,
        started_ms: Option<i64>,
    ) -> Self {
        let any =
            |text: Option<&str>, kind: &str| text.map_or_else(|| opaque::text(kind), Value::from);
        let name =
            |arn: Option<&str>| arn.and_then(|arn| arn.rsplit(':').next().map(str::to_owned));
        let mut execution = Map::new();
        execution.insert("Id".into(), any(arn, "execution"));
        execution.insert("Name".into(), any(name(arn).as_deref(), "execution"));
        execution.insert("RoleArn".into(), any(role, "role"));
        execution.insert("RedriveCount".into(), opaque::maybe());
        execution.insert("RedriveTime".into(), opaque::maybe());
        let state_machine = json!({
            "Id": any(machine_arn, "machine"),
            "Name": any(name(machine_arn).as_deref(), "machine"),
        });
        let start = Moment::START;
        Self(Given { execution, input, state_machine, started_ms, start })
    }
}

impl Step<'_> {
    /// What must come of the state.
    #[must_use]
    pub fn recompute(&self, work: &Work) -> Recomputed {
        let made = |visit: &Visit<'_>, scope: &Scope<'_>| match made(visit, scope, work) {
            // Making the output may itself fail, and be caught.
            Err(Stop::Failed(failure)) if matches!(work, Work::Result(_)) => {
                match handlers::catcher(visit.fields, &failure)? {
                    Some(catcher) => handlers::catch(scope, catcher, visit.raw, &failure),
                    None => Err(Stop::Failed(failure)),
                }
            }
            made => made,
        };
        match self.with_visit(made) {
            Ok((output, assigned)) => Recomputed::Made(output, assigned),
            Err(Stop::Failed(failure)) => Recomputed::Fails(failure.error),
            Err(Stop::Unknown(reason)) => Recomputed::Unsupported(reason),
        }
    }

    /// What its work is sent: `Parameters` or `Arguments`. `None` when the model cannot say, or it fails.
    #[must_use]
    pub fn arguments(&self) -> Option<Value> {
        self.with_visit(|visit, scope| {
            Ok(flow::effective(scope, visit.fields, visit.raw)?.arguments)
        })
        .ok()
    }

    fn with_visit<T>(&self, work: impl FnOnce(&Visit<'_>, &Scope<'_>) -> Result<T>) -> Result<T> {
        let given = &self.execution.0;
        let entered = match (self.entered_ms, given.started_ms) {
            (Some(entered), Some(started)) => Moment::exactly(entered - started),
            _ => Moment { earliest: 0, latest: Moment::NEVER.latest },
        };
        let visit = Visit {
            name: self.name,
            fields: self.fields,
            raw: &self.input,
            jsonata: self.jsonata,
            entry: 0,
            entered,
            retries: self.retries.unwrap_or_default(),
        };
        let mut scope = visit.scope(given, self.variables);
        scope.retries = scope.retries.and(self.retries);
        work(&visit, &scope)
    }
}

type Made = (Value, BTreeMap<String, Value>);

fn made(visit: &Visit<'_>, scope: &Scope<'_>, work: &Work) -> Result<Made> {
    let fields: &Fields = visit.fields;
    let raw = visit.raw;
    match (visit.text("Type").unwrap_or_default(), work) {
        (_, Work::Caught { error, cause }) => caught(visit, scope, error, cause),
        ("Task" | "Parallel" | "Map", Work::Result(result)) => {
            let states = States { input: Some(raw), result: Some(result), error: None };
            let assigned = flow::assign(scope, fields.get("Assign"), result, states)?;
            Ok((flow::output(scope, fields, raw, result.clone())?, assigned))
        }
        ("Pass", _) => flow::pass(scope, fields, raw),
        ("Wait" | "Succeed", _) => flow::hand_on(scope, fields, raw),
        ("Choice", _) => {
            choice::choose(scope, fields, raw).map(|(_, output, assigned)| (output, assigned))
        }
        _ => super::failure::unknown("a state of whose work nothing shows"),
    }
}

fn caught(
    visit: &Visit<'_>,
    scope: &Scope<'_>,
    error: &Option<String>,
    cause: &Option<String>,
) -> Result<Made> {
    let cause = match cause {
        Some(cause) => Cause::Text(cause.clone()),
        None if error.as_deref() == Some("States.Timeout") => Cause::Text(String::new()),
        None if error.is_none() => Cause::None,
        None => Cause::Unsure,
    };
    let text = visit.fields.get("Catch").map(Value::to_string).unwrap_or_default();
    if error.as_deref() == Some("States.Timeout") && text.contains("States.HeartbeatTimeout") {
        return super::failure::unknown("which clock ran out");
    }
    let failure = Failure { error: error.clone(), cause, fatal: false, alias: None };
    match handlers::catcher(visit.fields, &failure)? {
        Some(catcher) => handlers::catch(scope, catcher, visit.raw, &failure),
        // The name that matched may be one that history does not show.
        None => super::failure::unknown("a failure that no catcher takes by its name"),
    }
}
