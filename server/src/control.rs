//! What only this server has: its health, its metrics, its clock. Everything is below `/_stepclock/`, where no call
//! of the API goes.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use stepclock_engine::data::Timestamp;

use crate::error::ApiError;
use crate::hub::{ClockState, Handle};

/// How long the hub may take before the server is not ready.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// The routes.
pub fn router(hub: Handle) -> Router {
    Router::new()
        .route("/_stepclock/health", get(|| async { "ok\n" }))
        .route("/_stepclock/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/_stepclock/clock", get(clock))
        .route("/_stepclock/clock/advance", post(advance))
        .route("/_stepclock/clock/run-until-idle", post(run_until_idle))
        .route("/_stepclock/clock/freeze", post(freeze))
        .route("/_stepclock/clock/resume", post(resume))
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

/// Everything that can be measured.
async fn metrics(State(hub): State<Handle>) -> Response {
    // A store that refuses to write is no reason not to be measured.
    match hub.ask(|hub, reply| reply.send(Ok(hub.metrics()))).await {
        Ok(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The clock: `now`, whether it is `simulated` and `frozen`, when something is due next, and how many tasks somebody
/// has in hand.
async fn clock(State(hub): State<Handle>) -> Response {
    respond(hub.call(|hub| Ok(hub.clock_state())).await)
}

/// How far to move: `{"seconds": 60}`, or `{"to": "2027-01-01T00:00:00Z"}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: Option<f64>,
    to: Option<String>,
}

/// Moves simulated time; everything that is due on the way has happened when the answer comes.
async fn advance(State(hub): State<Handle>, body: Bytes) -> Response {
    let usage = || {
        let message = r#"say how far: {"seconds": 60} or {"to": "2027-01-01T00:00:00Z"}"#;
        ApiError::validation(message)
    };
    let asked = serde_json::from_slice::<Advance>(&body).map_err(|_| usage());
    let advanced = async {
        let asked = asked?;
        let to = match (asked.seconds, asked.to) {
            (Some(seconds), None) if seconds >= 0.0 => Err((seconds * 1_000.0).round() as i64),
            (None, Some(to)) => {
                let to = Timestamp::parse_rfc3339(&to);
                Ok(to.map_err(|error| ApiError::validation(error.to_string()))?)
            }
            _ => return Err(usage()),
        };
        let to = match to {
            Ok(to) => to,
            Err(millis) => hub.call(move |hub| Ok(hub.now() + millis)).await?,
        };
        hub.advance_to(to).await
    };
    respond(advanced.await)
}

/// How much may happen: `{"maxEvents": 1000}`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RunUntilIdle {
    max_events: Option<u64>,
}

/// Moves simulated time until nothing is due any more, or too much has happened.
async fn run_until_idle(State(hub): State<Handle>, body: Bytes) -> Response {
    let asked = match body.is_empty() {
        true => Ok(RunUntilIdle::default()),
        false => serde_json::from_slice::<RunUntilIdle>(&body),
    };
    respond(match asked {
        Ok(RunUntilIdle { max_events: None }) => hub.run_until_idle().await,
        Ok(RunUntilIdle { max_events: Some(events) }) => hub.run_until_idle_within(events).await,
        Err(_) => {
            Err(ApiError::validation(r#"say how much may happen at most: {"maxEvents": 1000}"#))
        }
    })
}

/// Lets simulated time stand still unless it is told to move.
async fn freeze(State(hub): State<Handle>) -> Response {
    set_frozen(&hub, true).await
}

/// Lets simulated time jump by itself again.
async fn resume(State(hub): State<Handle>) -> Response {
    set_frozen(&hub, false).await
}

async fn set_frozen(hub: &Handle, frozen: bool) -> Response {
    let set = hub.call(move |hub| {
        hub.freeze(frozen)?;
        Ok(hub.clock_state())
    });
    respond(set.await)
}

fn respond(state: Result<ClockState, ApiError>) -> Response {
    match state {
        Ok(state) => {
            let body = json!({
                "now": state.now.to_string(),
                "simulated": state.simulated,
                "frozen": state.frozen,
                "nextDue": state.next_due.map(|due| due.to_string()),
                "tasksInHand": state.held,
            });
            (StatusCode::OK, format!("{body}\n")).into_response()
        }
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
            let body = crate::protocol::error_body(&error);
            (status, format!("{body}\n")).into_response()
        }
    }
}

/// Ready is a server whose hub answers.
async fn ready(State(hub): State<Handle>) -> (StatusCode, &'static str) {
    match tokio::time::timeout(READY_WITHIN, hub.call(|_| Ok(()))).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    }
}
