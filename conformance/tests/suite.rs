//! The suite on the reference engine, or on the one that `STEPCLOCK_ENGINE` names: `mutant:NAME`,
//! `stdio:COMMAND`, `endpoint:URL`. Calls of an endpoint are signed when the environment has AWS's own variables.

use std::process::ExitCode;

use stepclock_conformance::engine::endpoint::Credentials;
use stepclock_conformance::engine::{EndpointSettings, from_spec_with};
use stepclock_conformance::known_gaps::KnownGaps;
use stepclock_conformance::suite;

#[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// How an endpoint is called.
fn settings() -> EndpointSettings {
    EndpointSettings {
        credentials: Credentials::from_variables(variable),
        region: variable("AWS_REGION"),
        role_arn: variable("STEPCLOCK_ROLE_ARN"),
    }
}

fn main() -> ExitCode {
    let spec = variable("STEPCLOCK_ENGINE").unwrap_or_else(|| "reference".to_owned());
    let engine = match from_spec_with(&spec, settings()) {
        Ok(engine) => engine,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let gaps = KnownGaps::file_of(&engine.info().name);
    suite::main(engine, gaps.as_deref())
}
