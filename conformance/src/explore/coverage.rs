//! Which constructs one run has reached, and how often.

use std::collections::BTreeMap;

use super::constructs::{Construct, Part};
use super::view::RunView;

/// Constructs by what names them.
#[derive(Debug)]
pub(super) struct Index {
    places: BTreeMap<(String, Part), usize>,
}

impl Index {
    /// `first` is the number of the first of them.
    pub(super) fn new(constructs: &[Construct], first: usize) -> Self {
        let places = constructs
            .iter()
            .enumerate()
            .map(|(place, construct)| ((construct.state.clone(), construct.part), first + place))
            .collect();
        Self { places }
    }

    /// Counts what a run reached into `hits`.
    pub(super) fn count(&self, run: &RunView<'_>, hits: &mut BTreeMap<usize, u64>) {
        for visit in &run.visits {
            let retriers = visit.retriers.iter().map(|index| Part::Retrier(*index));
            for part in [Part::State].into_iter().chain(visit.left_by).chain(retriers) {
                self.hit(&visit.state, part, hits);
            }
        }
    }

    /// Counts one construct.
    pub(super) fn hit(&self, state: &str, part: Part, hits: &mut BTreeMap<usize, u64>) {
        if let Some(place) = self.places.get(&(state.to_owned(), part)) {
            *hits.entry(*place).or_default() += 1;
        }
    }
}
