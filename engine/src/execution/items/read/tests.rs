//! Tests of reading; the objects stand in for S3.

use super::*;
use crate::data::Timestamp;
use crate::expr::Template;

fn reader(input_type: Option<InputType>) -> ItemReader {
    ItemReader {
        operation: ReaderOperation::GetObject,
        parameters: Template::Literal(Value::Null),
        input_type,
        load_and_flatten: false,
        manifest_type: None,
        csv_delimiter: b',',
        csv_headers: CsvHeaders::FirstRow,
        items_pointer: None,
        max_items: None,
    }
}

fn read(reader: &ItemReader, max_items: usize, objects: &[(&str, &[u8])]) -> Result<Value, String> {
    let items = items(reader, max_items, objects, ServiceRevision::Current)?;
    Ok(items.into_iter().map(|item| item.payload().into_value()).collect())
}

fn items(
    reader: &ItemReader,
    max_items: usize,
    objects: &[(&str, &[u8])],
    revision: ServiceRevision,
) -> Result<Vec<Item>, String> {
    let parameters = json!({"Bucket": "b", "Key": objects[0].0, "Prefix": ""});
    let mut reading = ItemReading::new(reader, &parameters, max_items, revision)
        .map_err(|failure| failure.cause)?;
    loop {
        let fed = match reading.next() {
            ReadStep::Done(items) => return Ok(items),
            ReadStep::Request(ObjectRequest::Get { key, .. }) => {
                let found = objects.iter().find(|(name, _)| *name == key);
                reading.object(found.map(|(_, bytes)| Arc::from(*bytes)).ok_or(ObjectError {
                    error: "S3.NoSuchKeyException".into(),
                    cause: "The specified key does not exist.".into(),
                }))
            }
            ReadStep::Request(ObjectRequest::List { .. }) => {
                let listed = objects.iter().map(|(name, bytes)| ListedObject {
                    key: (*name).into(),
                    size: bytes.len() as u64,
                    etag: "\"e\"".into(),
                    last_modified: Timestamp::DEFAULT_EPOCH,
                    storage_class: "STANDARD".into(),
                });
                reading.listing(Ok(listed.collect()))
            }
            ReadStep::Request(other) => panic!("{other:?}"),
        };
        fed.map_err(|failure| failure.cause)?;
    }
}

#[test]
fn json_arrays_and_limits() {
    let json = reader(Some(InputType::Json));
    assert_eq!(read(&json, 0, &[("k", b"[1, 2, 3]")]), Ok(json!([1, 2, 3])));
    assert_eq!(read(&json, 2, &[("k", b"[1, 2, 3]")]), Ok(json!([1, 2])));
}

/// Recording `map_item_reader_json_no_json_list_object`, of 2023; what the floci project measured in 2026.
#[test]
fn objects_were_not_iterable_and_are_now() {
    let json = reader(Some(InputType::Json));
    let object: &[(&str, &[u8])] = &[("k", b"{\"a\": {\"x\": 1}, \"b\": 2}")];
    let before = items(&json, 0, object, ServiceRevision::Before2024November);
    let cause = "Attempting to map over non-iterable node.";
    assert_eq!(before.expect_err("is an object"), cause);
    assert_eq!(
        read(&json, 0, object),
        Ok(json!([{"Key": "a", "Value": {"x": 1}}, {"Key": "b", "Value": 2}]))
    );
    assert_eq!(read(&json, 0, &[("k", b"7")]), Err(cause.into()));
}

#[test]
fn items_know_their_source() {
    let source = |reader: &ItemReader, objects| {
        let items = items(reader, 0, objects, ServiceRevision::Current).expect("is readable");
        items[0].source.clone().expect("has a source")
    };
    assert_eq!(&*source(&reader(Some(InputType::Json)), &[("k", b"[1]")]), "s3://b/k");
    let listing = ItemReader { operation: ReaderOperation::ListObjectsV2, ..reader(None) };
    assert_eq!(&*source(&listing, &[("k", b"[1]")]), "s3://b");
}

