//! Where traces go, as OpenTelemetry's environment variables say it.

use hyper::Uri;
use hyper::header::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

use crate::outside::Tls;

/// Where traces go.
#[derive(Debug, Clone)]
pub struct TraceConfig {
    /// The whole URL.
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    /// Attributes of the resource, `service.name` among them.
    pub(super) resource: Vec<(String, String)>,
    pub(super) tls: Tls,
}

/// Why traces cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TraceConfigError {
    /// It is no URL.
    #[error("`{0}` is not the URL of a collector, such as http://localhost:4318")]
    NotAUrl(String),
    /// It asks for something else than protobuf over HTTP.
    #[error("`{0}` is not spoken: traces are sent as http/protobuf, mostly to port 4318")]
    Protocol(String),
    /// A list of pairs is not one.
    #[error("`{0}` is not a list of name=value, separated by commas")]
    Pairs(String),
}

impl TraceConfig {
    /// What an option of the command line and the environment say; `None` when there is no collector.
    ///
    /// # Errors
    /// When they say something that cannot be done.
    pub fn read(
        endpoint: Option<&str>,
        environment: impl Fn(&str) -> Option<String>,
        tls: &Tls,
    ) -> Result<Option<Self>, TraceConfigError> {
        let variable = |name: &str| environment(name).filter(|value| !value.is_empty());
        // Those of traces alone come before those of everything.
        let of_traces = |name: &str| {
            variable(&format!("OTEL_EXPORTER_OTLP_TRACES_{name}"))
                .or_else(|| variable(&format!("OTEL_EXPORTER_OTLP_{name}")))
        };
        let of_own = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").filter(|_| endpoint.is_none());
        let base =
            || endpoint.map(str::to_owned).or_else(|| variable("OTEL_EXPORTER_OTLP_ENDPOINT"));
        let (given, below) = match (of_own, base()) {
            (Some(url), _) => (url, ""),
            (None, Some(base)) => (base, "/v1/traces"),
            (None, None) => return Ok(None),
        };
        check_url(&given)?;
        let url = match below {
            "" => given,
            below => format!("{}{below}", given.trim_end_matches('/')),
        };
        if let Some(protocol) = of_traces("PROTOCOL").filter(|given| given != "http/protobuf") {
            return Err(TraceConfigError::Protocol(protocol));
        }
        let headers = pairs(&of_traces("HEADERS").unwrap_or_default())?;
        for (name, value) in &headers {
            let is_header =
                HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value).is_ok();
            if !is_header {
                return Err(TraceConfigError::Pairs(name.clone()));
            }
        }
        let mut resource = pairs(&variable("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default())?;
        let named = resource.iter().any(|(name, _)| name == SERVICE_NAME);
        if let Some(name) = variable("OTEL_SERVICE_NAME").or((!named).then(|| "stepclock".into())) {
            resource.retain(|(name, _)| name != SERVICE_NAME);
            resource.push((SERVICE_NAME.to_owned(), name));
        }
        Ok(Some(Self { url, headers, resource, tls: tls.clone() }))
    }
}

const SERVICE_NAME: &str = "service.name";

fn check_url(url: &str) -> Result<(), TraceConfigError> {
    let parsed: Option<Uri> = url.parse().ok();
    match parsed.as_ref().and_then(|url| Some((url.scheme_str()?, url.host()?))) {
        Some(("http" | "https", _)) => Ok(()),
        _ => Err(TraceConfigError::NotAUrl(url.to_owned())),
    }
}

/// `a=1,b=2`; values may be percent-encoded.
fn pairs(text: &str) -> Result<Vec<(String, String)>, TraceConfigError> {
    let read = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        Some((name.trim().to_owned(), value.into_owned()))
    };
    text.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| read(pair).ok_or_else(|| TraceConfigError::Pairs(text.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        endpoint: Option<&str>,
        variables: &[(&str, &str)],
    ) -> Result<Option<TraceConfig>, TraceConfigError> {
        let environment = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        TraceConfig::read(endpoint, environment, &Tls::default())
    }

    fn url(endpoint: Option<&str>, variables: &[(&str, &str)]) -> Option<String> {
        read(endpoint, variables).expect("is understood").map(|config| config.url)
    }

    #[test]
    fn the_collector_is_found_as_by_other_programs() {
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/");
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:1/own");
        assert_eq!(url(None, &[]), None);
        assert_eq!(url(None, &[base]).as_deref(), Some("http://c:4318/v1/traces"));
        assert_eq!(url(None, &[base, traces]).as_deref(), Some("http://t:1/own"));
        assert_eq!(url(Some("http://o"), &[base, traces]).as_deref(), Some("http://o/v1/traces"));
    }

    #[test]
    fn headers_and_the_resource_are_lists() {
        let variables = [
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s%20cret, x=1"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=ci,service.name=other"),
        ];
        let config = read(Some("http://c"), &variables).expect("is understood").expect("is one");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(config.headers, [pair("api-key", "s cret"), pair("x", "1")]);
        let expected = [pair("deployment.environment.name", "ci"), pair("service.name", "other")];
        assert_eq!(config.resource, expected);
        let named = read(Some("http://c"), &[variables[1], ("OTEL_SERVICE_NAME", "mine")]);
        let named = named.expect("is understood").expect("is one");
        assert_eq!(named.resource[1], pair("service.name", "mine"));
        let plain = read(Some("http://c"), &[]).expect("is understood").expect("is one");
        assert_eq!(plain.resource, [pair("service.name", "stepclock")]);
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        let error = |endpoint, variables: &[_]| read(Some(endpoint), variables).map(|_| ()).err();
        let not_a_url = TraceConfigError::NotAUrl("localhost:4318".to_owned());
        assert_eq!(error("localhost:4318", &[]), Some(not_a_url));
        let grpc = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
        assert_eq!(error("http://c", &grpc), Some(TraceConfigError::Protocol("grpc".to_owned())));
        for headers in ["no pair", "a b=1", "a=%ff"] {
            let headers = [("OTEL_EXPORTER_OTLP_TRACES_HEADERS", headers)];
            assert!(matches!(error("http://c", &headers), Some(TraceConfigError::Pairs(_))));
        }
    }
}
