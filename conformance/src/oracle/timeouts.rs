//! Clocks: tasks, heartbeats, executions and waits end when they must, neither early nor late.

use serde_json::Value;
use stepclock_engine::data::Timestamp;

use super::{Event, Findings, Oracle, Role, Trace, Trial, Visit};
use crate::case::{Case, State};

/// The rules of `TimeoutSeconds`, `HeartbeatSeconds` and Wait states.
pub(super) struct Timeouts;

impl Oracle for Timeouts {
    fn name(&self) -> &'static str {
        "timeouts"
    }

    fn rule(&self) -> &'static str {
        "A task that was started and not answered within TimeoutSeconds, or without a heartbeat for \
         HeartbeatSeconds, times out at that moment, and not before; an execution times out TimeoutSeconds \
         after its start, or after a year (STANDARD) or five minutes (EXPRESS); a Wait state lasts exactly as \
         long as it says, and not at all when its moment has passed"
    }

    fn source(&self) -> &'static str {
        "AWS developer guide, \"Task workflow state\" (TimeoutSeconds, HeartbeatSeconds), \"Wait workflow \
         state\", \"Service quotas\"; recordings fixed_timeout_lambda, heartbeat_timeout, global_timeout"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let Some(trace) = trial.trace.filter(|_| trial.is_timed()) else { return };
        for (index, visit) in trace.visits.iter().enumerate() {
            let Some(state) = trial.machine.state(visit.state) else { continue };
            match state.kind() {
                "Task" => tasks(trial, trace, (index, visit), state, findings),
                "Wait" => wait(trial, trace, (index, visit), state, findings),
                _ => {}
            }
        }
        execution(trial, trace, findings);
    }
}

/// One attempt of a task.
struct Attempt<'t, 'a> {
    scheduled: &'t Event<'a>,
    started: Option<&'t Event<'a>>,
    ended: Option<&'t Event<'a>>,
}

fn attempts<'t, 'a>(trace: &'t Trace<'a>, visit: &'t Visit<'a>) -> Vec<Attempt<'t, 'a>> {
    let mut attempts: Vec<Attempt<'t, 'a>> = Vec::new();
    for index in &visit.events {
        let event = &trace.events[*index];
        let is_of_task = ["Task", "LambdaFunction", "Activity"].iter().any(|prefix| {
            event.kind.strip_prefix(prefix).is_some_and(|rest| !rest.starts_with("State"))
        });
        if !is_of_task {
            continue;
        }
        if event.kind.ends_with("Scheduled") {
            attempts.push(Attempt { scheduled: event, started: None, ended: None });
        } else if let Some(attempt) = attempts.last_mut() {
            match event.kind {
                kind if kind.ends_with("Started") => attempt.started = Some(event),
                kind if kind.ends_with("Submitted") => {}
                _ => attempt.ended = Some(event),
            }
        }
    }
    attempts
}

