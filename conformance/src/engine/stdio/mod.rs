//! Engines in other processes and any language: a child process that speaks a small protocol of JSON lines.
//!
//! Every case has a budget of real time. A child that does not answer in time is killed, and the next case
//! starts a new one; one that dies or writes something else than an answer is an error of that case, shown with
//! the end of its standard error. `docs/protocol.md` is for authors of engines.

mod child;
pub mod protocol;

use std::sync::Mutex;
use std::time::Duration;

use super::{Budget, Engine, EngineInfo, Ran};
use crate::case::{Case, Expect, Kind, Placeholders};
use child::{Child, NoAnswer};
use protocol::{Answer, Command, Reply, Request};

/// How long an engine may take to introduce itself: a JIT or a virtual machine starts slowly.
const START_WALL: Duration = Duration::from_secs(60);
/// How much of a line that is no answer is shown.
const SHOWN_CHARS: usize = 200;

/// An engine behind a child process. Several cases at once use several processes.
pub struct StdioEngine {
    command: Vec<String>,
    info: EngineInfo,
    /// Processes that wait for a case.
    idle: Mutex<Vec<Child>>,
}

/// Why an engine could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// There is no command, or its quotes do not match.
    #[error("`{0}` is not a command line: it is empty or a quote is not closed")]
    Command(String),
    /// The program could not be run.
    #[error("cannot run `{command}`: {source}")]
    Spawn {
        /// The command.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// It did not introduce itself as it should.
    #[error("`{command}` was asked `{{\"seq\":1,\"cmd\":\"start\",\"version\":1}}`, and {reason}")]
    Start {
        /// The command.
        command: String,
        /// What it did instead.
        reason: String,
    },
}

impl StdioEngine {
    /// Starts an engine: a program and its arguments, quoted as in a shell.
    ///
    /// # Errors
    /// When there is no such program or it does not introduce itself.
    pub fn launch(command: &str) -> Result<Self, LaunchError> {
        let parts = shlex::split(command).filter(|parts| !parts.is_empty());
        let parts = parts.ok_or_else(|| LaunchError::Command(command.to_owned()))?;
        let (child, info) = start(&parts)?;
        Ok(Self { command: parts, info, idle: Mutex::new(vec![child]) })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Child>> {
        self.idle.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

impl Engine for StdioEngine {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn run(&self, case: &Case, budget: &Budget) -> Ran {
        let question = match question(case) {
            Ok(question) => Box::new(question),
            Err(reason) => return Ran::Skipped(reason.to_owned()),
        };
        let waiting = self.idle().pop();
        let started = || start(&self.command).map(|(child, _)| child);
        let mut child = match waiting.map_or_else(started, Ok) {
            Ok(child) => child,
            Err(error) => return Ran::Errored(error.to_string()),
        };
        let command = Command::Run { case: question, budget: *budget };
        match ask(&mut child, command, Duration::from_millis(budget.wall_ms)) {
            Ok(answer) => {
                let ran = match answer {
                    Answer::Ran(observed) => Ran::Ran(observed),
                    Answer::Skipped(reason) => Ran::Skipped(reason),
                    Answer::Errored(reason) => Ran::Errored(reason),
                    Answer::Started { .. } => {
                        Ran::Errored("it answered a case with `started`".to_owned())
                    }
                };
                self.idle().push(child);
                ran
            }
            Err(NoAnswer::TimedOut) => Ran::TimedOut,
            Err(NoAnswer::Broken(reason)) => Ran::Errored(reason + &child.stderr_tail()),
        }
    }
}

impl Drop for StdioEngine {
    fn drop(&mut self) {
        for mut child in self.idle().drain(..) {
            let request = Request { seq: child.next_seq(), command: Command::Stop };
            if let Ok(line) = serde_json::to_vec(&request) {
                child.tell_last(line);
            }
        }
    }
}

/// The case as the engine gets it: without what must come out.
fn question(case: &Case) -> Result<Case, &'static str> {
    if case.kind == Kind::Api {
        // Its later requests name what its answers tell.
        return Err("sequences of operations would be sent with what must be answered");
    }
    if case.expect.history_is_prefix {
        return Err("it was recorded while it still ran; when, the case does not say");
    }
    if case.expect.status.as_deref() == Some("ABORTED") && case.faults.is_empty() {
        return Err("its caller stopped it; when, the case does not say");
    }
    Ok(Case { expect: Expect::default(), placeholders: Placeholders::default(), ..case.clone() })
}

fn start(command: &[String]) -> Result<(Child, EngineInfo), LaunchError> {
    let shown = || shlex::try_join(command.iter().map(String::as_str)).unwrap_or_default();
    let mut child =
        Child::spawn(command).map_err(|source| LaunchError::Spawn { command: shown(), source })?;
    let asked = Command::Start { version: protocol::VERSION };
    let reason = match ask(&mut child, asked, START_WALL) {
        Ok(Answer::Started { version: protocol::VERSION, engine }) => return Ok((child, engine)),
        Ok(Answer::Started { version, .. }) => {
            format!("it speaks version {version} of the protocol")
        }
        Ok(_) => "it answered with something else than `started`".to_owned(),
        Err(NoAnswer::TimedOut) => {
            let seconds = START_WALL.as_secs();
            format!("it said nothing for {seconds} s{}", child.stderr_tail())
        }
        Err(NoAnswer::Broken(reason)) => reason + &child.stderr_tail(),
    };
    Err(LaunchError::Start { command: shown(), reason })
}

fn ask(child: &mut Child, command: Command, wait: Duration) -> Result<Answer, NoAnswer> {
    let broken = |reason: String| NoAnswer::Broken(reason);
    let seq = child.next_seq();
    let line = serde_json::to_vec(&Request { seq, command }).map_err(|e| broken(e.to_string()))?;
    let line = child.ask(line, wait)?;
    let reply = Reply::parse(&line).map_err(|wrong| {
        let shown: String = line.chars().take(SHOWN_CHARS).collect();
        broken(format!("it wrote a line that is not an answer ({wrong}): {shown}"))
    })?;
    if reply.seq != seq {
        return Err(broken(format!("it answered request {} when asked {seq}", reply.seq)));
    }
    Ok(reply.answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_expected_is_sent() {
        let case = |kind| Case {
            kind,
            expect: Expect { status: Some("SUCCEEDED".to_owned()), ..Expect::default() },
            ..Case::default()
        };
        let sent = question(&case(Kind::Result)).expect("can be sent");
        assert!(sent.expect.is_nothing());
        assert!(question(&case(Kind::Api)).is_err(), "its steps tell what they expect");
    }
}
