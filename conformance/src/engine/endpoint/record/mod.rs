//! Recording: a case is run as it is, and what came out is written down as what must come out.
//!
//! A case that says what its tasks answer is recorded with activities in their place, and the adapter as their worker;
//! one that says nothing calls the services its definition names. The recording names what it ran on, tells of every
//! task what it was answered, and expects the whole history.

pub(super) mod answers;

use std::collections::BTreeMap;

use serde_json::Value;
use stepclock_engine::data::Timestamp;
use stepclock_engine::execution::Container;

use super::names::{Names, millis};
use super::run::{Raw, Run, text};
use super::tasks::{kind, path_of, previous, state_of};
use super::watch::Watched;
use crate::case::{
    Case, Expect, Kind, Machine, Match, Named, PathStep, Placeholders, Task, TaskFailure,
    TaskOutcome, TaskStarted, TaskSubmitted, TaskType, Wildcard,
};

/// What stands for the moment of an event.
const TIMESTAMP: &str = "timestamp";
/// What task events begin with, and what such a task is.
const TASKS: [(&str, &str, TaskType); 3] = [
    ("Task", "task", TaskType::Task),
    ("LambdaFunction", "lambdaFunction", TaskType::Lambda),
    ("Activity", "activity", TaskType::Activity),
];

/// The recording of a case.
///
/// # Errors
/// Why it would not be whole.
pub(super) fn recorded(
    case: &Case,
    raw: &Raw,
    run: &Run<'_>,
    source: &str,
) -> Result<Case, String> {
    let machine = Machine::new(&raw.definition);
    if run.tasks.keys().any(|(_, state)| machine.state(state).is_some_and(|s| s.distributed > 0)) {
        return Err(
            "its tasks are in executions of their own, which a recording does not show".to_owned()
        );
    }
    let described = &raw.described;
    let mut resources = case.resources.clone();
    if !run.activities().is_empty() {
        let name = |arn: &String| arn.rsplit(':').next().unwrap_or_default().to_owned();
        let activities = run.activities().values().map(|arn| (arn.clone(), name(arn)));
        resources.activities = Some(activities.collect());
    }
    let mut placeholders = Placeholders::default();
    let whole = Wildcard { token: TIMESTAMP.to_owned(), matches: Match::Whole };
    placeholders.wildcards.push(whole);
    let machine_arn = text(described, "stateMachineArn");
    let name = machine_arn.rsplit(':').next().unwrap_or_default().to_owned();
    let case = Case {
        id: case.id.clone(),
        rule: case.rule.clone(),
        source: source.to_owned(),
        recorded: Some(date(described)),
        kind: Kind::History,
        workflow_type: case.workflow_type,
        features: case.features.clone(),
        definition: Some(raw.definition.clone()),
        input: case.input.clone(),
        input_text: case.input_text.clone(),
        role_arn: Some(run.role_arn.to_owned()),
        state_machine: Some(Named { arn: machine_arn, name }),
        execution: Some(Named {
            arn: text(described, "executionArn"),
            name: text(described, "name"),
        }),
        resources,
        tasks: raw.executions.first().map(|own| tasks(own, &machine)).unwrap_or_default(),
        concurrent: machine.states().any(|state| matches!(state.kind(), "Map" | "Parallel")),
        expect: expectation(described, raw.history()),
        placeholders,
        notes: case.notes.clone(),
        // What its data tells of the moment is so when it starts then.
        start_time: millis(described, "startDate").map(|ms| Timestamp::from_millis(ms).to_string()),
        ..Case::default()
    };
    Ok(with_any_tokens(case, run.tokens(raw)))
}

/// The same case, whatever tokens its tasks are given.
fn with_any_tokens(case: Case, tokens: Vec<(String, String)>) -> Case {
    if tokens.is_empty() {
        return case;
    }
    let any =
        |(_, token): &(String, String)| Wildcard { token: token.clone(), matches: Match::Part };
    let wildcards: Vec<_> = tokens.iter().map(any).collect();
    let text = Names::new(tokens).in_text(&case.to_text());
    let mut case = serde_json::from_str(&text).unwrap_or(case);
    case.placeholders.wildcards.extend(wildcards);
    case
}

fn date(described: &Value) -> String {
    let seconds = described["startDate"].as_f64().unwrap_or_default();
    date_text(Timestamp::from_millis((seconds * 1_000.0) as i64))
}

/// `dd-mm-yyyy, hh:mm:ss`.
fn date_text(moment: Timestamp) -> String {
    let text = moment.to_string();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-{}, {}", part(8, 10), part(5, 7), part(0, 4), part(11, 19))
}

fn expectation(described: &Value, history: &[Value]) -> Expect {
    let member = |name: &str| described.get(name).cloned();
    let output = text_of(described, "output");
    let output = output.map(|text| match serde_json::from_str(&text) {
        Ok(object @ Value::Object(_)) => object,
        _ => Value::String(text),
    });
    let events = history.iter().map(|event| {
        let mut event = event.clone();
        event["timestamp"] = TIMESTAMP.into();
        event
    });
    Expect {
        status: text_of(described, "status"),
        output,
        error: member("error"),
        cause: member("cause"),
        history: Some(events.collect()),
        ..Expect::default()
    }
}

