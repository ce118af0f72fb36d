//! What fuzzing checks: one function a target, from any bytes to a panic when something is wrong.
//!
//! The functions are plain Rust, so that `cargo test` runs every committed seed through them on a stable
//! toolchain; `fuzz/fuzz_targets` hands the same functions to libFuzzer. `docs/fuzzing.md` tells how.

mod definition;
mod execution;
mod expression;
mod intrinsics;
mod item_reader;
mod jsonata;
mod jsonpath;
mod mock_config;
mod round_trip;
mod run;
mod test_state;

pub use definition::{definition, definition_yaml};
pub use execution::{differential, execution};
pub use intrinsics::intrinsics;
pub use item_reader::item_reader;
pub use jsonata::jsonata;
pub use jsonpath::jsonpath;
pub use mock_config::mock_config;
pub use round_trip::round_trip;
pub use test_state::test_state;

/// A target: its name, which is that of its file in `fuzz/fuzz_targets` and of its folder in `corpus/fuzz`,
/// and the function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("definition", definition),
    ("definition_yaml", definition_yaml),
    ("jsonpath", jsonpath),
    ("intrinsics", intrinsics),
    ("jsonata", jsonata),
    ("mock_config", mock_config),
    ("item_reader", item_reader),
    ("round_trip", round_trip),
    ("test_state", test_state),
    ("execution", execution),
    ("differential", differential),
];
