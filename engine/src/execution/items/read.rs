//! `ItemReader`: which objects to ask for, and the items in them.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Item, ItemFailure, csv, manifest};
use crate::asl::{CsvHeaders, InputType, ItemReader, ManifestType, ReaderOperation};
use crate::data::{Payload, parse_json};
use crate::execution::{ListedObject, ObjectError, ObjectRequest};

/// Most bytes one object may have after decompression; our own guard (AWS's is 10 GB).
const OBJECT_BYTES_MAX: u64 = 1 << 30;

/// An ItemReader at work. Ask [`ItemReading::next`] what to do, feed the answer, and ask again.
#[derive(Debug)]
pub(in crate::execution) struct ItemReading {
    format: Format,
    max_items: usize,
    todo: VecDeque<Todo>,
    current: Option<Todo>,
    items: Vec<Item>,
}

/// How an object's bytes become items.
#[derive(Debug, Clone)]
struct Format {
    input_type: InputType,
    delimiter: u8,
    headers: CsvHeaders,
    pointer: Option<Arc<str>>,
    load_and_flatten: bool,
}

#[derive(Debug, Clone)]
struct Todo {
    bucket: String,
    key: String,
    version_id: Option<String>,
    role: Role,
}

#[derive(Debug, Clone, PartialEq)]
enum Role {
    Items,
    Listing,
    Inventory,
    /// The files a manifest names, with the columns it gives them.
    InventoryFile(Vec<Arc<str>>),
    Athena,
}

/// What to do next.
#[derive(Debug)]
pub(in crate::execution) enum ReadStep {
    Request(ObjectRequest),
    Done(Vec<Item>),
}

impl ItemReading {
    /// Begins with evaluated parameters; `max_items` of 0 is no limit.
    pub(in crate::execution) fn new(
        reader: &ItemReader,
        parameters: &Value,
        max_items: usize,
    ) -> Result<Self, ItemFailure> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str).map(str::to_owned);
        let bucket = text("Bucket")
            .ok_or_else(|| ItemFailure::reader("The field 'Bucket' must be a string"))?;
        let role = match (reader.operation, reader.manifest_type, reader.input_type) {
            (ReaderOperation::ListObjectsV2, _, _) => Role::Listing,
            (_, Some(ManifestType::AthenaData), _) => Role::Athena,
            (_, Some(ManifestType::S3Inventory), _) | (_, None, Some(InputType::Manifest)) => {
                Role::Inventory
            }
            _ => Role::Items,
        };
        let key = match role {
            Role::Listing => text("Prefix").unwrap_or_default(),
            _ => text("Key")
                .ok_or_else(|| ItemFailure::reader("The field 'Key' must be a string"))?,
        };
        let first = Todo { bucket, key, version_id: text("VersionId"), role };
        Ok(Self {
            format: Format {
                input_type: reader.input_type.unwrap_or(InputType::Json),
                delimiter: reader.csv_delimiter,
                headers: reader.csv_headers.clone(),
                pointer: reader.items_pointer.clone(),
                load_and_flatten: reader.load_and_flatten,
            },
            max_items: if max_items == 0 { usize::MAX } else { max_items },
            todo: VecDeque::from([first]),
            current: None,
            items: Vec::new(),
        })
    }

    /// The next object to ask for, or the items.
    pub(in crate::execution) fn next(&mut self) -> ReadStep {
        let next = if self.items.len() < self.max_items { self.todo.pop_front() } else { None };
        let Some(todo) = next else {
            self.items.truncate(self.max_items);
            return ReadStep::Done(std::mem::take(&mut self.items));
        };
        let (bucket, key) = (todo.bucket.clone(), todo.key.clone());
        let request = match todo.role {
            Role::Listing => ObjectRequest::List { bucket, prefix: key },
            _ => ObjectRequest::Get { bucket, key, version_id: todo.version_id.clone() },
        };
        self.current = Some(todo);
        ReadStep::Request(request)
    }

    /// Takes the object that was asked for.
    pub(in crate::execution) fn object(
        &mut self,
        body: Result<Arc<[u8]>, ObjectError>,
    ) -> Result<(), ItemFailure> {
        let Some(current) = self.current.take() else { return Ok(()) };
        let body = body.map_err(refused)?;
        let bytes = decompress(&body)?;
        let uri: Arc<str> = format!("s3://{}/{}", current.bucket, current.key).into();
        let left = self.max_items - self.items.len();
        let values =
            match current.role {
                Role::Listing => Vec::new(),
                Role::Items => self.format.values(&bytes, left)?,
                Role::InventoryFile(columns) => {
                    csv::rows(&bytes, b',', &CsvHeaders::Given(columns), left)?
                }
                Role::Inventory => {
                    let (bucket, columns, keys) = manifest::inventory(&bytes, &current.bucket)?;
                    self.todo.extend(keys.into_iter().map(|key| Todo {
                        bucket: bucket.clone(),
                        key,
                        version_id: None,
                        role: Role::InventoryFile(columns.clone()),
                    }));
                    Vec::new()
                }
                Role::Athena => {
                    self.todo.extend(manifest::athena(&bytes)?.into_iter().map(|(bucket, key)| {
                        Todo { bucket, key, version_id: None, role: Role::Items }
                    }));
                    Vec::new()
                }
            };
        self.items.extend(values.into_iter().map(|value| Item {
            key: None,
            value: Payload::new(value),
            source: Some(uri.clone()),
        }));
        Ok(())
    }

    /// Takes the listing that was asked for.
    pub(in crate::execution) fn listing(
        &mut self,
        objects: Result<Vec<ListedObject>, ObjectError>,
    ) -> Result<(), ItemFailure> {
        let Some(current) = self.current.take() else { return Ok(()) };
        let objects = objects.map_err(refused)?;
        if self.format.load_and_flatten {
            self.todo.extend(objects.into_iter().map(|object| Todo {
                bucket: current.bucket.clone(),
                key: object.key,
                version_id: None,
                role: Role::Items,
            }));
            return Ok(());
        }
        let uri: Arc<str> = format!("s3://{}/{}", current.bucket, current.key).into();
        let left = self.max_items - self.items.len();
        self.items.extend(objects.into_iter().take(left).map(|object| Item {
            key: None,
            // Keys in the order of recording `map_item_reader_base_list_objects_v2`.
            value: Payload::new(json!({
                "Etag": object.etag,
                "LastModified": object.last_modified.as_millis() / 1_000,
                "Key": object.key,
                "Size": object.size,
                "StorageClass": object.storage_class,
            })),
            source: Some(uri.clone()),
        }));
        Ok(())
    }
}

