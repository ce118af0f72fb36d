//! Items of a Map state: where they come from, how they are batched, and what becomes of their results.
//!
//! Pure functions and one small state machine ([`ItemReading`]); the core asks for objects and feeds them in.

mod batch;
mod content;
mod csv;
mod java_order;
mod limit;
mod manifest;
mod read;
mod source;
mod write;

use std::sync::Arc;

use crate::data::Payload;

pub(super) use batch::{BatchLimits, batch};
pub(super) use limit::{Tolerance, percentage, seconds, whole_number};
pub(super) use read::{ItemReading, ReadStep};
pub(super) use source::state_items;
pub(super) use write::{ChildSummary, Destination, plain_result, write};

/// One item.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Items of an object: the key.
    pub(super) key: Option<Arc<str>>,
    pub(super) value: Payload,
    /// `$$.Map.Item.Source`: `STATE_DATA` or an S3 URI.
    pub(super) source: Option<Arc<str>>,
}

/// What reading or writing objects fails with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ItemFailure {
    pub(super) error: &'static str,
    pub(super) cause: String,
}

impl ItemFailure {
    fn reader(cause: impl Into<String>) -> Self {
        Self { error: "States.ItemReaderFailed", cause: cause.into() }
    }

    fn writer(cause: impl Into<String>) -> Self {
        Self { error: "States.ResultWriterFailed", cause: cause.into() }
    }
}

impl Item {
    /// What an iteration gets when there is no `ItemSelector`. An object's item is its key and value.
    pub(super) fn payload(&self) -> Payload {
        match &self.key {
            None => self.value.clone(),
            Some(key) => {
                Payload::new(serde_json::json!({"Key": **key, "Value": self.value.value().clone()}))
            }
        }
    }
}
