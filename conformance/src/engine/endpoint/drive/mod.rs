//! Driving a run to its end: histories are read, tasks they schedule are taken and answered when they are due, faults
//! are carried out, and time passes in between.
//!
//! Everything happens on one thread and in the order of the moments at which it is due, as in the simulated world:
//! on a simulated clock the same case gives the same history.

mod take;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;
use stepclock_engine::sim::{Answer, AnswerOutcome};

use super::faults::{Faults, Probing};
use super::names::moment;
use super::poll::Poll;
use super::run::Run;
use super::stand_in::{Manner, TaskName};
use super::tasks::{Answers, kind, next};
use super::wall;
use super::watch::{Watch, Watched};
use crate::engine::reference::CaseWorker;
use crate::engine::{Probe, Ran};

/// Errors that tell that a task has ended before its answer came.
const TOO_LATE: [&str; 3] = ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"];

/// A task: which of the executions scheduled it, by which event.
type TaskKey = (usize, u64);

/// Something to do when it is due.
enum Action {
    /// Take the task that an activity has.
    Take(TaskKey),
    /// Take the token that a task hands over.
    TakeToken(TaskKey),
    /// Say that a task is worked on.
    Heartbeat(String),
    /// Answer a task.
    End(TaskKey, String, AnswerOutcome),
}

/// A task that was seen.
struct Scheduled {
    name: TaskName,
    number: u64,
    answer: Answer,
    /// Whether somebody is about to take it, or has.
    is_planned: bool,
}

pub(super) struct Driver<'a, 'w> {
    run: &'a Run<'a>,
    watch: &'w mut Watch<'a>,
    answers: Answers<'a>,
    faults: Faults,
    deadline: Timestamp,
    /// By the moment they are due, then in the order they were put there.
    actions: BTreeMap<(Timestamp, u64), Action>,
    sequence: u64,
    scheduled: BTreeMap<TaskKey, Scheduled>,
    /// Tasks that Step Functions does itself.
    of_the_service: BTreeSet<TaskKey>,
    taken: BTreeSet<TaskKey>,
    polls: Vec<Poll>,
}

impl<'a, 'w> Driver<'a, 'w> {
    /// # Errors
    /// When the case's workers make no sense, or its faults cannot be carried out.
    pub(super) fn new(
        run: &'a Run<'a>,
        watch: &'w mut Watch<'a>,
        deadline: Timestamp,
    ) -> Result<Self, Ran> {
        let worker = CaseWorker::new(run.case)
            .map_err(|error| Ran::Errored(format!("the workers of the case: {error}")))?;
        Ok(Self {
            run,
            watch,
            answers: Answers::new(run.case, worker),
            faults: Faults::of(run.case, run.clock).map_err(Ran::Skipped)?,
            deadline,
            actions: BTreeMap::new(),
            sequence: 0,
            scheduled: BTreeMap::new(),
            of_the_service: BTreeSet::new(),
            taken: BTreeSet::new(),
            polls: Vec::new(),
        })
    }

    pub(super) fn into_probes(self) -> Vec<Probe> {
        self.faults.into_probes()
    }

    /// Drives until the execution has ended, or nothing will ever happen to it again; when the case says so, it is
    /// redriven then.
    ///
    /// # Errors
    /// When a task cannot be answered, the endpoint fails, or the budget is used up.
    pub(super) fn drive(&mut self) -> Result<(), Ran> {
        self.run_out()?;
        let Some(after_ms) = self.faults.redrive_ms() else { return Ok(()) };
        let end = self.watch.own().history.last();
        if !self.watch.own().has_ended() || end.is_some_and(|end| kind(end) == "ExecutionSucceeded")
        {
            return Ok(());
        }
        let now = self.run.clock.settle(self.run.client);
        self.run.clock.wait_until(self.run.client, now + after_ms);
        let request = json!({"executionArn": self.watch.own().arn});
        match self.run.client.call("RedriveExecution", &request) {
            // Not every execution can be redriven; that it cannot is seen in its history.
            Err(error) if error.code().is_some() => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => self.run_out(),
        }
    }

