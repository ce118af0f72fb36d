//! AWS's throttling, as an option: a token bucket for each operation, with the sizes and refill rates that AWS
//! documents for its big regions.

use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use tokio::time::Instant;

use crate::error::ApiError;
use crate::protocol::model;

/// `StartExecution` of an EXPRESS machine has a quota of its own.
pub(super) const START_EXPRESS: &str = "StartExecution EXPRESS";

#[derive(Debug)]
pub(super) struct Throttle {
    buckets: IndexMap<&'static str, Mutex<Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    size: f64,
    refill_per_second: f64,
    tokens: f64,
    filled: Instant,
}

impl Throttle {
    pub(super) fn new() -> Self {
        let bucket = |name: &'static str| {
            let (size, refill_per_second) = quota(name);
            let bucket = Bucket { size, refill_per_second, tokens: size, filled: Instant::now() };
            (name, Mutex::new(bucket))
        };
        let operations = model().operations().map(|operation| operation.name.as_str());
        Self { buckets: operations.chain([START_EXPRESS]).map(bucket).collect() }
    }

    /// Takes a token for a call.
    ///
    /// # Errors
    /// `ThrottlingException` when there is none.
    pub(super) fn admit(&self, operation: &str) -> Result<(), ApiError> {
        let Some(bucket) = self.buckets.get(operation) else { return Ok(()) };
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let since = now.duration_since(bucket.filled).as_secs_f64();
        bucket.filled = now;
        bucket.tokens = (bucket.tokens + since * bucket.refill_per_second).min(bucket.size);
        if bucket.tokens < 1.0 {
            return Err(ApiError::new("ThrottlingException", "Rate exceeded"));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

/// Bucket size and refill rate of an operation.
fn quota(operation: &str) -> (f64, f64) {
    match operation {
        "StartExecution" | "RedriveExecution" => (1_300.0, 300.0),
        START_EXPRESS | "StartSyncExecution" => (6_000.0, 6_000.0),
        "StopExecution" => (1_000.0, 200.0),
        "DescribeExecution" => (300.0, 15.0),
        "DescribeStateMachine" => (200.0, 20.0),
        "GetExecutionHistory" => (400.0, 20.0),
        "GetActivityTask" | "SendTaskSuccess" | "SendTaskFailure" | "SendTaskHeartbeat" => {
            (3_000.0, 500.0)
        }
        "ListExecutions" => (200.0, 5.0),
        "ListStateMachines" => (100.0, 5.0),
        "ListActivities" => (100.0, 10.0),
        "TestState" => (50.0, 10.0),
        "TagResource" | "UntagResource" => (200.0, 1.0),
        _ if operation.starts_with("Describe") => (200.0, 1.0),
        _ => (100.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills_again() {
        let throttle = Throttle::new();
        let admitted =
            || (0..2_000).filter(|_| throttle.admit("ListStateMachines").is_ok()).count();
        assert_eq!(admitted(), 100);
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(admitted(), 15);
        tokio::time::advance(Duration::from_secs(3_600)).await;
        assert_eq!(admitted(), 100);
        let started = |quota| (0..20_000).filter(|_| throttle.admit(quota).is_ok()).count();
        assert_eq!((started("StartExecution"), started(START_EXPRESS)), (1_300, 6_000));
        assert_eq!(throttle.admit("DescribeExecution"), Ok(()));
        let refused = throttle.admit("ListStateMachines").expect_err("is empty");
        assert_eq!((&*refused.code, refused.status), ("ThrottlingException", 400));
    }
}
