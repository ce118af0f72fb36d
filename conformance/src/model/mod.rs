//! An independent model of the language: a naive interpreter written from the specification, to be compared with
//! engines.
//!
//! It shares nothing with the engine of this project: it walks the JSON of the definition, evaluates paths,
//! templates, functions and expressions by its own means, and computes every branch on its own in local time.
//! What it cannot say for sure it does not guess: then it is [`Modelled::Unsupported`].
//!
//! [`interpret`] runs states; [`flow`] is the processing of input and output; [`world`] answers tasks;
//! [`opaque`] stands for what only an engine knows.

mod choice;
mod containers;
mod distributed;
mod failure;
mod faults;
mod filter;
mod flow;
mod functions;
mod handlers;
mod interpret;
mod intrinsic;
mod jsonata;
mod log;
mod moment;
mod nested;
mod opaque;
mod path;
mod reader;
mod scope;
mod step;
mod task;
mod timestamp;
mod waiting;
mod world;

use serde_json::{Map, Value, json};

pub use log::{Entry, Place, Presence};
pub use moment::Moment;
pub use opaque::{agrees, any_text};
pub use step::{Recomputed, Step, Surrounding, Work};

use crate::case::{Case, Fault, WorkflowTypeName};
use failure::{Cause, Result, Stop, unknown};
use faults::Target;
use interpret::{End, Interpreter, Outcome, Thread};
use log::Log;
use scope::{Given, Variables};

/// Bytes of data near which the model gives up: what fails how beyond 256 KiB differs from place to place.
const LARGE: usize = 250_000;
/// The longest an execution runs (AWS guide, "Service quotas").
const STANDARD_MAX_MS: i64 = 365 * 86_400_000;
const EXPRESS_MAX_MS: i64 = 300_000;

/// What must come of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Modelled {
    /// This.
    Decided(Box<Decided>),
    /// The model cannot say, for this reason.
    Unsupported(String),
}

/// What must come of an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// How it ends. Opaque parts of an output are compared by [`agrees`].
    pub verdict: Verdict,
    /// The states it enters, each before the states inside it, in the order of their threads.
    pub entries: Vec<Entry>,
    /// When it ends, in milliseconds from its start.
    pub end: Moment,
    /// Whether not every entry and moment is certain.
    pub ambiguous: bool,
}

/// How an execution ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// With this output.
    Succeeded(Value),
    /// With an error.
    Failed {
        /// The error name.
        error: Option<String>,
        /// The cause, if the interpreter did not word it.
        cause: Option<String>,
    },
    /// It takes too long.
    TimedOut,
    /// Somebody stops it first.
    Aborted,
}

/// What an execution is given besides its definition and input, where an observation tells.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// When it started, in milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// When somebody stopped it, in milliseconds from its start.
    pub stopped_ms: Option<i64>,
    /// Its ARN.
    pub execution_arn: Option<String>,
    /// The ARN of its role.
    pub role_arn: Option<String>,
}

/// Says what must come of a case.
#[must_use]
pub fn run(case: &Case) -> Modelled {
    run_in(case, &Surroundings::default())
}

/// Says what must come of a case in known surroundings.
#[must_use]
pub fn run_in(case: &Case, surroundings: &Surroundings) -> Modelled {
    match decide(case, surroundings) {
        Ok(decided) => Modelled::Decided(Box::new(decided)),
        Err(Stop::Unknown(reason)) => Modelled::Unsupported(reason),
        Err(Stop::Failed(_)) => Modelled::Unsupported("a failure outside of states".to_owned()),
    }
}

fn decide(case: &Case, surroundings: &Surroundings) -> Result<Decided> {
    let Some(definition) = &case.definition else { return unknown("a case without a definition") };
    let input = match &case.input_text {
        None => case.input.clone().unwrap_or_else(|| json!({})),
        Some(text) => match serde_json::from_str(text) {
            Ok(input) => input,
            Err(_) => return unknown("an input that is no JSON"),
        },
    };
    if is_large(&input) {
        return unknown("data near the limit of its size");
    }
    let mut given = given(case, surroundings, &input);
    let jumps = faults::jumps(case);
    // No moment is known then.
    given.started_ms = given.started_ms.filter(|_| jumps == 0);
    let jsonata = definition.get("QueryLanguage").is_some_and(|language| language == "JSONata");
    let mut placed: Vec<(Target, &Fault)> = Vec::new();
    let mut left = faults::of_tasks(case)?.into_iter();
    loop {
        let mut interpreter = Interpreter {
            case,
            given: given.clone(),
            jsonata,
            log: Log::default(),
            faults: placed.clone(),
            executions: 1,
            names: Vec::new(),
            threads: 0,
        };
        let thread = Thread {
            execution: 0,
            number: 0,
            path: Vec::new(),
            parent: None,
            place: Place::Top,
            variables: Variables::new(),
            at: Moment::START,
        };
        let mut end = interpreter.graph(definition, thread, input.clone())?;
        end.at = end.at.plus_between(0, jumps);
        for entry in &mut interpreter.log.entries {
            entry.at = entry.at.plus_between(0, jumps);
        }
        let decided = conclude(case, surroundings, definition, end, &mut interpreter.log)?;
        let Some(fault) = left.next() else { return Ok(decided) };
        match faults::find(&interpreter.log, fault.task().unwrap_or_default())? {
            Some(target) => placed.push((target, fault)),
            None => return Ok(decided),
        }
    }
}

