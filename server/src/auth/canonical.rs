//! What is signed: the canonical form of a request, and the keys derived for a day, region and service.

use std::fmt::Write;

use hmac::{Hmac, Mac};
use hyper::http::request::Parts;
use sha2::{Digest, Sha256};

/// How a request's path is brought into canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paths {
    /// Without `.`, `..` and empty segments, and encoded once more.
    Normal,
    /// As it was sent: S3, whose keys may look like anything.
    AsSent,
}

/// The string that a request's signature signs.
pub(super) fn string_to_sign(
    parts: &Parts,
    paths: Paths,
    signed_headers: &str,
    body: &[u8],
    timestamp: &str,
    scope: &str,
) -> String {
    let canonical = canonical_request(parts, paths, signed_headers, body);
    let hash = hex(&Sha256::digest(canonical));
    format!("AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{hash}")
}

/// The authentication code of a string under the key of a day, region and service, ready to be compared in constant
/// time.
pub(super) fn mac(secret: &str, scope: [&str; 4], string_to_sign: &str) -> Hmac<Sha256> {
    let mut key = keyed(format!("AWS4{secret}").as_bytes(), scope[0]);
    for step in &scope[1..] {
        key = keyed(&key.finalize().into_bytes(), step);
    }
    keyed(&key.finalize().into_bytes(), string_to_sign)
}

fn keyed(key: &[u8], data: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(key).expect("a key of an HMAC may have any length");
    mac.update(data.as_bytes());
    mac
}

fn canonical_request(parts: &Parts, paths: Paths, signed_headers: &str, body: &[u8]) -> String {
    let path = match paths {
        Paths::Normal => canonical_path(parts.uri.path()),
        Paths::AsSent => parts.uri.path().to_owned(),
    };
    let mut text = format!(
        "{}\n{}\n{}\n",
        parts.method,
        path,
        canonical_query(parts.uri.query().unwrap_or(""))
    );
    for name in signed_headers.split(';') {
        text.push_str(name);
        text.push(':');
        for (index, value) in parts.headers.get_all(name).iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            push_collapsed(&mut text, &String::from_utf8_lossy(value.as_bytes()));
        }
        text.push('\n');
    }
    let _ = write!(text, "\n{signed_headers}\n{}", hex(&Sha256::digest(body)));
    text
}

/// Without spaces at its ends, and with one where there are several.
fn push_collapsed(text: &mut String, value: &str) {
    for (index, word) in value.split_ascii_whitespace().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}

/// Without `.`, `..` and empty segments, and encoded again, as all services but S3 do.
fn canonical_path(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(encode(segment.as_bytes())),
        }
    }
    let slash = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    format!("/{}{slash}", segments.join("/"))
}

fn canonical_query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<_> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encode(&decode(name)), encode(&decode(value)))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let code = (byte == b'%').then(|| tail.get(..2)).flatten();
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &tail[2..];
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    bytes
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The bytes of lower-case hexadecimal text.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2)
        || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
