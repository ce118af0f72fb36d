//! AWS's test suite for version 4 signatures, requests that botocore signed, and what is refused.

use hyper::Request;
use hyper::http::request::Parts;
use stepclock_engine::data::Timestamp;

use super::canonical::{Paths, hex, mac, string_to_sign};
use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const DATE: &str = "20150830T123600Z";

fn parts(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("a request").into_parts().0
}

fn signature(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut given = vec![("host", "example.amazonaws.com"), ("x-amz-date", DATE)];
    given.extend(headers);
    let mut names: Vec<_> = given.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    let parts = parts(method, target, &given);
    let scope = ["20150830", "us-east-1", "service", "aws4_request"];
    let (signed, scope_text) = (names.join(";"), scope.join("/"));
    let string = string_to_sign(&parts, Paths::Normal, &signed, body.as_bytes(), DATE, &scope_text);
    use hmac::Mac;
    hex(&mac(SECRET, scope, &string).finalize().into_bytes())
}

#[test]
fn signatures_of_the_suite() {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let unreserved = format!("/?{unreserved}={unreserved}");
    let trim = [("my-header1", "value1"), ("my-header2", "\"a   b   c\"")];
    for (name, computed, expected) in [
        (
            "get-vanilla",
            signature("GET", "/", &[], ""),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "get-vanilla-query-order-key-case",
            signature("GET", "/?Param2=value2&Param1=value1", &[], ""),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "get-vanilla-query-unreserved",
            signature("GET", &unreserved, &[], ""),
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        (
            "get-header-value-trim",
            signature("GET", "/", &trim, ""),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        (
            "post-vanilla",
            signature("POST", "/", &[], ""),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "post-x-www-form-urlencoded",
            signature("POST", "/", &[form], "Param1=value1"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            "get-relative-relative",
            signature("GET", "/example1/example2/../..", &[], ""),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "get-slashes",
            signature("GET", "//example//", &[], ""),
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
        ),
    ] {
        assert_eq!(computed, expected, "{name}");
    }
}

const BODY: &[u8] = b"{\"maxResults\": 1}";
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/states/aws4_request, \
     SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
     Signature=3599e8751bb7d6f0862c9ca08851391b9a7c15e50671c594f28590cd2ad601d7";

/// What is verified of a request that botocore signed, once some headers are changed.
fn verified(changed: &[(&str, &str)], body: &[u8], now: &str) -> Result<(), (String, String)> {
    let mut headers = vec![
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", "AWSStepFunctions.ListActivities"),
        ("host", "127.0.0.1:8083"),
        ("x-amz-date", DATE),
        ("authorization", SIGNED),
    ];
    for (name, value) in changed {
        headers.retain(|(known, _)| known != name);
        if !value.is_empty() {
            headers.push((name, value));
        }
    }
    let mut keys = AccessKeys::default();
    keys.add(&format!("AKIDEXAMPLE={SECRET}")).expect("a key");
    let now = Timestamp::parse_rfc3339(now).expect("a moment");
    Verifier::new(keys, "us-east-1".into(), "states")
        .verify(&parts("POST", "/", &headers), body, now)
        .map_err(|error| (error.code.into_owned(), error.message))
}

const NOW: &str = "2015-08-30T12:40:00Z";

#[test]
fn what_botocore_signed_is_accepted_and_nothing_else() {
    assert_eq!(verified(&[], BODY, NOW), Ok(()));
    let (other_end, no_hex) = (SIGNED.replace("d7", "d8"), SIGNED.replace("=3599", "=ZZZZ"));
    for (changed, body) in [
        (&[][..], &b"{\"maxResults\": 2}"[..]),
        (&[("x-amz-target", "AWSStepFunctions.DeleteActivity")][..], BODY),
        (&[("host", "example.com")][..], BODY),
        (&[("x-amz-date", "20150830T123601Z")][..], BODY),
        (&[("authorization", &*other_end)][..], BODY),
        (&[("authorization", &SIGNED[..SIGNED.len() - 2])][..], BODY),
        (&[("authorization", &*no_hex)][..], BODY),
    ] {
        let (code, message) = verified(changed, body, NOW).expect_err("is refused");
        assert_eq!(code, "InvalidSignatureException", "{changed:?}");
        assert!(message.starts_with("The request signature we calculated"), "{message}");
    }
}

#[test]
fn what_is_incomplete_old_or_unknown_is_refused_in_awss_words() {
    let refused = |name, value: &str| verified(&[(name, value)], BODY, NOW).expect_err("refused");
    let edited = |from, to| refused("authorization", &SIGNED.replace(from, to));
    let missing = |code: &str, message: &str| (code.to_owned(), message.to_owned());
    assert_eq!(
        refused("authorization", ""),
        missing("MissingAuthenticationTokenException", "Missing Authentication Token")
    );
    assert_eq!(
        edited("AKIDEXAMPLE", "AKIDOTHER"),
        missing(
            "UnrecognizedClientException",
            "The security token included in the request is invalid."
        )
    );
    assert_eq!(
        edited("us-east-1/states", "eu-west-1/lambda"),
        missing(
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'eu-west-1'. Credential should be scoped to correct \
             service: 'states'."
        )
    );
    let (code, message) = edited("Signature=", "Sig=");
    assert_eq!(code, "IncompleteSignatureException");
    assert!(message.starts_with("Authorization header requires 'Signature' parameter. (Hashed"));
    assert_eq!(edited("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1").0, "IncompleteSignatureException");
    assert_eq!(edited("/aws4_request", "").0, "IncompleteSignatureException");
    assert_eq!(edited("20150830/us", "20150829/us").0, "InvalidSignatureException");
    assert_eq!(edited("host;", "").0, "InvalidSignatureException");
    assert_eq!(edited(";x-amz-target", "").0, "InvalidSignatureException");
    assert_eq!(refused("x-amz-date", "").0, "IncompleteSignatureException");
    assert_eq!(refused("x-amz-date", "20150830").0, "IncompleteSignatureException");
    assert_eq!(refused("x-amz-date", "2015ä830T12360Z").0, "IncompleteSignatureException");
    for (now, words) in [
        (
            "2015-08-30T12:41:01Z",
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z",
        ),
        ("2015-08-30T12:30:59Z", "Signature not yet current: 20150830T123600Z is still later than"),
    ] {
        let (code, message) = verified(&[], BODY, now).expect_err("is refused");
        assert_eq!(code, "InvalidSignatureException");
        assert!(message.starts_with(words), "{message}");
    }
}

#[test]
fn a_signature_that_may_be_used_once_is_refused_the_second_time() {
    let mut keys = AccessKeys::default();
    keys.add(&format!("AKIDEXAMPLE={SECRET}")).expect("a key");
    let now = Timestamp::parse_rfc3339(NOW).expect("a moment");
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", "AWSStepFunctions.ListActivities"),
        ("host", "127.0.0.1:8083"),
        ("x-amz-date", DATE),
        ("authorization", SIGNED),
    ];
    let parts = parts("POST", "/", &headers);
    let many = Verifier::new(keys, "us-east-1".into(), "states");
    assert_eq!(many.verify(&parts, BODY, now), Ok(()));
    assert_eq!(many.verify(&parts, BODY, now), Ok(()));
    let once = many.single_use();
    // What is refused uses nothing up.
    assert!(once.verify(&parts, b"{}", now).is_err());
    assert_eq!(once.verify(&parts, BODY, now), Ok(()));
    let refused = once.verify(&parts, BODY, now).expect_err("the second time");
    assert_eq!(refused.code, "InvalidSignatureException");
    assert!(refused.message.starts_with("Signature was used before"), "{}", refused.message);
}

#[test]
fn keys_are_read_and_their_secrets_not_shown() {
    let mut keys = AccessKeys::default();
    assert_eq!(keys.add("AKID=a=b"), Ok(()));
    assert_eq!(keys.secret("AKID"), Some("a=b"));
    assert_eq!(keys.add("AKID"), Err(KeyError::NoSecret));
    assert_eq!(keys.add("=x"), Err(KeyError::Empty));
    assert_eq!(keys.add("A/B=x"), Err(KeyError::Id));
    assert_eq!(format!("{keys:?}"), "{\"AKID\"}");
}

#[test]
fn what_is_signed_here_is_accepted_here() {
    let mut keys = AccessKeys::default();
    keys.add("AKID=secret").expect("is a key");
    let now = Timestamp::DEFAULT_EPOCH;
    let target = [("host", "localhost:8083"), ("x-amz-target", "AWSStepFunctions.ListActivities")];
    let sign_with = |secret: &str| {
        let mut parts = parts("POST", "/", &target);
        let key = AccessKey { id: "AKID".to_owned(), secret: secret.to_owned() };
        let scope = SigningScope { region: "us-east-1", service: "states", paths: Paths::Normal };
        sign(&mut parts, b"{}", &key, &scope, now);
        parts
    };
    let verifier = Verifier::new(keys, "us-east-1".into(), "states");
    assert_eq!(verifier.verify(&sign_with("secret"), b"{}", now), Ok(()));
    let refused = verifier.verify(&sign_with("other"), b"{}", now).expect_err("another secret");
    assert_eq!(refused.code, "InvalidSignatureException");
}
