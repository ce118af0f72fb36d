//! Lambda's Invoke API: `lambda:invoke`, and functions as resources.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::{Map, Value};
use stepclock_engine::data::Payload;

use super::endpoints::Endpoint;
use super::failure::{Names, Refusal, TaskFailure};
use super::http::{Answer, Http, Limits};
use super::{json, metadata};
use crate::auth::{Paths, SigningScope, encode};
use crate::hub::OutsideEnd;

pub(super) const SERVICE: &str = "lambda";
const NAMES: Names = Names::optimised("Lambda", "AWSLambda", "AWSLambdaException");
/// Functions run for up to 15 minutes. Answers have up to 6 MB, what is too large for an execution is for the engine to
/// refuse.
const LIMITS: Limits = Limits { within: Duration::from_secs(16 * 60), bytes_max: 8 << 20 };
/// Members of `lambda:invoke` that become headers.
const HEADERS: [(&str, &str); 2] =
    [("InvocationType", "x-amz-invocation-type"), ("LogType", "x-amz-log-type")];

/// Whether an ARN is that of a function.
pub(super) fn is_function(arn: &str) -> bool {
    let mut parts = arn.splitn(7, ':').skip(2);
    parts.next() == Some("lambda") && parts.nth(2) == Some("function")
}

/// A function as a resource: its input is the task's, its result the task's result.
pub(super) async fn call_function(
    http: &Http,
    endpoint: &Endpoint,
    region: &str,
    arn: &str,
    input: &Payload,
) -> OutsideEnd {
    let request = invocation(endpoint, arn, None, Bytes::from(input.text().to_owned()))?;
    let answer = send(http, region, request).await?;
    Ok(result(&answer))
}

/// `lambda:invoke`.
pub(super) async fn invoke(
    http: &Http,
    endpoint: &Endpoint,
    region: &str,
    parameters: &Value,
) -> OutsideEnd {
    let text = |name: &str| parameters.get(name).and_then(Value::as_str);
    let Some(function) = text("FunctionName") else {
        return Err(NAMES.not_sent("FunctionName is missing"));
    };
    // A function called with nothing sees an empty object (recording `lambda_task_service.invoke`).
    let payload = match parameters.get("Payload") {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(payload) => payload.to_string(),
    };
    let mut request = invocation(endpoint, function, text("Qualifier"), Bytes::from(payload))?;
    let mut header = |name: &'static str, value: &str| -> Result<(), TaskFailure> {
        let value = value.parse().map_err(|_| NAMES.not_sent(format!("{name}: {value}")))?;
        request.headers_mut().insert(name, value);
        Ok(())
    };
    for (member, name) in HEADERS {
        text(member).map_or(Ok(()), |value| header(name, value))?;
    }
    match parameters.get("ClientContext") {
        None | Some(Value::Null) => {}
        // AWS asks for base64 and takes an object, too.
        Some(Value::String(encoded)) => header("x-amz-client-context", encoded)?,
        Some(other) => header("x-amz-client-context", &BASE64.encode(other.to_string()))?,
    }
    let answer = send(http, region, request).await?;
    Ok(Payload::new(Value::Object(shaped(&answer))))
}

/// The members of the result, in the order of the recordings.
fn shaped(answer: &Answer) -> Map<String, Value> {
    let mut members = Map::new();
    if let Some(version) = answer.header("x-amz-executed-version") {
        members.insert("ExecutedVersion".to_owned(), version.into());
    }
    if let Some(log) = answer.header("x-amz-log-result") {
        members.insert("LogResult".to_owned(), log.into());
    }
    members.insert("Payload".to_owned(), result(answer).into_value());
    metadata::add(&mut members, answer);
    members.insert("StatusCode".to_owned(), answer.status.as_u16().into());
    members
}

/// What the function gave. Asynchronous calls give nothing; nobody recorded how AWS words that, an empty text is what
/// its SDK has.
fn result(answer: &Answer) -> Payload {
    let text = answer.text();
    Payload::parse(&text).unwrap_or_else(|_| Payload::new(Value::String(text)))
}

