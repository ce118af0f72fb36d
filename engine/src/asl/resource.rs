//! The `Resource` of a Task: a Lambda function, an activity, or an integration with a service.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What a Task calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resource {
    /// A Lambda function, or any other ARN that is called with the task's input as it is.
    Lambda {
        /// The function's ARN.
        arn: Arc<str>,
    },
    /// An activity that workers poll for.
    Activity {
        /// The activity's ARN.
        arn: Arc<str>,
    },
    /// `arn:aws:states:::service:action[.pattern]`.
    Integration(Integration),
}

/// An integration with a service, by its ARN's parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    /// The whole ARN.
    pub arn: Arc<str>,
    /// As history events name it in `resourceType`: `lambda`, `sqs`, `aws-sdk:dynamodb`, `states`.
    pub resource_type: Arc<str>,
    /// As history events name it in `resource`: `invoke`, `sendMessage.waitForTaskToken`.
    pub resource: Arc<str>,
    /// The action without its pattern: `invoke`, `sendMessage`.
    pub action: Arc<str>,
    /// What the task waits for.
    pub pattern: IntegrationPattern,
}

/// What a Task waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntegrationPattern {
    /// The service's answer.
    RequestResponse,
    /// `.sync` or `.sync:2`: the end of the job it started.
    RunJob,
    /// `.waitForTaskToken`: somebody returning the task's token.
    WaitForTaskToken,
}

impl Resource {
    /// The ARN as written in the definition.
    #[must_use]
    pub fn arn(&self) -> &str {
        match self {
            Self::Lambda { arn } | Self::Activity { arn } => arn,
            Self::Integration(integration) => &integration.arn,
        }
    }

    /// Takes an ARN apart; `None` when it is not an ARN at all. Whether the integration exists is a
    /// question for validation.
    #[must_use]
    pub fn parse(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let (_partition, service) = (parts.next()?, parts.next()?);
        let (_region, _account) = (parts.next()?, parts.next()?);
        let rest = parts.next()?;
        if service != "states" {
            return Some(Self::Lambda { arn: arn.into() });
        }
        if rest.starts_with("activity:") {
            return Some(Self::Activity { arn: arn.into() });
        }
        // `lambda:invoke`, `aws-sdk:dynamodb:putItem`, `states:startExecution.sync:2`.
        let (resource_type, resource) = if let Some(sdk) = rest.strip_prefix("aws-sdk:") {
            let split = "aws-sdk:".len() + sdk.find(':')?;
            (&rest[..split], &rest[split + 1..])
        } else {
            rest.split_once(':')?
        };
        let (action, pattern) = match resource.split_once('.') {
            None => (resource, IntegrationPattern::RequestResponse),
            Some((action, "sync" | "sync:2")) => (action, IntegrationPattern::RunJob),
            Some((action, "waitForTaskToken")) => (action, IntegrationPattern::WaitForTaskToken),
            Some(_) => (resource, IntegrationPattern::RequestResponse),
        };
        Some(Self::Integration(Integration {
            arn: arn.into(),
            resource_type: resource_type.into(),
            resource: resource.into(),
            action: action.into(),
            pattern,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrations_come_apart_as_history_shows_them() {
        let parsed = |arn| match Resource::parse(arn) {
            Some(Resource::Integration(i)) => (
                i.resource_type.to_string(),
                i.resource.to_string(),
                i.action.to_string(),
                i.pattern,
            ),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            parsed("arn:aws:states:::sqs:sendMessage.waitForTaskToken"),
            (
                "sqs".into(),
                "sendMessage.waitForTaskToken".into(),
                "sendMessage".into(),
                IntegrationPattern::WaitForTaskToken
            )
        );
        assert_eq!(
            parsed("arn:aws:states:::aws-sdk:dynamodb:putItem"),
            (
                "aws-sdk:dynamodb".into(),
                "putItem".into(),
                "putItem".into(),
                IntegrationPattern::RequestResponse
            )
        );
        assert_eq!(
            parsed("arn:aws:states:::states:startExecution.sync:2"),
            (
                "states".into(),
                "startExecution.sync:2".into(),
                "startExecution".into(),
                IntegrationPattern::RunJob
            )
        );
    }

    #[test]
    fn functions_and_activities() {
        let function = "arn:aws:lambda:us-east-1:123456789012:function:F:$LATEST";
        assert_eq!(Resource::parse(function), Some(Resource::Lambda { arn: function.into() }));
        let activity = "arn:aws:states:us-east-1:123456789012:activity:A";
        assert_eq!(Resource::parse(activity), Some(Resource::Activity { arn: activity.into() }));
        assert_eq!(Resource::parse("not-an-arn"), None);
    }
}
