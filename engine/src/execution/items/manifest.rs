//! Manifests: objects that name the files with the items.

use std::sync::Arc;

use serde_json::Value;

use super::ItemFailure;
use crate::data::parse_json;

/// An S3 inventory's `manifest.json`: the bucket of its files, their columns and their keys.
///
/// The files are next to the manifest, which is in the destination bucket.
pub(super) fn inventory(
    bytes: &[u8],
    manifest_bucket: &str,
) -> Result<(String, Vec<Arc<str>>, Vec<String>), ItemFailure> {
    let manifest = utf8(bytes).and_then(|text| {
        parse_json(text)
            .map_err(|error| ItemFailure::reader(format!("The manifest is not JSON: {error}")))
    })?;
    let text = |name: &str| manifest.get(name).and_then(Value::as_str);
    match text("fileFormat") {
        Some("CSV") | None => {}
        Some(other) => {
            return Err(ItemFailure::reader(format!(
                "Inventory files in format '{other}' are not supported by this engine; use CSV"
            )));
        }
    }
    let schema = text("fileSchema")
        .ok_or_else(|| ItemFailure::reader("The manifest has no 'fileSchema'"))?;
    let columns = schema.split(',').map(|column| Arc::from(column.trim())).collect();
    let keys = manifest
        .get("files")
        .and_then(Value::as_array)
        .ok_or_else(|| ItemFailure::reader("The manifest has no 'files'"))?
        .iter()
        .filter_map(|file| file.get("key").and_then(Value::as_str).map(str::to_owned))
        .collect();
    Ok((manifest_bucket.to_owned(), columns, keys))
}

/// An Athena data manifest: one S3 URI a line.
pub(super) fn athena(bytes: &[u8]) -> Result<Vec<(String, String)>, ItemFailure> {
    utf8(bytes)?
        .lines()
        .map(|line| line.trim().trim_matches('"'))
        .filter(|line| !line.is_empty())
        .map(|line| {
            line.strip_prefix("s3://")
                .and_then(|rest| rest.split_once('/'))
                .map(|(bucket, key)| (bucket.to_owned(), key.to_owned()))
                .ok_or_else(|| {
                    ItemFailure::reader(format!("The manifest's line '{line}' is not an S3 URI"))
                })
        })
        .collect()
}

fn utf8(bytes: &[u8]) -> Result<&str, ItemFailure> {
    std::str::from_utf8(bytes)
        .map_err(|error| ItemFailure::reader(format!("The manifest is not UTF-8: {error}")))
}
