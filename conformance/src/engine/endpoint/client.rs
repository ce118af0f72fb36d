//! Calls of the API over HTTP: JSON in the awsJson1_0 protocol, signed when there is a key.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Uri;

use super::sign::{Credentials, sign};
use super::wall;

/// Longer than any call takes: GetActivityTask waits a minute for a task, StartSyncExecution five for an end.
const CALL_TIMEOUT: Duration = Duration::from_secs(330);
/// How long a call waits for a task that may have been cancelled, where the endpoint's time does not pass meanwhile.
const TAKE_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a call that was throttled is sent again.
const THROTTLED_TRIES: u32 = 8;
/// How long it waits before it sends such a call the first time again; each time twice as long.
const THROTTLED_WAIT: Duration = Duration::from_millis(200);

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The endpoint refused it.
    #[error("{operation}: {code}: {message}")]
    Refused {
        /// The operation.
        operation: String,
        /// The error's name: `ValidationException`.
        code: String,
        /// Its message.
        message: String,
    },
    /// The endpoint was not reached, or does not speak the protocol.
    #[error("{operation}: {url}: {message}")]
    Unreachable {
        /// The operation.
        operation: String,
        /// The endpoint.
        url: String,
        /// What went wrong.
        message: String,
    },
}

impl CallError {
    /// The error's name, when the endpoint refused the call.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            Self::Unreachable { .. } => None,
        }
    }

    /// The error's message.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::Refused { message, .. } | Self::Unreachable { message, .. } => message,
        }
    }
}

/// A client of one endpoint.
#[derive(Debug, Clone)]
pub(super) struct Client {
    agent: Agent,
    url: String,
    host: String,
    region: String,
    credentials: Option<Credentials>,
}

impl Client {
    /// A client of the endpoint at a URL.
    ///
    /// # Errors
    /// When it is not the URL of an endpoint.
    pub(super) fn new(
        url: &str,
        region: &str,
        credentials: Option<Credentials>,
    ) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("`{url}` is not a URL: {error}"))?;
        let (Some(host), Some("http" | "https")) = (uri.authority(), uri.scheme_str()) else {
            return Err(format!("`{url}` is not the URL of an endpoint: http://HOST:PORT"));
        };
        if uri.path() != "/" || uri.query().is_some() {
            return Err(format!("`{url}` has a path; the API has none"));
        }
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        Ok(Self {
            agent: config.into(),
            url: url.trim_end_matches('/').to_owned(),
            host: host.to_string(),
            region: region.to_owned(),
            credentials,
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// Calls an operation; one that is throttled is sent again.
    ///
    /// # Errors
    /// When it is refused, or the endpoint does not answer.
    pub(super) fn call(&self, operation: &str, request: &Value) -> Result<Value, CallError> {
        let mut wait = THROTTLED_WAIT;
        for _ in 1..THROTTLED_TRIES {
            match self.send(operation, request, CALL_TIMEOUT) {
                Err(error) if matches!(error.code(), Some("ThrottlingException")) => {
                    wall::pause(wait);
                    wait *= 2;
                }
                other => return other,
            }
        }
        self.send(operation, request, CALL_TIMEOUT)
    }

    /// Takes a task of an activity, if one waits at once; to be called while simulated time stands still.
    pub(super) fn take_at_once(&self, request: &Value) -> Option<Value> {
        self.send("GetActivityTask", request, TAKE_TIMEOUT).ok()
    }

    fn send(
        &self,
        operation: &str,
        request: &Value,
        timeout: Duration,
    ) -> Result<Value, CallError> {
        let unreachable = |message: String| CallError::Unreachable {
            operation: operation.to_owned(),
            url: self.url.clone(),
            message,
        };
        let body = request.to_string();
        let target = format!("AWSStepFunctions.{operation}");
        let mut headers = vec![
            ("content-type", "application/x-amz-json-1.0".to_owned()),
            ("host", self.host.clone()),
            ("x-amz-target", target),
        ];
        if let Some(credentials) = &self.credentials {
            sign(&mut headers, body.as_bytes(), credentials, &self.region, wall::now());
        }
        let post = self.agent.post(format!("{}/", self.url));
        let mut post = post.config().timeout_global(Some(timeout)).build();
        for (name, value) in headers {
            post = post.header(name, value);
        }
        let mut response = post.send(body).map_err(|error| unreachable(error.to_string()))?;
        let text = response.body_mut().with_config().limit(u64::MAX).read_to_string();
        let text = text.map_err(|error| unreachable(error.to_string()))?;
        let answer: Value = match text.trim() {
            "" => Value::Object(serde_json::Map::default()),
            text => serde_json::from_str(text).map_err(|_| {
                unreachable(format!("{} {}", response.status(), text.lines().next().unwrap_or("")))
            })?,
        };
        if response.status().is_success() {
            return Ok(answer);
        }
        let text = |names: [&str; 2]| names.iter().find_map(|name| answer.get(*name)?.as_str());
        let code = text(["__type", "code"]).unwrap_or("UnknownError");
        Err(CallError::Refused {
            operation: operation.to_owned(),
            code: code.rsplit('#').next().unwrap_or(code).to_owned(),
            message: text(["message", "Message"]).unwrap_or_default().to_owned(),
        })
    }

    /// Asks Stepclock's server for something that only it has; `None` when the endpoint is another one.
    pub(super) fn control(&self, path: &str, body: Option<&Value>) -> Option<Value> {
        let url = format!("{}/_stepclock/{path}", self.url);
        let response = match body {
            None => self.agent.get(url).call(),
            Some(body) => self.agent.post(url).send(body.to_string()),
        };
        let mut response = response.ok().filter(|response| response.status().is_success())?;
        serde_json::from_str(&response.body_mut().read_to_string().ok()?).ok()
    }
}
