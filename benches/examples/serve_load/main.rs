//! A load on `stepclock serve`: how many executions a second it starts and ends, whether it slows down with what it
//! keeps, how much at once it bears, and whether its memory stays where it is.
//!
//! ```sh
//! cargo build --release -p stepclock
//! cargo run --release -p stepclock-benches --example serve_load -- target/release/stepclock rates kept running polls open
//! cargo run --release -p stepclock-benches --example serve_load -- target/release/stepclock soak 60 soak.svg
//! ```
//!
//! Clients are threads of this process, each with one connection and one request at a time; they share the machine
//! with the server. `docs/load.md` has the results.

#![expect(clippy::disallowed_methods, reason = "a load generator measures real time")]

mod client;
mod kept;
mod machines;
mod many;
mod open;
mod rates;
mod server;
mod soak;

use std::path::{Path, PathBuf};

const USAGE: &str =
    "usage: serve_load STEPCLOCK [rates] [kept] [running] [polls] [open] [soak MINUTES CHART.svg]";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().map(PathBuf::from).expect(USAGE);
    while let Some(what) = arguments.next() {
        match &*what {
            "rates" => rates::rates(&command),
            "kept" => kept::kept(&command),
            "running" => many::running(&command),
            "polls" => many::polls(&command),
            "open" => open::open(&command),
            "soak" => {
                let minutes = arguments.next().and_then(|text| text.parse().ok()).expect(USAGE);
                let chart = arguments.next().expect(USAGE);
                soak::soak(&command, minutes, Path::new(&chart));
            }
            other => panic!("{other}? {USAGE}"),
        }
        println!();
    }
}
