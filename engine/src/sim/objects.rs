//! Objects in buckets, as ItemReader and ResultWriter see S3.

use std::collections::BTreeMap;
use std::sync::Arc;

use md5::{Digest, Md5};

use crate::data::Timestamp;
use crate::execution::{ListedObject, ObjectError};

/// Buckets of objects, in memory. Whoever wants them on disk loads and saves them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectStore {
    buckets: BTreeMap<String, BTreeMap<String, StoredObject>>,
}

/// An object.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredObject {
    /// Its bytes.
    pub body: Arc<[u8]>,
    /// When it was written.
    pub last_modified: Timestamp,
}

impl ObjectStore {
    /// Makes a bucket, unless it is there.
    pub fn create_bucket(&mut self, bucket: &str) {
        self.buckets.entry(bucket.to_owned()).or_default();
    }

    /// Puts an object; the bucket is made on the way.
    pub fn put(&mut self, bucket: &str, key: &str, body: impl Into<Arc<[u8]>>, now: Timestamp) {
        let object = StoredObject { body: body.into(), last_modified: now };
        self.buckets.entry(bucket.to_owned()).or_default().insert(key.to_owned(), object);
    }

    /// Gets an object.
    ///
    /// # Errors
    /// S3's `NoSuchBucket` and `NoSuchKey`.
    pub fn get(&self, bucket: &str, key: &str) -> Result<&StoredObject, ObjectError> {
        self.bucket(bucket)?.get(key).ok_or_else(|| ObjectError {
            error: "S3.NoSuchKeyException".into(),
            cause: "The specified key does not exist.".into(),
        })
    }

    /// Lists the objects whose keys start with a prefix, by key.
    ///
    /// # Errors
    /// S3's `NoSuchBucket`.
    pub fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ListedObject>, ObjectError> {
        let objects = self.bucket(bucket)?.range(prefix.to_owned()..);
        Ok(objects
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, object)| ListedObject {
                key: key.clone(),
                size: object.body.len() as u64,
                etag: object.etag(),
                last_modified: object.last_modified,
                storage_class: "STANDARD".into(),
            })
            .collect())
    }

    /// Every object with its bucket and key, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &StoredObject)> {
        self.buckets.iter().flat_map(|(bucket, objects)| {
            objects.iter().map(move |(key, object)| (bucket.as_str(), key.as_str(), object))
        })
    }

    fn bucket(&self, name: &str) -> Result<&BTreeMap<String, StoredObject>, ObjectError> {
        self.buckets.get(name).ok_or_else(|| ObjectError {
            error: "S3.NoSuchBucketException".into(),
            cause: "The specified bucket does not exist".into(),
        })
    }
}

impl StoredObject {
    /// The MD5 of the body in hexadecimal, in quotes, as S3 gives it.
    #[must_use]
    pub fn etag(&self) -> String {
        let digest = Md5::digest(&self.body);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("\"{hex}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_listed_by_prefix_and_key() {
        let mut store = ObjectStore::default();
        for key in ["b/2", "a", "b/1", "c"] {
            store.put("bucket", key, key.as_bytes(), Timestamp::DEFAULT_EPOCH);
        }
        let keys: Vec<_> =
            store.list("bucket", "b/").expect("exists").into_iter().map(|o| o.key).collect();
        assert_eq!(keys, ["b/1", "b/2"]);
        assert_eq!(store.get("bucket", "z").expect_err("none").error, "S3.NoSuchKeyException");
        assert_eq!(store.get("none", "z").expect_err("none").error, "S3.NoSuchBucketException");
    }

    #[test]
    fn etags_are_md5_in_quotes() {
        let object = StoredObject {
            body: Arc::from(&b"hello"[..]),
            last_modified: Timestamp::DEFAULT_EPOCH,
        };
        assert_eq!(object.etag(), "\"5d41402abc4b2a76b9719d911017c592\"");
    }
}
