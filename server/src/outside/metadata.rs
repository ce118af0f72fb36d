//! `SdkHttpMetadata` and `SdkResponseMetadata`: what optimised integrations add to a service's answer.

use serde_json::{Map, Value, json};

use super::http::Answer;

/// Headers in AWS's own spelling (recordings `lambda_task_service.invoke`, `sqs_task_service.send_message`); HTTP does
/// not care, paths into the result do.
const SPELLINGS: [(&str, &str); 9] = [
    ("content-length", "Content-Length"),
    ("content-type", "Content-Type"),
    ("date", "Date"),
    ("x-amz-executed-version", "X-Amz-Executed-Version"),
    ("x-amz-log-result", "X-Amz-Log-Result"),
    ("x-amzn-remapped-content-length", "x-amzn-Remapped-Content-Length"),
    ("x-amzn-requestid", "x-amzn-RequestId"),
    ("x-amzn-trace-id", "X-Amzn-Trace-Id"),
    ("server", "Server"),
];

/// Adds both to a result.
pub(super) fn add(result: &mut Map<String, Value>, answer: &Answer) {
    let mut all = Map::new();
    let mut first = Map::new();
    let mut names: Vec<&str> = answer.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    for name in names {
        let values: Vec<&str> =
            answer.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        let known = SPELLINGS.iter().find(|(lower, _)| *lower == name);
        let name = known.map_or(name, |(_, spelling)| spelling).to_owned();
        if let Some(value) = values.first() {
            first.insert(name.clone(), (*value).into());
            all.insert(name, json!(values));
        }
    }
    let http = json!({
        "AllHttpHeaders": all,
        "HttpHeaders": first,
        "HttpStatusCode": answer.status.as_u16(),
    });
    result.insert("SdkHttpMetadata".to_owned(), http);
    let request = json!({"RequestId": answer.request_id()});
    result.insert("SdkResponseMetadata".to_owned(), request);
}
