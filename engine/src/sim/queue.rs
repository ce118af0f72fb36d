//! What happens next: a totally ordered queue of moments.

use std::collections::BTreeMap;

use crate::data::Timestamp;

/// Where an entry stands in the queue: its moment, then the order it was put in.
pub type Place = (Timestamp, u64);

/// Entries by moment; of one moment, in the order they were put in.
#[derive(Debug)]
pub struct Queue<T> {
    entries: BTreeMap<Place, T>,
    next: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Queue<T> {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self { entries: BTreeMap::new(), next: 0 }
    }

    /// Puts an entry in, behind the others of its moment.
    pub fn push(&mut self, due: Timestamp, entry: T) -> Place {
        let place = (due, self.next);
        self.next += 1;
        self.entries.insert(place, entry);
        place
    }

    /// Takes an entry out.
    pub fn remove(&mut self, place: Place) -> Option<T> {
        self.entries.remove(&place)
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The moment of the first entry.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.entries.first_key_value().map(|((due, _), _)| *due)
    }

    /// Takes the first entry out.
    pub fn pop(&mut self) -> Option<(Place, T)> {
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
        assert_eq!(queue.len(), 2);
        let popped: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(_, entry)| entry).collect();
        assert_eq!(popped, ["b", "c"]);
        assert!(queue.is_empty());
    }
}
