//! The suite on the reference engine, or on the one that `STEPCLOCK_ENGINE` names: `mutant:NAME`, `stdio:COMMAND`.

use std::process::ExitCode;

use stepclock_conformance::engine::from_spec;
use stepclock_conformance::known_gaps::KnownGaps;
use stepclock_conformance::suite;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
    let spec = std::env::var("STEPCLOCK_ENGINE").unwrap_or_else(|_| "reference".to_owned());
    let engine = match from_spec(&spec) {
        Ok(engine) => engine,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let gaps = KnownGaps::file_of(&engine.info().name);
    suite::main(engine, gaps.as_deref())
}
