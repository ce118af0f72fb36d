//! S3 over its REST protocol, buckets in the path: objects of Distributed Maps, and the simple operations of
//! `aws-sdk:s3`.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::{Method, Request};
use serde_json::{Map, Value};
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{ListedObject, ObjectError, ObjectRequest};

use super::endpoints::Endpoint;
use super::failure::{Names, Refusal, TaskFailure};
use super::http::{Answer, Failure, Http, Limits};
use super::xml::Element;
use crate::auth::{Paths, SigningScope, encode};
use crate::hub::{ObjectEnd, OutsideEnd};

pub(super) const SERVICE: &str = "s3";
pub(super) const RESOURCE_TYPE: &str = "aws-sdk:s3";
const NAMES: Names = Names::sdk("S3", "S3Exception");
/// A file for a Distributed Map may be large: what is more than this would not fit into memory well.
const LIMITS: Limits = Limits { within: Duration::from_secs(15 * 60), bytes_max: 1 << 30 };

/// The operations of `aws-sdk:s3` that can be called.
const ACTIONS: [&str; 5] =
    ["deleteObject", "getObject", "headObject", "listObjectsV2", "putObject"];

/// Whether an action can be called.
pub(super) fn knows(action: &str) -> bool {
    ACTIONS.contains(&action)
}

/// Why an operation failed.
enum S3Error {
    Unanswered(Failure),
    Refused(Box<Answer>, Refusal),
}

impl S3Error {
    fn of_task(self) -> TaskFailure {
        match self {
            Self::Unanswered(failure) => NAMES.unanswered(&failure),
            Self::Refused(answer, refusal) => NAMES.refused(&answer, &refusal),
        }
    }

    fn of_object(self) -> ObjectError {
        let message = match &self {
            Self::Unanswered(_) => None,
            Self::Refused(_, refusal) => Some(refusal.message.clone()),
        };
        let (error, cause) = self.of_task();
        ObjectError { error: error.to_string(), cause: message.unwrap_or(cause.to_string()) }
    }
}

/// The way to a server of S3's protocol.
#[derive(Debug, Clone)]
pub(super) struct S3 {
    pub(super) http: Http,
    pub(super) endpoint: Endpoint,
    pub(super) region: Arc<str>,
}

impl S3 {
    /// An operation on objects.
    pub(super) async fn object(&self, request: ObjectRequest) -> ObjectEnd {
        match request {
            ObjectRequest::Get { bucket, key, version_id } => {
                let version = version_id.map(|id| format!("?versionId={}", encode(id.as_bytes())));
                let read = self.send(Method::GET, &bucket, &key, version, Bytes::new()).await;
                let body = read.map(|answer| Arc::from(&answer.body[..]));
                ObjectEnd::Read(body.map_err(S3Error::of_object))
            }
            ObjectRequest::List { bucket, prefix } => {
                ObjectEnd::Listed(self.list(&bucket, &prefix).await.map_err(S3Error::of_object))
            }
            ObjectRequest::Put { bucket, key, body } => {
                let body = Bytes::copy_from_slice(&body);
                let written = self.send(Method::PUT, &bucket, &key, None, body).await;
                ObjectEnd::Written(written.map(|_| ()).map_err(S3Error::of_object))
            }
        }
    }

