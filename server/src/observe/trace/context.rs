//! Which trace an execution belongs to, and below which span: the header that X-Ray defines and `StartExecution`
//! takes as `traceHeader`.

use sha2::{Digest, Sha256};
use stepclock_engine::data::Timestamp;

/// The id of a trace.
pub(crate) type TraceId = [u8; 16];
/// The id of a span.
pub(crate) type SpanId = [u8; 8];

/// A trace, and a span in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    pub(crate) trace: TraceId,
    /// The span that whatever comes next stands below.
    pub(crate) parent: Option<SpanId>,
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    /// Go on with this trace.
    Sampled(TraceContext),
    /// Do not trace.
    NotSampled,
}

impl TraceContext {
    /// A new trace. Its first four bytes are the moment, as X-Ray wants them.
    pub(crate) fn new(execution_arn: &str, seed: u64, started: Timestamp) -> Self {
        let seconds = u32::try_from(started.as_millis() / 1_000).unwrap_or_default();
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        hash.update(execution_arn);
        let mut trace = [0; 16];
        trace[..4].copy_from_slice(&seconds.to_be_bytes());
        trace[4..].copy_from_slice(&hash.finalize()[..12]);
        Self { trace, parent: None }
    }

    /// As X-Ray writes it: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
    #[must_use]
    pub fn header(&self) -> String {
        let trace = hex(&self.trace);
        let parent = self.parent.map(|id| format!(";Parent={}", hex(&id))).unwrap_or_default();
        format!("Root=1-{}-{}{parent};Sampled=1", &trace[..8], &trace[8..])
    }

    /// As the W3C's `traceparent`; there is none without a span.
    #[must_use]
    pub fn traceparent(&self) -> Option<String> {
        Some(format!("00-{}-{}-01", hex(&self.trace), hex(&self.parent?)))
    }
}

impl Header {
    /// Reads a header; `None` when it names no trace.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let field = |wanted: &str| {
            text.split(';').find_map(|pair| {
                let (name, value) = pair.trim().split_once('=')?;
                name.eq_ignore_ascii_case(wanted).then_some(value)
            })
        };
        if field("Sampled") == Some("0") {
            return Some(Self::NotSampled);
        }
        let mut root = field("Root")?.split('-');
        let ("1", time, rest, None) = (root.next()?, root.next()?, root.next()?, root.next())
        else {
            return None;
        };
        let trace = unhex(&format!("{time}{rest}"))?;
        let parent = field("Parent").and_then(unhex);
        Some(Self::Sampled(TraceContext { trace, parent }))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    crate::auth::unhex(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_written() {
        let text = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        let Some(Header::Sampled(context)) = Header::read(text) else { panic!("it is a header") };
        assert_eq!(context.parent, Some([0x53, 0x99, 0x5c, 0x3f, 0x42, 0xcd, 0x8a, 0xd8]));
        assert_eq!(context.trace[..4], [0x57, 0x59, 0xe9, 0x88]);
        assert_eq!(context.header(), text);
        let traceparent = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";
        assert_eq!(context.traceparent().as_deref(), Some(traceparent));
        assert_eq!(
            Header::read("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0"),
            Some(Header::NotSampled)
        );
        for text in
            ["", "Root=", "Root=1-57-58", "Root=2-5759e988-bd862e3fe1be46a994272793", "Root=1-é-é"]
        {
            assert_eq!(Header::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_new_trace_begins_with_its_moment() {
        let context = TraceContext::new("arn", 7, Timestamp::DEFAULT_EPOCH);
        assert_eq!(context.trace[..4], 1_767_225_600_u32.to_be_bytes());
        assert_ne!(context, TraceContext::new("arn", 8, Timestamp::DEFAULT_EPOCH));
    }
}
