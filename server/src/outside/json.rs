//! Services of the AWS JSON protocols: the action in `X-Amz-Target`, members in a JSON body.

use std::time::Duration;

use hyper::Request;
use hyper::body::Bytes;
use serde_json::{Map, Value};
use stepclock_engine::asl::Integration;
use stepclock_engine::data::Payload;

use super::endpoints::Endpoint;
use super::failure::{Names, Refusal};
use super::http::{Answer, Http, Limits};
use super::{eventbridge, metadata};
use crate::auth::{Paths, SigningScope};
use crate::hub::{OutsideCall, OutsideEnd};

/// AWS's SDKs wait no longer for most services.
const LIMITS: Limits = Limits { within: Duration::from_secs(60), bytes_max: 16 << 20 };

/// How a service is spoken to.
#[derive(Debug)]
pub(super) struct JsonService {
    /// As `aws-sdk` resources name it.
    pub(super) name: &'static str,
    /// As signatures name it.
    signing: &'static str,
    /// In front of the action, in `X-Amz-Target`.
    target: &'static str,
    /// Of the protocol.
    version: &'static str,
    /// How failures of `aws-sdk` integrations name it.
    sdk: Names,
    /// Its optimised integration, if it has one: its resource type and how failures name it.
    optimised: Option<(&'static str, Names)>,
    /// Whether members begin with a small letter on the wire. Step Functions always shows them with a capital one.
    small: bool,
}

const fn service(
    name: &'static str,
    signing: &'static str,
    target: &'static str,
    version: &'static str,
    sdk: Names,
) -> JsonService {
    JsonService { name, signing, target, version, sdk, optimised: None, small: false }
}

/// The services. Prefixes and targets are those of the services' API models.
static SERVICES: [JsonService; 14] = [
    JsonService {
        sdk: Names {
            unmodelled: &["ValidationException"],
            ..Names::sdk("DynamoDb", "DynamoDbException")
        },
        optimised: Some((
            "dynamodb",
            Names {
                unmodelled: &["ValidationException"],
                ..Names::optimised("DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException")
            },
        )),
        ..service("dynamodb", "dynamodb", "DynamoDB_20120810", "1.0", Names::sdk("DynamoDb", ""))
    },
    JsonService {
        optimised: Some(("sqs", Names::optimised("SQS", "AmazonSQS", "AmazonSQSException"))),
        ..service("sqs", "sqs", "AmazonSQS", "1.0", Names::sdk("Sqs", "SqsException"))
    },
    JsonService {
        optimised: Some((
            "events",
            Names::optimised("EventBridge", "AmazonEventBridge", "AmazonEventBridgeException"),
        )),
        ..service(
            "eventbridge",
            "events",
            "AWSEvents",
            "1.1",
            Names::sdk("EventBridge", "EventBridgeException"),
        )
    },
    service(
        "secretsmanager",
        "secretsmanager",
        "secretsmanager",
        "1.1",
        Names::sdk("SecretsManager", "SecretsManagerException"),
    ),
    service("ssm", "ssm", "AmazonSSM", "1.1", Names::sdk("Ssm", "SsmException")),
    JsonService {
        small: true,
        ..service("sfn", "states", "AWSStepFunctions", "1.0", Names::sdk("Sfn", "SfnException"))
    },
    service(
        "kinesis",
        "kinesis",
        "Kinesis_20131202",
        "1.1",
        Names::sdk("Kinesis", "KinesisException"),
    ),
    service(
        "firehose",
        "firehose",
        "Firehose_20150804",
        "1.1",
        Names::sdk("Firehose", "FirehoseException"),
    ),
    service("kms", "kms", "TrentService", "1.1", Names::sdk("Kms", "KmsException")),
    JsonService {
        small: true,
        ..service(
            "cloudwatchlogs",
            "logs",
            "Logs_20140328",
            "1.1",
            Names::sdk("CloudWatchLogs", "CloudWatchLogsException"),
        )
    },
    JsonService {
        small: true,
        optimised: Some(("ecs", Names::optimised("ECS", "AmazonECS", "AmazonECSException"))),
        ..service(
            "ecs",
            "ecs",
            "AmazonEC2ContainerServiceV20141113",
            "1.1",
            Names::sdk("Ecs", "EcsException"),
        )
    },
    JsonService {
        optimised: Some(("glue", Names::optimised("Glue", "AWSGlue", "AWSGlueException"))),
        ..service("glue", "glue", "AWSGlue", "1.1", Names::sdk("Glue", "GlueException"))
    },
    JsonService {
        optimised: Some((
            "athena",
            Names::optimised("Athena", "AmazonAthena", "AmazonAthenaException"),
        )),
        ..service(
            "athena",
            "athena",
            "AmazonAthena",
            "1.1",
            Names::sdk("Athena", "AthenaException"),
        )
    },
    service(
        "cognitoidentityprovider",
        "cognito-idp",
        "AWSCognitoIdentityProviderService",
        "1.1",
        Names::sdk("CognitoIdentityProvider", "CognitoIdentityProviderException"),
    ),
];

/// The names of the services.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name)
}

