//! The hub's loop: work comes in, what is due happens, what was written is committed.

use std::sync::mpsc::{self, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use super::backlog::Backlog;
use super::batch::{After, Batch};
use super::handle::{Message, Reply};
use super::{Event, Hub};
use crate::clock::real_now;
use crate::error::ApiError;
use crate::observe::Observed;
use crate::store::{CLOCK_KEY, DocumentKind, Store, StoreError, Write};
use stepclock_engine::data::Timestamp;

/// Messages and events between two looks at the other: neither may starve the other, or the batch.
const TURN: usize = 512;

/// How long after a refusal of the store it is tried again.
const REPAIR_INTERVAL: Duration = Duration::from_millis(500);

/// How often what is too old is looked for, in milliseconds of the server's time.
const COLLECTION_INTERVAL_MS: i64 = 60_000;

/// Executions collected in one go.
const COLLECTION_MAX: usize = 1_000;

/// Writes of a batch that simulated time does not run ahead of.
const BATCH_WRITES_MAX: usize = 10_000;

/// What the committer is given.
struct Flush {
    writes: Vec<Write>,
    after: Vec<After>,
}

/// The thread that commits.
struct Committer {
    flushes: mpsc::Sender<Flush>,
    thread: std::thread::JoinHandle<()>,
}

/// What the loop waits for.
enum Patience {
    None,
    For(Duration),
    Forever,
}

impl Hub {
    pub(super) fn run(mut self, inbox: &mpsc::Receiver<Message>) {
        let committer = self.start_committer();
        let mut committing = false;
        let mut stop: Option<Box<dyn FnOnce() + Send>> = None;
        let mut backlog = Backlog::default();
        loop {
            if stop.is_some() && !committing && self.batch.is_empty() {
                break;
            }
            let patience = match !backlog.is_empty() && !self.time_moves(committing) {
                true => Patience::None,
                false => self.patience(committing, stop.is_some()),
            };
            let mut message = match patience {
                Patience::None => inbox.try_recv(),
                Patience::For(time) => inbox.recv_timeout(time).map_err(|error| match error {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
                }),
                Patience::Forever => inbox.recv().map_err(|_| TryRecvError::Disconnected),
            };
            for _ in 0..TURN {
                match message {
                    Ok(Message::Work(work)) => backlog.push(work),
                    Ok(Message::Committed(result)) => {
                        committing = false;
                        self.committed(result);
                    }
                    Ok(Message::Stop(done)) => stop = Some(done),
                    Err(_) => break,
                }
                message = inbox.try_recv();
            }
            let time_moves = self.time_moves(committing);
            for work in backlog.take(time_moves) {
                work(&mut self);
            }
            self.mend();
            if stop.is_none() && self.broken.is_none() {
                self.work_off();
                self.collect();
            }
            if !committing {
                committing = self.flush(committer.as_ref().map(|committer| &committer.flushes));
            }
        }
        if let Some(Committer { flushes, thread }) = committer {
            drop(flushes);
            // A panic in it has been printed; there is nothing left to commit.
            let _ = thread.join();
        }
        // The store is let go before anybody is told that it may be opened again.
        drop(self);
        if let Some(done) = stop {
            done();
        }
    }

    /// A thread that commits batches, so that the next one fills meanwhile. Memory needs none.
    fn start_committer(&self) -> Option<Committer> {
        if !self.store.is_durable() {
            return None;
        }
        let (sender, flushes) = mpsc::channel::<Flush>();
        let (store, handle) = (self.store.clone(), self.handle.clone());
        let work = move || {
            while let Ok(flush) = flushes.recv() {
                let result = commit(&*store, &flush.writes, handle.observed());
                let kept = result.is_ok();
                for after in flush.after {
                    after(kept);
                }
                if handle.committed(result).is_err() {
                    break;
                }
            }
        };
        let spawned = std::thread::Builder::new().name("committer".to_owned()).spawn(work);
        // Without the thread, batches are committed by the hub itself: slower, and no less durable.
        spawned.ok().map(|thread| Committer { flushes: sender, thread })
    }

    /// Commits the batch, or hands it over; says whether an answer of the committer is to come.
    fn flush(&mut self, committer: Option<&mpsc::Sender<Flush>>) -> bool {
        self.evict();
        for id in self.batch.take_dirty() {
            if let Some(resident) = self.residents.get_mut(&id) {
                let state = resident.state_to_write();
                self.batch.put_state(id, state);
            }
            self.note_idle(id);
        }
        for work in self.observer.take() {
            self.when_durable(work);
        }
        if self.batch.is_empty() {
            // Nothing is being committed: what has ended without a trace (synchronous EXPRESS) can go.
            self.kept(self.batch_number);
            return false;
        }
        if !self.batch.writes.is_empty() {
            let body = self.now().as_millis().to_string();
            let key = CLOCK_KEY.to_owned();
            self.write(Write::PutDocument { kind: DocumentKind::Meta, key, body });
        }
        let Batch { writes, after, .. } = std::mem::take(&mut self.batch);
        self.flushed = self.batch_number;
        self.batch_number += 1;
        if writes.is_empty() {
            for after in after {
                after(true);
            }
            self.kept(self.flushed);
            return false;
        }
        let flush = Flush { writes, after };
        let flush = match committer {
            None => flush,
            Some(committer) => match committer.send(flush) {
                Ok(()) => return true,
                Err(mpsc::SendError(flush)) => flush,
            },
        };
        let result = commit(&*self.store, &flush.writes, self.handle.observed());
        for after in flush.after {
            after(result.is_ok());
        }
        self.committed(result);
        false
    }

    fn committed(&mut self, result: Result<(), StoreError>) {
        match result {
            Ok(()) => {
                self.committed_batch = self.flushed;
                self.kept(self.flushed);
            }
            Err(error) => {
                tracing::error!(%error, "the store refused a batch; reading everything again");
                self.broken = Some(error);
                self.mend_at = Some(real_now() + REPAIR_INTERVAL);
                self.forget();
            }
        }
    }

    /// Batches up to this one are durable.
    fn kept(&mut self, batch: u64) {
        self.drop_ended(batch);
        self.calling.forget_durable(batch);
    }

    /// Reads everything again after the store has refused to write.
    fn mend(&mut self) {
        if self.broken.is_none() || self.mend_at.is_some_and(|moment| real_now() < moment) {
            return;
        }
        self.forget();
        match self.recover() {
            Ok(()) => self.broken = None,
            Err(error) => {
                self.broken = Some(error);
                self.mend_at = Some(real_now() + REPAIR_INTERVAL);
            }
        }
    }

    /// Drops everything in memory: the store knows better.
    fn forget(&mut self) {
        self.queue = Default::default();
        self.residents.clear();
        self.idle.clear();
        self.asleep.clear();
        self.by_arn.clear();
        self.waiting.clear();
        self.tokens.clear();
        self.held.clear();
        self.fetched.clear();
        self.observer.forget();
        self.calling.forget_told();
        self.ended.clear();
        self.activities.forget_tasks();
        for after in std::mem::take(&mut self.batch).after {
            after(false);
        }
    }

    /// Answers when everything written so far is durable.
    pub fn answer<T: Send + 'static>(&mut self, reply: Reply<T>, answer: Result<T, ApiError>) {
        self.batch.after.push(Box::new(move |kept| {
            let lost = || ApiError::internal("the store refused to write; nothing was changed");
            reply.send(if kept { answer } else { Err(lost()) });
        }));
    }

    /// Does this when everything written so far is durable; not at all when it is refused.
    pub(super) fn when_durable(&mut self, work: impl FnOnce() + Send + 'static) {
        self.batch.after.push(Box::new(move |kept| {
            if kept {
                work();
            }
        }));
    }

    /// What the loop may wait for.
    fn patience(&mut self, committing: bool, stopping: bool) -> Patience {
        if self.broken.is_some() {
            return Patience::For(REPAIR_INTERVAL);
        }
        if stopping {
            return if committing { Patience::Forever } else { Patience::None };
        }
        if !committing && !self.batch.is_empty() {
            return Patience::None;
        }
        let now = self.now();
        let next = self.queue.next_due();
        if next.is_some_and(|due| due <= now) {
            return Patience::None;
        }
        if let Some(until) = self.driven_to() {
            return self.drive_on(next, until, committing);
        }
        let due = match next {
            Some(due) if self.clock.jumps() && self.held_count() == 0 && !committing => {
                self.clock.advance_to(due);
                return Patience::None;
            }
            Some(due) if !self.clock.is_simulated() => Some(due.as_millis() - now.as_millis()),
            _ => None,
        };
        let polled = self.activities.patience();
        let due = due.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0)));
        match (due, polled) {
            (Some(due), Some(polled)) => Patience::For(due.min(polled)),
            (Some(time), None) | (None, Some(time)) => Patience::For(time),
            (None, None) => Patience::Forever,
        }
    }

    /// Moves time on for whoever asked; waits for objects that are on their way, and when the batch has grown too large
    /// to be added to.
    fn drive_on(
        &mut self,
        next: Option<Timestamp>,
        until: Timestamp,
        committing: bool,
    ) -> Patience {
        let is_full = committing && self.batch.writes.len() > BATCH_WRITES_MAX;
        if is_full || !self.fetched.is_empty() {
            return Patience::Forever;
        }
        match next.filter(|due| *due <= until) {
            Some(due) => {
                self.clock.advance_to(due);
                self.moved();
            }
            None => self.arrive(),
        }
        Patience::None
    }

    /// Lets happen what is due.
    pub(super) fn work_off(&mut self) {
        self.activities.expire();
        for _ in 0..TURN {
            let now = self.now();
            if self.queue.next_due().is_none_or(|due| due > now) {
                return;
            }
            let Some((place, event)) = self.queue.pop() else { return };
            let (due, _) = place;
            if let Some((id, task)) = event.task() {
                self.forget_place(id, task, place);
            }
            self.spend();
            match event {
                Event::Start(id) => self.first_step(id),
                Event::Timer(id) => self.fire_timers(id, due),
                Event::Wake(id) => {
                    self.wake(id);
                    self.load(id);
                }
                Event::Deliver(id, input) => self.deliver(id, *input),
                Event::TaskStart(id, task, answer) => self.task_starts(id, task, *answer),
                Event::TaskSubmit(id, task, output) => self.task_submitted(id, task, output),
                Event::CallStart(id, task) => self.call_outside(id, task),
                Event::Object(id, operation, request) => self.object(id, operation, *request),
            }
        }
    }

    /// Removes what has ended too long ago.
    fn collect(&mut self) {
        let now = self.now();
        if now < self.next_collection {
            return;
        }
        self.next_collection = now + COLLECTION_INTERVAL_MS;
        let oldest = now + -self.config.retention_ms;
        match self.store.ended_before(oldest, COLLECTION_MAX) {
            Ok(old) => {
                if old.len() == COLLECTION_MAX {
                    self.next_collection = now;
                }
                for id in old {
                    if !self.residents.contains_key(&id) {
                        self.delete_map_runs(id);
                        self.write(Write::Delete { id });
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "cannot look for old executions"),
        }
    }
}

/// Commits, and counts it.
fn commit(store: &dyn Store, writes: &[Write], observed: &Observed) -> Result<(), StoreError> {
    let begun = real_now();
    let result = store.commit(writes);
    observed.commit(writes.len(), begun.elapsed(), result.is_ok());
    result
}

impl super::Handle {
    fn committed(&self, result: Result<(), StoreError>) -> Result<(), super::handle::Stopped> {
        self.send(Message::Committed(result))
    }
}
