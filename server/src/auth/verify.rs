//! Verifying a signature, with AWS's errors, in AWS's order.
//!
//! The words are those that AWS's service framework has been seen to use with other services.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::Mac;
use hyper::http::request::Parts;
use sha2::{Digest, Sha256};
use stepclock_engine::data::Timestamp;

use super::AccessKeys;
use super::canonical::{Paths, mac, string_to_sign, unhex};
use super::used::{Unusable, Used};
use crate::error::ApiError;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far the clocks of a client and ours may be apart: for Step Functions five minutes (aws/aws-sdk-js-v3#7135), for
/// some other services fifteen.
const SKEW_MINUTES: i64 = 5;

/// Verifies signatures.
#[derive(Debug)]
pub struct Verifier {
    keys: AccessKeys,
    region: Arc<str>,
    service: &'static str,
    /// Signatures that were used, when each may be used once.
    used: Option<Used>,
}

/// An `Authorization` header, taken apart.
struct Authorization<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl Verifier {
    /// Accepts requests that are signed with one of the keys for a region and service.
    #[must_use]
    pub fn new(keys: AccessKeys, region: Arc<str>, service: &'static str) -> Self {
        Self { keys, region, service, used: None }
    }

    /// Accepts every signature only once.
    #[must_use]
    pub fn single_use(self) -> Self {
        Self { used: Some(Used::default()), ..self }
    }

    /// Verifies a request's signature.
    ///
    /// # Errors
    /// `MissingAuthenticationTokenException`, `IncompleteSignatureException`, `InvalidSignatureException`,
    /// `UnrecognizedClientException`.
    pub fn verify(&self, parts: &Parts, body: &[u8], now: Timestamp) -> Result<(), ApiError> {
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let Some(given) = header("authorization") else {
            let message = "Missing Authentication Token";
            return Err(ApiError::new("MissingAuthenticationTokenException", message));
        };
        let date = header("x-amz-date");
        let authorization = parse(given, date.is_some())?;
        let date = date.unwrap_or_default();
        let until = check_date(date, now)?;
        check_signed(parts, authorization.signed_headers)?;
        let (id, scope) = self.scope(authorization.credential, date)?;
        let Some(secret) = self.keys.secret(id) else {
            let message = "The security token included in the request is invalid.";
            return Err(ApiError::new("UnrecognizedClientException", message));
        };
        let signed = authorization.signed_headers;
        let string = string_to_sign(parts, Paths::Normal, signed, body, date, &scope.join("/"));
        let signature = unhex(authorization.signature).unwrap_or_default();
        // Compares in constant time.
        mac(secret, scope, &string).verify_slice(&signature).map_err(|_| {
            invalid(
                "The request signature we calculated does not match the signature you provided. Check your AWS \
                 Secret Access Key and signing method. Consult the service documentation for details.",
            )
        })?;
        self.use_up(&signature, until, now)
    }

    fn use_up(&self, signature: &[u8], until: Timestamp, now: Timestamp) -> Result<(), ApiError> {
        let (Some(used), Ok(signature)) = (&self.used, signature.try_into()) else { return Ok(()) };
        used.take(signature, until, now).map_err(|unusable| match unusable {
            // AWS has no words for it.
            Unusable::Again => invalid("Signature was used before: each may be used only once."),
            Unusable::Full => ApiError::new("ThrottlingException", "Rate exceeded"),
        })
    }

    /// The key's id, and what its scope must be.
    fn scope<'a>(
        &'a self,
        credential: &'a str,
        date: &'a str,
    ) -> Result<(&'a str, [&'a str; 4]), ApiError> {
        let pieces: Vec<_> = credential.trim_end_matches('/').split('/').collect();
        let [id, day, region, service, terminator] = pieces[..] else {
            return Err(incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                 '{credential}'"
            )));
        };
        let mut wrong = Vec::new();
        if region != &*self.region {
            wrong.push(format!("Credential should be scoped to a valid region, not '{region}'. "));
        }
        if service != self.service {
            let service = self.service;
            wrong.push(format!("Credential should be scoped to correct service: '{service}'. "));
        }
        if terminator != "aws4_request" {
            wrong.push(format!(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'. "
            ));
        }
        if !date.starts_with(day) || day.len() != 8 {
            wrong.push(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}' \
                 != '{}', from '{date}'.",
                &date[..8]
            ));
        }
        if wrong.is_empty() {
            Ok((id, [day, region, service, terminator]))
        } else {
            Err(invalid(wrong.concat().trim_end()))
        }
    }
}

