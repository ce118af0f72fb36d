//! HTTP Tasks: `http:invoke`. Every call goes to the one endpoint given for `http`, which sees the path and the host
//! that the task names: a stand-in for the APIs of the world. What a connection would add (credentials) is not added.

use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::HOST;
use hyper::{Request, Uri};
use serde_json::{Map, Value, json};
use stepclock_engine::data::Payload;

use super::endpoints::Endpoint;
use super::failure::TaskFailure;
use super::http::{Failure, Http, Limits};
use crate::auth::encode;
use crate::hub::OutsideEnd;

pub(super) const SERVICE: &str = "http";
/// AWS: an HTTP Task may take 60 seconds.
const LIMITS: Limits = Limits { within: Duration::from_secs(60), bytes_max: 8 << 20 };

/// Calls.
pub(super) async fn invoke(http: &Http, endpoint: &Endpoint, parameters: &Value) -> OutsideEnd {
    let request = request(endpoint, parameters).map_err(|why| failed("States.Runtime", why))?;
    let answer = http.send(request, LIMITS).await.map_err(|failure| match failure {
        Failure::NotARequest(_) => failed("States.Runtime", failure.to_string()),
        failure => failed("States.Http.Socket", failure.to_string()),
    })?;
    let text = answer.status.canonical_reason().unwrap_or_default();
    if !answer.status.is_success() {
        // Users report that the cause has the status' text and nothing of the body; nobody recorded one.
        let error = format!("States.Http.StatusCode.{}", answer.status.as_u16());
        return Err(failed(&error, text));
    }
    let mut headers = Map::new();
    for name in answer.headers.keys() {
        let values = answer.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        headers.insert(name.as_str().to_owned(), values.collect::<Vec<_>>().into());
    }
    let body = answer.text();
    let body: Value = serde_json::from_str(&body).unwrap_or(Value::String(body));
    Ok(Payload::new(json!({
        "Headers": headers,
        "ResponseBody": body,
        "StatusCode": answer.status.as_u16(),
        "StatusText": text,
    })))
}

fn failed(error: &str, cause: impl Into<String>) -> TaskFailure {
    (error.into(), cause.into().into())
}

fn request(endpoint: &Endpoint, parameters: &Value) -> Result<Request<Bytes>, String> {
    let text = |name: &str| parameters.get(name).and_then(Value::as_str);
    let target: Uri = text("ApiEndpoint")
        .ok_or("ApiEndpoint is missing")?
        .parse()
        .map_err(|error| format!("ApiEndpoint: {error}"))?;
    let host = target.authority().ok_or("ApiEndpoint has no host")?.as_str();
    let mut query: Vec<String> = target.query().map(str::to_owned).into_iter().collect();
    for (name, value) in members(parameters, "QueryParameters") {
        for value in one_or_more(value) {
            query.push(format!("{}={}", encode(name.as_bytes()), encode(value.as_bytes())));
        }
    }
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let encoding = parameters.get("Transform").map(|transform| &transform["RequestBodyEncoding"]);
    let as_form = encoding.and_then(Value::as_str) == Some("URL_ENCODED");
    let kind = if as_form { "application/x-www-form-urlencoded" } else { "application/json" };
    let body = match parameters.get("RequestBody") {
        None | Some(Value::Null) => None,
        Some(Value::Object(members)) if as_form => Some(form(members)),
        Some(Value::String(text)) if as_form => Some(text.clone()),
        Some(body) => Some(body.to_string()),
    };
    let mut request = Request::builder()
        .method(text("Method").ok_or("Method is missing")?)
        .uri(endpoint.with(&format!("{}{query}", target.path())))
        .header(HOST, host);
    let mut has_kind = false;
    for (name, value) in members(parameters, "Headers") {
        has_kind |= name.eq_ignore_ascii_case("content-type");
        for value in one_or_more(value) {
            request = request.header(name.as_str(), value);
        }
    }
    if body.is_some() && !has_kind {
        request = request.header("content-type", kind);
    }
    request.body(Bytes::from(body.unwrap_or_default())).map_err(|error| error.to_string())
}

fn members<'a>(
    parameters: &'a Value,
    name: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    parameters.get(name).and_then(Value::as_object).into_iter().flatten()
}

fn one_or_more(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(one_or_more).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn form(members: &Map<String, Value>) -> String {
    let pair = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{}={}", encode(name.as_bytes()), encode(value.as_bytes()))
    };
    members.iter().map(pair).collect::<Vec<_>>().join("&")
}
