//! A span that has ended.

use std::sync::Arc;

use stepclock_engine::data::Timestamp;
use stepclock_engine::history::Failure;

use super::context::{SpanId, TraceId};

/// A span that has ended, with everything that is told of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    pub(crate) trace: TraceId,
    pub(crate) id: SpanId,
    pub(crate) parent: Option<SpanId>,
    /// A span it continues.
    pub(crate) link: Option<SpanId>,
    pub(crate) name: Arc<str>,
    pub(crate) kind: SpanKind,
    pub(crate) started: Timestamp,
    pub(crate) ended: Timestamp,
    pub(crate) attributes: Vec<(&'static str, Attribute)>,
    pub(crate) notes: Vec<Note>,
    /// Why it did not succeed.
    pub(crate) problem: Option<String>,
}

/// Bytes of a problem: a cause may have 32 KiB, and many spans may wait for a slow collector.
const PROBLEM_BYTES_MAX: usize = 4_096;

/// How a span stands to what is beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanKind {
    /// Somebody asked for it: an execution.
    Server,
    /// Part of an execution.
    Internal,
    /// A call of somebody else: an attempt of a task.
    Client,
}

/// An attribute's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attribute {
    Text(Arc<str>),
    Number(u64),
}

/// Something that happened during a span.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Note {
    pub(crate) at: Timestamp,
    pub(crate) name: &'static str,
    pub(crate) attributes: Vec<(&'static str, Attribute)>,
}

/// How a span ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Succeeded,
    /// With what the history says of it, which may be nothing.
    Failed(Failure),
    TimedOut(Failure),
    /// By a request, or by the failure of something beside it.
    Aborted(Failure),
}

impl End {
    /// The word AWS has for it.
    pub(crate) fn status(&self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed(_) => "FAILED",
            Self::TimedOut(_) => "TIMED_OUT",
            Self::Aborted(_) => "ABORTED",
        }
    }

    /// Why it did not succeed.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Succeeded => None,
            Self::Failed(failure) | Self::TimedOut(failure) | Self::Aborted(failure) => {
                Some(failure)
            }
        }
    }

    /// The same in words.
    pub(crate) fn problem(&self) -> Option<String> {
        let failure = self.failure()?;
        let parts: Vec<&str> = [&failure.error, &failure.cause]
            .into_iter()
            .flatten()
            .map(|part| &**part)
            .filter(|part| !part.is_empty())
            .collect();
        let mut problem = parts.join(": ");
        problem.truncate(problem.floor_char_boundary(PROBLEM_BYTES_MAX));
        Some(problem)
    }
}
