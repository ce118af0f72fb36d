//! The values everything else is made of: JSON payloads, moments in time and random streams.

mod payload;
mod random;
mod text;
mod timestamp;

pub use payload::{Payload, PayloadError};
pub use random::RandomStream;
pub use text::{JsonTextError, measure, parse_json};
pub use timestamp::{Timestamp, TimestampError};
