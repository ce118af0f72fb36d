//! The simulated world: clock, event queue, scripted workers, object store.
