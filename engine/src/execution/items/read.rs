//! `ItemReader`: which objects to ask for, and the items in them.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Value, json};

use super::content::{self, Values};
use super::{Item, ItemFailure, csv, manifest};
use crate::asl::{CsvHeaders, InputType, ItemReader, ManifestType, ReaderOperation};
use crate::data::Payload;
use crate::execution::{ListedObject, ObjectError, ObjectRequest, ServiceRevision};
use crate::limits;

/// An ItemReader at work. Ask [`ItemReading::next`] what to do, feed the answer, and ask again.
#[derive(Debug)]
pub(in crate::execution) struct ItemReading {
    format: Format,
    max_items: usize,
    /// How much more may be read, after decompression.
    bytes_left: u64,
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
    objects_are_iterable: bool,
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
        revision: ServiceRevision,
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
        let version_id = text("VersionId");
        if reader.input_type == Some(InputType::Parquet) && version_id.is_some() {
            // Measured by tiny-asl-machine: refused before the bucket is asked for anything.
            return Err(ItemFailure::reader(
                "S3 Version ID selection is not currently supported for PARQUET files",
            ));
        }
        let first = Todo { bucket, key, version_id, role };
        Ok(Self {
            format: Format {
                input_type: reader.input_type.unwrap_or(InputType::Json),
                delimiter: reader.csv_delimiter,
                headers: reader.csv_headers.clone(),
                pointer: reader.items_pointer.clone(),
                load_and_flatten: reader.load_and_flatten,
                objects_are_iterable: revision > ServiceRevision::Before2024November,
            },
            max_items: match max_items {
                0 => limits::READER_ITEMS_MAX as usize,
                limit => limit.min(limits::READER_ITEMS_MAX as usize),
            },
            bytes_left: limits::READER_BYTES_MAX,
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
        let bytes = content::decompress(&body, self.bytes_left)?;
        self.bytes_left -= bytes.len() as u64;
        let left = self.max_items - self.items.len();
        let values = match &current.role {
            Role::Listing => return Ok(()),
            Role::Items => self.format.values(&bytes, left)?,
            Role::InventoryFile(columns) => {
                let headers = CsvHeaders::Given(columns.clone());
                Values::List(csv::rows(&bytes, b',', &headers, left)?)
            }
            Role::Inventory => {
                let inventory = manifest::inventory(&bytes)?;
                let role = Role::InventoryFile(inventory.columns);
                self.todo.extend(
                    inventory
                        .keys
                        .into_iter()
                        .map(|key| Todo::new(current.bucket.clone(), key, role.clone())),
                );
                return Ok(());
            }
            Role::Athena => {
                let files = manifest::athena(&bytes)?;
                self.todo.extend(
                    files.into_iter().map(|(bucket, key)| Todo::new(bucket, key, Role::Items)),
                );
                return Ok(());
            }
        };
        let source: Arc<str> = format!("s3://{}/{}", current.bucket, current.key).into();
        match values {
            Values::List(values) => {
                values.into_iter().take(left).try_for_each(|value| self.push(None, value, &source))
            }
            Values::Entries(entries) => entries
                .into_iter()
                .take(left)
                .try_for_each(|(key, value)| self.push(Some(key.into()), value, &source)),
        }
    }

    fn push(
        &mut self,
        key: Option<Arc<str>>,
        value: Value,
        source: &Arc<str>,
    ) -> Result<(), ItemFailure> {
        let value = Payload::new(value);
        if value.size_bytes() > limits::ITEM_BYTES_MAX {
            // The limit is in the developer guide, the message is not.
            return Err(ItemFailure::reader(format!(
                "The item at index {} of {source} has {} bytes, more than the limit of {} bytes",
                self.items.len(),
                value.size_bytes(),
                limits::ITEM_BYTES_MAX
            )));
        }
        self.items.push(Item { key, value, source: Some(source.clone()) });
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
            // Empty objects that stand for folders have no content; what AWS makes of them is not recorded.
            let is_folder = |object: &ListedObject| object.size == 0 && object.key.ends_with('/');
            self.todo.extend(
                objects
                    .into_iter()
                    .filter(|object| !is_folder(object))
                    .map(|object| Todo::new(current.bucket.clone(), object.key, Role::Items)),
            );
            return Ok(());
        }
        let uri: Arc<str> = format!("s3://{}", current.bucket).into();
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

impl Todo {
    fn new(bucket: String, key: String, role: Role) -> Self {
        Self { bucket, key, version_id: None, role }
    }
}

impl Format {
    fn values(&self, bytes: &[u8], max_items: usize) -> Result<Values, ItemFailure> {
        match self.input_type {
            InputType::Csv => {
                csv::rows(bytes, self.delimiter, &self.headers, max_items).map(Values::List)
            }
            InputType::Jsonl => {
                content::json_lines(content::text(bytes)?, max_items).map(Values::List)
            }
            InputType::Json => content::json(
                content::text(bytes)?,
                self.pointer.as_ref(),
                self.objects_are_iterable,
            ),
            InputType::Parquet => Err(ItemFailure::reader(
                "Reading PARQUET is not supported by this engine; use CSV, JSON or JSONL",
            )),
            InputType::Manifest => {
                Err(ItemFailure::reader("A manifest names other files, it has no items itself"))
            }
        }
    }
}

/// What the service said. AWS's own wording of the cause is not recorded.
fn refused(error: ObjectError) -> ItemFailure {
    ItemFailure::reader(format!("{}: {}", error.error, error.cause))
}

#[cfg(test)]
mod tests;