/// The service of an integration, and how its failures name it.
pub(super) fn find(resource_type: &str) -> Option<(&'static JsonService, &'static Names)> {
    if let Some(name) = resource_type.strip_prefix("aws-sdk:") {
        let service = SERVICES.iter().find(|service| service.name == name)?;
        return Some((service, &service.sdk));
    }
    SERVICES.iter().find_map(|service| {
        let (name, names) = service.optimised.as_ref()?;
        (*name == resource_type).then_some((service, names))
    })
}

pub(super) async fn call(
    http: &Http,
    endpoint: &Endpoint,
    (service, names): (&'static JsonService, &'static Names),
    integration: &Integration,
    call: &OutsideCall,
) -> OutsideEnd {
    let mut parameters = call.request.parameters.value().clone();
    match service.name {
        "eventbridge" if names.optimised => {
            eventbridge::complete_entries(&mut parameters, &call.execution_arn);
        }
        "sqs" if names.optimised => as_text(&mut parameters, "MessageBody"),
        _ => {}
    }
    if service.small {
        recase(&mut parameters, str::to_ascii_lowercase);
    }
    let action = pascal(&integration.action);
    let version = service.version;
    let request = Request::post(endpoint.with("/"))
        .header("content-type", format!("application/x-amz-json-{version}"))
        .header("x-amz-target", format!("{}.{action}", service.target))
        .body(Bytes::from(parameters.to_string()))
        .map_err(|error| names.not_sent(error.to_string()))?;
    let scope =
        SigningScope { region: &call.region, service: service.signing, paths: Paths::Normal };
    let answer = http.send_signed(request, &scope, LIMITS).await;
    let answer = answer.map_err(|failure| names.unanswered(&failure))?;
    if !answer.status.is_success() {
        let empty = || Refusal { code: String::new(), message: answer.text() };
        return Err(names.refused(&answer, &refusal(&answer).unwrap_or_else(empty)));
    }
    let mut members = match serde_json::from_slice(&answer.body) {
        Ok(Value::Object(members)) => members,
        _ if answer.body.is_empty() => Map::new(),
        _ => return Err(names.not_sent("the service's answer is not a JSON object")),
    };
    if service.small {
        let mut value = Value::Object(members);
        recase(&mut value, str::to_ascii_uppercase);
        members = value.as_object_mut().map(std::mem::take).unwrap_or_default();
    }
    if names.optimised && service.name == "eventbridge" {
        return eventbridge::judge(members);
    }
    if names.optimised {
        metadata::add(&mut members, &answer);
    }
    Ok(Payload::new(Value::Object(members)))
}

/// What a service of a JSON protocol says when it refuses.
pub(super) fn refusal(answer: &Answer) -> Option<Refusal> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |names: &[&str]| names.iter().find_map(|name| body[*name].as_str());
    let code = text(&["__type", "code"]).or_else(|| answer.header("x-amzn-errortype"));
    let code = code.or_else(|| text(&["Type"]).filter(|kind| *kind != "User"))?;
    // `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`, `ResourceNotFoundException:http://…`.
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code).to_owned();
    let message = text(&["message", "Message", "errorMessage"]).unwrap_or_default().to_owned();
    Some(Refusal { code, message })
}

/// Where a member must be text and a JSON value is given, its text is sent.
pub(super) fn as_text(parameters: &mut Value, member: &str) {
    if let Some(value) = parameters.get_mut(member)
        && !value.is_string()
    {
        *value = Value::String(value.to_string());
    }
}

/// `putItem` as services name it: `PutItem`.
pub(super) fn pascal(action: &str) -> String {
    with_first(action, str::to_ascii_uppercase)
}

fn with_first(name: &str, change: fn(&str) -> String) -> String {
    let mut chars = name.chars();
    let first = chars.next().map_or(0, char::len_utf8);
    format!("{}{}", change(&name[..first]), &name[first..])
}

/// Changes the first letter of every member. The keys of maps change with them: telling them apart takes the service's
/// model.
fn recase(value: &mut Value, change: fn(&str) -> String) {
    match value {
        Value::Object(members) => {
            *members = std::mem::take(members)
                .into_iter()
                .map(|(name, mut value)| {
                    recase(&mut value, change);
                    (with_first(&name, change), value)
                })
                .collect();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| recase(item, change)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_by_their_resource_types() {
        let name = |resource_type| find(resource_type).map(|(service, _)| service.name);
        assert_eq!(name("aws-sdk:dynamodb"), Some("dynamodb"));
        assert_eq!(name("events"), Some("eventbridge"));
        assert_eq!(name("aws-sdk:events"), None, "the SDK knows it as eventbridge");
        assert_eq!(name("secretsmanager"), None, "it has no optimised integration");
    }

    #[test]
    fn members_change_their_first_letter() {
        let mut value = serde_json::json!({"Cluster": "c", "Overrides": [{"Name": 1}]});
        recase(&mut value, str::to_ascii_lowercase);
        assert_eq!(value, serde_json::json!({"cluster": "c", "overrides": [{"name": 1}]}));
        assert_eq!(pascal("putItem"), "PutItem");
    }
}
