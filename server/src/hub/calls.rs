//! Who answers tasks, and who keeps objects: what the hub knows of the outside.

use std::sync::Arc;

use stepclock_engine::asl::Resource;
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{ListedObject, ObjectError, ObjectRequest, TaskRequest};
use stepclock_engine::sim::{MockConfig, ObjectStore, Worker};

use crate::observe::TraceContext;

/// Who answers tasks.
#[derive(Default)]
pub struct Answerers {
    /// Scripted workers, asked first.
    pub workers: Vec<Box<dyn Worker + Send>>,
    /// The mock configuration, for executions that name a test case.
    pub mocks: Option<MockConfig>,
    /// Services that are called.
    pub outside: Option<Arc<dyn Outside>>,
    /// Objects at hand.
    pub objects: Option<Box<dyn Objects>>,
    /// Objects that are fetched, when none are at hand.
    pub outside_objects: Option<Arc<dyn OutsideObjects>>,
}

impl std::fmt::Debug for Answerers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answerers").field("workers", &self.workers.len()).finish_non_exhaustive()
    }
}

/// How a call ended: with a result, or with an error name and a cause.
pub type OutsideEnd = Result<Payload, (Arc<str>, Arc<str>)>;

/// A task that is called outside.
#[derive(Debug, Clone)]
pub struct OutsideCall {
    /// The task.
    pub request: TaskRequest,
    /// The execution it belongs to.
    pub execution_arn: Arc<str>,
    /// The region.
    pub region: Arc<str>,
    /// The trace that it belongs to.
    pub trace: Option<TraceContext>,
}

/// Services beyond this process.
pub trait Outside: Send + Sync {
    /// Whether somebody answers tasks of this resource.
    fn answers(&self, resource: &Resource) -> bool;

    /// Calls; `done` is told the end, once. Must not block.
    fn call(&self, call: OutsideCall, done: Box<dyn FnOnce(OutsideEnd) + Send>);
}

/// Objects that somebody beyond this process keeps.
pub trait OutsideObjects: Send + Sync {
    /// Reads, lists or writes; `done` is told the end, once. Must not block.
    fn begin(&self, request: ObjectRequest, done: Box<dyn FnOnce(ObjectEnd) + Send>);
}

/// What became of an operation on objects.
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectEnd {
    /// Of a read: the bytes.
    Read(Result<Arc<[u8]>, ObjectError>),
    /// Of a listing: the objects, sorted by key.
    Listed(Result<Vec<ListedObject>, ObjectError>),
    /// Of a write.
    Written(Result<(), ObjectError>),
}

/// Objects in buckets, at hand.
pub trait Objects: Send {
    /// Reads an object.
    ///
    /// # Errors
    /// S3's own.
    fn get(&mut self, bucket: &str, key: &str) -> Result<Arc<[u8]>, ObjectError>;

    /// Lists objects by prefix, sorted by key.
    ///
    /// # Errors
    /// S3's own.
    fn list(&mut self, bucket: &str, prefix: &str) -> Result<Vec<ListedObject>, ObjectError>;

    /// Writes an object.
    ///
    /// # Errors
    /// S3's own.
    fn put(
        &mut self,
        bucket: &str,
        key: &str,
        body: Arc<[u8]>,
        now: Timestamp,
    ) -> Result<(), ObjectError>;
}

impl Objects for ObjectStore {
    fn get(&mut self, bucket: &str, key: &str) -> Result<Arc<[u8]>, ObjectError> {
        ObjectStore::get(self, bucket, key).map(|object| object.body.clone())
    }

    fn list(&mut self, bucket: &str, prefix: &str) -> Result<Vec<ListedObject>, ObjectError> {
        ObjectStore::list(self, bucket, prefix)
    }

    fn put(
        &mut self,
        bucket: &str,
        key: &str,
        body: Arc<[u8]>,
        now: Timestamp,
    ) -> Result<(), ObjectError> {
        ObjectStore::put(self, bucket, key, body, now);
        Ok(())
    }
}
