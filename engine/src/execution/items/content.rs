//! What is inside an object: compression, text and JSON.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::ItemFailure;
use crate::data::parse_json;

/// The items of one object.
#[derive(Debug)]
pub(super) enum Values {
    List(Vec<Value>),
    /// A JSON object: its entries.
    Entries(Map<String, Value>),
}

/// The bytes without compression, of which there may be `bytes_max`.
///
/// Compression is told by the first bytes, as keys and metadata need not say.
pub(super) fn decompress(bytes: &[u8], bytes_max: u64) -> Result<Cow<'_, [u8]>, ItemFailure> {
    const GZIP: &[u8] = &[0x1f, 0x8b];
    const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
    if bytes.starts_with(ZSTD) {
        return Err(ItemFailure::reader(
            "Reading ZSTD is not supported by this engine; use GZIP or no compression",
        ));
    }
    let plain = if bytes.starts_with(GZIP) {
        let mut plain = Vec::new();
        let decoder = flate2::read::MultiGzDecoder::new(bytes);
        decoder
            .take(bytes_max.saturating_add(1))
            .read_to_end(&mut plain)
            .map_err(|error| ItemFailure::reader(format!("The file is not valid GZIP: {error}")))?;
        Cow::Owned(plain)
    } else {
        Cow::Borrowed(bytes)
    };
    if plain.len() as u64 > bytes_max {
        return Err(ItemFailure::reader(
            "The objects are larger than this engine reads for one Map state",
        ));
    }
    Ok(plain)
}

/// UTF-8 without its byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<&str, ItemFailure> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ItemFailure::reader(format!("The file is not UTF-8: {error}")))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// One JSON value: an array, or an object whose entries are the items; `ItemsPointer` says where.
///
/// In 2023 an object was not iterable (recording `map_item_reader_json_no_json_list_object`); in 2026 its
/// entries are items with `Key` and `Value`, as the floci project measured. When it changed is not known.
pub(super) fn json(
    text: &str,
    pointer: Option<&Arc<str>>,
    objects_are_iterable: bool,
) -> Result<Values, ItemFailure> {
    let mut value = parse_json(text)
        .map_err(|error| ItemFailure::reader(format!("The file is not valid JSON: {error}")))?;
    if let Some(pointer) = pointer {
        // AWS's words, measured by the floci project.
        value = value.pointer_mut(pointer).map(Value::take).ok_or_else(|| {
            ItemFailure::reader(
                "The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON \
                 structure.",
            )
        })?;
    }
    match value {
        Value::Array(items) => Ok(Values::List(items)),
        Value::Object(entries) if objects_are_iterable => Ok(Values::Entries(entries)),
        // The text is that of the recording above.
        _ => Err(ItemFailure::reader("Attempting to map over non-iterable node.")),
    }
}

/// JSON Lines: one item a line; blank lines are skipped, as the floci project measured.
pub(super) fn json_lines(text: &str, max_items: usize) -> Result<Vec<Value>, ItemFailure> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .take(max_items)
        .map(|(index, line)| {
            parse_json(line).map_err(|error| {
                let message = error.message;
                ItemFailure::reader(format!(
                    "Line {} of the file is not valid JSON: {message} at column {}",
                    index + 1,
                    error.column
                ))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compression_bomb_is_stopped() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut gzip, &[b' '; 100_000]).expect("memory takes bytes");
        let bytes = gzip.finish().expect("memory takes bytes");
        assert_eq!(decompress(&bytes, 100_000).expect("fits").len(), 100_000);
        assert!(decompress(&bytes, 99_999).expect_err("is too large").cause.contains("larger"));
    }

    #[test]
    fn a_bad_line_is_named() {
        let failure = json_lines("1\n\n{\"a\":\n", 9).expect_err("is cut off");
        assert!(failure.cause.starts_with("Line 3 "), "{}", failure.cause);
        assert!(json_lines("1\n{", 1).is_ok(), "what is beyond the limit is not read");
    }
}
