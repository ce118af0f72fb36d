//! Draws from a string of bytes: a seeded stream, libFuzzer's, or proptest's.
//!
//! When the bytes are used up, every draw gives its first, simplest choice: fewer bytes make a smaller case, which
//! is what shrinking needs, and generation always ends.

use arbitrary::Unstructured;

/// Draws choices; never fails.
pub(crate) struct Draw<'d, 'b>(pub(crate) &'d mut Unstructured<'b>);

impl Draw<'_, '_> {
    /// A number below `bound`; 0 when the bytes are used up.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let last = bound.saturating_sub(1);
        self.0.int_in_range(0..=last).unwrap_or(0)
    }

    /// A number from `first` to `last`; the first when the bytes are used up.
    pub(crate) fn between(&mut self, first: i64, last: i64) -> i64 {
        self.0.int_in_range(first..=last.max(first)).unwrap_or(first)
    }

    /// Yes in `times` of `of` draws; no when the bytes are used up.
    pub(crate) fn chance(&mut self, times: usize, of: usize) -> bool {
        times > 0 && self.below(of) >= of.saturating_sub(times)
    }

    /// One of the choices; the first when the bytes are used up.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One of the choices, each as often as its weight says; `None` when all weigh nothing.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(T, u32)]) -> Option<T> {
        let total: usize = choices.iter().map(|(_, weight)| *weight as usize).sum();
        if total == 0 {
            return None;
        }
        let mut drawn = self.below(total);
        for (choice, weight) in choices {
            match drawn.checked_sub(*weight as usize) {
                Some(rest) => drawn = rest,
                None => return Some(*choice),
            }
        }
        None
    }

    /// 0, 1, 2, …, each half as often as the one before, at most `max`.
    pub(crate) fn few(&mut self, max: usize) -> usize {
        let mut count = 0;
        while count < max && self.chance(1, 2) {
            count += 1;
        }
        count
    }
}
