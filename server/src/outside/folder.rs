//! Objects on disk: a folder of buckets, each a folder of objects whose keys are their paths.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use stepclock_engine::data::Timestamp;
use stepclock_engine::execution::{ListedObject, ObjectError};
use stepclock_engine::sim::StoredObject;

use crate::hub::Objects;

/// A folder of buckets. Files are read when they are asked for.
#[derive(Debug, Clone)]
pub struct FolderObjects {
    folder: PathBuf,
}

impl FolderObjects {
    /// Those of a folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// A bucket's folder, if there is one.
    fn bucket(&self, bucket: &str) -> Result<PathBuf, ObjectError> {
        let is_name = Path::new(bucket).components().count() == 1 && is_inside(bucket);
        let folder = self.folder.join(bucket);
        if !is_name || !folder.is_dir() {
            return Err(error("NoSuchBucket", "The specified bucket does not exist"));
        }
        Ok(folder)
    }
}

/// The file of an object in a folder of buckets. Keys that would lead out of their bucket, or that no path can
/// spell, have none.
#[must_use]
pub fn object_path(folder: &Path, bucket: &str, key: &str) -> Option<PathBuf> {
    let inside = is_inside(key) && is_inside(bucket) && !bucket.contains('/');
    inside.then(|| folder.join(bucket).join(key.split('/').collect::<PathBuf>()))
}

fn is_inside(key: &str) -> bool {
    let leads_out =
        |part: &str| part.is_empty() || part == "." || part == ".." || part.contains(['\0', '\\']);
    !key.split('/').any(leads_out)
}

impl Objects for FolderObjects {
    fn get(&mut self, bucket: &str, key: &str) -> Result<Arc<[u8]>, ObjectError> {
        self.bucket(bucket)?;
        let none = || error("NoSuchKey", "The specified key does not exist.");
        let path = object_path(&self.folder, bucket, key).ok_or_else(none)?;
        match std::fs::read(&path) {
            Ok(body) => Ok(body.into()),
            Err(_) if !path.is_file() => Err(none()),
            Err(problem) => Err(unusable(&path, &problem)),
        }
    }

    fn list(&mut self, bucket: &str, prefix: &str) -> Result<Vec<ListedObject>, ObjectError> {
        let folder = self.bucket(bucket)?;
        let mut found = Vec::new();
        collect(&folder, "", prefix, &mut found)?;
        found.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    fn put(
        &mut self,
        bucket: &str,
        key: &str,
        body: Arc<[u8]>,
        _now: Timestamp,
    ) -> Result<(), ObjectError> {
        self.bucket(bucket)?;
        let refused = || error("KeyTooLongError", "The key cannot be spelled as a path of a file.");
        let path = object_path(&self.folder, bucket, key).ok_or_else(refused)?;
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&path, &body))
            .map_err(|problem| unusable(&path, &problem))
    }
}

/// The objects below a folder whose keys begin with a prefix.
fn collect(
    folder: &Path,
    above: &str,
    prefix: &str,
    found: &mut Vec<ListedObject>,
) -> Result<(), ObjectError> {
    let entries = std::fs::read_dir(folder).map_err(|problem| unusable(folder, &problem))?;
    for entry in entries {
        let path = entry.map_err(|problem| unusable(folder, &problem))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let key = format!("{above}{name}");
        if path.is_dir() {
            let below = format!("{key}/");
            if below.starts_with(prefix) || prefix.starts_with(&below) {
                collect(&path, &below, prefix, found)?;
            }
        } else if key.starts_with(prefix) {
            found.push(listed(&path, key).map_err(|problem| unusable(&path, &problem))?);
        }
    }
    Ok(())
}

fn listed(path: &Path, key: String) -> io::Result<ListedObject> {
    let body: Arc<[u8]> = std::fs::read(path)?.into();
    let modified = std::fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH);
    let millis = modified.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    let object = StoredObject { body, last_modified: Timestamp::from_millis(millis) };
    Ok(ListedObject {
        key,
        size: object.body.len() as u64,
        etag: object.etag(),
        last_modified: object.last_modified,
        storage_class: "STANDARD".to_owned(),
    })
}

fn error(code: &str, cause: &str) -> ObjectError {
    ObjectError { error: format!("S3.{code}Exception"), cause: cause.to_owned() }
}

fn unusable(path: &Path, problem: &io::Error) -> ObjectError {
    error("S3", &format!("{}: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, FolderObjects) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("b")).expect("a bucket");
        std::fs::write(folder.path().join("secret"), "s").expect("a file");
        let objects = FolderObjects::new(folder.path().to_owned());
        (folder, objects)
    }

    #[test]
    fn keys_are_paths() {
        let (folder, mut objects) = store();
        let now = Timestamp::DEFAULT_EPOCH;
        for key in ["x/2", "x/1", "y", "xz"] {
            objects.put("b", key, Arc::from(key.as_bytes()), now).expect("is written");
        }
        assert_eq!(std::fs::read(folder.path().join("b/x/1")).expect("is there"), b"x/1");
        assert_eq!(&*objects.get("b", "x/2").expect("is there"), b"x/2");
        let mut keys = |prefix| -> Vec<String> {
            let listed = objects.list("b", prefix).expect("is there");
            listed.into_iter().map(|object| object.key).collect()
        };
        assert_eq!(keys(""), ["x/1", "x/2", "xz", "y"]);
        assert_eq!(keys("x/"), ["x/1", "x/2"]);
        assert_eq!(keys("x/2"), ["x/2"]);
        assert_eq!(keys("q"), Vec::<String>::new());
    }

    #[test]
    fn nothing_leads_out_of_a_bucket() {
        let (_folder, mut objects) = store();
        for key in ["../secret", "x/../../secret", "/etc/passwd", ".", "", "a\0b", "..\\secret"] {
            assert_eq!(objects.get("b", key).expect_err(key).error, "S3.NoSuchKeyException");
            let put = objects.put("b", key, Arc::from(&b"!"[..]), Timestamp::DEFAULT_EPOCH);
            assert!(put.is_err(), "{key}");
        }
        for bucket in ["..", ".", "", "/", "b/..", "none", "secret"] {
            let refused = objects.get(bucket, "secret").expect_err(bucket);
            assert_eq!(refused.error, "S3.NoSuchBucketException", "{bucket}");
        }
    }
}
