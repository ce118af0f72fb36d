//! Which service integrations exist, and what they cannot do without.
//!
//! The list is AWS's table of optimized integrations with the actions its pages name; an `aws-sdk`
//! integration may be any service and action.

use crate::asl::{Integration, IntegrationPattern, Resource};

/// What an action can wait for, besides its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    Answer,
    Job,
    Token,
    JobOrToken,
}

/// Every action of a service that is not listed on its own.
const ANY: &str = "*";

/// Services and actions with what they can wait for.
const OPTIMIZED: &[(&str, &[&str], Waits)] = &[
    ("apigateway", &["invoke"], Waits::Token),
    ("athena", &["startQueryExecution"], Waits::Job),
    ("athena", &["stopQueryExecution", "getQueryExecution", "getQueryResults"], Waits::Answer),
    ("batch", &["submitJob"], Waits::Job),
    ("bedrock", &[ANY], Waits::JobOrToken),
    ("bedrock-agentcore", &[ANY], Waits::Answer),
    ("codebuild", &["startBuild", "startBuildBatch", "retryBuild", "retryBuildBatch"], Waits::Job),
    ("codebuild", &[ANY], Waits::Answer),
    ("databrew", &["startJobRun"], Waits::Job),
    ("dynamodb", &["getItem", "putItem", "updateItem", "deleteItem"], Waits::Answer),
    ("ecs", &["runTask"], Waits::JobOrToken),
    ("eks", &[ANY], Waits::JobOrToken),
    ("elasticmapreduce", &[ANY], Waits::Job),
    ("emr-containers", &[ANY], Waits::Job),
    ("emr-serverless", &[ANY], Waits::Job),
    ("events", &["putEvents"], Waits::Token),
    ("glue", &["startJobRun"], Waits::Job),
    ("http", &["invoke"], Waits::Answer),
    ("lambda", &["invoke"], Waits::Token),
    ("mediaconvert", &["createJob"], Waits::Job),
    ("sagemaker", &[ANY], Waits::Job),
    ("sns", &["publish"], Waits::Token),
    ("sqs", &["sendMessage"], Waits::Token),
    ("states", &["startExecution"], Waits::JobOrToken),
];

/// Parameters that creating the state machine asks for; measured for these actions only.
const REQUIRED: &[(&str, &str, &[&str])] = &[
    ("dynamodb", "getItem", &["TableName", "Key"]),
    ("dynamodb", "putItem", &["TableName", "Item"]),
    ("ecs", "runTask", &["TaskDefinition"]),
    ("events", "putEvents", &["Entries"]),
    ("glue", "startJobRun", &["JobName"]),
    ("lambda", "invoke", &["FunctionName"]),
    ("sns", "publish", &["Message"]),
    ("sqs", "sendMessage", &["QueueUrl", "MessageBody"]),
    ("states", "startExecution", &["StateMachineArn"]),
];

/// Whether there is such a thing to call.
pub(super) fn is_recognized(resource: &Resource) -> bool {
    match resource {
        Resource::Activity { .. } => true,
        Resource::Lambda { arn } => arn.split(':').nth(2) == Some("lambda"),
        Resource::Integration(integration) => exists(integration),
    }
}

fn exists(integration: &Integration) -> bool {
    let Integration { resource_type: service, resource, action, pattern, .. } = integration;
    // `.sync:2` is an older `.sync` done better, of one action only.
    if resource.ends_with(".sync:2") && &**service != "states" {
        return false;
    }
    if action.contains('.') {
        return false;
    }
    if let Some(sdk) = service.strip_prefix("aws-sdk:") {
        let camel = action.starts_with(|c: char| c.is_ascii_lowercase())
            && action.bytes().all(|byte| byte.is_ascii_alphanumeric());
        return camel && !sdk.is_empty() && *pattern != IntegrationPattern::RunJob;
    }
    let waits = OPTIMIZED
        .iter()
        .find(|(name, actions, _)| {
            *name == &**service && actions.iter().any(|name| *name == ANY || *name == &**action)
        })
        .map(|(_, _, waits)| *waits);
    match (waits, pattern) {
        (None, _) => false,
        (Some(_), IntegrationPattern::RequestResponse) => true,
        (Some(waits), IntegrationPattern::RunJob) => {
            matches!(waits, Waits::Job | Waits::JobOrToken)
        }
        (Some(waits), IntegrationPattern::WaitForTaskToken) => {
            matches!(waits, Waits::Token | Waits::JobOrToken)
        }
    }
}

/// Parameters the action cannot do without.
pub(super) fn required_parameters(integration: &Integration) -> &'static [&'static str] {
    REQUIRED
        .iter()
        .find(|(service, action, _)| {
            *service == &*integration.resource_type && *action == &*integration.action
        })
        .map_or(&[], |(_, _, parameters)| parameters)
}
