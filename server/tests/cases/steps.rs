//! Cases of kind `api`: operations one after the other, with what AWS answered to some of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde_json::{Value, json};
use stepclock_conformance::case::Case;
use stepclock_conformance::judge::{Matcher, Verdict};
use stepclock_server::error::ApiError;

use crate::names::Names;
use crate::server::{Server, pascal_case};

/// Steps that were left out because a client refuses to send them.
pub(crate) static UNSENT: AtomicUsize = AtomicUsize::new(0);

/// Members that AWS gave answers after some of the cases were recorded: since when, as year-month-day.
const ADDED: [(&str, &str); 6] = [
    ("redriveCount", "2023-11-15"),
    ("redriveStatus", "2023-11-15"),
    ("redriveStatusReason", "2023-11-15"),
    ("encryptionConfiguration", "2024-07-25"),
    ("variableReferences", "2024-11-22"),
    ("stateMachineVersionArn", "2023-06-22"),
];

#[derive(Deserialize)]
struct Step {
    op: String,
    request: Value,
    /// What the recorder answered itself where AWS's answer was not kept: later requests name it.
    fake_response: Option<Value>,
    /// Where in the answer the recorded part stands.
    #[serde(default)]
    response_at: Vec<Value>,
    expect: Option<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    error: Option<Value>,
    #[serde(default)]
    response: Value,
}

pub(crate) fn run(case: &Case) -> Verdict {
    match replay(case) {
        Ok(None) => Verdict::Pass,
        Ok(Some(difference)) | Err(difference) => Verdict::Fail(difference),
    }
}

/// The first difference; an error when the case could not be replayed.
fn replay(case: &Case) -> Result<Option<String>, String> {
    let steps = case.steps.clone().unwrap_or_default();
    let steps: Vec<Step> = serde_json::from_value(steps).map_err(|error| error.to_string())?;
    let server = Server::new()?;
    let mut names = Names::default();
    let mut matcher = Matcher::new(&case.placeholders);
    for (index, step) in steps.iter().enumerate() {
        if step.expect.as_ref().is_some_and(Expected::is_of_client) {
            UNSENT.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let answer = server.call(&pascal_case(&step.op), &names.ours(&step.request))?;
        if let Ok(answer) = &answer {
            names.learn(step.fake_response.as_ref().unwrap_or(&Value::Null), answer);
            let at = part(answer, &step.response_at);
            names.learn(step.expect.as_ref().map_or(&Value::Null, |expect| &expect.response), at);
        }
        let Some(expect) = &step.expect else { continue };
        let expected = names.ours(&expect.wanted());
        let found = match answer {
            Ok(answer) => forget(&expected, part(&answer, &step.response_at), recorded(case)),
            Err(error) => refusal(&error),
        };
        if let Some(difference) = matcher.compare(&expected, &found) {
            return Ok(Some(format!("step {} ({}): {difference}", index + 1, step.op)));
        }
    }
    Ok(None)
}

impl Expected {
    /// Whether the client refused to send the request.
    fn is_of_client(&self) -> bool {
        let message = self.response.as_str();
        message.is_some_and(|message| message.starts_with("Parameter validation failed"))
    }

    /// The answer, or `{"code", "message"}` of an error.
    fn wanted(&self) -> Value {
        if let Some(error) = self.error.as_ref().filter(|error| error.is_object()) {
            return json!({"code": error["code"], "message": error["message"]});
        }
        self.response.as_str().and_then(client_text).unwrap_or_else(|| self.response.clone())
    }
}

/// `An error occurred (Code) when calling the Name operation: message`, as Python's client words it.
pub(crate) fn client_text(text: &str) -> Option<Value> {
    let rest = text.strip_prefix("An error occurred (")?;
    let (code, rest) = rest.split_once(") when calling the ")?;
    let (_, message) = rest.split_once(" operation: ")?;
    Some(json!({"code": code, "message": message}))
}

pub(crate) fn refusal(error: &ApiError) -> Value {
    // Clients leave a namespace before the name out.
    let code = error.code.rsplit('#').next().unwrap_or_default();
    json!({"code": code, "message": error.message})
}

fn part<'a>(answer: &'a Value, path: &[Value]) -> &'a Value {
    path.iter().fold(answer, |at, step| match (step.as_str(), step.as_u64()) {
        (Some(key), _) => &at[key],
        (_, Some(index)) => &at[usize::try_from(index).unwrap_or(usize::MAX)],
        _ => at,
    })
}

/// The day a case was recorded, as year-month-day.
fn recorded(case: &Case) -> String {
    let day = case.recorded.as_deref().and_then(|moment| moment.split_once(','));
    let mut parts: Vec<&str> = day.map_or("", |(day, _)| day).split('-').collect();
    parts.reverse();
    parts.join("-")
}

/// The answer without members that AWS added after the day of the recording.
fn forget(expected: &Value, found: &Value, day: String) -> Value {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let is_later = |key: &str| {
                ADDED.iter().any(|(member, since)| *member == key && day.as_str() < *since)
            };
            let kept = found
                .iter()
                .filter(|(key, _)| expected.contains_key(*key) || !is_later(key))
                .map(|(key, value)| {
                    let expected = expected.get(key).unwrap_or(&Value::Null);
                    (key.clone(), forget(expected, value, day.clone()))
                });
            Value::Object(kept.collect())
        }
        (Value::Array(expected), Value::Array(found)) => {
            let each = found.iter().enumerate().map(|(index, value)| {
                forget(expected.get(index).unwrap_or(&Value::Null), value, day.clone())
            });
            each.collect()
        }
        _ => found.clone(),
    }
}
