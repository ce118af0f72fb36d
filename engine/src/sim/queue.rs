//! What happens next: a totally ordered queue of moments.

use std::collections::BTreeMap;

use crate::data::Timestamp;

/// Where an entry stands in the queue: its moment, then the order it was put in.
pub(super) type Place = (Timestamp, u64);

/// Entries by moment; of one moment, in the order they were put in.
#[derive(Debug)]
pub(super) struct Queue<T> {
    entries: BTreeMap<Place, T>,
    next: u64,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { entries: BTreeMap::new(), next: 0 }
    }

    pub(super) fn push(&mut self, due: Timestamp, entry: T) -> Place {
        let place = (due, self.next);
        self.next += 1;
        self.entries.insert(place, entry);
        place
    }

    pub(super) fn remove(&mut self, place: Place) -> Option<T> {
        self.entries.remove(&place)
    }

    /// The moment of the first entry.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.entries.first_key_value().map(|((due, _), _)| *due)
    }

    pub(super) fn pop(&mut self) -> Option<(Place, T)> {
        self.entries.pop_first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_by_moment_then_by_arrival() {
        let mut queue = Queue::new();
        let at = Timestamp::from_millis;
        queue.push(at(5), "c");
        let b = queue.push(at(1), "a");
        queue.push(at(1), "b");
        assert_eq!(queue.next_due(), Some(at(1)));
        assert_eq!(queue.remove(b), Some("a"));
        let popped: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(_, entry)| entry).collect();
        assert_eq!(popped, ["b", "c"]);
    }
}