fn text_of(value: &Value, member: &str) -> Option<String> {
    value.get(member).and_then(Value::as_str).map(str::to_owned)
}

/// What every task of a history was answered.
fn tasks(execution: &Watched, machine: &Machine<'_>) -> Vec<Task> {
    let history = &execution.history;
    let mut attempts: BTreeMap<(String, Vec<Container>), u64> = BTreeMap::new();
    let mut tasks = Vec::new();
    for event in history {
        let Some((prefix, member, task_type)) = TASKS
            .into_iter()
            .find(|(prefix, ..)| kind(event).strip_prefix(prefix) == Some("Scheduled"))
        else {
            continue;
        };
        let Some(state) = state_of(history, event) else { continue };
        let path = path_of(history, event, &state, machine).unwrap_or_default();
        let attempt = attempts.entry((state.clone(), path.clone())).or_default();
        *attempt += 1;
        let seen = Seen::of(history, event, prefix, member);
        let id = event["id"].as_u64();
        let details = &event[format!("{member}ScheduledEventDetails")];
        tasks.push(Task {
            n: Some(tasks.len() as u64),
            state,
            path: path.iter().map(step).collect(),
            attempt: *attempt,
            scheduled_event_id: id,
            task_type: Some(task_type),
            resource: text_of(details, "resource"),
            resource_type: text_of(details, "resourceType"),
            region: text_of(details, "region"),
            parameters: parsed(details, "parameters"),
            input: parsed(details, "input"),
            timeout_in_seconds: details["timeoutInSeconds"].as_u64(),
            heartbeat_in_seconds: details["heartbeatInSeconds"].as_u64(),
            task_credentials: details.get("taskCredentials").cloned(),
            started: Some(seen.started),
            submitted: seen.submitted,
            outcome: seen.outcome,
            duration_ms: seen.duration_ms,
            // History does not tell of them.
            heartbeats_ms: id
                .and_then(|id| execution.heartbeats_ms.get(&id).cloned())
                .unwrap_or_default(),
        });
    }
    tasks
}

fn step(container: &Container) -> PathStep {
    match container {
        Container::Map { state, index } => PathStep::Map { map: state.to_string(), index: *index },
        Container::Parallel { state, .. } => PathStep::Parallel { parallel: state.to_string() },
    }
}

fn parsed(details: &Value, member: &str) -> Option<Value> {
    serde_json::from_str(details.get(member)?.as_str()?).ok()
}

/// What the events after a task's first tell of it.
struct Seen {
    started: TaskStarted,
    submitted: Option<TaskSubmitted>,
    outcome: TaskOutcome,
    duration_ms: i64,
}

impl Seen {
    fn of(history: &[Value], scheduled: &Value, prefix: &str, member: &str) -> Self {
        let mut seen = Self {
            started: TaskStarted::Plain(false),
            submitted: None,
            outcome: TaskOutcome::None {},
            duration_ms: 0,
        };
        let mut started_at = moment_ms(scheduled);
        let mut last = scheduled;
        let follows = |last: &Value, event: &Value| {
            previous(history, event).is_some_and(|before| before["id"] == last["id"])
        };
        while let Some(event) = history.iter().find(|event| follows(last, event)) {
            let Some(rest) = kind(event).strip_prefix(prefix) else { break };
            let details = &event[format!("{member}{rest}EventDetails")];
            match rest {
                "Started" => {
                    started_at = moment_ms(event);
                    seen.started = match text_of(details, "workerName") {
                        Some(worker_name) => TaskStarted::By { worker_name },
                        None => TaskStarted::Plain(true),
                    };
                }
                "Submitted" => {
                    let (output, output_text) = output(details);
                    seen.submitted = Some(TaskSubmitted { output, output_text });
                }
                _ => {
                    let Some(outcome) = ended(rest, details) else { break };
                    seen.outcome = outcome;
                    seen.duration_ms = moment_ms(event) - started_at;
                    break;
                }
            }
            last = event;
        }
        seen
    }
}

/// How a task ended, by the end of its last event's type; `None` when it is no end.
fn ended(rest: &str, details: &Value) -> Option<TaskOutcome> {
    let failure = || TaskFailure {
        error: text_of(details, "error"),
        cause: details.get("cause").cloned(),
        ..TaskFailure::default()
    };
    Some(match rest {
        "Succeeded" => {
            let (output, output_text) = output(details);
            TaskOutcome::Succeeded { output, output_text }
        }
        "Failed" => TaskOutcome::Failed(failure()),
        "TimedOut" => TaskOutcome::TimedOut { error: text_of(details, "error") },
        "StartFailed" => TaskOutcome::StartFailed(failure()),
        "SubmitFailed" => TaskOutcome::SubmitFailed(failure()),
        "ScheduleFailed" => TaskOutcome::ScheduleFailed(failure()),
        _ => return None,
    })
}

fn output(details: &Value) -> (Value, Option<String>) {
    let text = text_of(details, "output");
    let value = text.as_deref().and_then(|text| serde_json::from_str(text).ok());
    (value.unwrap_or(Value::Null), text)
}

fn moment_ms(event: &Value) -> i64 {
    millis(event, "timestamp").unwrap_or_default()
}
