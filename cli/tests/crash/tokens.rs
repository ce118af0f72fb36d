//! Task tokens as whoever holds them sees it: each is given once, and is returned until the server says that it has it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::http::Client;

/// The tokens that workers and functions were given.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<State>);

#[derive(Default)]
struct State {
    given: BTreeSet<String>,
    /// Tokens whose return is not acknowledged, with their executions.
    in_hand: BTreeMap<String, String>,
    /// Outputs whose return is, by execution.
    returned: BTreeMap<String, Value>,
}

impl Tokens {
    /// Somebody was given a token.
    pub(crate) fn take(&self, token: &str, execution: &str) {
        let mut state = self.0.lock().expect("is whole");
        assert!(state.given.insert(token.to_owned()), "the token of {execution} is given twice");
        state.in_hand.insert(token.to_owned(), execution.to_owned());
    }

    /// Returns a token, if the server lives.
    pub(crate) fn send(&self, client: &mut Client, token: &str) {
        let output = json!({"of": token});
        let request = json!({"taskToken": token, "output": output.to_string()});
        let Some(answer) = client.call("SendTaskSuccess", &request) else { return };
        let mut state = self.0.lock().expect("is whole");
        let Some(execution) = state.in_hand.remove(token) else { return };
        match answer {
            Ok(_) => {
                let before = state.returned.insert(execution.clone(), output);
                assert_eq!(before, None, "{execution} took two answers");
            }
            // It was kept, but the acknowledgement was lost; or the call that brought the token was.
            Err(refusal) => {
                assert!(
                    refusal["__type"].to_string().contains("TaskTimedOut"),
                    "{execution}: {refusal}"
                );
            }
        }
    }

    /// Returns what was not acknowledged.
    pub(crate) fn send_all(&self, client: &mut Client) {
        let tokens: Vec<String> =
            self.0.lock().expect("is whole").in_hand.keys().cloned().collect();
        tokens.iter().for_each(|token| self.send(client, token));
    }

    /// Whether somebody has, or had, the task of an execution.
    pub(crate) fn is_in_hand(&self, execution: &str) -> bool {
        let state = self.0.lock().expect("is whole");
        state.in_hand.values().any(|other| other == execution)
    }

    /// The outputs that the server has acknowledged, by execution.
    pub(crate) fn returned(&self) -> BTreeMap<String, Value> {
        self.0.lock().expect("is whole").returned.clone()
    }
}
