//! Task states: what a task is sent, what it answers, and which of its clocks runs out first ("Task State").

use serde_json::Value;

use super::failure::{Failure, Result, Stop, runtime, unknown};
use super::faults::{self, Target};
use super::flow;
use super::interpret::{Interpreter, Next, Thread, Visit};
use super::log::Call;
use super::moment::Moment;
use super::scope::States;
use super::waiting;
use super::world::{self, Answer, Answered};

impl Interpreter<'_> {
    pub(crate) fn task(&mut self, thread: &mut Thread, visit: &Visit<'_>) -> Result<Next> {
        let scope = visit.scope(&self.given, &thread.variables);
        let effective = flow::effective(&scope, visit.fields, visit.raw)?;
        let timeout = waiting::limit(&scope, visit, "TimeoutSeconds", &effective.input)?;
        let heartbeat = waiting::limit(&scope, visit, "HeartbeatSeconds", &effective.input)?;
        if let Some(credentials) = visit.fields.get("Credentials") {
            let states = States { input: Some(visit.raw), ..States::default() };
            match visit.jsonata {
                true => scope.evaluate(credentials, states)?,
                false => scope.template(credentials, &effective.input)?,
            };
        }
        if super::is_large(&effective.arguments) {
            return unknown("data near the limit of its size");
        }
        let resource = visit.text("Resource").unwrap_or_default();
        let is_scripted = self.case.workers.as_ref().is_some_and(|workers| {
            let mut workers = workers["workers"].as_array().into_iter().flatten();
            workers.any(|worker| worker["state"] == visit.name)
        }) || self.case.tasks.iter().any(|task| task.state == visit.name);
        if resource.contains(":states:startExecution") && !is_scripted {
            return self.nested(thread, visit, &effective.arguments, timeout);
        }
        let answer = self.answer(thread, visit, &effective.arguments)?;
        let started = thread.at.plus(answer.start_ms);
        let (outcome, at) = ended(&answer, started, timeout, heartbeat)?;
        thread.at = at;
        match outcome {
            Answered::Succeeded(result) if super::is_large(&result) => {
                unknown("data near the limit of its size")
            }
            Answered::Succeeded(result) => self.finish(thread, visit, result),
            Answered::Failed(error, cause) | Answered::Refused(error, cause) => {
                Err(Stop::Failed(Failure::given(error, cause)))
            }
            Answered::TimedOut { heartbeat } => {
                let alias = heartbeat.then_some("States.HeartbeatTimeout");
                Err(Stop::Failed(Failure::timeout(alias)))
            }
            Answered::Never | Answered::NotStarted => Ok(Next::Stuck),
        }
    }

    /// Schedules the task: finds its answer, with what goes wrong with it.
    fn answer(&mut self, thread: &Thread, visit: &Visit<'_>, sent: &Value) -> Result<Answer> {
        let resource = visit.text("Resource").unwrap_or_default();
        let number = match self.log.calls_of(thread.execution, visit.name, &thread.path) {
            Some(number) => number,
            None => return unknown("a task's number depends on who came first"),
        };
        let found = world::answer(self.case, visit.name, &thread.path, number, sent)?;
        if resource.contains(":activity:")
            && found.is_none()
            && let Some(activities) = &self.case.resources.activities
            && !activities.contains_key(resource)
        {
            return runtime();
        }
        let Some(mut answer) = found else { return unknown("the case does not answer a task") };
        let target = Target::of(thread, visit.name, number);
        faults::afflict(&self.faults, &target, &mut answer)?;
        self.log.calls.push(Call::of(thread, visit.name));
        Ok(answer)
    }
}

/// How a task ends and when: by its answer, its timeout or a missing heartbeat, whichever comes first.
fn ended(
    answer: &Answer,
    started: Moment,
    timeout: Option<i64>,
    heartbeat: Option<i64>,
) -> Result<(Answered, Moment)> {
    match answer.outcome {
        Answered::Refused(..) => return Ok((answer.outcome.clone(), started)),
        Answered::NotStarted => return Ok((Answered::NotStarted, Moment::NEVER)),
        _ => {}
    }
    const NEVER: i64 = Moment::NEVER.earliest;
    let answered = match answer.outcome {
        Answered::Never => NEVER,
        _ => answer.duration_ms,
    };
    let timed_out = timeout.unwrap_or(NEVER);
    let missed = heartbeat.map_or(NEVER, |every| {
        let mut alive = 0;
        let mut beats = answer.heartbeats_ms.clone();
        beats.sort_unstable();
        for beat in beats {
            if beat < alive + every {
                alive = beat;
            }
        }
        alive + every
    });
    // A heartbeat that comes when it is due, or any two that come together: nobody says which is first.
    let late = answer.heartbeats_ms.contains(&missed);
    let first = answered.min(timed_out).min(missed);
    let at_once = [answered, timed_out, missed].iter().filter(|at| **at == first).count();
    if first == NEVER {
        return Ok((Answered::Never, Moment::NEVER));
    }
    if at_once > 1 || (late && missed == first) {
        return unknown("a task's answer and its clock come at once");
    }
    if first == answered {
        return Ok((answer.outcome.clone(), started.plus(answered)));
    }
    Ok((Answered::TimedOut { heartbeat: first == missed }, started.plus(first)))
}