/// The end of an execution, with its own limit of time.
fn conclude(
    case: &Case,
    surroundings: &Surroundings,
    definition: &Value,
    end: End,
    log: &mut Log,
) -> Result<Decided> {
    let most = match case.workflow_type {
        Some(WorkflowTypeName::Express) => EXPRESS_MAX_MS,
        _ => STANDARD_MAX_MS,
    };
    let own = definition.get("TimeoutSeconds").and_then(Value::as_i64).unwrap_or(i64::MAX / 1_000);
    let own = own.saturating_mul(1_000);
    // Whether what takes exactly as long as a quota still ends in time is not known.
    let limit = match own <= most {
        true => Moment::exactly(own),
        false => Moment { earliest: most, latest: most + 1 },
    };
    if let Some(stopped) = surroundings.stopped_ms.map(Moment::exactly)
        && !end.at.before(stopped)
        && !limit.before(stopped)
    {
        log.cut(Log::default().mark(), log.mark(), stopped);
        return Ok(decided(Verdict::Aborted, log, stopped));
    }
    let (verdict, at) = if end.at.before(limit) {
        (verdict(end.outcome), end.at)
    } else if limit.before(end.at) {
        log.cut(Log::default().mark(), log.mark(), limit);
        (Verdict::TimedOut, limit)
    } else {
        return unknown("the execution's end and its timeout come at once");
    };
    let is_redriven = case.faults.iter().any(|fault| matches!(fault, Fault::Redrive { .. }));
    if is_redriven && !matches!(verdict, Verdict::Succeeded(_)) {
        return unknown("an execution that is redriven");
    }
    Ok(decided(verdict, log, at))
}

fn decided(verdict: Verdict, log: &Log, end: Moment) -> Decided {
    let unclear =
        |entry: &Entry| entry.presence == Presence::Possible || entry.at.known().is_none();
    let ambiguous = end.known().is_none() || log.entries.iter().any(unclear);
    Decided { verdict, entries: log.entries.clone(), end, ambiguous }
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Done(output) => Verdict::Succeeded(output),
        Outcome::Failed(failure) => {
            let cause = match failure.cause {
                Cause::Text(text) => Some(text),
                Cause::None | Cause::Unsure => None,
            };
            Verdict::Failed { error: failure.error, cause }
        }
        Outcome::Stuck => Verdict::TimedOut,
    }
}

/// What the context object says of the execution, as far as the case tells.
fn given(case: &Case, surroundings: &Surroundings, input: &Value) -> Given {
    let named = |named: &Option<crate::case::Named>, arn: Option<String>, kind: &str| {
        let arn = named.as_ref().map(|named| named.arn.clone()).or(arn);
        let name = arn.as_ref().and_then(|arn| arn.rsplit(':').next()).map(str::to_owned);
        let or_any = |text: Option<String>| text.map_or_else(|| opaque::text(kind), Value::from);
        (or_any(arn), or_any(name))
    };
    let seen = surroundings.execution_arn.clone();
    // arn:aws:states:<region>:<account>:execution:<machine>:<execution>
    let machine = seen.as_deref().and_then(|arn| {
        let (machine, _) = arn.rsplit_once(':')?;
        Some(machine.replacen(":execution:", ":stateMachine:", 1))
    });
    let is_standard = case.workflow_type != Some(WorkflowTypeName::Express);
    let (machine_arn, machine_name) =
        named(&case.state_machine, machine.filter(|_| is_standard), "machine");
    let (arn, name) = named(&case.execution, seen.filter(|_| is_standard), "execution");
    let role = case.role_arn.as_deref().or(surroundings.role_arn.as_deref());
    let role = role.map_or_else(|| opaque::text("role"), Value::from);
    let mut execution = Map::new();
    execution.insert("Id".into(), arn);
    execution.insert("Name".into(), name);
    execution.insert("RoleArn".into(), role);
    let redrives = if is_standard { Value::from(0) } else { opaque::maybe() };
    execution.insert("RedriveCount".into(), redrives);
    let written = case.start_time.as_deref().and_then(timestamp::parse);
    let started_ms =
        surroundings.started_ms.or(written.and_then(|nanos| i64::try_from(nanos / 1_000_000).ok()));
    Given {
        execution,
        input: input.clone(),
        state_machine: json!({"Id": machine_arn, "Name": machine_name}),
        started_ms,
        start: Moment::START,
    }
}

/// Whether the text of a value may be near the limit of its size.
fn is_large(value: &Value) -> bool {
    fn size(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len() + 2,
            Value::Array(items) => items.iter().map(|item| size(item) + 1).sum::<usize>() + 2,
            Value::Object(map) => {
                map.iter().map(|(key, item)| key.len() + size(item) + 4).sum::<usize>() + 2
            }
            _ => 8,
        }
    }
    size(value) >= LARGE
}
