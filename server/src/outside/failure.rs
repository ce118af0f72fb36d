//! How tasks fail: the names and words that Step Functions gives to what services refuse.
//!
//! There are two families. Optimised integrations speak as version 1 of AWS's SDK for Java does
//! (recording `task_service_dynamodb.put_item_invalid_table_name`), `aws-sdk` ones as version 2
//! (recording `sfn_send_task_outcome_with_no_such_token`).

use std::sync::Arc;

use super::http::{Answer, Failure};

/// An error name and a cause.
pub(super) type TaskFailure = (Arc<str>, Arc<str>);

/// How a service is called in failures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    /// In front of error names: `DynamoDB`, `DynamoDb`.
    pub(super) prefix: &'static str,
    /// In causes: `AmazonDynamoDBv2`, `DynamoDb`.
    pub(super) service: &'static str,
    /// The error that stands for all that the service's model does not name: `AmazonDynamoDBException`.
    pub(super) generic: &'static str,
    /// Whether the words are those of optimised integrations.
    pub(super) optimised: bool,
    /// Codes that the service's model does not name, besides [`UNMODELLED`].
    pub(super) unmodelled: &'static [&'static str],
}

/// Codes that any service may answer with and no model names.
const UNMODELLED: [&str; 9] = [
    "AccessDenied",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SerializationException",
    "SignatureDoesNotMatch",
    "UnknownOperationException",
    "UnrecognizedClientException",
];

/// What a service says when it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Its code, without namespace.
    pub(super) code: String,
    /// For people.
    pub(super) message: String,
}

impl Names {
    /// The names of an `aws-sdk` integration: only the prefix differs.
    pub(super) const fn sdk(prefix: &'static str, generic: &'static str) -> Self {
        Self { prefix, service: prefix, generic, optimised: false, unmodelled: &[] }
    }

    /// The names of an optimised integration.
    pub(super) const fn optimised(
        prefix: &'static str,
        service: &'static str,
        generic: &'static str,
    ) -> Self {
        Self { prefix, service, generic, optimised: true, unmodelled: &[] }
    }

    /// A refusal of the service.
    pub(super) fn refused(&self, answer: &Answer, refusal: &Refusal) -> TaskFailure {
        let Refusal { code, message } = refusal;
        let status = answer.status.as_u16();
        let id = answer.request_id();
        let service = self.service;
        let cause = if self.optimised {
            format!(
                "{message} (Service: {service}; Status Code: {status}; Error Code: {code}; Request ID: {id}; Proxy: \
                 null)"
            )
        } else {
            format!(
                "{message} (Service: {service}, Status Code: {status}, Request ID: {id}) (SDK Attempt Count: 1)"
            )
        };
        (self.error(code), cause.into())
    }

    /// The error name of a code.
    fn error(&self, code: &str) -> Arc<str> {
        let prefix = self.prefix;
        if code.is_empty() || UNMODELLED.contains(&code) || self.unmodelled.contains(&code) {
            return format!("{prefix}.{}", self.generic).into();
        }
        let suffix = if code.ends_with("Exception") { "" } else { "Exception" };
        format!("{prefix}.{code}{suffix}").into()
    }

    /// There is no answer.
    pub(super) fn unanswered(&self, failure: &Failure) -> TaskFailure {
        (format!("{}.SdkClientException", self.prefix).into(), failure.to_string().into())
    }

    /// What the task asks for cannot be sent.
    pub(super) fn not_sent(&self, why: impl Into<String>) -> TaskFailure {
        self.unanswered(&Failure::NotARequest(why.into()))
    }
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;
    use hyper::header::{HeaderMap, HeaderValue};

    use super::*;

    fn answer(status: StatusCode) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("x-amzn-requestid", HeaderValue::from_static("R"));
        Answer { status, headers, body: hyper::body::Bytes::new() }
    }

    #[test]
    fn optimised_integrations_speak_as_the_recordings_do() {
        let mut names = Names::optimised("DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException");
        names.unmodelled = &["ValidationException"];
        let refusal = Refusal { code: "ValidationException".into(), message: "M".into() };
        let (error, cause) = names.refused(&answer(StatusCode::BAD_REQUEST), &refusal);
        assert_eq!(&*error, "DynamoDB.AmazonDynamoDBException");
        assert_eq!(
            &*cause,
            "M (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: R; Proxy: \
             null)"
        );
        let sns = Names::optimised("SNS", "AmazonSNS", "AmazonSNSException");
        let refusal = Refusal { code: "InvalidParameter".into(), message: "M".into() };
        let (error, _) = sns.refused(&answer(StatusCode::BAD_REQUEST), &refusal);
        assert_eq!(&*error, "SNS.InvalidParameterException");
    }

    #[test]
    fn sdk_integrations_speak_as_the_recordings_do() {
        let names = Names::sdk("Sfn", "SfnException");
        let refusal = Refusal { code: "InvalidToken".into(), message: "Invalid Token".into() };
        let (error, cause) = names.refused(&answer(StatusCode::BAD_REQUEST), &refusal);
        assert_eq!(&*error, "Sfn.InvalidTokenException");
        let words =
            "Invalid Token (Service: Sfn, Status Code: 400, Request ID: R) (SDK Attempt Count: 1)";
        assert_eq!(&*cause, words);
    }
}
