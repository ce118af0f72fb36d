//! How engines behind an API are called: with the key and region that AWS's own tools take from the environment.

use stepclock_conformance::engine::EndpointSettings;
use stepclock_conformance::engine::endpoint::Credentials;

/// What the environment says.
pub(crate) fn settings() -> EndpointSettings {
    EndpointSettings {
        credentials: Credentials::from_variables(variable),
        region: variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")),
        role_arn: variable("STEPCLOCK_ROLE_ARN"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a binary reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
