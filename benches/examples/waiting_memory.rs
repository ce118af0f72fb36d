//! Memory of executions that wait: `cargo run --release -p stepclock-benches --example waiting_memory`.
//!
//! Opens many executions in a year-long Wait and prints what one takes beyond its payload, from the process's
//! resident set (Linux only).

use stepclock_benches as work;
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::Input;

const EXECUTIONS: usize = 100_000;

fn main() {
    let definition = work::definition(&work::year_long_wait());
    let input = Payload::empty_object();
    let before = resident_bytes();
    let mut open = Vec::with_capacity(EXECUTIONS);
    let mut effects = Vec::new();
    for _ in 0..EXECUTIONS {
        let mut execution = work::execution(&definition, false);
        let start = Input::Start { input: input.clone() };
        execution.apply(Timestamp::DEFAULT_EPOCH, start, &mut effects).expect("starts");
        effects.clear();
        open.push(execution);
    }
    let bytes = resident_bytes().saturating_sub(before) / EXECUTIONS;
    println!("{bytes} bytes for each of {} waiting executions", open.len());
}

/// The process's resident set.
fn resident_bytes() -> usize {
    const PAGE_BYTES: usize = 4_096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * PAGE_BYTES
}
