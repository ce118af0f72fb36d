//! Adding up over many cases.

use std::fmt;

use super::ALL;
use super::constructs::indexes;
use crate::case::Case;

/// How many cases use each construct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    cases: u64,
    /// One for each name of [`ALL`].
    counts: Vec<u64>,
}

impl Default for Count {
    fn default() -> Self {
        Self { cases: 0, counts: vec![0; ALL.len()] }
    }
}

impl Count {
    /// Counts a case.
    pub fn add(&mut self, case: &Case) {
        self.cases += 1;
        for at in indexes(case) {
            self.counts[at] += 1;
        }
    }

    /// Adds what another count has, for instance another thread's.
    pub fn merge(&mut self, other: &Self) {
        self.cases += other.cases;
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    /// How many cases were counted.
    #[must_use]
    pub const fn cases(&self) -> u64 {
        self.cases
    }

    /// Every construct with the number of cases that use it, in order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        ALL.iter().copied().zip(self.counts.iter().copied())
    }

    /// The constructs no case used.
    pub fn never(&self) -> impl Iterator<Item = &'static str> {
        self.iter().filter(|(_, count)| *count == 0).map(|(name, _)| name)
    }
}

/// A table, the rarest first.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows: Vec<(&str, u64)> = self.iter().collect();
        rows.sort_by_key(|(_, count)| *count);
        writeln!(f, "{:>10}  {:>7}  construct", "cases", "share")?;
        for (name, count) in rows {
            let share = 100.0 * count as f64 / self.cases.max(1) as f64;
            writeln!(f, "{count:>10}  {share:>6.2}%  {name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_cases_not_uses() {
        let pass = json!({"Type": "Pass", "Next": "B"});
        let case = Case {
            definition: Some(json!({
                "StartAt": "A",
                "States": {"A": pass, "B": {"Type": "Pass", "InputPath": null, "End": true}}
            })),
            ..Case::default()
        };
        let mut count = Count::default();
        count.add(&case);
        let mut both = count.clone();
        both.merge(&count);
        let used: Vec<_> = both.iter().filter(|(_, count)| *count > 0).collect();
        let names = ["InputPath", "InputPath:null", "JSONPath", "Standard", "State:Pass"];
        assert_eq!(used, names.map(|name| (name, 2)));
        assert_eq!(both.never().count(), ALL.len() - names.len());
        assert!(both.to_string().lines().last().is_some_and(|line| line.contains("100.00%")));
    }
}
