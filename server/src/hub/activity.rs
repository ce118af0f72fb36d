//! Activities: tasks wait for workers, and workers for tasks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use stepclock_engine::execution::{Input, TaskId};

use super::Hub;
use super::handle::Reply;
use crate::clock::real_now;
use crate::store::ExecutionId;

/// How long a worker waits for a task (the service's long poll).
const POLL: Duration = Duration::from_secs(60);

/// A task as a worker gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityTask {
    /// By which it is answered.
    pub token: String,
    /// Its input, JSON text.
    pub input: String,
}

/// Tasks that wait for workers, and workers that wait for tasks, by activity.
#[derive(Debug, Default)]
pub(super) struct Activities {
    tasks: BTreeMap<Arc<str>, VecDeque<(ExecutionId, TaskId)>>,
    workers: BTreeMap<Arc<str>, VecDeque<Poller>>,
    /// When the first of the waiting workers has waited long enough.
    deadlines: VecDeque<(Instant, Arc<str>)>,
}

/// A worker that waits.
#[derive(Debug)]
struct Poller {
    reply: Reply<Option<ActivityTask>>,
    name: Option<Arc<str>>,
    deadline: Instant,
}

impl Activities {
    pub(super) fn forget_tasks(&mut self) {
        self.tasks.clear();
    }

    /// How long until a worker has waited long enough.
    pub(super) fn patience(&self) -> Option<Duration> {
        let (deadline, _) = self.deadlines.front()?;
        Some(deadline.saturating_duration_since(real_now()))
    }

    /// Sends away the workers that have waited long enough.
    pub(super) fn expire(&mut self) {
        if self.deadlines.is_empty() {
            return;
        }
        let now = real_now();
        while let Some((deadline, arn)) = self.deadlines.front() {
            if *deadline > now {
                return;
            }
            if let Some(pollers) = self.workers.get_mut(arn) {
                while pollers.front().is_some_and(|poller| poller.deadline <= now) {
                    if let Some(poller) = pollers.pop_front() {
                        poller.reply.send(Ok(None));
                    }
                }
            }
            self.deadlines.pop_front();
        }
    }

    fn next_worker(&mut self, arn: &str) -> Option<Poller> {
        let pollers = self.workers.get_mut(arn)?;
        std::iter::from_fn(|| pollers.pop_front()).find(|poller| !poller.reply.is_closed())
    }
}

impl Hub {
    /// A task of an activity waits for a worker. One that waited when its execution left memory is in the queue already.
    pub(super) fn offer(&mut self, arn: Arc<str>, id: ExecutionId, task: TaskId) {
        if !self.held.insert((id, task)) {
            return;
        }
        self.activities.tasks.entry(arn.clone()).or_default().push_back((id, task));
        if let Some(worker) = self.activities.next_worker(&arn) {
            // The execution is in the middle of an input: the worker takes the task after it.
            let told = self.handle.tell(move |hub| hub.serve(&arn, worker));
            debug_assert!(told.is_ok(), "the hub is running");
        }
    }

    /// `GetActivityTask`: answers with a task, or with nothing after a minute.
    pub fn poll_activity(
        &mut self,
        arn: &str,
        name: Option<Arc<str>>,
        reply: Reply<Option<ActivityTask>>,
    ) {
        let deadline = real_now() + POLL;
        self.serve(&Arc::from(arn), Poller { reply, name, deadline });
    }

    fn serve(&mut self, arn: &Arc<str>, worker: Poller) {
        while let Some((id, task)) = self.next_task(arn) {
            if !self.load(id) {
                continue;
            }
            let waits = |resident: &super::resident::Resident| {
                let task = resident.tasks.get(&task)?;
                let token = task.request.token.clone()?;
                task.started.is_none().then(|| (token, task.request.parameters.clone()))
            };
            let Some((token, input)) = self.residents.get(&id).and_then(waits) else { continue };
            self.deliver(id, Input::TaskStarted { task, worker_name: worker.name });
            let given = ActivityTask { token: token.to_string(), input: input.text().to_owned() };
            return self.answer(worker.reply, Ok(Some(given)));
        }
        self.activities.deadlines.push_back((worker.deadline, arn.clone()));
        self.activities.workers.entry(arn.clone()).or_default().push_back(worker);
    }

    fn next_task(&mut self, arn: &str) -> Option<(ExecutionId, TaskId)> {
        let tasks = self.activities.tasks.get_mut(arn)?;
        let task = tasks.pop_front();
        if tasks.is_empty() {
            self.activities.tasks.remove(arn);
        }
        task
    }
}
