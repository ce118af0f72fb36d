//! A child process that is asked and answers in lines. Whatever it does, asking ends in bounded time.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The longest line that is read: room for a history of 25,000 events.
const LINE_BYTES_MAX: u64 = 64 << 20;
/// How much of the end of its standard error is kept.
const STDERR_BYTES_KEPT: usize = 4096;
/// How long a process that is no longer needed may take to end.
const GRACE: Duration = Duration::from_secs(2);

/// How long to wait for a process to end once its output has: often enough, and not long.
const EXIT_POLL: Duration = Duration::from_millis(5);
const EXIT_POLLS: usize = 40;

/// A running child process.
pub(super) struct Child {
    process: std::process::Child,
    requests: Sender<Vec<u8>>,
    lines: Receiver<Line>,
    stderr: Arc<Mutex<Vec<u8>>>,
    stderr_ended: Receiver<()>,
    asked: u64,
    is_killed: bool,
}

/// What came on standard output.
enum Line {
    Text(String),
    TooLong,
    NotText,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// It took too long.
    TimedOut,
    /// It ended, or wrote something that is not a line of text.
    Broken(String),
}

impl Child {
    pub(super) fn spawn(command: &[String]) -> std::io::Result<Self> {
        let (program, arguments) = command.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
        let mut command = std::process::Command::new(program);
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that what it starts ends with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process = command.spawn()?;
        let missing = || std::io::Error::other("it has no pipe");
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let stderr = process.stderr.take().ok_or_else(missing)?;
        // Threads end when their pipe does, or when nobody listens any more.
        let (requests, to_write) = channel();
        std::thread::Builder::new().spawn(move || write_requests(stdin, &to_write))?;
        let (found, lines) = sync_channel(1);
        std::thread::Builder::new().spawn(move || {
            let mut reader = BufReader::new(stdout);
            while let Some(line) = read_line(&mut reader) {
                let is_last = !matches!(line, Line::Text(_));
                if found.send(line).is_err() || is_last {
                    return;
                }
            }
        })?;
        let tail = Arc::new(Mutex::new(Vec::new()));
        let (ended, stderr_ended) = channel();
        let kept = tail.clone();
        std::thread::Builder::new().spawn(move || {
            keep_tail(stderr, &kept);
            drop(ended);
        })?;
        Ok(Self {
            process,
            requests,
            lines,
            stderr: tail,
            stderr_ended,
            asked: 0,
            is_killed: false,
        })
    }

    /// The number of the next request.
    pub(super) fn next_seq(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// Sends a line and waits for one.
    pub(super) fn ask(&mut self, mut line: Vec<u8>, wait: Duration) -> Result<String, NoAnswer> {
        line.push(b'\n');
        // When it no longer reads, it has ended, and the other pipe says so.
        drop(self.requests.send(line));
        match self.lines.recv_timeout(wait) {
            Ok(Line::Text(text)) => Ok(text),
            Ok(Line::TooLong) => Err(NoAnswer::Broken(format!(
                "it wrote a line of more than {LINE_BYTES_MAX} bytes"
            ))),
            Ok(Line::NotText) => {
                Err(NoAnswer::Broken("it wrote a line that is not UTF-8".to_owned()))
            }
            Err(RecvTimeoutError::Timeout) => Err(NoAnswer::TimedOut),
            Err(RecvTimeoutError::Disconnected) => Err(NoAnswer::Broken(self.end())),
        }
    }

    /// Sends a line that has no answer, and closes its input.
    pub(super) fn tell_last(&mut self, mut line: Vec<u8>) {
        line.push(b'\n');
        drop(self.requests.send(line));
        self.requests = channel().0;
        // It has what it was told when the pipe ends; the end of its output shows that it took it.
        drop(self.lines.recv_timeout(GRACE));
    }

    /// How it ended, after the end of its output.
    fn end(&mut self) -> String {
        for _ in 0..EXIT_POLLS {
            match self.process.try_wait() {
                Ok(None) => std::thread::park_timeout(EXIT_POLL),
                Ok(Some(status)) => return format!("it ended ({status})"),
                Err(error) => return format!("it ended ({error})"),
            }
        }
        "it closed its standard output".to_owned()
    }

    /// The end of what it wrote to standard error, to add to a message; empty when it wrote nothing.
    pub(super) fn stderr_tail(&mut self) -> String {
        // At the end of its input a sound process ends, and has said what it had to say.
        self.requests = channel().0;
        let _ = self.stderr_ended.recv_timeout(GRACE);
        self.kill();
        let tail = self.stderr.lock().unwrap_or_else(|broken| broken.into_inner());
        let text = String::from_utf8_lossy(&tail);
        if text.trim().is_empty() {
            return String::new();
        }
        format!("; the end of its standard error:\n{}", text.trim_end())
    }

    /// Kills it, once, and all it started.
    fn kill(&mut self) {
        if std::mem::replace(&mut self.is_killed, true) {
            return;
        }
        #[cfg(unix)]
        if let Ok(id) = i32::try_from(self.process.id())
            && let Some(group) = rustix::process::Pid::from_raw(id)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

fn write_requests(mut stdin: ChildStdin, requests: &Receiver<Vec<u8>>) {
    while let Ok(line) = requests.recv() {
        if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

/// The next line without its end; `None` at the end of the output.
fn read_line(reader: &mut BufReader<ChildStdout>) -> Option<Line> {
    let mut line = Vec::new();
    let read = reader.take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line).ok()?;
    if read == 0 {
        return None;
    }
    if read as u64 > LINE_BYTES_MAX {
        return Some(Line::TooLong);
    }
    Some(String::from_utf8(line).map_or(Line::NotText, |text| Line::Text(text.trim_end().into())))
}

fn keep_tail(mut stderr: ChildStderr, kept: &Mutex<Vec<u8>>) {
    let mut chunk = [0; 1024];
    while let Ok(read) = stderr.read(&mut chunk) {
        if read == 0 {
            return;
        }
        let mut tail = kept.lock().unwrap_or_else(|broken| broken.into_inner());
        tail.extend_from_slice(&chunk[..read]);
        let excess = tail.len().saturating_sub(STDERR_BYTES_KEPT);
        tail.drain(..excess);
    }
}