    fn run_out(&mut self) -> Result<(), Ran> {
        loop {
            if wall::now() > self.deadline {
                return Err(Ran::TimedOut);
            }
            let (client, clock) = (self.run.client, self.run.clock);
            let now = clock.settle(client);
            self.watch.refresh()?;
            self.notice(now)?;
            if self.watch.own().has_ended() {
                return Ok(());
            }
            if self.look_at_polls(now)? {
                continue;
            }
            let started = self.watch.own().history.first().map(moment);
            let stop = started.and_then(|started| self.faults.stop_at(started));
            let due = self.actions.keys().next().copied();
            match due.filter(|(due, _)| *due <= now) {
                Some(key) => {
                    if let Some(action) = self.actions.remove(&key) {
                        self.act(action, now)?;
                    }
                }
                None if stop.is_some_and(|stop| stop <= now) => {
                    client.call("StopExecution", &self.faults.stop(&self.watch.own().arn))?;
                }
                None => {
                    let until = due.map(|(due, _)| due).into_iter().chain(stop).min();
                    if !clock.pass(client, until) {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn push(&mut self, due: Timestamp, action: Action) {
        self.actions.insert((due, self.sequence), action);
        self.sequence += 1;
    }

    /// Plans the answers of tasks that are new, in the order in which they were scheduled.
    fn notice(&mut self, now: Timestamp) -> Result<(), Ran> {
        let mut fresh = Vec::new();
        for (place, execution) in self.watch.executions().iter().enumerate() {
            for event in &execution.history {
                let stands_for = self.stands_for_task(execution, event);
                let Some(id) = event["id"].as_u64().filter(|_| schedules_task(event)) else {
                    continue;
                };
                let key = (place, id);
                if !self.scheduled.contains_key(&key) && !self.of_the_service.contains(&key) {
                    fresh.push((moment(event), place, id, stands_for));
                }
            }
        }
        fresh.sort();
        if self.faults.name_tasks() && fresh.iter().any(|(_, place, ..)| *place > 0) {
            let reason = "which of several executions scheduled a task first, no operation tells";
            return Err(Ran::Skipped(reason.to_owned()));
        }
        for (_, place, id, name) in fresh {
            let Some(name) = name else {
                self.of_the_service.insert((place, id));
                self.answers.pass_over();
                continue;
            };
            let scheduled = self.answered((place, id), name, now)?;
            let (is_token, start) =
                (self.is_token(&scheduled.name), scheduled.answer.start_delay_ms);
            let is_started = scheduled.answer.outcome != AnswerOutcome::NotStarted;
            if let Some(submitted) = &scheduled.answer.submitted {
                self.watch.note_submitted((place, id), submitted.text());
            }
            self.scheduled.insert((place, id), scheduled);
            if is_started && !is_token {
                self.push(now + start, Action::Take((place, id)));
            }
        }
        self.notice_tokens(now);
        Ok(())
    }

    /// The name of the task of the adapter's that an event schedules.
    fn stands_for_task(&self, execution: &Watched, event: &Value) -> Option<TaskName> {
        let manner = match kind(event) {
            "ActivityScheduled" => Manner::Activity,
            "TaskScheduled" => Manner::Token,
            _ => return None,
        };
        let name = self.run.task_of(execution, event)?;
        // Other tasks have workers of their own.
        let is_own = self.run.tasks.get(&name).is_some_and(|task| task.manner == manner);
        is_own.then_some(name)
    }

    fn is_token(&self, name: &TaskName) -> bool {
        self.run.tasks.get(name).is_some_and(|task| task.manner == Manner::Token)
    }

    fn answered(
        &mut self,
        (place, id): TaskKey,
        name: TaskName,
        now: Timestamp,
    ) -> Result<Scheduled, Ran> {
        let skipped = |reason: &str| Err(Ran::Skipped(reason.to_owned()));
        let execution = &self.watch.executions()[place];
        let event = execution.history.iter().find(|event| event["id"] == id);
        let (Some(event), Some(stand_in)) = (event, self.run.tasks.get(&name)) else {
            return Err(Ran::Errored(format!("event {id} is gone")));
        };
        let answered = self.answers.answer(execution, event, &name.1, stand_in, now);
        let (number, answer) = answered.map_err(Ran::Skipped)?;
        let Some(answer) = answer else {
            return skipped(&format!("nothing says what a task of `{}` answers", name.1));
        };
        let is_token = stand_in.manner == Manner::Token;
        match &answer.outcome {
            AnswerOutcome::ScheduleFailed { .. }
            | AnswerOutcome::StartFailed { .. }
            | AnswerOutcome::SubmitFailed { .. } => {
                skipped("a task cannot be made to fail before somebody has it in hand")
            }
            AnswerOutcome::NotStarted if is_token => skipped("a service takes its task at once"),
            _ if is_token && (answer.start_delay_ms > 0 || answer.submitted.is_none()) => {
                skipped("a service takes its task at once, and says so")
            }
            _ => Ok(Scheduled { name, number, answer, is_planned: !is_token }),
        }
    }

    /// Tokens that are handed over wait to be taken.
    fn notice_tokens(&mut self, now: Timestamp) {
        let mut handed = Vec::new();
        for (key, scheduled) in &mut self.scheduled {
            let history = &self.watch.executions()[key.0].history;
            let follower = |id: u64| history.iter().find(|event| event["previousEventId"] == id);
            let started = follower(key.1).filter(|event| kind(event) == "TaskStarted");
            let submitted = started.and_then(|started| next(history, started));
            if !scheduled.is_planned && submitted.is_some_and(|s| kind(s) == "TaskSubmitted") {
                scheduled.is_planned = true;
                handed.push(*key);
            }
        }
        for key in handed {
            self.push(now, Action::TakeToken(key));
        }
    }

    fn act(&mut self, action: Action, now: Timestamp) -> Result<(), Ran> {
        match action {
            Action::Take(key) => {
                self.take(key)?;
                self.look_at_polls(now).map(|_| ())
            }
            Action::TakeToken(key) => {
                self.take_token(key)?;
                self.look_at_polls(now).map(|_| ())
            }
            Action::Heartbeat(token) => {
                let request = json!({"taskToken": token});
                self.sent("SendTaskHeartbeat", &request).map(|_| ())
            }
            Action::End(key, token, outcome) => self.end(key, &token, outcome),
        }
    }

    /// Answers a task; what must be refused after its end is tried.
    fn end(&mut self, key: TaskKey, token: &str, outcome: AnswerOutcome) -> Result<(), Ran> {
        let mut request = json!({"taskToken": token});
        let operation = match outcome {
            AnswerOutcome::Succeeded(output) => {
                request["output"] = self.run.on_the_wire(output.text()).into();
                "SendTaskSuccess"
            }
            AnswerOutcome::Failed { error, cause } => {
                for (member, text) in [("error", error), ("cause", cause)] {
                    if let Some(text) = text {
                        request[member] = self.run.on_the_wire(&text).into();
                    }
                }
                "SendTaskFailure"
            }
            _ => return Ok(()),
        };
        if !self.sent(operation, &request)? {
            return Ok(());
        }
        let Some(number) = self.scheduled.get(&key).map(|task| task.number) else { return Ok(()) };
        let answered = Probing::After { operation, request };
        Ok(self.faults.probe(self.run.client, number, token, &answered)?)
    }

    /// Sends something for a task. False when the task has ended before.
    fn sent(&self, operation: &str, request: &Value) -> Result<bool, Ran> {
        match self.run.client.call(operation, request) {
            Ok(_) => Ok(true),
            Err(error) if error.code().is_some_and(|code| TOO_LATE.contains(&code)) => Ok(false),
            Err(error) if error.code() == Some("ValidationException") => {
                Err(Ran::Skipped(format!("a worker cannot give the task's answer: {error}")))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a task begins with an event.
fn schedules_task(event: &Value) -> bool {
    matches!(kind(event), "ActivityScheduled" | "LambdaFunctionScheduled" | "TaskScheduled")
}
