//! How long to wait before a retry.

use crate::asl::Retrier;
use crate::data::RandomStream;
use crate::limits;

/// The delay before retry `attempt` (from 1) of a retrier, in milliseconds:
/// `min(IntervalSeconds · BackoffRate^(attempt-1), MaxDelaySeconds)`; with full jitter, uniform between 0
/// and that, drawn after the cap.
pub(super) fn delay_ms(retrier: &Retrier, attempt: u64, jitter: &mut RandomStream) -> i64 {
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let seconds = retrier.interval_seconds as f64 * retrier.backoff_rate.powi(exponent);
    let cap = retrier.max_delay_seconds.unwrap_or(limits::SECONDS_MAX) as f64;
    // Not finite when the rate has overflowed: then the cap applies.
    let seconds = if seconds.is_finite() { seconds.min(cap) } else { cap };
    let millis = (seconds * 1_000.0).round() as i64;
    if retrier.full_jitter { jitter.below(millis.unsigned_abs() + 1) as i64 } else { millis }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier(max_delay_seconds: Option<u64>, full_jitter: bool) -> Retrier {
        Retrier {
            error_equals: vec!["States.ALL".into()],
            interval_seconds: 2,
            max_attempts: 10,
            backoff_rate: 2.0,
            max_delay_seconds,
            full_jitter,
        }
    }

    #[test]
    fn delays_grow_and_are_capped() {
        let mut jitter = RandomStream::new(0, "jitter");
        let delays = |retrier: &Retrier, jitter: &mut _| {
            (1..=5).map(|attempt| delay_ms(retrier, attempt, jitter)).collect::<Vec<_>>()
        };
        assert_eq!(
            delays(&retrier(None, false), &mut jitter),
            [2_000, 4_000, 8_000, 16_000, 32_000]
        );
        assert_eq!(
            delays(&retrier(Some(5), false), &mut jitter),
            [2_000, 4_000, 5_000, 5_000, 5_000]
        );
    }

    #[test]
    fn full_jitter_stays_within_the_capped_delay() {
        let mut jitter = RandomStream::new(1, "jitter");
        let retrier = retrier(Some(5), true);
        let drawn: Vec<_> = (0..100).map(|_| delay_ms(&retrier, 9, &mut jitter)).collect();
        assert!(drawn.iter().all(|delay| (0..=5_000).contains(delay)));
        assert!(drawn.iter().any(|delay| *delay != drawn[0]));
    }

    #[test]
    fn an_overflowing_rate_is_capped() {
        let mut jitter = RandomStream::new(0, "jitter");
        assert_eq!(delay_ms(&retrier(Some(60), false), 90_000, &mut jitter), 60_000);
    }
}