#[test]
fn an_item_has_a_size_limit() {
    let text = format!("[\"{}\"]", "x".repeat(limits::ITEM_BYTES_MAX));
    let cause = read(&reader(Some(InputType::Json)), 0, &[("k", text.as_bytes())]);
    assert!(cause.expect_err("is too large").contains("index 0 of s3://b/k"));
}

#[test]
fn pointers_lines_and_compression() {
    let pointed =
        ItemReader { items_pointer: Some("/a/b".into()), ..reader(Some(InputType::Json)) };
    assert_eq!(read(&pointed, 0, &[("k", b"{\"a\": {\"b\": [7]}}")]), Ok(json!([7])));
    assert_eq!(
        read(&pointed, 0, &[("k", b"{}")]),
        Err("The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON \
             structure."
            .into())
    );
    let lines = reader(Some(InputType::Jsonl));
    assert_eq!(read(&lines, 0, &[("k", b"{\"a\":1}\n\n2\n")]), Ok(json!([{"a": 1}, 2])));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, b"[4]").expect("memory takes bytes");
    let bytes = gzip.finish().expect("memory takes bytes");
    assert_eq!(read(&reader(None), 0, &[("k.gz", &bytes)]), Ok(json!([4])));
}

#[test]
fn listings_and_their_contents() {
    let mut listing = ItemReader { operation: ReaderOperation::ListObjectsV2, ..reader(None) };
    let objects: &[(&str, &[u8])] = &[("a.json", b"[1]"), ("b.json", b"[2, 3]"), ("c/", b"")];
    assert_eq!(
        read(&listing, 1, objects).expect("lists").to_string(),
        r#"[{"Etag":"\"e\"","LastModified":1767225600,"Key":"a.json","Size":3,"StorageClass":"STANDARD"}]"#
    );
    listing.load_and_flatten = true;
    listing.input_type = Some(InputType::Json);
    assert_eq!(read(&listing, 0, objects), Ok(json!([1, 2, 3])));
}

#[test]
fn manifests() {
    let inventory = ItemReader { manifest_type: Some(ManifestType::S3Inventory), ..reader(None) };
    let manifest = br#"{"sourceBucket": "src", "fileFormat": "CSV", "fileSchema": "Bucket, Key",
        "files": [{"key": "data.csv"}]}"#;
    assert_eq!(
        read(&inventory, 0, &[("m", manifest), ("data.csv", b"\"src\",\"x\"\n")]),
        Ok(json!([{"Bucket": "src", "Key": "x"}]))
    );
    let athena = ItemReader {
        manifest_type: Some(ManifestType::AthenaData),
        ..reader(Some(InputType::Jsonl))
    };
    assert_eq!(
        read(&athena, 0, &[("m", b"s3://b/part\n"), ("part", b"1\n2\n")]),
        Ok(json!([1, 2]))
    );
}

#[test]
fn what_cannot_be_read_says_why() {
    let json = reader(Some(InputType::Json));
    for bad in [&b"[1,"[..], b"\xff", &[0x1f, 0x8b, 1], &[0x28, 0xb5, 0x2f, 0xfd], b""] {
        assert!(read(&json, 0, &[("k", bad)]).is_err(), "{bad:?}");
    }
    assert!(read(&reader(Some(InputType::Parquet)), 0, &[("k", b"PAR1")]).is_err());
    let missing = read(&reader(None), 0, &[("k", b"[1]")]).and_then(|_| {
        let parameters = json!({"Key": "k"});
        ItemReading::new(&json, &parameters, 0, ServiceRevision::Current)
            .map(|_| Value::Null)
            .map_err(|f| f.cause)
    });
    assert_eq!(missing, Err("The field 'Bucket' must be a string".into()));
    assert!(read(&json, 0, &[("k", "[".repeat(100_000).as_bytes())]).is_err());
}
