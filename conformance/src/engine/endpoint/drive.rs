//! Driving an execution to its end: its history is read, tasks it schedules are taken and answered when they are due,
//! and time passes in between.
//!
//! Everything happens on one thread and in the order of the moments at which it is due, as in the simulated world:
//! on a simulated clock the same case gives the same history.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;
use stepclock_engine::sim::{Answer, AnswerOutcome};

use super::client::CallError;
use super::clock::Clock;
use super::run::{Run, text};
use super::tasks::{Answers, kind, state_of};
use super::wall;
use crate::engine::Ran;

/// Errors that tell that a task has ended before its answer came.
const TOO_LATE: [&str; 3] = ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"];

/// Something to do when it is due.
enum Action {
    /// Take the task that this event scheduled.
    Take(u64),
    /// Say that a task is worked on.
    Heartbeat(String),
    /// Answer a task.
    End(String, AnswerOutcome),
}

pub(super) struct Driver<'a> {
    run: &'a Run<'a>,
    execution_arn: &'a str,
    answers: Answers<'a>,
    deadline: Timestamp,
    /// By the moment they are due, then in the order they were put there.
    actions: BTreeMap<(Timestamp, u64), Action>,
    sequence: u64,
    /// The tasks that were seen, by the events that scheduled them.
    scheduled: BTreeMap<u64, (String, Answer)>,
    taken: BTreeSet<u64>,
}

impl<'a> Driver<'a> {
    pub(super) const fn new(
        run: &'a Run<'a>,
        execution_arn: &'a str,
        answers: Answers<'a>,
        deadline: Timestamp,
    ) -> Self {
        Self {
            run,
            execution_arn,
            answers,
            deadline,
            actions: BTreeMap::new(),
            sequence: 0,
            scheduled: BTreeMap::new(),
            taken: BTreeSet::new(),
        }
    }

    /// Drives until the execution has ended, or nothing will ever happen to it again.
    ///
    /// # Errors
    /// When a task cannot be answered, the endpoint fails, or the budget is used up.
    pub(super) fn drive(&mut self) -> Result<(), Ran> {
        loop {
            if wall::now() > self.deadline {
                return Err(Ran::TimedOut);
            }
            let now = self.run.clock.settle(self.run.client);
            let history = self.run.history(self.execution_arn)?;
            if history.last().is_some_and(is_end) {
                return Ok(());
            }
            self.notice(&history, now)?;
            let next = self.actions.keys().next().copied();
            match next.filter(|(due, _)| *due <= now) {
                Some(key) => {
                    if let Some(action) = self.actions.remove(&key) {
                        self.act(action, &history, now)?;
                    }
                }
                None if !self.run.clock.pass(self.run.client, next.map(|(due, _)| due)) => {
                    return Ok(());
                }
                None => {}
            }
        }
    }

    fn push(&mut self, due: Timestamp, action: Action) {
        self.actions.insert((due, self.sequence), action);
        self.sequence += 1;
    }

    /// Plans the answers of tasks that are new.
    fn notice(&mut self, history: &[Value], now: Timestamp) -> Result<(), Ran> {
        for event in history.iter().filter(|event| kind(event) == "ActivityScheduled") {
            let Some(id) = event["id"].as_u64() else { continue };
            if self.scheduled.contains_key(&id) {
                continue;
            }
            // Other activities have workers of their own.
            let state = state_of(history, event).unwrap_or_default();
            if self.run.activity(&state).is_none() {
                continue;
            }
            let found = self.answers.answer(history, event, self.execution_arn, now);
            let (state, answer) = found.map_err(|state| {
                Ran::Skipped(format!("nothing says what an endpoint's task of `{state}` answers"))
            })?;
            match &answer.outcome {
                AnswerOutcome::ScheduleFailed { .. }
                | AnswerOutcome::StartFailed { .. }
                | AnswerOutcome::SubmitFailed { .. } => {
                    let reason = "an activity cannot fail before somebody has taken its task";
                    return Err(Ran::Skipped(reason.to_owned()));
                }
                AnswerOutcome::NotStarted => {}
                _ => self.push(now + answer.start_delay_ms, Action::Take(id)),
            }
            self.scheduled.insert(id, (state, answer));
        }
        Ok(())
    }

