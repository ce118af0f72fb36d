//! Taking tasks: the adapter polls as a worker does, and the endpoint chooses which task it gives.

use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;
use stepclock_engine::sim::AnswerOutcome;

use super::{Action, Driver, Scheduled, TaskKey};
use crate::engine::Ran;
use crate::engine::endpoint::faults::Probing;
use crate::engine::endpoint::poll::{Poll, Polled};
use crate::engine::endpoint::run::text;
use crate::engine::endpoint::stand_in::TaskName;
use crate::engine::endpoint::tasks::{kind, previous};

impl Driver<'_, '_> {
    /// Takes a task of an activity, if it still waits for somebody.
    pub(super) fn take(&mut self, key: TaskKey) -> Result<(), Ran> {
        let Some(Scheduled { name, answer, .. }) = self.scheduled.get(&key) else { return Ok(()) };
        let waits = |(place, id): &TaskKey| {
            let execution = &self.watch.executions()[*place];
            let is_next = |event: &Value| event["previousEventId"] == *id;
            !execution.has_ended() && !execution.history.iter().any(is_next)
        };
        let mut of_state = self.scheduled.iter().filter(|(_, task)| task.name == *name);
        let Some(activity) = self.run.activity(name) else { return Ok(()) };
        if !of_state.any(|(key, _)| waits(key)) || !self.run.clock.has_tasks(self.run.client) {
            return Ok(());
        }
        let mut request = json!({"activityArn": activity});
        if let Some(name) = &answer.worker_name {
            request["workerName"] = (**name).into();
        }
        self.polls.push(Poll::of(self.run, Polled::Task(name.clone()), &request));
        Ok(())
    }

    /// Looks at what was polled for. False when there is nothing yet.
    pub(super) fn look_at_polls(&mut self, now: Timestamp) -> Result<bool, Ran> {
        let ended = self.polls.iter_mut().position(|poll| poll.has_ended());
        let Some(poll) = ended.map(|place| self.polls.remove(place)) else { return Ok(false) };
        let (polled, task) = poll.into_task()?;
        if let Some(task) = task.filter(|task| !text(task, "taskToken").is_empty()) {
            match polled {
                Polled::Task(name) => self.got_task(&name, &text(&task, "taskToken"), now)?,
                Polled::Token => self.got_token(&task, now)?,
            }
        }
        Ok(true)
    }

    fn got_task(&mut self, name: &TaskName, token: &str, now: Timestamp) -> Result<(), Ran> {
        // What the worker does next counts from when it has the task in hand, not from when it was asked for.
        let has_it = self.run.clock.settle(self.run.client);
        self.watch.refresh()?;
        match self.started(name) {
            Some(key) if self.is_early(key, now) => {
                let reason =
                    "an activity gives its tasks in order, and a later one is started first";
                Err(Ran::Skipped(reason.to_owned()))
            }
            Some(key) => self.begin(key, token, has_it),
            None => Err(Ran::Errored(format!("no event says that a task of `{}` started", name.1))),
        }
    }

    /// Whether a task is to be taken later.
    fn is_early(&self, key: TaskKey, now: Timestamp) -> bool {
        let mut planned = self.actions.iter();
        planned.any(|((due, _), action)| {
            matches!(action, Action::Take(of) if *of == key) && *due > now
        })
    }

    /// The task of this name that has started since the last one: the endpoint chose which.
    fn started(&self, name: &TaskName) -> Option<TaskKey> {
        self.watch.executions().iter().enumerate().find_map(|(place, execution)| {
            let mut started =
                execution.history.iter().filter(|event| kind(event) == "ActivityStarted");
            started.find_map(|event| {
                let key = (place, event["previousEventId"].as_u64()?);
                let is_it = self.scheduled.get(&key).is_some_and(|task| task.name == *name);
                (is_it && !self.taken.contains(&key)).then_some(key)
            })
        })
    }

    /// Takes a token that was handed over.
    pub(super) fn take_token(&mut self, key: TaskKey) -> Result<(), Ran> {
        let Some(activity) = self.run.hand_over() else { return Ok(()) };
        if self.watch.executions()[key.0].has_ended() {
            return Ok(());
        }
        let request = json!({"activityArn": activity});
        self.polls.push(Poll::of(self.run, Polled::Token, &request));
        Ok(())
    }

    /// A token was handed over: of the task that it was asked for, or of another one that is due as well.
    fn got_token(&mut self, task: &Value, now: Timestamp) -> Result<(), Ran> {
        let done = json!({"taskToken": text(task, "taskToken"), "output": "{}"});
        self.run.client.call("SendTaskSuccess", &done)?;
        let handed: Value =
            serde_json::from_str(task["input"].as_str().unwrap_or_default()).unwrap_or_default();
        match self.handed_by(&text(&handed, "execution")) {
            Some(key) => self.begin(key, &text(&handed, "token"), now),
            None => Ok(()),
        }
    }

    /// The task that started this execution, to hand its token over.
    fn handed_by(&self, execution_arn: &str) -> Option<TaskKey> {
        self.watch.executions().iter().enumerate().find_map(|(place, execution)| {
            let history = &execution.history;
            let submitted = history.iter().find(|event| {
                let details = &event["taskSubmittedEventDetails"];
                details["output"].as_str().is_some_and(|output| output.contains(execution_arn))
            })?;
            let started = previous(history, submitted)?;
            Some((place, previous(history, started)?["id"].as_u64()?))
        })
    }

    /// Somebody has a task in hand: plans what follows.
    fn begin(&mut self, key: TaskKey, token: &str, now: Timestamp) -> Result<(), Ran> {
        self.taken.insert(key);
        let Some(Scheduled { answer, number, .. }) = self.scheduled.get(&key) else {
            return Ok(());
        };
        let (answer, number) = (answer.clone(), *number);
        self.faults.probe(self.run.client, number, token, &Probing::While)?;
        self.watch.note_heartbeats(key, &answer.heartbeats_ms);
        for delay in answer.heartbeats_ms {
            self.push(now + delay, Action::Heartbeat(token.to_owned()));
        }
        if matches!(answer.outcome, AnswerOutcome::Succeeded(_) | AnswerOutcome::Failed { .. }) {
            let end = Action::End(key, token.to_owned(), answer.outcome);
            self.push(now + answer.duration_ms, end);
        }
        Ok(())
    }
}