fn tasks(
    trial: &Trial<'_>,
    trace: &Trace<'_>,
    (index, visit): (usize, &Visit<'_>),
    state: &State<'_>,
    findings: &mut Findings,
) {
    let attempts = attempts(trace, visit);
    for (number, attempt) in attempts.iter().enumerate() {
        let is_last = number + 1 == attempts.len();
        let clocks = Clocks::of(attempt.scheduled, state, is_silent(trial.case, state.name));
        clocks.agree(attempt.scheduled, state, findings);
        let Some(started) = attempt.started else { continue };
        let timeout = clocks.due_ms.map(|ms| started.at_ms.saturating_add(ms));
        match attempt.ended {
            Some(end) if end.kind.ends_with("TimedOut") => {
                timed_out(trial, started, end, &clocks, findings);
            }
            Some(end) => {
                let in_time = timeout.is_none_or(|due| end.at_ms <= due) || !trial.is_exact();
                findings.check(in_time, "timeout-missed", Some(end.id), || {
                    format!(
                        "`{}` was answered {} ms after its start, but had timed out by then",
                        state.name,
                        end.at_ms - started.at_ms
                    )
                });
            }
            // Nothing came of it: something ended it from outside, in time.
            None if is_last && trial.is_exact() && trial.is_whole() => {
                let from = (started.id - 1) as usize;
                let over = trace.events[trace.over_after(index, from)].at_ms;
                findings.check(
                    timeout.is_none_or(|due| over <= due),
                    "timeout-missed",
                    Some(started.id),
                    || {
                        format!(
                            "`{}` never timed out, though {} ms passed",
                            state.name,
                            over - started.at_ms
                        )
                    },
                );
            }
            None => {}
        }
    }
}

fn timed_out(
    trial: &Trial<'_>,
    started: &Event<'_>,
    end: &Event<'_>,
    clocks: &Clocks,
    findings: &mut Findings,
) {
    let took = end.at_ms - started.at_ms;
    let by_timeout = clocks.timeout_ms.is_some_and(|ms| took >= ms);
    let by_heartbeat = match clocks.heartbeat {
        Heartbeat::None => false,
        Heartbeat::Every(ms) => took >= ms,
        Heartbeat::Unclear => true,
    };
    findings.check(by_timeout || by_heartbeat, "timeout-early", Some(end.id), || {
        format!("it timed out {took} ms after its start, before any of its clocks had run out")
    });
    if trial.is_exact() {
        let in_time = clocks.due_ms.is_none_or(|ms| took <= ms);
        findings.check(in_time, "timeout-late", Some(end.id), || {
            format!("it timed out {took} ms after its start, later than its clocks say")
        });
    }
}

/// What a task's clocks are set to.
struct Clocks {
    timeout_ms: Option<i64>,
    heartbeat: Heartbeat,
    /// When it must have timed out, whatever heartbeats come.
    due_ms: Option<i64>,
}

/// Whether the case's workers never send a heartbeat for a state. History shows none, so this is all that is
/// known of them.
fn is_silent(case: &Case, state: &str) -> bool {
    let workers = case.workers.as_ref().and_then(|script| script["workers"].as_array());
    let of_state = |worker: &&Value| worker["state"] == state;
    let beats = |worker: &Value| worker.to_string().contains("\"heartbeatsSeconds\"");
    let mut scripted = workers.into_iter().flatten().filter(of_state).peekable();
    let mut recorded = case.tasks.iter().filter(|task| task.state == state).peekable();
    let is_known = scripted.peek().is_some() || recorded.peek().is_some();
    is_known && !scripted.any(beats) && recorded.all(|task| task.heartbeats_ms.is_empty())
}

enum Heartbeat {
    None,
    Every(i64),
    /// There is one, but history does not say which: functions have none in their event.
    Unclear,
}

impl Clocks {
    fn of(scheduled: &Event<'_>, state: &State<'_>, is_silent: bool) -> Self {
        let milliseconds =
            |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000);
        let timeout_ms = scheduled.number("timeoutInSeconds").map(milliseconds);
        let in_definition =
            state.field("HeartbeatSeconds").or_else(|| state.field("HeartbeatSecondsPath"));
        let shown = scheduled.number("heartbeatInSeconds");
        let heartbeat = match shown.or_else(|| in_definition.and_then(Value::as_u64)) {
            Some(seconds) => Heartbeat::Every(milliseconds(seconds)),
            None if in_definition.is_some() => Heartbeat::Unclear,
            None => Heartbeat::None,
        };
        let missed_ms = match heartbeat {
            Heartbeat::Every(ms) if is_silent => Some(ms),
            _ => None,
        };
        let due_ms = timeout_ms.into_iter().chain(missed_ms).min();
        Self { timeout_ms, heartbeat, due_ms }
    }

    /// What is scheduled is what the definition says.
    fn agree(&self, scheduled: &Event<'_>, state: &State<'_>, findings: &mut Findings) {
        let given = state.field("TimeoutSeconds");
        let is_computed = state.field("TimeoutSecondsPath").is_some()
            || given.is_some_and(|given| given.as_u64().is_none());
        if is_computed {
            return;
        }
        let shown = scheduled.number("timeoutInSeconds");
        let wanted = given.and_then(Value::as_u64);
        findings.check(shown == wanted, "timeout-scheduled", Some(scheduled.id), || {
            format!(
                "`{}` is scheduled with a timeout of {shown:?} seconds, not {wanted:?}",
                state.name
            )
        });
    }
}