    fn act(&mut self, action: Action, history: &[Value], now: Timestamp) -> Result<(), Ran> {
        let client = self.run.client;
        let answered = match action {
            Action::Take(id) => return self.take(id, history, now),
            Action::Heartbeat(token) => {
                client.call("SendTaskHeartbeat", &json!({"taskToken": token}))
            }
            Action::End(token, AnswerOutcome::Succeeded(output)) => {
                let request = json!({"taskToken": token, "output": output.text()});
                client.call("SendTaskSuccess", &request)
            }
            Action::End(token, AnswerOutcome::Failed { error, cause }) => {
                let mut request = json!({"taskToken": token});
                for (member, text) in [("error", error), ("cause", cause)] {
                    if let Some(text) = text {
                        request[member] = (*text).into();
                    }
                }
                client.call("SendTaskFailure", &request)
            }
            Action::End(..) => return Ok(()),
        };
        match answered {
            Ok(_) => Ok(()),
            Err(error) if error.code().is_some_and(|code| TOO_LATE.contains(&code)) => Ok(()),
            Err(error) if error.code() == Some("ValidationException") => {
                Err(Ran::Skipped(format!("a worker cannot give the task's answer: {error}")))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a task, if it still waits for somebody.
    fn take(&mut self, id: u64, history: &[Value], now: Timestamp) -> Result<(), Ran> {
        let Some((state, answer)) = self.scheduled.get(&id) else { return Ok(()) };
        let state = state.clone();
        let waits = |id: &u64| !history.iter().any(|event| event["previousEventId"] == *id);
        let of_state = |id: &u64| self.scheduled.get(id).is_some_and(|(of, _)| *of == state);
        if !self.scheduled.keys().any(|id| of_state(id) && waits(id))
            || !self.run.clock.has_tasks(self.run.client)
        {
            return Ok(());
        }
        let mut request = json!({"activityArn": self.run.activity(&state)});
        if let Some(name) = &answer.worker_name {
            request["workerName"] = (**name).into();
        }
        // History does not tell that a task was cancelled with the branch it was in: nobody will get it then.
        let task = match self.run.clock {
            Clock::Real => Some(self.run.client.call("GetActivityTask", &request)?),
            Clock::Simulated => self.run.client.take_at_once(&request),
        };
        let Some(task) = task else { return Ok(()) };
        let token = text(&task, "taskToken");
        if token.is_empty() {
            return Ok(());
        }
        let started = self.started(&state)?;
        let Some((_, answer)) = started.and_then(|id| self.scheduled.get(&id)) else {
            return Err(Ran::Errored(format!("no event says that a task of `{state}` started")));
        };
        let (heartbeats, outcome) = (answer.heartbeats_ms.clone(), answer.outcome.clone());
        let end = now + answer.duration_ms;
        self.taken.extend(started);
        for delay in heartbeats {
            self.push(now + delay, Action::Heartbeat(token.clone()));
        }
        if matches!(outcome, AnswerOutcome::Succeeded(_) | AnswerOutcome::Failed { .. }) {
            self.push(end, Action::End(token, outcome));
        }
        Ok(())
    }

    /// The task of a state that has started since the last one: the endpoint chose which.
    fn started(&self, state: &str) -> Result<Option<u64>, CallError> {
        self.run.clock.settle(self.run.client);
        let history = self.run.history(self.execution_arn)?;
        let started = history.iter().filter(|event| kind(event) == "ActivityStarted");
        let mut scheduled = started.filter_map(|event| event["previousEventId"].as_u64());
        let is_new = |id: &u64| {
            let of_state = self.scheduled.get(id).is_some_and(|(of, _)| of == state);
            of_state && !self.taken.contains(id)
        };
        Ok(scheduled.find(is_new))
    }
}

fn is_end(event: &Value) -> bool {
    matches!(
        kind(event),
        "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted"
    )
}
