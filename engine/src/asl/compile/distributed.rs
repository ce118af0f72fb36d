//! `ItemReader`, `ItemBatcher` and `ResultWriter` of Distributed Maps.

use std::sync::Arc;

use super::context::{Compiler, Scope};
use super::cursor::At;
use super::fields::{Fields, In};
use super::jsonata_check::Offers;
use crate::asl::{
    Computed, CsvHeaders, InputType, ItemBatcher, ItemReader, ManifestType, ReaderOperation,
    ResultWriter, WriterTransformation,
};
use crate::expr::Template;
use crate::limits;

const READER: &Fields = &[
    ("Resource", In::Both),
    ("Parameters", In::Path),
    ("Arguments", In::Jsonata),
    ("ReaderConfig", In::Both),
    ("Comment", In::Both),
];

const READER_CONFIG: &Fields = &[
    ("InputType", In::Both),
    ("Transformation", In::Both),
    ("ManifestType", In::Both),
    ("CSVDelimiter", In::Both),
    ("CSVHeaderLocation", In::Both),
    ("CSVHeaders", In::Both),
    ("ItemsPointer", In::Both),
    ("MaxItems", In::Both),
    ("MaxItemsPath", In::Path),
    ("Comment", In::Both),
];

const BATCHER: &Fields = &[
    ("BatchInput", In::Both),
    ("MaxItemsPerBatch", In::Both),
    ("MaxItemsPerBatchPath", In::Path),
    ("MaxInputBytesPerBatch", In::Both),
    ("MaxInputBytesPerBatchPath", In::Path),
    ("Comment", In::Both),
];

const WRITER: &Fields = &[
    ("Resource", In::Both),
    ("Parameters", In::Path),
    ("Arguments", In::Jsonata),
    ("WriterConfig", In::Both),
    ("Comment", In::Both),
];

const WRITER_CONFIG: &Fields =
    &[("Transformation", In::Both), ("OutputType", In::Both), ("Comment", In::Both)];

/// What `ReaderConfig` says.
struct ReaderConfig {
    input_type: Option<InputType>,
    load_and_flatten: bool,
    manifest_type: Option<ManifestType>,
    csv_delimiter: u8,
    csv_headers: CsvHeaders,
    items_pointer: Option<Arc<str>>,
    max_items: Option<Computed<u64>>,
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self {
            input_type: None,
            load_and_flatten: false,
            manifest_type: None,
            csv_delimiter: b',',
            csv_headers: CsvHeaders::FirstRow,
            items_pointer: None,
            max_items: None,
        }
    }
}

