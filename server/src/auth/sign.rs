//! Signing what the server itself sends: other servers of AWS's APIs read account, region and service from a
//! signature, and some of them verify it.

use std::fmt;

use hmac::Mac;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use sha2::{Digest, Sha256};
use stepclock_engine::data::Timestamp;

use super::canonical::{Paths, hex, mac, string_to_sign};
use super::verify::basic;

/// An access key to sign with.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

/// What a signature is good for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SigningScope<'a> {
    /// The region.
    pub(crate) region: &'a str,
    /// The service, as signatures name it.
    pub(crate) service: &'a str,
    /// How the service reads paths.
    pub(crate) paths: Paths,
}

/// Secrets are not shown.
impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The key that servers of AWS's APIs for tests are usually given.
impl Default for AccessKey {
    fn default() -> Self {
        Self { id: "test".to_owned(), secret: "test".to_owned() }
    }
}

/// Adds the headers that sign a request; `host` must be among its headers.
pub(crate) fn sign(
    parts: &mut Parts,
    body: &[u8],
    key: &AccessKey,
    scope: &SigningScope<'_>,
    now: Timestamp,
) {
    let date = basic(now.as_millis());
    let mut insert = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            parts.headers.insert(HeaderName::from_static(name), value);
        }
    };
    insert("x-amz-date", &date);
    insert("x-amz-content-sha256", &hex(&Sha256::digest(body)));
    let is_signed =
        |name: &&str| name.starts_with("x-amz-") || matches!(*name, "host" | "content-type");
    let mut names: Vec<&str> =
        parts.headers.keys().map(HeaderName::as_str).filter(is_signed).collect();
    names.sort_unstable();
    let names = names.join(";");
    let steps = [&date[..8], scope.region, scope.service, "aws4_request"];
    let credential = steps.join("/");
    let string = string_to_sign(parts, scope.paths, &names, body, &date, &credential);
    let signature = hex(&mac(&key.secret, steps, &string).finalize().into_bytes());
    let id = &key.id;
    let header = format!(
        "AWS4-HMAC-SHA256 Credential={id}/{credential}, SignedHeaders={names}, Signature={signature}"
    );
    if let Ok(header) = HeaderValue::from_str(&header) {
        parts.headers.insert(AUTHORIZATION, header);
    }
}
