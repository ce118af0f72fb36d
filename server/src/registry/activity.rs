//! Activities.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepclock_engine::data::Timestamp;

/// An activity: tasks that workers ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its place among what was created: later ones have greater numbers.
    pub sequence: u64,
    /// When it was created.
    pub created: Timestamp,
    /// `encryptionConfiguration`, complete.
    pub encryption: Value,
    /// Its tags.
    pub tags: IndexMap<String, String>,
}
