//! The suite as a test of any engine: every case a test of its own, in one line of the engine's repository.
//!
//! ```no_run
//! // tests/conformance.rs, with `harness = false` in Cargo.toml
//! # use stepclock_conformance::engine::ReferenceEngine;
//! stepclock_conformance::conformance_suite!(ReferenceEngine::new());
//! ```
//!
//! The tests are the project's cases, the regressions, recorded cases where they are at hand, and random ones by
//! seed. An engine's list of known gaps is strict: what is listed must fail, and everything else must not.

mod check;
mod entry;
mod trials;

pub use check::{CaseResult, Outcome, check, examine, result};
pub use entry::{Entry, Group, Selection};
pub use trials::{Settings, SuiteError, main};

/// Writes the `main` function of a test that runs the suite on an engine.
///
/// The engine is anything that is an [`Engine`](crate::engine::Engine). Its known gaps stand in a file, named
/// relative to the crate:
///
/// ```no_run
/// # use stepclock_conformance::engine::ReferenceEngine;
/// stepclock_conformance::conformance_suite!(
///     ReferenceEngine::new(),
///     known_gaps = "../../conformance/known_gaps/reference.toml"
/// );
/// ```
///
/// `STEPCLOCK_SEEDS` says how many random cases to run, `STEPCLOCK_RECORDED` names a folder of recorded cases.
/// Arguments are those of every Rust test: `cargo test --test conformance choice/`.
#[macro_export]
macro_rules! conformance_suite {
    ($engine:expr $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            $crate::suite::main($engine, ::core::option::Option::None)
        }
    };
    ($engine:expr, known_gaps = $file:literal $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/", $file);
            $crate::suite::main($engine, ::core::option::Option::Some(file.as_ref()))
        }
    };
}
