//! What only this server has: its health, its metrics, its clock. Everything is below `/_stepclock/`, where no call
//! of the API goes.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::hub::Handle;

/// How long the hub may take before the server is not ready.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// The routes.
pub fn router(hub: Handle) -> Router {
    Router::new()
        .route("/_stepclock/health", get(|| async { "ok\n" }))
        .route("/_stepclock/ready", get(ready))
        .with_state(hub)
}

/// Whether a path is one of ours.
#[must_use]
pub fn owns(path: &str) -> bool {
    path.starts_with("/_stepclock/") || path == "/metrics"
}

/// Whether a path is answered without a signature even when signatures are asked for: those that probes and
/// scrapers use, which cannot sign.
#[must_use]
pub fn is_open(path: &str) -> bool {
    matches!(path, "/_stepclock/health" | "/_stepclock/ready" | "/metrics")
}

/// Ready is a server whose hub answers.
async fn ready(State(hub): State<Handle>) -> (StatusCode, &'static str) {
    match tokio::time::timeout(READY_WITHIN, hub.call(|_| Ok(()))).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    }
}
