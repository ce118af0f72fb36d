//! Manifests: objects that name the files with the items.

use std::sync::Arc;

use serde_json::Value;

use super::ItemFailure;
use super::content::text;
use crate::data::parse_json;

/// What an S3 inventory's `manifest.json` says.
#[derive(Debug)]
pub(super) struct Inventory {
    /// The columns of its files, which have no header row.
    pub(super) columns: Vec<Arc<str>>,
    /// The keys of its files, in the bucket of the manifest.
    pub(super) keys: Vec<String>,
}

/// Reads an S3 inventory's `manifest.json`.
pub(super) fn inventory(bytes: &[u8]) -> Result<Inventory, ItemFailure> {
    let manifest = parse_json(text(bytes)?)
        .map_err(|error| ItemFailure::reader(format!("The manifest is not valid JSON: {error}")))?;
    let field = |name: &str| manifest.get(name).and_then(Value::as_str);
    if let Some(other) = field("fileFormat").filter(|format| *format != "CSV") {
        return Err(ItemFailure::reader(format!(
            "Inventory files in format '{other}' are not supported by this engine; use CSV"
        )));
    }
    let schema = field("fileSchema")
        .ok_or_else(|| ItemFailure::reader("The manifest has no 'fileSchema'"))?;
    let columns = schema.split(',').map(|column| Arc::from(column.trim())).collect();
    let keys = manifest
        .get("files")
        .and_then(Value::as_array)
        .ok_or_else(|| ItemFailure::reader("The manifest has no 'files'"))?
        .iter()
        .map(|file| {
            let key = file.get("key").and_then(Value::as_str).map(str::to_owned);
            key.ok_or_else(|| ItemFailure::reader("A file of the manifest has no 'key'"))
        })
        .collect::<Result<_, _>>()?;
    Ok(Inventory { columns, keys })
}

/// An Athena data manifest: one S3 URI a line. Gives buckets and keys.
pub(super) fn athena(bytes: &[u8]) -> Result<Vec<(String, String)>, ItemFailure> {
    text(bytes)?
        .lines()
        .map(|line| line.trim().trim_matches('"'))
        .filter(|line| !line.is_empty())
        .map(|line| {
            line.strip_prefix("s3://")
                .and_then(|rest| rest.split_once('/'))
                .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
                .map(|(bucket, key)| (bucket.to_owned(), key.to_owned()))
                .ok_or_else(|| {
                    ItemFailure::reader(format!(
                        "The manifest's line '{line}' is not an S3 URI such as 's3://bucket/key'"
                    ))
                })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let cause = |text: &str| inventory(text.as_bytes()).expect_err("is refused").cause;
        assert!(cause("{").contains("not valid JSON"));
        assert!(cause("{}").contains("'fileSchema'"));
        assert!(cause(r#"{"fileSchema": "Bucket, Key"}"#).contains("'files'"));
        assert!(cause(r#"{"fileSchema": "Key", "files": [{}]}"#).contains("'key'"));
        assert!(cause(r#"{"fileFormat": "ORC"}"#).contains("'ORC'"));
    }

    #[test]
    fn lines_that_are_no_uris() {
        for bad in ["s3://bucket", "https://b/k", "s3:///key", "s3://bucket/"] {
            assert!(athena(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
