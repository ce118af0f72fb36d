//! Seeded random streams: one for each concern, so that a new draw in one does not shift another.

use rand_core::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::Timestamp;

/// A deterministic stream of random values. The same seed and label give the same stream on every
/// platform and in every release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomStream(Xoshiro256PlusPlus);

impl RandomStream {
    /// A stream for `concern` (for example `"jitter"`), split from a seed.
    #[must_use]
    pub fn new(seed: u64, concern: &str) -> Self {
        // FNV-1a: spreads the label over the seed; the generator's own seeding does the mixing.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in concern.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self(Xoshiro256PlusPlus::seed_from_u64(seed ^ hash))
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A uniform integer in `0..bound`; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The high half of a 128-bit product: bias below 2^-64 per value, and no loop.
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A uniform double in `[0, 1)` with 53 random bits.
    pub fn unit_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A version 4 UUID in its 36-character form.
    pub fn uuid(&mut self) -> String {
        let high = (self.next_u64() & 0xffff_ffff_ffff_0fff) | 0x4000;
        self.uuid_of(high)
    }

    /// A version 7 UUID in its 36-character form: it begins with a moment, so that later ones sort behind earlier ones.
    pub fn uuid_at(&mut self, moment: Timestamp) -> String {
        let millis = moment.as_millis().cast_unsigned() & 0xffff_ffff_ffff;
        let high = (millis << 16) | 0x7000 | (self.next_u64() & 0x0fff);
        self.uuid_of(high)
    }

    /// A UUID that begins so, and goes on with what is drawn.
    fn uuid_of(&mut self, high: u64) -> String {
        let low = (self.next_u64() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_one_seed_differ_by_concern() {
        let mut a = RandomStream::new(7, "jitter");
        let mut b = RandomStream::new(7, "uuid");
        assert_ne!(a.next_u64(), b.next_u64());
        assert_eq!(RandomStream::new(7, "jitter").uuid(), RandomStream::new(7, "jitter").uuid());
    }

    #[test]
    fn uuids_of_moments_sort_by_them() {
        let mut drawn = RandomStream::new(1, "uuid");
        let mut at = |millis: i64| drawn.uuid_at(Timestamp::from_millis(millis));
        let (first, second) = (at(1_767_225_600_000), at(1_767_225_600_001));
        // RFC 9562, 5.7: 48 bits of milliseconds, then the version.
        assert_eq!((&first[..15], &second[..15]), ("019b76da-a800-7", "019b76da-a801-7"));
        assert!(first < second);
        assert_ne!(at(1_767_225_600_000), first);
    }

    #[test]
    fn uuids_have_version_and_variant() {
        let text = RandomStream::new(1, "uuid").uuid();
        assert_eq!(text.len(), 36);
        assert_eq!(text.as_bytes()[14], b'4');
        assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
