//! Logs of executions, a line of JSON an event, as CloudWatch Logs gets them (recordings `logs.base.…`).

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;

use serde_json::{Map, Value, json};
use stepclock_engine::history::{EventDetails, HistoryEvent, event_to_json};

use super::Subject;

/// Bytes of a line: AWS cuts what is longer.
const LINE_BYTES_MAX: usize = 248 << 10;

/// Members of details that are data.
const DATA: [&str; 4] = ["input", "output", "parameters", "assignedVariables"];

/// Where the logs of executions go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogTarget {
    /// Standard output.
    Stdout,
    /// The end of a file.
    File(PathBuf),
}

/// `loggingConfiguration.level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogLevel {
    Off,
    Fatal,
    Error,
    All,
}

/// What of an execution is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogSettings {
    pub(crate) level: LogLevel,
    /// `includeExecutionData`.
    pub(crate) data: bool,
}

/// Writes lines on a thread of its own.
#[derive(Debug)]
pub(crate) struct ExecutionLog {
    /// Lines of events that are not durable yet.
    pending: String,
    sender: Option<mpsc::Sender<String>>,
    thread: Option<JoinHandle<()>>,
}

impl LogSettings {
    /// Reads a complete `loggingConfiguration`.
    pub(crate) fn read(configuration: &Value) -> Self {
        let level = match configuration["level"].as_str() {
            Some("ALL") => LogLevel::All,
            Some("ERROR") => LogLevel::Error,
            Some("FATAL") => LogLevel::Fatal,
            _ => LogLevel::Off,
        };
        Self { level, data: configuration["includeExecutionData"].as_bool().unwrap_or(false) }
    }

    /// Whether events of this kind are logged (the table "Log levels" of the developer guide).
    fn admits(self, details: &EventDetails) -> bool {
        let name = details.type_name();
        let failed = || ["Failed", "TimedOut", "Aborted"].iter().any(|end| name.ends_with(end));
        match self.level {
            LogLevel::Off => false,
            LogLevel::Fatal => failed() && details.is_terminal(),
            LogLevel::Error => failed() || name == "FailStateEntered",
            LogLevel::All => true,
        }
    }
}

impl ExecutionLog {
    /// # Errors
    /// When the file cannot be opened, or the thread cannot be started.
    pub(crate) fn open(target: &LogTarget) -> io::Result<Self> {
        let mut output: Box<dyn Write + Send> = match target {
            LogTarget::Stdout => Box::new(io::stdout()),
            LogTarget::File(path) => {
                Box::new(OpenOptions::new().create(true).append(true).open(path)?)
            }
        };
        let (sender, lines) = mpsc::channel::<String>();
        let write = move || {
            while let Ok(lines) = lines.recv() {
                let written = output.write_all(lines.as_bytes()).and_then(|()| output.flush());
                if let Err(error) = written {
                    tracing::error!(%error, "cannot write the log of executions");
                }
            }
        };
        let thread = std::thread::Builder::new().name("execution log".to_owned()).spawn(write)?;
        Ok(Self { pending: String::new(), sender: Some(sender), thread: Some(thread) })
    }

    /// Adds an event, if the machine's configuration asks for it.
    pub(crate) fn record(&mut self, subject: &Subject<'_>, event: &HistoryEvent) {
        if subject.logging.admits(&event.details) {
            self.pending += &cut(line(subject, event));
            self.pending.push('\n');
        }
    }

    /// What is to be done when the events so far are durable.
    pub(crate) fn take(&mut self) -> Option<impl FnOnce() + Send + use<>> {
        if self.pending.is_empty() {
            return None;
        }
        let lines = std::mem::take(&mut self.pending);
        let sender = self.sender.clone()?;
        // The writer may have ended; nothing is to be done about it here.
        Some(move || drop(sender.send(lines)))
    }

    /// Drops what is not durable: it has not happened.
    pub(crate) fn forget(&mut self) {
        self.pending.clear();
    }
}

impl Drop for ExecutionLog {
    /// Waits until everything is written.
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

/// An event as it is logged. All numbers are texts.
fn line(subject: &Subject<'_>, event: &HistoryEvent) -> Value {
    let written = event_to_json(event);
    let details = written.as_object().into_iter().flatten();
    let details = details.filter(|(name, _)| name.ends_with("EventDetails")).map(|(_, of)| of);
    let mut details: Map<String, Value> = details
        .filter_map(Value::as_object)
        .flatten()
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    if !subject.logging.data {
        for member in DATA {
            details.shift_remove(member);
            details.shift_remove(&format!("{member}Details"));
        }
    }
    json!({
        "id": event.id.to_string(),
        "type": event.details.type_name(),
        "details": details,
        "previous_event_id": event.previous_event_id.to_string(),
        "event_timestamp": event.timestamp.as_millis().to_string(),
        "execution_arn": subject.row.arn,
        "redrive_count": subject.redrives.to_string(),
    })
}

/// A line as text, its data shortened until it fits. That it was shortened is said as the API's reference has it
/// (`HistoryEventExecutionDataDetails`); which part AWS leaves is not known, we leave the beginning.
fn cut(mut line: Value) -> String {
    loop {
        let text = line.to_string();
        let Some(excess) = text.len().checked_sub(LINE_BYTES_MAX).filter(|excess| *excess > 0)
        else {
            return text;
        };
        let Some(details) = line["details"].as_object_mut() else { return text };
        let size = |member: &&str| details.get(*member).map_or(0, |data| data.to_string().len());
        // An empty text has two quotes, an empty object two braces.
        let Some(member) = DATA.into_iter().filter(|member| size(member) > 2).max_by_key(size)
        else {
            return text;
        };
        let shorter = match &details[member] {
            Value::String(data) => Value::String(shortened(data, excess)),
            _ => Value::Object(Map::new()),
        };
        details.insert(member.to_owned(), shorter);
        details.insert(format!("{member}Details"), json!({"truncated": true}));
    }
}

/// The text without its end, which is at least this long when written as JSON.
fn shortened(text: &str, excess: usize) -> String {
    let mut removed = 0;
    let mut kept = text.len();
    for (at, character) in text.char_indices().rev() {
        if removed >= excess {
            break;
        }
        removed += match character {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            control if control < ' ' => 6,
            other => other.len_utf8(),
        };
        kept = at;
    }
    text[..kept].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_lose_the_end_of_their_data() {
        let data = "\"é\u{1}x".repeat(100_000);
        let line = |input: &str, output: &str| json!({"id": "1", "details": {"name": "n", "input": input, "output": output}});
        let short = line("a", "b");
        assert_eq!(cut(short.clone()), short.to_string());
        let text = cut(line(&data, "kept"));
        assert!((LINE_BYTES_MAX - 100..=LINE_BYTES_MAX).contains(&text.len()), "{}", text.len());
        let read: Value = serde_json::from_str(&text).expect("is JSON");
        let details = &read["details"];
        assert_eq!(details["inputDetails"], json!({"truncated": true}));
        assert!(data.starts_with(details["input"].as_str().expect("is a text")));
        assert_eq!((&details["output"], &details["name"]), (&json!("kept"), &json!("n")));
        let both = cut(line(&data, &data));
        assert!(both.len() <= LINE_BYTES_MAX, "{}", both.len());
        let variables = json!({"details": {"assignedVariables": {"v": data}}});
        assert!(cut(variables).len() < 200);
    }
}