fn parse(given: &str, has_date: bool) -> Result<Authorization<'_>, ApiError> {
    let (algorithm, rest) = given.trim().split_once(' ').unwrap_or((given.trim(), ""));
    if algorithm != ALGORITHM {
        return Err(incomplete(format!(
            "Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now). "
        )));
    }
    let mut found = [None; 3];
    const NAMES: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];
    for pair in rest.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(incomplete(format!(
                "'{pair}' not a valid key=value pair (missing equal-sign) in Authorization header {}.",
                hashed(given)
            )));
        };
        if let Some(index) = NAMES.iter().position(|known| *known == name) {
            found[index] = Some(value);
        }
    }
    let lacking: Vec<_> = NAMES.iter().zip(found).filter(|(_, value)| value.is_none()).collect();
    let mut message: String = lacking
        .iter()
        .map(|(name, _)| format!("Authorization header requires '{name}' parameter. "))
        .collect();
    if !has_date {
        message +=
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
    }
    match found {
        [Some(credential), Some(signature), Some(signed_headers)] if has_date => {
            Ok(Authorization { credential, signed_headers, signature })
        }
        _ => Err(incomplete(message + &hashed(given))),
    }
}

/// AWS shows what it was given only as a hash.
fn hashed(authorization: &str) -> String {
    let hash = BASE64.encode(Sha256::digest(authorization));
    format!("(Hashed with SHA-256 and encoded with Base64) Authorization={hash}")
}

/// Gives the moment when the signature expires.
fn check_date(date: &str, now: Timestamp) -> Result<Timestamp, ApiError> {
    let Some(signed) = parse_basic(date) else {
        return Err(incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        )));
    };
    let skew = SKEW_MINUTES * 60_000;
    let (now, signed) = (now.as_millis(), signed.as_millis());
    let minutes = SKEW_MINUTES;
    if signed < now - skew {
        return Err(invalid(&format!(
            "Signature expired: {date} is now earlier than {} ({} - {minutes} min.)",
            basic(now - skew),
            basic(now)
        )));
    }
    if signed > now + skew {
        return Err(invalid(&format!(
            "Signature not yet current: {date} is still later than {} ({} + {minutes} min.)",
            basic(now + skew),
            basic(now)
        )));
    }
    Ok(Timestamp::from_millis(signed + skew))
}

/// `20150830T123600Z` as a moment.
fn parse_basic(date: &str) -> Option<Timestamp> {
    if date.len() != 16 || !date.is_ascii() {
        return None;
    }
    let piece = |from: usize, to: usize| &date[from..to];
    let extended = format!(
        "{}-{}-{}{}{}:{}:{}",
        piece(0, 4),
        piece(4, 6),
        piece(6, 8),
        piece(8, 9),
        piece(9, 11),
        piece(11, 13),
        piece(13, 16)
    );
    Timestamp::parse_rfc3339(&extended).ok()
}

/// A moment as `20150830T123600Z`.
pub(super) fn basic(millis: i64) -> String {
    let text = Timestamp::from_millis(millis).to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    format!("{}Z", seconds.replace(['-', ':'], ""))
}

/// What decides over the request must be signed.
fn check_signed(parts: &Parts, signed_headers: &str) -> Result<(), ApiError> {
    let is_signed = |name: &str| signed_headers.split(';').any(|signed| signed == name);
    if !is_signed("host") {
        return Err(invalid(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    for name in ["x-amz-date", "x-amz-target"] {
        if parts.headers.contains_key(name) && !is_signed(name) {
            return Err(invalid(&format!(
                "'{name}' must be a 'SignedHeader' in the AWS Authorization."
            )));
        }
    }
    Ok(())
}

fn incomplete(message: String) -> ApiError {
    ApiError::new("IncompleteSignatureException", message)
}

fn invalid(message: &str) -> ApiError {
    ApiError::new("InvalidSignatureException", message)
}