impl Compiler {
    /// `ItemReader`.
    pub(super) fn item_reader(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<ItemReader> {
        self.object(at)?;
        self.check_fields(at, &[READER], Some(scope.language));
        self.require(at, &["Resource"]);
        let operation = at.get("Resource").and_then(|resource| {
            match self.s3_action(&resource, &["getObject", "listObjectsV2"])? {
                "getObject" => Some(ReaderOperation::GetObject),
                _ => Some(ReaderOperation::ListObjectsV2),
            }
        });
        let parameters = match self.s3_parameters(at, scope) {
            Some(parameters) => parameters,
            None => Some(Template::Literal(serde_json::Value::Object(serde_json::Map::new()))),
        };
        let config = match at.get("ReaderConfig") {
            Some(config) => self.reader_config(&config, scope),
            None => Some(ReaderConfig::default()),
        }?;
        Some(ItemReader {
            operation: operation?,
            parameters: parameters?,
            input_type: config.input_type,
            load_and_flatten: config.load_and_flatten,
            manifest_type: config.manifest_type,
            csv_delimiter: config.csv_delimiter,
            csv_headers: config.csv_headers,
            items_pointer: config.items_pointer,
            max_items: config.max_items,
        })
    }

    /// `arn:<partition>:states:::s3:<action>`.
    fn s3_action(&mut self, at: &At<'_>, actions: &[&'static str]) -> Option<&'static str> {
        let arn = self.string(at)?;
        let mut parts = arn.splitn(3, ':');
        let partition = (parts.next(), parts.next());
        let rest = parts.next().and_then(|rest| rest.strip_prefix("states:::s3:"));
        let action = actions.iter().find(|action| Some(**action) == rest).copied();
        if action.is_none() || partition.0 != Some("arn") {
            self.schema(at, "The field 'Resource' does not match any of the allowed values");
            return None;
        }
        action
    }

    /// `Parameters` or `Arguments`: `None` when absent, `Some(None)` when broken.
    #[expect(clippy::option_option, reason = "absent, broken, and good")]
    fn s3_parameters(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<Option<Template>> {
        let field = if scope.is_jsonata() { "Arguments" } else { "Parameters" };
        let value = at.get(field)?;
        Some(self.template(&value, scope, Offers::Input))
    }

    fn reader_config(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<ReaderConfig> {
        self.object(at)?;
        self.check_fields(at, &[READER_CONFIG], Some(scope.language));
        self.check_reader_fields(at);
        let mut config = ReaderConfig::default();
        if let Some(value) = at.get("InputType") {
            let types = ["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"];
            config.input_type = Some(match self.one_of(&value, &types)? {
                "CSV" => InputType::Csv,
                "JSON" => InputType::Json,
                "JSONL" => InputType::Jsonl,
                "PARQUET" => InputType::Parquet,
                _ => InputType::Manifest,
            });
        }
        if let Some(value) = at.get("Transformation") {
            let flatten = self.one_of(&value, &["NONE", "LOAD_AND_FLATTEN"])?;
            config.load_and_flatten = flatten == "LOAD_AND_FLATTEN";
            if config.load_and_flatten && !at.has("InputType") {
                self.schema_object(at, "The field 'InputType' is required");
            }
        }
        if let Some(value) = at.get("ManifestType") {
            config.manifest_type =
                Some(match self.one_of(&value, &["ATHENA_DATA", "S3_INVENTORY"])? {
                    "ATHENA_DATA" => ManifestType::AthenaData,
                    _ => ManifestType::S3Inventory,
                });
        }
        if let Some(value) = at.get("CSVDelimiter") {
            let names = ["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"];
            config.csv_delimiter = match self.one_of(&value, &names)? {
                "PIPE" => b'|',
                "SEMICOLON" => b';',
                "SPACE" => b' ',
                "TAB" => b'\t',
                _ => b',',
            };
        }
        config.csv_headers = self.csv_headers(at, config.input_type)?;
        if let Some(value) = at.get("ItemsPointer") {
            config.items_pointer = Some(self.json_pointer(&value)?.into());
        }
        let fields = ["MaxItems", "MaxItemsPath"];
        config.max_items = self.integer_or_path(at, scope, fields, (0, limits::READER_ITEMS_MAX));
        Some(config)
    }

    /// Reports fields that the type of input does not have. AWS's messages for JSON and JSONL were measured by
    /// tiny-asl-machine, as was that a CSV without `CSVHeaderLocation` gets no further; that PARQUET has none of
    /// these fields, and CSV and JSONL no `ItemsPointer`, follows from the documentation of the fields.
    fn check_reader_fields(&mut self, at: &At<'_>) {
        const CSV: [&str; 3] = ["CSVDelimiter", "CSVHeaderLocation", "CSVHeaders"];
        let (csv, pointer, manifest) = match at.text("InputType") {
            Some("CSV") if at.has("CSVHeaderLocation") => (true, false, true),
            Some("JSON") => (false, true, false),
            Some("JSONL" | "PARQUET") => (false, false, true),
            _ => return,
        };
        for (name, member) in at.members() {
            let supported = match name {
                "ItemsPointer" => pointer,
                "ManifestType" => manifest,
                name if CSV.contains(&name) => csv,
                _ => true,
            };
            if !supported {
                let message = format!("Field '{name}' is not supported");
                self.schema_at(at, member.name_span(), message);
            }
        }
    }

    /// A JSON Pointer; AWS shows what its library says.
    fn json_pointer<'a>(&mut self, at: &At<'a>) -> Option<&'a str> {
        let text = self.string(at)?;
        if !text.is_empty() && !text.starts_with('/') {
            let message = format!(
                "Invalid input: JSON Pointer expression must start with '/': {}",
                serde_json::Value::from(text)
            );
            self.schema(at, message);
            return None;
        }
        Some(text)
    }

    fn csv_headers(&mut self, at: &At<'_>, input_type: Option<InputType>) -> Option<CsvHeaders> {
        let Some(place) = at.get("CSVHeaderLocation") else {
            // An Athena manifest may name CSV data files; their headers are asked for as well.
            if input_type == Some(InputType::Csv) {
                self.schema_object(at, "The field 'CSVHeaderLocation' is required");
                return None;
            }
            return Some(CsvHeaders::FirstRow);
        };
        if matches!(input_type, Some(InputType::Json | InputType::Jsonl | InputType::Parquet)) {
            return Some(CsvHeaders::FirstRow);
        }
        if self.one_of(&place, &["FIRST_ROW", "GIVEN"])? == "FIRST_ROW" {
            return Some(CsvHeaders::FirstRow);
        }
        if !self.require(at, &["CSVHeaders"]) {
            return None;
        }
        let headers = at.get("CSVHeaders")?;
        self.array(&headers, true)?;
        let names: Vec<_> =
            headers.elements().map(|header| self.string(&header).map(Arc::from)).collect();
        Some(CsvHeaders::Given(names.into_iter().collect::<Option<_>>()?))
    }

    /// `ItemBatcher`.
    pub(super) fn item_batcher(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<ItemBatcher> {
        self.object(at)?;
        self.check_fields(at, &[BATCHER], Some(scope.language));
        // The specification asks for one of the limits; AWS was seen to accept `BatchInput` alone as far
        // as the fields go (validation of a JSONata name inside it reported nothing else).
        let batch_input = match at.get("BatchInput") {
            Some(value) => Some(self.template(&value, scope, Offers::Input)?),
            None => None,
        };
        let items = ["MaxItemsPerBatch", "MaxItemsPerBatchPath"];
        let bytes = ["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"];
        let payload = limits::PAYLOAD_BYTES_MAX as u64;
        Some(ItemBatcher {
            batch_input,
            max_items_per_batch: self.integer_or_path(at, scope, items, (0, u64::MAX)),
            max_input_bytes_per_batch: self.integer_or_path(at, scope, bytes, (0, payload)),
        })
    }

    /// `ResultWriter`.
    pub(super) fn result_writer(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<ResultWriter> {
        self.object(at)?;
        self.check_fields(at, &[WRITER], Some(scope.language));
        if let Some(resource) = at.get("Resource") {
            self.s3_action(&resource, &["putObject"])?;
        } else if !at.has("WriterConfig") {
            self.require(at, &["Resource"]);
            return None;
        }
        let parameters = match self.s3_parameters(at, scope) {
            Some(parameters) => Some(parameters?),
            None => None,
        };
        let mut writer =
            ResultWriter { parameters, transformation: WriterTransformation::None, jsonl: false };
        if let Some(config) = at.get("WriterConfig") {
            self.object(&config)?;
            self.check_fields(&config, &[WRITER_CONFIG], None);
            if let Some(value) = config.get("Transformation") {
                writer.transformation =
                    match self.one_of(&value, &["NONE", "COMPACT", "FLATTEN"])? {
                        "COMPACT" => WriterTransformation::Compact,
                        "FLATTEN" => WriterTransformation::Flatten,
                        _ => WriterTransformation::None,
                    };
            }
            if let Some(value) = config.get("OutputType") {
                writer.jsonl = self.one_of(&value, &["JSON", "JSONL"])? == "JSONL";
            }
        }
        Some(writer)
    }
}
