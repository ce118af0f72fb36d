//! The hashes both languages offer.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The hash of a text's UTF-8 bytes; `None` for an algorithm AWS does not have. Names are exact.
pub(super) fn hexadecimal(text: &str, algorithm: &str) -> Option<String> {
    fn hash<D: Digest>(text: &str) -> String {
        D::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
    Some(match algorithm {
        "MD5" => hash::<Md5>(text),
        "SHA-1" => hash::<Sha1>(text),
        "SHA-256" => hash::<Sha256>(text),
        "SHA-384" => hash::<Sha384>(text),
        "SHA-512" => hash::<Sha512>(text),
        _ => return None,
    })
}