fn wait(
    trial: &Trial<'_>,
    trace: &Trace<'_>,
    (index, visit): (usize, &Visit<'_>),
    state: &State<'_>,
    findings: &mut Findings,
) {
    let entered = &trace.events[visit.events[0]];
    let Some(due) = wait_due(entered, state) else { return };
    // A moment that has passed is due at once.
    let due = due.max(entered.at_ms);
    let lasts = |until: i64| until - entered.at_ms;
    if let Some(exited) = trace.exited(index) {
        findings.check(exited.at_ms >= due, "wait-early", Some(exited.id), || {
            format!("`{}` lasts {} ms, not {}", state.name, lasts(exited.at_ms), lasts(due))
        });
        if trial.is_exact() {
            findings.check(exited.at_ms <= due, "wait-late", Some(exited.id), || {
                format!("`{}` lasts {} ms, not {}", state.name, lasts(exited.at_ms), lasts(due))
            });
        }
    } else if visit.events.len() == 1 && trial.is_exact() && trial.is_whole() {
        // What an interpreter finds wrong may end it at its moment, but never later.
        let over = trace.events[trace.over_after(index, visit.events[0])].at_ms;
        findings.check(over <= due, "wait-late", Some(entered.id), || {
            format!("`{}` lasts longer than its {} ms", state.name, lasts(due))
        });
    }
}

/// The moment a Wait state waits for, where the definition or the input says it plainly.
fn wait_due(entered: &Event<'_>, state: &State<'_>) -> Option<i64> {
    let moment =
        |value: &Value| Timestamp::parse_rfc3339(value.as_str()?).ok().map(Timestamp::as_millis);
    let after = |value: &Value| {
        let seconds = i64::try_from(value.as_u64()?).ok()?;
        Some(entered.at_ms.saturating_add(seconds.saturating_mul(1_000)))
    };
    // A path reads what InputPath leaves.
    let input = |path: &Value| -> Option<Value> {
        if state.field("InputPath").is_some() {
            return None;
        }
        let names = path.as_str()?.strip_prefix("$.")?;
        let input = entered.json("input")?;
        let mut at = &input;
        for name in names.split('.') {
            let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            at = at.as_object().filter(|_| is_plain)?.get(name)?;
        }
        Some(at.clone())
    };
    match (state.field("Seconds"), state.field("Timestamp")) {
        (Some(seconds), _) => after(seconds),
        (_, Some(timestamp)) => moment(timestamp),
        _ => match (state.field("SecondsPath"), state.field("TimestampPath")) {
            (Some(path), _) => after(&input(path)?),
            (_, Some(path)) => moment(&input(path)?),
            _ => None,
        },
    }
}

/// The execution's own clock.
fn execution(trial: &Trial<'_>, trace: &Trace<'_>, findings: &mut Findings) {
    const YEAR_MS: i64 = 365 * 24 * 3_600 * 1_000;
    const FIVE_MINUTES_MS: i64 = 5 * 60 * 1_000;
    // A child of a Map Run has no TimeoutSeconds of its own, and may be EXPRESS in a STANDARD execution.
    if trial.role == Role::Child || trace.redriven.is_some() {
        return;
    }
    let longest = if trial.is_express() { FIVE_MINUTES_MS } else { YEAR_MS };
    let own = trial.machine.definition.and_then(|definition| definition.get("TimeoutSeconds"));
    let own = own.and_then(Value::as_i64).map(|seconds| seconds.saturating_mul(1_000));
    let (limit, slack) = match own {
        Some(own) if own <= longest => (own, 0),
        // A wait of exactly the longest duration still ends.
        _ => (longest, 1),
    };
    let Some(duration) = trial.seen.duration_ms() else { return };
    if trial.seen.status == "TIMED_OUT" {
        // An endless loop without a pause is ended by a guard of the engine, which stands for the time that
        // passes in AWS.
        const LOOP_EVENTS: usize = 100_000;
        let is_loop = trial.is_express() && trace.events.len() > LOOP_EVENTS;
        findings.check(duration >= limit || is_loop, "execution-early", None, || {
            format!("it timed out after {duration} ms, before its {limit} ms were over")
        });
    }
    if trial.is_exact() {
        findings.check(duration <= limit + slack, "execution-late", None, || {
            format!("it took {duration} ms, though it times out after {limit}")
        });
    }
}