    /// All pages of a listing.
    async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ListedObject>, S3Error> {
        let mut objects = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut query = format!("?list-type=2&prefix={}", encode(prefix.as_bytes()));
            if let Some(token) = &token {
                query += &format!("&continuation-token={}", encode(token.as_bytes()));
            }
            let answer = self.send(Method::GET, bucket, "", Some(query), Bytes::new()).await?;
            let page = Element::parse(&answer.body).unwrap_or_default();
            objects.extend(page.children("Contents").map(listed));
            let next = page.text_of("NextContinuationToken").filter(|next| !next.is_empty());
            match next {
                // A server that gives the same token again would never end.
                Some(next) if token.as_deref() != Some(next) => token = Some(next.to_owned()),
                _ => break,
            }
        }
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(objects)
    }

    /// A task of `aws-sdk:s3`.
    pub(super) async fn task(&self, action: &str, parameters: &Value) -> OutsideEnd {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let Some(bucket) = text("Bucket") else {
            return Err(NAMES.not_sent("Bucket is missing"));
        };
        if action == "listObjectsV2" {
            return self.list_task(bucket, parameters).await;
        }
        let Some(key) = text("Key") else { return Err(NAMES.not_sent("Key is missing")) };
        let (method, body) = match action {
            "putObject" => (Method::PUT, body_of(parameters)),
            "deleteObject" => (Method::DELETE, Bytes::new()),
            "headObject" => (Method::HEAD, Bytes::new()),
            _ => (Method::GET, Bytes::new()),
        };
        let sent = self.send(method, bucket, key, None, body).await;
        let answer = sent.map_err(S3Error::of_task)?;
        let mut members = Map::new();
        match action {
            "putObject" => put_header(&mut members, &answer, "ETag", "etag"),
            "deleteObject" => {}
            _ => {
                put_header(&mut members, &answer, "AcceptRanges", "accept-ranges");
                if action == "getObject" {
                    members.insert("Body".to_owned(), answer.text().into());
                }
                let length = answer.header("content-length").and_then(|n| n.parse::<u64>().ok());
                let length = length.unwrap_or(answer.body.len() as u64);
                members.insert("ContentLength".to_owned(), length.into());
                put_header(&mut members, &answer, "ContentType", "content-type");
                put_header(&mut members, &answer, "ETag", "etag");
                put_header(&mut members, &answer, "LastModified", "last-modified");
                members.insert("Metadata".to_owned(), metadata(&answer));
            }
        }
        Ok(Payload::new(Value::Object(members)))
    }

    /// One page, as the task asks for it.
    async fn list_task(&self, bucket: &str, parameters: &Value) -> OutsideEnd {
        let mut query = "?list-type=2".to_owned();
        for (member, name) in [
            ("ContinuationToken", "continuation-token"),
            ("Delimiter", "delimiter"),
            ("MaxKeys", "max-keys"),
            ("Prefix", "prefix"),
            ("StartAfter", "start-after"),
        ] {
            let value = match parameters.get(member) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => continue,
            };
            query += &format!("&{name}={}", encode(value.as_bytes()));
        }
        let sent = self.send(Method::GET, bucket, "", Some(query), Bytes::new()).await;
        let answer = sent.map_err(S3Error::of_task)?;
        let page = Element::parse(&answer.body).unwrap_or_default();
        let contents: Vec<Value> = page.children("Contents").map(entry).collect();
        let mut members = Map::new();
        if !contents.is_empty() {
            members.insert("Contents".to_owned(), contents.into());
        }
        let prefixes: Vec<Value> = page
            .children("CommonPrefixes")
            .map(|common| serde_json::json!({"Prefix": common.text_of("Prefix")}))
            .collect();
        if !prefixes.is_empty() {
            members.insert("CommonPrefixes".to_owned(), prefixes.into());
        }
        let truncated = page.text_of("IsTruncated") == Some("true");
        members.insert("IsTruncated".to_owned(), truncated.into());
        for member in ["KeyCount", "MaxKeys"] {
            let number = page.text_of(member).and_then(|text| text.parse::<u64>().ok());
            number.map(|number| members.insert(member.to_owned(), number.into()));
        }
        for member in ["Name", "NextContinuationToken", "Prefix"] {
            let text = page.text_of(member);
            text.map(|text| members.insert(member.to_owned(), text.into()));
        }
        Ok(Payload::new(Value::Object(members)))
    }

    async fn send(
        &self,
        method: Method,
        bucket: &str,
        key: &str,
        query: Option<String>,
        body: Bytes,
    ) -> Result<Answer, S3Error> {
        let key: Vec<String> = key.split('/').map(|part| encode(part.as_bytes())).collect();
        let path = format!("/{}/{}", encode(bucket.as_bytes()), key.join("/"));
        // A listing is of the bucket itself.
        let path = path.strip_suffix('/').filter(|_| key.len() == 1).unwrap_or(&path);
        let url = self.endpoint.with(&format!("{path}{}", query.unwrap_or_default()));
        let not_a_request = |error: hyper::http::Error| Failure::NotARequest(error.to_string());
        let request = Request::builder()
            .method(method)
            .uri(url)
            .body(body)
            .map_err(|error| S3Error::Unanswered(not_a_request(error)))?;
        let scope = SigningScope { region: &self.region, service: SERVICE, paths: Paths::AsSent };
        let sent = self.http.send_signed(request, &scope, LIMITS).await;
        let answer = sent.map_err(S3Error::Unanswered)?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let refusal = refusal(&answer);
        Err(S3Error::Refused(Box::new(answer), refusal))
    }
}

/// Objects and other values are written as JSON.
fn body_of(parameters: &Value) -> Bytes {
    match parameters.get("Body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) => Bytes::from(text.clone()),
        Some(other) => Bytes::from(other.to_string()),
    }
}

fn refusal(answer: &Answer) -> Refusal {
    let said = Element::parse(&answer.body).unwrap_or_default();
    let text = |name| said.text_of(name).unwrap_or_default().to_owned();
    // Answers to HEAD have no body.
    let code = match (text("Code"), answer.status.as_u16()) {
        (code, 404) if code.is_empty() => "NoSuchKey".to_owned(),
        (code, _) => code,
    };
    Refusal { code, message: text("Message") }
}

fn put_header(members: &mut Map<String, Value>, answer: &Answer, member: &str, header: &str) {
    if let Some(value) = answer.header(header) {
        members.insert(member.to_owned(), value.into());
    }
}

/// `x-amz-meta-…` headers.
fn metadata(answer: &Answer) -> Value {
    let entries = answer.headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-amz-meta-")?;
        Some((name.to_owned(), value.to_str().ok()?.into()))
    });
    Value::Object(entries.collect())
}

fn listed(contents: &Element) -> ListedObject {
    let text = |name| contents.text_of(name).unwrap_or_default();
    let modified = Timestamp::parse_rfc3339(text("LastModified"));
    ListedObject {
        key: text("Key").to_owned(),
        size: text("Size").parse().unwrap_or(0),
        etag: text("ETag").to_owned(),
        last_modified: modified.unwrap_or(Timestamp::from_millis(0)),
        storage_class: contents.text_of("StorageClass").unwrap_or("STANDARD").to_owned(),
    }
}

fn entry(contents: &Element) -> Value {
    let object = listed(contents);
    serde_json::json!({
        "ETag": object.etag,
        "Key": object.key,
        "LastModified": object.last_modified.to_string(),
        "Size": object.size,
        "StorageClass": object.storage_class,
    })
}
