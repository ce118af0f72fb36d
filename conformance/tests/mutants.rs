//! Testing the tester: every planted bug is found within so many random cases, and its case gets small.

use libtest_mimic::{Arguments, Failed, Trial};
use stepclock_conformance::engine::Mutation;
use stepclock_conformance::generate::from_seed;
use stepclock_conformance::mutants::detect;

/// Random cases within which a planted bug must be found.
const CASES_MAX: u64 = 5_000;
/// Edits that shrinking may try.
const TRIES_MAX: u64 = 4_000;
/// States a shrunk case may have.
const STATES_MAX: usize = 4;

fn main() {
    let arguments = Arguments::from_args();
    let trials = Mutation::ALL
        .iter()
        .map(|mutation| Trial::test(mutation.name(), move || must_be_found(*mutation)))
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn must_be_found(mutation: Mutation) -> Result<(), Failed> {
    let detection = detect(mutation, &from_seed, CASES_MAX, TRIES_MAX);
    let Some(found) = detection.found else {
        return Err(format!("not found in {CASES_MAX} cases: {}", detection.bug).into());
    };
    if found.states > STATES_MAX {
        let shown = found.shrunk.to_text();
        return Err(format!(
            "seed {} shrinks to {} states only: {shown}",
            found.seed, found.states
        )
        .into());
    }
    Ok(())
}
