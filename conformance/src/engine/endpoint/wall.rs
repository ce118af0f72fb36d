//! The wall clock. An endpoint runs in real time: calls are dated, and between two looks at an execution the adapter
//! waits.

use std::time::Duration;

use stepclock_engine::data::Timestamp;

/// Now.
#[expect(clippy::disallowed_methods, reason = "calls of an endpoint are signed with their date")]
pub(super) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_millis(since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0)))
}

/// Waits.
#[expect(clippy::disallowed_methods, reason = "an endpoint in real time is looked at now and then")]
pub(super) fn pause(time: Duration) {
    std::thread::sleep(time);
}
