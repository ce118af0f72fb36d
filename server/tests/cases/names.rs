//! What AWS named when a case was recorded, and what we named instead.
//!
//! Names of executions, tokens and ids of revisions are drawn, so ours differ; later steps of a case refer to them.

use serde_json::Value;

/// Pairs of names, those recorded and ours.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<(String, String)>);

/// Members whose values are drawn.
const DRAWN: [&str; 5] = ["executionArn", "mapRunArn", "nextToken", "revisionId", "taskToken"];

impl Names {
    /// Learns from an answer: ours beside the recorded one.
    pub(crate) fn learn(&mut self, recorded: &Value, ours: &Value) {
        match (recorded, ours) {
            (Value::Object(recorded), Value::Object(ours)) => {
                for (key, recorded) in recorded {
                    let Some(ours) = ours.get(key) else { continue };
                    match (recorded.as_str(), ours.as_str()) {
                        (Some(recorded), Some(ours)) if DRAWN.contains(&key.as_str()) => {
                            self.add(recorded, ours);
                        }
                        _ => self.learn(recorded, ours),
                    }
                }
            }
            (Value::Array(recorded), Value::Array(ours)) => {
                recorded.iter().zip(ours).for_each(|(recorded, ours)| self.learn(recorded, ours));
            }
            _ => {}
        }
    }

    fn add(&mut self, recorded: &str, ours: &str) {
        let known = |(had, _): &(String, String)| had == recorded;
        if recorded == ours || self.0.iter().any(known) {
            return;
        }
        self.0.push((recorded.to_owned(), ours.to_owned()));
        // The execution's name stands alone, too.
        if let (Some((_, recorded)), Some((_, ours))) =
            (recorded.rsplit_once(':'), ours.rsplit_once(':'))
            && recorded.len() == 36
        {
            self.0.push((recorded.to_owned(), ours.to_owned()));
        }
    }

    /// The same value with our names in it.
    pub(crate) fn ours(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let replace =
                    |text: String, (from, to): &(String, String)| text.replace(from.as_str(), to);
                self.0.iter().fold(text.clone(), replace).into()
            }
            Value::Array(values) => values.iter().map(|value| self.ours(value)).collect(),
            Value::Object(members) => {
                let ours = members.iter().map(|(key, value)| (key.clone(), self.ours(value)));
                Value::Object(ours.collect())
            }
            other => other.clone(),
        }
    }
}
