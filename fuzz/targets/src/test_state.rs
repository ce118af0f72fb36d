//! Requests of `TestState`.

use serde_json::Value;
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::test_state::{self as operation, TestStateSettings};

/// Members of `inspectionData` that are no JSON texts.
const PLAIN: [&str; 4] =
    ["maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage", "errorDetails"];

/// A request in JSON, whose tasks succeed with what they were given.
///
/// # Panics
/// When a rule is broken.
pub fn test_state(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(request) = Payload::parse(text) else { return };
    let settings = TestStateSettings {
        now: Timestamp::DEFAULT_EPOCH,
        seed: 1,
        region: "us-east-1".into(),
        account: "123456789012".into(),
    };
    let run = || {
        let mut perform =
            |task: &stepclock_engine::execution::TaskRequest| Some(Ok(task.parameters.clone()));
        operation::test_state(request.value(), &settings, &mut perform)
    };
    let answered = run();
    assert_eq!(answered, run(), "the same request has two answers");
    let answer = match answered {
        Ok(answer) => answer,
        Err(error) => {
            assert!(!error.message.is_empty(), "{} has no message", error.code);
            return;
        }
    };
    let left = matches!(answer["status"].as_str(), Some("SUCCEEDED" | "CAUGHT_ERROR"));
    assert_eq!(left, answer.get("output").is_some(), "{answer}");
    let failed = answer["status"] != "SUCCEEDED";
    assert!(failed || answer.get("error").is_none(), "{answer}");
    let inspection = answer.get("inspectionData").and_then(Value::as_object);
    let shown =
        inspection.into_iter().flatten().filter(|(name, _)| !PLAIN.contains(&name.as_str()));
    for (name, data) in shown
        .map(|(name, data)| (name.as_str(), data))
        .chain(answer.get("output").map(|output| ("output", output)))
    {
        let text = data.as_str().unwrap_or_else(|| panic!("{name} is no text: {answer}"));
        assert!(Payload::parse(text).is_ok(), "{name} is no JSON: {answer}");
    }
}
