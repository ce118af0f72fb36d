//! Ids of requests: distinct, in the form of UUIDs, and the same again for the same seed and order of requests.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub(super) struct RequestIds {
    seed: u64,
    next: AtomicU64,
}

impl RequestIds {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(0) }
    }

    pub(super) fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let high = mix(self.seed ^ mix(number));
        let low = mix(high ^ number);
        let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0x0fff | 0x4000);
        let (d, e) = (low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
        format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
    }
}

/// The finaliser of splitmix64: every bit of the input reaches every bit of the result.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_distinct_and_repeat_with_the_seed() {
        let (ids, again) = (RequestIds::new(7), RequestIds::new(7));
        let drawn: Vec<_> = (0..1_000).map(|_| ids.next()).collect();
        assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), 1_000);
        assert!(drawn.iter().all(|id| *id == again.next() && id.len() == 36));
        assert_ne!(RequestIds::new(8).next(), drawn[0]);
    }
}
