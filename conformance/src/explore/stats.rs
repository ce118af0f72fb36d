//! Distributions: percentiles and a small histogram.

use serde::{Deserialize, Serialize};

/// Durations that bars end at, in milliseconds: those people think in.
const DURATION_BOUNDS: [i64; 16] = [
    0,
    100,
    1_000,
    5_000,
    15_000,
    60_000,
    300_000,
    900_000,
    3_600_000,
    21_600_000,
    86_400_000,
    259_200_000,
    604_800_000,
    2_592_000_000,
    31_536_000_000,
    i64::MAX,
];
/// Bars of counts at most.
const COUNT_BARS_MAX: u64 = 12;

/// How a number is spread over the runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// The least.
    pub min: i64,
    /// Half are not above it.
    pub median: i64,
    /// Nine in ten are not above it.
    pub p90: i64,
    /// Ninety-nine in a hundred are not above it.
    pub p99: i64,
    /// The greatest.
    pub max: i64,
    /// How many runs lie in which range, from the first range that has one to the last.
    pub bars: Vec<Bar>,
}

/// One bar of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Values from here,
    pub from: i64,
    /// up to and including this.
    pub to: i64,
    /// So many runs.
    pub runs: u64,
}

impl Distribution {
    /// Of durations in milliseconds.
    pub(super) fn of_durations(values: Vec<i64>) -> Self {
        let bars = DURATION_BOUNDS
            .windows(2)
            .map(|bounds| Bar {
                from: bounds[0] + i64::from(bounds[0] > 0),
                to: bounds[1],
                runs: 0,
            })
            .collect();
        Self::of(values, bars)
    }

    /// Of counts.
    pub(super) fn of_counts(values: Vec<i64>) -> Self {
        let max = values.iter().copied().max().unwrap_or(0).max(0);
        let width = (max as u64 / COUNT_BARS_MAX + 1) as i64;
        let bars = (0..=max / width)
            .map(|bar| Bar { from: bar * width, to: bar * width + width - 1, runs: 0 })
            .collect();
        Self::of(values, bars)
    }

    fn of(mut values: Vec<i64>, mut bars: Vec<Bar>) -> Self {
        values.sort_unstable();
        for value in &values {
            if let Some(bar) = bars.iter_mut().find(|bar| *value <= bar.to) {
                bar.runs += 1;
            }
        }
        let first = bars.iter().position(|bar| bar.runs > 0).unwrap_or(0);
        let last = bars.iter().rposition(|bar| bar.runs > 0).map_or(0, |last| last + 1);
        // The nearest rank: the least value that so many of a hundred are not above.
        let percentile = |percent: usize| {
            let rank = (values.len() * percent).div_ceil(100).max(1);
            values.get(rank - 1).copied().unwrap_or(0)
        };
        Self {
            min: values.first().copied().unwrap_or(0),
            median: percentile(50),
            p90: percentile(90),
            p99: percentile(99),
            max: values.last().copied().unwrap_or(0),
            bars: bars.get(first..last).unwrap_or_default().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let spread = Distribution::of_counts((1..=100).collect());
        assert_eq!((spread.min, spread.median, spread.p90), (1, 50, 90));
        assert_eq!((spread.p99, spread.max), (99, 100));
        assert_eq!(spread.bars.iter().map(|bar| bar.runs).sum::<u64>(), 100);
        let few = Distribution::of_counts(vec![7]);
        assert_eq!((few.min, few.median, few.p99, few.max), (7, 7, 7, 7));
        assert_eq!(few.bars, [Bar { from: 7, to: 7, runs: 1 }]);
        assert_eq!(Distribution::of_counts(Vec::new()).bars, []);
    }

    #[test]
    fn durations_fall_into_ranges_people_think_in() {
        let spread = Distribution::of_durations(vec![20_000, 60_000, 60_001]);
        assert_eq!(
            spread.bars,
            [Bar { from: 15_001, to: 60_000, runs: 2 }, Bar { from: 60_001, to: 300_000, runs: 1 }]
        );
    }
}
