//! `loggingConfiguration`, `tracingConfiguration` and `encryptionConfiguration`: checked, and completed with what
//! stays unsaid.

use serde_json::{Value, json};

use crate::error::ApiError;

/// How long a data key is used again when nothing is said.
const KEY_REUSE_SECONDS: u64 = 300;

/// # Errors
/// `InvalidLoggingConfiguration`.
pub(super) fn logging(given: Option<Value>) -> Result<Value, ApiError> {
    let given = given.unwrap_or_else(|| json!({}));
    let level = given["level"].as_str().unwrap_or("OFF");
    let destinations = given["destinations"].as_array().map_or(0, Vec::len);
    if destinations > 1 || (destinations == 0 && level != "OFF") {
        let message = "Invalid Logging Configuration: Must specify exactly one Log Destination.";
        return Err(ApiError::new("InvalidLoggingConfiguration", message));
    }
    let mut complete = json!({
        "level": level,
        "includeExecutionData": given["includeExecutionData"].as_bool().unwrap_or(false),
    });
    if destinations > 0 {
        complete["destinations"] = given["destinations"].clone();
    }
    Ok(complete)
}

/// The complete `tracingConfiguration`.
pub(super) fn tracing(given: Option<Value>) -> Value {
    let enabled = given.as_ref().and_then(|given| given["enabled"].as_bool());
    json!({"enabled": enabled.unwrap_or(false)})
}

/// # Errors
/// `InvalidEncryptionConfiguration`.
pub(super) fn encryption(given: Option<Value>) -> Result<Value, ApiError> {
    let given = given.unwrap_or_else(|| json!({"type": "AWS_OWNED_KEY"}));
    let key = given.get("kmsKeyId").and_then(Value::as_str);
    let reuse = given.get("kmsDataKeyReusePeriodSeconds").and_then(Value::as_u64);
    let invalid = |message: &str| {
        let message = format!("Invalid Encryption Configuration: {message}");
        Err(ApiError::new("InvalidEncryptionConfiguration", message))
    };
    // Nobody recorded these refusals; the rules are those of the API reference.
    match (given["type"].as_str(), key) {
        (Some("CUSTOMER_MANAGED_KMS_KEY"), None) => {
            invalid("a customer managed key needs its kmsKeyId.")
        }
        (Some("CUSTOMER_MANAGED_KMS_KEY"), Some(key)) => Ok(json!({
            "type": "CUSTOMER_MANAGED_KMS_KEY",
            "kmsKeyId": key,
            "kmsDataKeyReusePeriodSeconds": reuse.unwrap_or(KEY_REUSE_SECONDS),
        })),
        _ if key.is_some() || reuse.is_some() => {
            invalid("an AWS owned key has neither kmsKeyId nor kmsDataKeyReusePeriodSeconds.")
        }
        _ => Ok(json!({"type": "AWS_OWNED_KEY"})),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults() {
        let off = json!({"level": "OFF", "includeExecutionData": false});
        assert_eq!(logging(None), Ok(off.clone()));
        assert_eq!(logging(Some(json!({}))), Ok(off));
        assert_eq!(tracing(None), json!({"enabled": false}));
        assert_eq!(tracing(Some(json!({"enabled": true}))), json!({"enabled": true}));
        assert_eq!(encryption(None), Ok(json!({"type": "AWS_OWNED_KEY"})));
    }

    #[test]
    fn a_log_has_exactly_one_destination() {
        let group =
            json!({"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:r:a:log-group:g:*"}});
        let whole = json!({"level": "ALL", "includeExecutionData": true, "destinations": [group]});
        assert_eq!(logging(Some(whole.clone())), Ok(whole));
        for destinations in [json!([]), json!([group, group])] {
            let refused = logging(Some(json!({"level": "ERROR", "destinations": destinations})));
            assert_eq!(refused.expect_err("it is refused").code, "InvalidLoggingConfiguration");
        }
    }

    #[test]
    fn a_customer_key_has_a_name() {
        let key = json!({"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"});
        let complete = encryption(Some(key)).expect("it is complete");
        assert_eq!(complete["kmsDataKeyReusePeriodSeconds"], 300);
        assert!(encryption(Some(json!({"type": "CUSTOMER_MANAGED_KMS_KEY"}))).is_err());
        assert!(encryption(Some(json!({"type": "AWS_OWNED_KEY", "kmsKeyId": "k"}))).is_err());
    }
}
