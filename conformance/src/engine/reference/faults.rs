//! Carrying out a case's faults: on the answers of tasks, on the clock, and on the execution itself.

use std::cell::RefCell;
use std::rc::Rc;

use stepclock_engine::data::Payload;
use stepclock_engine::execution::{Input, TaskId};
use stepclock_engine::sim::{Answer, ExecutionKey, TaskCall, Worker, World, WorldError};

use crate::case::Fault;
use crate::engine::Probe;
use crate::engine::altered::Altered;

/// Carries out the faults of one case.
pub(super) struct Injector {
    faults: Vec<Fault>,
    scheduled: Rc<RefCell<Vec<Scheduled>>>,
    probes: Vec<Probe>,
}

/// A task that was scheduled: its number is its place in the list.
struct Scheduled {
    execution_arn: String,
    task: TaskId,
    duplicated: bool,
    wrong: bool,
    reused: bool,
}

impl Injector {
    pub(super) fn new(faults: &[Fault]) -> Self {
        Self { faults: faults.to_vec(), scheduled: Rc::default(), probes: Vec::new() }
    }

    pub(super) fn into_probes(self) -> Vec<Probe> {
        self.probes
    }

    /// A worker that answers as the faults say, and else as the given one does.
    pub(super) fn wrap(&self, inner: impl Worker + 'static) -> impl Worker + 'static {
        FaultyWorker {
            inner,
            altered: Altered::new(&self.faults),
            scheduled: self.scheduled.clone(),
        }
    }

    /// Runs the execution to its end, and what the faults say besides.
    pub(super) fn drive(&mut self, world: &mut World, key: ExecutionKey) -> Result<(), WorldError> {
        self.run(world, key)?;
        let redrive = self.faults.iter().find_map(|fault| match fault {
            Fault::Redrive { after_ms } => Some(*after_ms),
            _ => None,
        });
        if let Some(after_ms) = redrive
            && world.execution(key).status() != "SUCCEEDED"
        {
            let moment = world.now() + after_ms;
            world.advance_to(moment)?;
            match world.redrive(key) {
                // Not every execution can be redriven; that it cannot is seen in its history.
                Err(WorldError::Refused(_)) => {}
                redriven => redriven?,
            }
            self.run(world, key)?;
        }
        Ok(())
    }

    fn run(&mut self, world: &mut World, key: ExecutionKey) -> Result<(), WorldError> {
        while world.execution(key).outcome().is_none() && world.step()? {
            self.after_step(world, key)?;
        }
        Ok(())
    }

    fn after_step(&mut self, world: &mut World, key: ExecutionKey) -> Result<(), WorldError> {
        let steps = world.execution(key).journal().len() as u64;
        let due: Vec<Fault> =
            self.faults.iter().filter(|f| f.step().is_some_and(|s| s <= steps)).cloned().collect();
        self.faults.retain(|fault| fault.step().is_none_or(|step| step > steps));
        for fault in due {
            match fault {
                Fault::ClockJump { by_ms, .. } => world.jump(by_ms),
                Fault::EngineCrash { .. } => world.recover(key)?,
                Fault::Stop { error, cause, .. } => {
                    let stopped = world.stop(key, error.map(Into::into), cause.map(Into::into));
                    match stopped {
                        Err(WorldError::Refused(_)) if world.execution(key).outcome().is_some() => {
                        }
                        other => other?,
                    }
                }
                _ => {}
            }
        }
        self.probe(world);
        Ok(())
    }

    /// Does what a correct engine refuses, and notes whether it did.
    fn probe(&mut self, world: &mut World) {
        for index in 0..self.faults.len() {
            let number = self.faults[index].task().and_then(|task| usize::try_from(task).ok());
            if let Some(number) = number.filter(|number| *number < self.scheduled.borrow().len()) {
                self.probe_task(world, number, index);
            }
        }
    }

    fn probe_task(&mut self, world: &mut World, number: usize, fault: usize) {
        let fault = self.faults[fault].clone();
        let mut scheduled = self.scheduled.borrow_mut();
        let one = &mut scheduled[number];
        let Some((key, answer)) = executions(world, &one.execution_arn, one.task) else { return };
        let (what, refused) = match (&fault, answer) {
            (Fault::Duplicate { .. }, Some(answer)) if !one.duplicated => {
                one.duplicated = true;
                ("the same answer once more", world.send(key, answer).is_err())
            }
            (Fault::ReusedToken { .. }, Some(_)) if !one.reused => {
                one.reused = true;
                let heartbeat = Input::TaskHeartbeat { task: one.task };
                ("a heartbeat after the end", world.send(key, heartbeat).is_err())
            }
            (Fault::WrongToken { .. }, None) if !one.wrong => {
                one.wrong = true;
                let output = Payload::empty_object();
                let sent = world.answer_token("a token that nobody was given", |task| {
                    Input::TaskSucceeded { task, output }
                });
                ("a success under a wrong token", sent.is_err())
            }
            (Fault::Malformed { .. }, None) if !one.wrong => {
                one.wrong = true;
                ("an output that is not JSON", Payload::parse("{\"a\": ").is_err())
            }
            _ => return,
        };
        self.probes.push(Probe { fault: fault.kind().into(), what: what.into(), refused });
    }
}

/// The execution that scheduled a task, and the answer that ended the task, if one has.
fn executions(world: &World, arn: &str, wanted: TaskId) -> Option<(ExecutionKey, Option<Input>)> {
    let (key, record) =
        world.executions().find(|(_, record)| &*record.config().execution_arn == arn)?;
    let answer = record.journal().iter().rev().map(|(_, input)| input).find(|input| {
        matches!(input, Input::TaskSucceeded { task, .. } | Input::TaskFailed { task, .. } if *task == wanted)
    });
    Some((key, answer.cloned()))
}

/// A worker to whose answers faults happen.
struct FaultyWorker<W> {
    inner: W,
    altered: Altered,
    scheduled: Rc<RefCell<Vec<Scheduled>>>,
}

impl<W: Worker> Worker for FaultyWorker<W> {
    fn take(&mut self, call: &TaskCall<'_>) -> Option<Answer> {
        let number = self.altered.count();
        self.scheduled.borrow_mut().push(Scheduled {
            execution_arn: call.execution_arn.to_owned(),
            task: call.request.task,
            duplicated: false,
            wrong: false,
            reused: false,
        });
        let answer = self.inner.take(call)?;
        Some(self.altered.alter(number, answer, call.now))
    }
}
