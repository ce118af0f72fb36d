//! What the suite and an engine in another process say to each other: one JSON object a line.
//!
//! The suite asks on the engine's standard input; the engine answers every request, in order, on its standard
//! output. [`Request`] and [`Reply`] are the whole protocol; `protocol.schema.json` is made from them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::Case;
use crate::engine::{Budget, EngineInfo, Observation};

/// The version of the protocol. It changes when an engine written for the old one would break.
pub const VERSION: u64 = 1;

/// A line to the engine.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// The number of the request: 1, 2, 3, …
    pub seq: u64,
    /// What is asked.
    #[serde(flatten)]
    pub command: Command,
}

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "cmd", rename_all = "snake_case")]
pub enum Command {
    /// The first request: who are you? Answered with `started`.
    Start {
        /// The version of the protocol the suite speaks.
        version: u64,
    },
    /// Run this case. Answered with `ran`, `skipped` or `errored`.
    Run {
        /// The case, without what must come out of it.
        case: Box<Case>,
        /// What it may use up.
        budget: Budget,
    },
    /// The last request. It is not answered: the engine ends.
    Stop,
}

/// A line from the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reply {
    /// The number of the request that is answered.
    pub seq: u64,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// To `start`.
    Started {
        /// The version of the protocol the engine speaks.
        version: u64,
        /// What it is.
        engine: EngineInfo,
    },
    /// The case ran; this was seen.
    Ran(Observation),
    /// The engine cannot run the case, for this reason.
    Skipped(String),
    /// The engine broke on the case, in this way.
    Errored(String),
}

impl Reply {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it, for the author of the engine.
    pub fn parse(line: &str) -> Result<Self, String> {
        let mut reply: serde_json::Map<String, Value> =
            serde_json::from_str(line).map_err(|error| format!("not a JSON object: {error}"))?;
        let seq = match reply.shift_remove("seq") {
            Some(seq) => seq.as_u64().ok_or_else(|| format!("`seq` is not a number: {seq}"))?,
            None => return Err("`seq` is missing".to_owned()),
        };
        // Not `from_str::<Reply>`: flattened enums tell nothing of what is wrong inside them.
        let answer = Answer::deserialize(Value::Object(reply)).map_err(|e| e.to_string())?;
        if let Answer::Ran(Observation::Execution(seen)) = &answer
            && seen.status.is_empty()
        {
            return Err("an execution needs its `status`".to_owned());
        }
        Ok(Self { seq, answer })
    }
}

/// Any line of the protocol.
#[derive(JsonSchema)]
#[schemars(rename = "Stepclock engine protocol, version 1", untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum Line {
    Request(Request),
    Reply(Reply),
}

/// The JSON Schema of a line of the protocol.
#[must_use]
pub fn json_schema() -> Value {
    schemars::schema_for!(Line).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_flat() {
        let text = |command| {
            serde_json::to_string(&Request { seq: 1, command }).expect("requests are JSON")
        };
        assert_eq!(text(Command::Start { version: 1 }), r#"{"seq":1,"cmd":"start","version":1}"#);
        assert_eq!(text(Command::Stop), r#"{"seq":1,"cmd":"stop"}"#);
    }

    #[test]
    fn replies_may_leave_out_what_the_engine_does_not_have() {
        let reply = Reply::parse(r#"{"seq":2,"ran":{"execution":{"status":"SUCCEEDED"}}}"#);
        let Ok(Reply { seq: 2, answer: Answer::Ran(Observation::Execution(seen)) }) = reply else {
            panic!("not an execution: {reply:?}");
        };
        assert!(seen.history.is_empty() && seen.output.is_none());
        let reply = Reply::parse(
            r#"{"started":{"version":1,"engine":{"name":"x","version":"0"}},"seq":1}"#,
        );
        assert!(reply.is_ok(), "{reply:?}");
    }

    #[test]
    fn faulty_replies_say_what_is_wrong() {
        let wrong = |line| Reply::parse(line).expect_err("it is faulty");
        assert!(wrong("hello").contains("not a JSON object"));
        assert!(wrong(r#"{"skipped":"x"}"#).contains("`seq` is missing"));
        assert!(wrong(r#"{"seq":1,"went":"x"}"#).contains("unknown variant `went`"));
        assert!(wrong(r#"{"seq":1,"ran":{"execution":{"state":"x"}}}"#).contains("unknown field"));
        assert!(wrong(r#"{"seq":1,"ran":{"execution":{}}}"#).contains("`status`"));
        let twice = wrong(r#"{"seq":1,"skipped":"x","errored":"y"}"#);
        assert!(twice.contains("single key"), "{twice}");
    }
}