/// Names rather than ARNs go into the path: every server of this API knows those.
fn invocation(
    endpoint: &Endpoint,
    function: &str,
    qualifier: Option<&str>,
    payload: Bytes,
) -> Result<Request<Bytes>, TaskFailure> {
    let (name, of_arn) = match function.split_once(":function:") {
        Some((_, name)) => name.split_once(':').map_or((name, None), |(name, q)| (name, Some(q))),
        None => (function, None),
    };
    let query = qualifier.or(of_arn).map(|q| format!("?Qualifier={}", encode(q.as_bytes())));
    let path = format!(
        "/2015-03-31/functions/{}/invocations{}",
        encode(name.as_bytes()),
        query.unwrap_or_default()
    );
    Request::post(endpoint.with(&path))
        .header("content-type", "application/json")
        .body(payload)
        .map_err(|error| NAMES.not_sent(error.to_string()))
}

async fn send(http: &Http, region: &str, request: Request<Bytes>) -> Result<Answer, TaskFailure> {
    let scope = SigningScope { region, service: SERVICE, paths: Paths::Normal };
    let answer = http.send_signed(request, &scope, LIMITS).await;
    let answer = answer.map_err(|failure| NAMES.unanswered(&failure))?;
    if !answer.status.is_success() {
        let refusal = json::refusal(&answer).unwrap_or_else(|| Refusal {
            code: "ServiceException".to_owned(),
            message: answer.text(),
        });
        return Err(NAMES.refused(&answer, &refusal));
    }
    if answer.header("x-amz-function-error").is_some() {
        return Err(function_failed(&answer.text()));
    }
    Ok(answer)
}

/// The function raised an error: its class is the error's name, and all that it said is the cause (recording
/// `task_lambda.raise_custom_exception`).
fn function_failed(body: &str) -> TaskFailure {
    let said: Value = serde_json::from_str(body).unwrap_or_default();
    match said["errorType"].as_str() {
        Some(error) => (error.into(), body.into()),
        // Functions that run out of time or memory say no type.
        None => {
            let cause = format!(
                "The cause could not be determined because Lambda did not return an error type. Returned payload: \
                 {body}"
            );
            ("Lambda.Unknown".into(), cause.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_told_from_other_resources() {
        assert!(is_function("arn:aws:lambda:us-east-1:123456789012:function:F:$LATEST"));
        assert!(!is_function("arn:aws:states:us-east-1:123456789012:activity:A"));
        assert!(!is_function("arn:aws:lambda:us-east-1:123456789012:layer:F"));
    }

    #[test]
    fn names_and_qualifiers_go_into_the_path() {
        let mut endpoints = super::super::Endpoints::default();
        endpoints.add("lambda=http://h:1").expect("is an endpoint");
        let endpoint = endpoints.of("lambda").expect("is there");
        let path = |function, qualifier| {
            let request = invocation(endpoint, function, qualifier, Bytes::new());
            request.expect("is a request").uri().path_and_query().expect("has a path").to_string()
        };
        assert_eq!(path("F", None), "/2015-03-31/functions/F/invocations");
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:F";
        assert_eq!(path(arn, None), "/2015-03-31/functions/F/invocations");
        let latest = format!("{arn}:$LATEST");
        assert_eq!(path(&latest, None), "/2015-03-31/functions/F/invocations?Qualifier=%24LATEST");
        assert_eq!(path(arn, Some("7")), "/2015-03-31/functions/F/invocations?Qualifier=7");
    }

    #[test]
    fn a_function_without_an_error_type_is_unknown() {
        let (error, _) =
            function_failed(r#"{"errorMessage": "Task timed out after 3.00 seconds"}"#);
        assert_eq!(&*error, "Lambda.Unknown");
        let body = r#"{"errorMessage": "", "errorType": "CustomException"}"#;
        assert_eq!(function_failed(body), ("CustomException".into(), body.into()));
    }
}
