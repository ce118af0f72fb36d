//! Signing calls with AWS's signature version 4.
//!
//! Only what the API needs: a POST to `/` without a query, every header signed
//! (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use stepclock_engine::data::Timestamp;

/// An access key to sign with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Its id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// The token of the session, for keys that were lent.
    pub session_token: Option<String>,
}

impl Credentials {
    /// The key that AWS's own variables name: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            access_key_id: variable("AWS_ACCESS_KEY_ID")?,
            secret_access_key: variable("AWS_SECRET_ACCESS_KEY")?,
            session_token: variable("AWS_SESSION_TOKEN"),
        })
    }
}

/// Secrets are not shown.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Adds the headers that sign a call; the names of the others are lower case.
pub(super) fn sign(
    headers: &mut Vec<(&'static str, String)>,
    body: &[u8],
    credentials: &Credentials,
    region: &str,
    now: Timestamp,
) {
    let date = basic(now);
    let day = date.get(..8).unwrap_or_default();
    headers.push(("x-amz-date", date.clone()));
    if let Some(token) = &credentials.session_token {
        headers.push(("x-amz-security-token", token.clone()));
    }
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String =
        headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(body)));
    let scope = [day, region, "states", "aws4_request"];
    let credential = scope.join("/");
    let digest = hex(&Sha256::digest(canonical));
    let string = format!("AWS4-HMAC-SHA256\n{date}\n{credential}\n{digest}");
    let secret = format!("AWS4{}", credentials.secret_access_key).into_bytes();
    let key = scope.iter().fold(secret, |key, step| keyed(&key, step.as_bytes()));
    let signature = hex(&keyed(&key, string.as_bytes()));
    let id = &credentials.access_key_id;
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={id}/{credential}, SignedHeaders={names}, Signature={signature}"
    );
    headers.push(("authorization", authorization));
}

/// `20260102T030405Z`.
fn basic(now: Timestamp) -> String {
    let text = now.to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    let digits: String = seconds.chars().filter(|char| !matches!(char, '-' | ':')).collect();
    format!("{digits}Z")
}

fn keyed(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of an HMAC has any length");
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The derivation of the key: the example in AWS's documentation ("Deriving a signing key").
    #[test]
    fn keys_are_derived_as_documented() {
        let secret = b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec();
        let scope = ["20120215", "us-east-1", "iam", "aws4_request"];
        let key = scope.iter().fold(secret, |key, step| keyed(&key, step.as_bytes()));
        let expected = "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d";
        assert_eq!(hex(&key), expected);
    }

    #[test]
    fn every_header_is_signed_and_no_secret_shown() {
        let credentials = Credentials {
            access_key_id: "AKID".to_owned(),
            secret_access_key: "hidden".to_owned(),
            session_token: Some("lent".to_owned()),
        };
        assert!(!format!("{credentials:?}").contains("hidden"));
        let now = Timestamp::parse_rfc3339("2026-01-02T03:04:05.678Z").expect("is a moment");
        let mut headers = vec![("host", "h".to_owned()), ("content-type", "c".to_owned())];
        sign(&mut headers, b"{}", &credentials, "eu-west-1", now);
        let (_, authorization) = headers.pop().expect("was signed");
        let start = "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-west-1/states/aws4_request, \
                     SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=";
        assert!(authorization.starts_with(start), "{authorization}");
        assert!(headers.contains(&("x-amz-date", "20260102T030405Z".to_owned())));
    }
}
