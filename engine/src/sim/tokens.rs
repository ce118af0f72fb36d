//! Task tokens: which task a token answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::record::ExecutionKey;
use crate::execution::TaskId;

/// Tokens of tasks that wait for somebody to return them.
#[derive(Debug, Default)]
pub(super) struct Tokens(BTreeMap<Arc<str>, (ExecutionKey, TaskId)>);

impl Tokens {
    pub(super) fn insert(&mut self, token: Arc<str>, task: (ExecutionKey, TaskId)) {
        self.0.insert(token, task);
    }

    pub(super) fn get(&self, token: &str) -> Option<(ExecutionKey, TaskId)> {
        self.0.get(token).copied()
    }
}
