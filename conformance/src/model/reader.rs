//! Item readers: the items of a distributed Map from an object ("ItemReader").

use serde_json::{Map, Value, json};

use super::failure::{Result, fails, unknown};
use super::flow;
use super::scope::{Scope, States};
use crate::case::Case;

/// Reads the items of an object.
pub(super) fn read(
    case: &Case,
    scope: &Scope<'_>,
    reader: &Value,
    raw: &Value,
    input: &Value,
) -> Result<Vec<Value>> {
    if reader["Resource"].as_str().is_none_or(|arn| !arn.ends_with(":s3:getObject")) {
        return unknown("an item reader that lists objects");
    }
    let states = States { input: Some(raw), ..States::default() };
    let from = match (reader.get("Arguments"), reader.get("Parameters")) {
        (Some(arguments), _) => scope.evaluate(arguments, states)?,
        (None, Some(template)) => scope.template(template, input)?,
        (None, None) => return unknown("an item reader without an object"),
    };
    let (Some(bucket), Some(key)) = (from["Bucket"].as_str(), from["Key"].as_str()) else {
        return unknown("an item reader without an object");
    };
    let none = Map::new();
    let config = reader.get("ReaderConfig").and_then(Value::as_object).unwrap_or(&none);
    let body = object(case, bucket, key)?;
    let given = |name: &str| config.get(name).and_then(Value::as_str);
    let mut items = match (given("ManifestType"), given("InputType")) {
        (Some("ATHENA_DATA"), Some(_)) => athena_items(case, body, config)?,
        (None | Some("S3_INVENTORY"), Some("MANIFEST")) => inventory_items(case, bucket, body)?,
        (Some(_), _) => return unknown("an item reader of another form"),
        (None, _) => items_of(body, config)?,
    };
    if let Some(most) = flow::number(scope, config, "MaxItems", raw, input)? {
        match most.as_u64().and_then(|most| usize::try_from(most).ok()) {
            Some(most) if most > 0 => items.truncate(most),
            _ => return unknown("a MaxItems that is no number"),
        }
    }
    Ok(items.into_iter().map(|value| json!({"Value": value})).collect())
}

fn object<'c>(case: &'c Case, bucket: &str, key: &str) -> Result<&'c str> {
    match case.resources.s3.get(bucket).and_then(|objects| objects.get(key)) {
        Some(body) => Ok(body),
        None => fails("States.ItemReaderFailed"),
    }
}

/// The items of one file.
fn items_of(body: &str, config: &Map<String, Value>) -> Result<Vec<Value>> {
    match config.get("InputType").and_then(Value::as_str) {
        None | Some("JSON") => json_items(body, config.get("ItemsPointer")),
        Some("JSONL") => {
            let lines = body.lines().filter(|line| !line.trim().is_empty());
            match lines.map(serde_json::from_str).collect::<std::result::Result<Vec<Value>, _>>() {
                Ok(items) => Ok(items),
                Err(_) => unknown("JSONL that is none"),
            }
        }
        Some("CSV") => csv_items(body, config),
        Some(_) => unknown("an item reader of another form"),
    }
}

/// The files that a manifest of Athena names, one a line.
fn athena_items(case: &Case, manifest: &str, config: &Map<String, Value>) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    for line in manifest.lines() {
        let place = line.strip_prefix("s3://").and_then(|place| place.split_once('/'));
        let Some((bucket, key)) = place else { return unknown("a manifest with other lines") };
        items.extend(items_of(object(case, bucket, key)?, config)?);
    }
    Ok(items)
}

/// The files that the manifest of an S3 inventory names, with the columns it gives them.
fn inventory_items(case: &Case, bucket: &str, manifest: &str) -> Result<Vec<Value>> {
    let Ok(manifest) = serde_json::from_str::<Value>(manifest) else {
        return unknown("a manifest that is no JSON");
    };
    let (Some(columns), Some(files)) =
        (manifest["fileSchema"].as_str(), manifest["files"].as_array())
    else {
        return unknown("a manifest without columns or files");
    };
    let columns: Vec<&str> = columns.split(',').map(str::trim).collect();
    let config = Map::from_iter([("CSVHeaders".to_owned(), json!(columns))]);
    let mut items = Vec::new();
    for file in files {
        let key = file["key"].as_str().unwrap_or_default();
        items.extend(csv_items(object(case, bucket, key)?, &config)?);
    }
    Ok(items)
}

fn json_items(body: &str, pointer: Option<&Value>) -> Result<Vec<Value>> {
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return unknown("JSON that is none");
    };
    let pointer = pointer.and_then(Value::as_str).unwrap_or_default();
    match value.pointer(pointer) {
        Some(Value::Array(items)) => Ok(items.clone()),
        Some(Value::Object(_)) | None => unknown("a JSON object of items"),
        // Recording map_item_reader_json_no_json_list_object.
        Some(_) => fails("States.ItemReaderFailed"),
    }
}

/// Rows without quotes, at commas.
fn csv_items(body: &str, config: &Map<String, Value>) -> Result<Vec<Value>> {
    if body.contains(['"', '\r', '\\']) || config.get("CSVDelimiter").is_some_and(|d| d != "COMMA")
    {
        return unknown("CSV with more than plain cells");
    }
    let mut rows = body.lines();
    let names: Vec<&str> = match config.get("CSVHeaders").and_then(Value::as_array) {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => rows.next().map(|row| row.split(',').collect()).unwrap_or_default(),
    };
    let is_plain = |name: &&str| !name.is_empty() && name.trim() == *name;
    let unique: std::collections::BTreeSet<_> = names.iter().collect();
    if unique.len() < names.len() {
        return fails("States.ItemReaderFailed");
    }
    if !names.iter().all(is_plain) {
        return unknown("CSV with more than plain cells");
    }
    if names.len() > 12 {
        return unknown("CSV with more columns than a Java map begins with");
    }
    let mut items = Vec::new();
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return unknown("CSV without rows");
    }
    for row in rows {
        if row.trim().is_empty() {
            return unknown("CSV with empty rows");
        }
        // Columns without a name are dropped, missing cells are empty (recording csv_headers_decl_extra_fields).
        let mut cells = row.split(',');
        let mut cells: Vec<(&str, &str)> =
            names.iter().map(|name| (*name, cells.next().unwrap_or_default())).collect();
        cells.sort_by_key(|(name, _)| bucket(name));
        let member = |(name, cell): (&str, &str)| (name.to_owned(), Value::from(cell));
        items.push(Value::Object(cells.into_iter().map(member).collect()));
    }
    Ok(items)
}

/// Where a Java `HashMap` of sixteen buckets has a key: AWS shows a row's cells in that order (recording
/// map_item_reader_csv_headers_first_row_typed_headers), which shows where a row becomes text.
fn bucket(name: &str) -> u32 {
    let mut hash: u32 = 0;
    for unit in name.encode_utf16() {
        hash = hash.wrapping_mul(31).wrapping_add(u32::from(unit));
    }
    (hash ^ (hash >> 16)) % 16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As recording map_item_reader_csv_headers_first_row_typed_headers shows its columns `0,True,{}`.
    #[test]
    fn cells_of_a_row_come_in_the_order_of_a_java_map() {
        let Ok(items) = csv_items("0,True,{}\na,b,c\n", &Map::new()) else { panic!("reads") };
        assert_eq!(items[0].to_string(), r#"{"0":"a","{}":"c","True":"b"}"#);
    }
}