impl Format {
    fn values(&self, bytes: &[u8], left: usize) -> Result<Vec<Value>, ItemFailure> {
        match self.input_type {
            InputType::Csv => csv::rows(bytes, self.delimiter, &self.headers, left),
            InputType::Jsonl => text(bytes)?
                .lines()
                .filter(|line| !line.trim().is_empty())
                .take(left)
                .map(json_value)
                .collect(),
            InputType::Json => self.json(text(bytes)?),
            InputType::Parquet => Err(ItemFailure::reader(
                "Reading PARQUET is not supported by this engine; use CSV, JSON or JSONL",
            )),
            InputType::Manifest => {
                Err(ItemFailure::reader("A manifest names other files, it has no items itself"))
            }
        }
    }

    fn json(&self, text: &str) -> Result<Vec<Value>, ItemFailure> {
        let mut value = json_value(text)?;
        if let Some(pointer) = &self.pointer {
            value = value.pointer_mut(pointer).map(Value::take).ok_or_else(|| {
                ItemFailure::reader(format!("The ItemsPointer '{pointer}' points to nothing"))
            })?;
        }
        match value {
            Value::Array(items) => Ok(items),
            // Recording `map_item_reader_json_no_json_list_object`.
            _ => Err(ItemFailure::reader("Attempting to map over non-iterable node.")),
        }
    }
}

fn refused(error: ObjectError) -> ItemFailure {
    ItemFailure::reader(format!("{}: {}", error.error, error.cause))
}

fn text(bytes: &[u8]) -> Result<&str, ItemFailure> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ItemFailure::reader(format!("The file is not UTF-8: {error}")))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn json_value(text: &str) -> Result<Value, ItemFailure> {
    parse_json(text)
        .map_err(|error| ItemFailure::reader(format!("The file is not valid JSON: {error}")))
}

/// Gzip is told by its first bytes, as keys need not say.
fn decompress(bytes: &Arc<[u8]>) -> Result<Arc<[u8]>, ItemFailure> {
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return Err(ItemFailure::reader(
            "Reading ZSTD is not supported by this engine; use GZIP or no compression",
        ));
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes.clone());
    }
    let mut plain = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(&bytes[..]).take(OBJECT_BYTES_MAX + 1);
    reader
        .read_to_end(&mut plain)
        .map_err(|error| ItemFailure::reader(format!("The file is not valid GZIP: {error}")))?;
    if plain.len() as u64 > OBJECT_BYTES_MAX {
        return Err(ItemFailure::reader(format!(
            "The file is larger than {OBJECT_BYTES_MAX} bytes"
        )));
    }
    Ok(plain.into())
}

#[cfg(test)]
mod tests;
