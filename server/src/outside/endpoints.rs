//! Where services are reached.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::Uri;

/// The base URLs of services, by the names that `aws-sdk` resources give them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints(BTreeMap<String, Endpoint>);

/// A base URL: `http://host:port` or `https://host`, perhaps with a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint(Arc<str>);

/// Why an endpoint was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// There is no `=`.
    #[error("an endpoint is given as SERVICE=URL, such as sqs=http://localhost:9324")]
    NoUrl,
    /// It is not a URL.
    #[error("`{0}` is not a URL such as http://localhost:9324")]
    NotAUrl(String),
    /// No calls of the service can be made.
    #[error("`{0}` is not a service that can be called; known are {1}, and `*` for all of these")]
    UnknownService(String, String),
}

/// Stands for every service that has no endpoint of its own.
pub(super) const ANY: &str = "*";

impl Endpoints {
    /// Adds what is given as `SERVICE=URL`.
    ///
    /// # Errors
    /// When it is not.
    pub fn add(&mut self, given: &str) -> Result<(), EndpointError> {
        let (service, url) = given.split_once('=').ok_or(EndpointError::NoUrl)?;
        let service = canonical(service);
        let known = super::known_services();
        if service != ANY && !known.contains(&service) {
            return Err(EndpointError::UnknownService(service.to_owned(), known.join(", ")));
        }
        let endpoint = Endpoint::parse(url)?;
        self.0.insert(service.to_owned(), endpoint);
        Ok(())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where a service is reached that has an endpoint of its own.
    pub(super) fn named(&self, service: &str) -> Option<&Endpoint> {
        self.0.get(service)
    }

    /// Where a service is reached.
    pub(super) fn of(&self, service: &str) -> Option<&Endpoint> {
        let any = || self.0.get(ANY).filter(|_| service != super::http_task::SERVICE);
        self.0.get(canonical(service)).or_else(any)
    }
}

/// Some services have one name in optimised integrations, or on the command line of AWS, and another one as
/// `aws-sdk` resources.
fn canonical(service: &str) -> &str {
    match service {
        "events" => "eventbridge",
        "states" | "stepfunctions" => "sfn",
        "logs" => "cloudwatchlogs",
        "cognito-idp" => "cognitoidentityprovider",
        other => other,
    }
}

impl Endpoint {
    fn parse(url: &str) -> Result<Self, EndpointError> {
        let not_a_url = || EndpointError::NotAUrl(url.to_owned());
        let parsed: Uri = url.parse().map_err(|_| not_a_url())?;
        match (parsed.scheme_str(), parsed.host()) {
            (Some("http" | "https"), Some(_)) if parsed.query().is_none() => {}
            _ => return Err(not_a_url()),
        }
        Ok(Self(url.trim_end_matches('/').into()))
    }

    /// A URL below it; the path begins with `/`.
    pub(super) fn with(&self, path_and_query: &str) -> String {
        format!("{}{path_and_query}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_have_more_than_one_name() {
        let mut endpoints = Endpoints::default();
        endpoints.add("events=http://localhost:4566/").expect("is an endpoint");
        let url = endpoints.of("eventbridge").map(|endpoint| endpoint.with("/x"));
        assert_eq!(url.as_deref(), Some("http://localhost:4566/x"));
        assert_eq!(endpoints.of("sqs"), None);
        endpoints.add("*=http://other:1").expect("is an endpoint");
        assert_eq!(endpoints.of("sqs").map(|to| to.with("/")).as_deref(), Some("http://other:1/"));
        assert_eq!(endpoints.of("http"), None, "HTTP Tasks name their own hosts");
    }

    #[test]
    fn what_is_not_an_endpoint_is_refused() {
        let add = |given: &str| Endpoints::default().add(given);
        assert_eq!(add("sqs"), Err(EndpointError::NoUrl));
        assert_eq!(add("sqs=localhost"), Err(EndpointError::NotAUrl("localhost".to_owned())));
        assert_eq!(add("sqs=ftp://h"), Err(EndpointError::NotAUrl("ftp://h".to_owned())));
        assert_eq!(add("sqs=https://sqs.us-east-1.amazonaws.com"), Ok(()));
        assert!(matches!(add("sqz=http://h"), Err(EndpointError::UnknownService(..))));
    }
}
