//! `--shard I/N`: one of several parts of a run, for as many machines.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// One part of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which, from 1.
    part: u64,
    /// Of how many.
    of: u64,
}

impl Default for Shard {
    fn default() -> Self {
        Self { part: 1, of: 1 }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(part, of)| {
            let shard = Self { part: part.parse().ok()?, of: of.parse().ok()? };
            (1..=shard.of).contains(&shard.part).then_some(shard)
        });
        parsed.ok_or_else(|| "write it as 1/8: a part from 1, and how many there are".to_owned())
    }
}

impl Shard {
    /// Whether the thing of this index, from 0, is in this part.
    pub(super) fn has(self, index: usize) -> bool {
        index as u64 % self.of == self.part - 1
    }

    /// The seeds of this part.
    pub(super) fn seeds(self, all: Range<u64>) -> Range<u64> {
        let count = all.end.saturating_sub(all.start);
        let cut = |part: u64| {
            let before = u128::from(count) * u128::from(part) / u128::from(self.of);
            all.start + u64::try_from(before).unwrap_or(count)
        };
        cut(self.part - 1)..cut(self.part)
    }
}

/// The parts of a range that no other range covers.
pub(super) fn uncovered(range: Range<u64>, covered: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted = covered.to_vec();
    sorted.sort_by_key(|range| range.start);
    let mut left = Vec::new();
    let mut at = range.start;
    for done in sorted {
        if done.start > at {
            left.push(at..done.start.min(range.end));
        }
        at = at.max(done.end);
    }
    left.push(at..range.end);
    left.retain(|range| range.start < range.end);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_everything_once() {
        let shards: Vec<Shard> = (1..=3).map(|part| Shard { part, of: 3 }).collect();
        let ranges: Vec<_> = shards.iter().map(|shard| shard.seeds(5..15)).collect();
        assert_eq!(ranges, [5..8, 8..11, 11..15]);
        for index in 0..10 {
            assert_eq!(shards.iter().filter(|shard| shard.has(index)).count(), 1);
        }
    }

    #[test]
    fn shards_are_read_and_written() {
        assert_eq!("2/3".parse::<Shard>().map(|shard| shard.to_string()), Ok("2/3".to_owned()));
        for wrong in ["", "1", "0/2", "3/2", "1/0", "a/b", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_done_is_not_done_again() {
        let left = |range: Range<u64>, done: &[(u64, u64)]| -> Vec<(u64, u64)> {
            let done: Vec<Range<u64>> = done.iter().map(|(from, to)| *from..*to).collect();
            uncovered(range, &done).into_iter().map(|range| (range.start, range.end)).collect()
        };
        assert_eq!(left(0..10, &[]), [(0, 10)]);
        assert_eq!(left(0..10, &[(6, 8), (2, 4)]), [(0, 2), (4, 6), (8, 10)]);
        assert_eq!(left(3..10, &[(0, 5), (9, 20)]), [(5, 9)]);
        assert!(left(3..10, &[(0, 5), (5, 20)]).is_empty());
        assert_eq!(left(0..3, &[(5, 9)]), [(0, 3)]);
    }
}
