//! Signatures that were used: one may be used once, where that is asked for.
//!
//! AWS does not ask for it: whoever sees a request may send it again until its signature expires. And equal requests that
//! a client signs within one second have equal signatures (boto3's have; measured), so that this refuses some that are
//! honest: it is for those who rather have that.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use stepclock_engine::data::Timestamp;

/// Signatures that are remembered: 2,700 requests a second until the first expire.
const USED_MAX: usize = 1 << 20;

/// Signatures that have not expired, with the moments when they will.
#[derive(Debug, Default)]
pub(super) struct Used(Mutex<BTreeSet<(Timestamp, [u8; 32])>>);

/// Why a signature may not be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It was used before.
    Again,
    /// It could not be remembered.
    Full,
}

impl Used {
    /// Uses a signature that is valid until a moment.
    pub(super) fn take(
        &self,
        signature: [u8; 32],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), Unusable> {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while used.first().is_some_and(|(until, _)| *until < now) {
            used.pop_first();
        }
        if used.contains(&(until, signature)) {
            return Err(Unusable::Again);
        }
        if used.len() >= USED_MAX {
            return Err(Unusable::Full);
        }
        used.insert((until, signature));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_expired_is_forgotten() {
        let used = Used::default();
        let at = Timestamp::from_millis;
        assert_eq!(used.take([1; 32], at(10), at(5)), Ok(()));
        assert_eq!(used.take([2; 32], at(10), at(5)), Ok(()));
        assert_eq!(used.take([1; 32], at(10), at(10)), Err(Unusable::Again));
        assert_eq!(used.take([3; 32], at(20), at(11)), Ok(()));
        assert_eq!(used.0.lock().expect("is sound").len(), 1);
    }
}
