//! Services outside: who answers tasks that nobody in this process answers.
//!
//! ```text
//! task ──▶ lambda │ s3 │ json (dynamodb, sqs, events, …) │ sns │ http ──▶ a server of that API ──▶ result or failure
//! ```
//!
//! One file a kind of protocol; [`failure`] has the words of failures, [`client`] the client. Calls are made once
//! and signed; nothing is retried here: that is for the state's own Retry.

mod client;
mod endpoints;
mod event_bus;
mod eventbridge;
mod failure;
mod folder;
mod http;
mod http_task;
mod json;
mod lambda;
mod metadata;
mod s3;
mod sns;
mod tls;
mod xml;

use std::sync::Arc;

use stepclock_engine::asl::{Integration, IntegrationPattern, Resource};
use stepclock_engine::execution::ObjectRequest;
use tokio::runtime::Handle;

pub(crate) use self::client::{Answer, Client, Limits};
use self::endpoints::Endpoint;
pub use self::endpoints::{EndpointError, Endpoints};
pub use self::event_bus::EventBus;
pub use self::folder::{FolderObjects, object_path};
use self::http::Http;
use self::s3::S3;
pub(crate) use self::tls::certificates;
pub use self::tls::{Tls, TlsError};
pub use crate::auth::AccessKey;
use crate::hub::{ObjectEnd, Outside, OutsideCall, OutsideEnd, OutsideObjects};

/// Services that are reached over HTTP.
#[derive(Debug, Clone)]
pub struct Services {
    endpoints: Endpoints,
    http: Http,
    region: Arc<str>,
    runtime: Handle,
}

impl Services {
    /// Those at some endpoints; calls are signed with a key and made on a runtime.
    #[must_use]
    pub fn new(
        endpoints: Endpoints,
        key: AccessKey,
        tls: &Tls,
        region: Arc<str>,
        runtime: Handle,
    ) -> Self {
        Self { endpoints, http: Http::new(key, tls), region, runtime }
    }

    /// Whether objects are fetched from S3.
    #[must_use]
    pub fn has_objects(&self) -> bool {
        self.endpoints.of(s3::SERVICE).is_some()
    }

    fn s3(&self) -> Option<S3> {
        let endpoint = self.endpoints.of(s3::SERVICE)?.clone();
        Some(S3 { http: self.http.clone(), endpoint, region: self.region.clone() })
    }

    /// Where a resource is reached, if it is one that can be called.
    fn endpoint(&self, resource: &Resource) -> Option<&Endpoint> {
        self.endpoints.of(service_of(resource)?)
    }

    async fn answer(&self, call: OutsideCall) -> OutsideEnd {
        let resource = &call.request.resource;
        let nobody = || ("Stepclock.NoEndpoint".into(), resource.arn().into());
        let endpoint = self.endpoint(resource).ok_or_else(nobody)?;
        let parameters = &call.request.parameters;
        let http = &self.http.of_trace(call.trace);
        let integration = match resource {
            Resource::Lambda { arn } => {
                let region = &call.region;
                return lambda::call_function(http, endpoint, region, arn, parameters).await;
            }
            Resource::Activity { .. } => return Err(nobody()),
            Resource::Integration(integration) => integration,
        };
        let (region, value) = (&*call.region, parameters.value());
        match &*integration.resource_type {
            "lambda" => lambda::invoke(http, endpoint, region, value).await,
            "http" => http_task::invoke(http, endpoint, value).await,
            s3::RESOURCE_TYPE => match self.s3() {
                Some(s3) => s3.task(&integration.action, value).await,
                None => Err(nobody()),
            },
            resource_type if sns::knows(resource_type, &integration.action) => {
                sns::publish(http, endpoint, region, resource_type, value).await
            }
            resource_type => match json::find(resource_type) {
                Some(service) => json::call(http, endpoint, service, integration, &call).await,
                None => Err(nobody()),
            },
        }
    }
}

/// The service that answers a resource, if it is one that can be called. Jobs (`.sync`) cannot: nobody would wait for
/// their end.
fn service_of(resource: &Resource) -> Option<&'static str> {
    let integration = match resource {
        Resource::Lambda { arn } => return lambda::is_function(arn).then_some(lambda::SERVICE),
        Resource::Activity { .. } => return None,
        Resource::Integration(integration) => integration,
    };
    let Integration { resource_type, action, pattern, .. } = integration;
    if *pattern == IntegrationPattern::RunJob {
        return None;
    }
    match (&**resource_type, &**action) {
        ("lambda", "invoke") => Some(lambda::SERVICE),
        ("http", "invoke") => Some(http_task::SERVICE),
        (s3::RESOURCE_TYPE, action) => s3::knows(action).then_some(s3::SERVICE),
        (resource_type, action) if sns::knows(resource_type, action) => Some(sns::SERVICE),
        (resource_type, _) => json::find(resource_type).map(|(service, _)| service.name),
    }
}

/// The names that endpoints may have.
fn known_services() -> Vec<&'static str> {
    let mut names: Vec<_> = json::names().collect();
    names.extend([http_task::SERVICE, lambda::SERVICE, s3::SERVICE, sns::SERVICE]);
    names.sort_unstable();
    names
}

impl Outside for Services {
    fn answers(&self, resource: &Resource) -> bool {
        self.endpoint(resource).is_some()
    }

    fn call(&self, call: OutsideCall, done: Box<dyn FnOnce(OutsideEnd) + Send>) {
        let services = self.clone();
        self.runtime.spawn(async move {
            let arn = call.request.resource.arn().to_owned();
            let end = services.answer(call).await;
            if let Err((error, cause)) = &end {
                tracing::debug!(resource = arn, %error, %cause, "a call failed");
            }
            done(end);
        });
    }
}

impl OutsideObjects for Services {
    fn begin(&self, request: ObjectRequest, done: Box<dyn FnOnce(ObjectEnd) + Send>) {
        let Some(s3) = self.s3() else { return };
        self.runtime.spawn(async move { done(s3.object(request).await) });
    }
}
