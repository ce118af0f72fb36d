//! Rows of a CSV object as items.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::ItemFailure;
use super::java_order::hash_map_order;
use crate::asl::CsvHeaders;

/// Reads rows: one object a row, with every value a string.
///
/// Columns without a header are dropped, missing cells are empty (recordings `csv_headers_*`).
pub(super) fn rows(
    bytes: &[u8],
    delimiter: u8,
    headers: &CsvHeaders,
    max_items: usize,
) -> Result<Vec<Value>, ItemFailure> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut records = reader.records();
    let headers: Vec<String> = match headers {
        CsvHeaders::Given(names) => names.iter().map(ToString::to_string).collect(),
        CsvHeaders::FirstRow => match records.next() {
            None => return Ok(Vec::new()),
            Some(record) => record.map_err(unreadable)?.iter().map(str::to_owned).collect(),
        },
    };
    if headers.iter().collect::<BTreeSet<_>>().len() < headers.len() {
        // Recording `map_item_reader_csv_headers_decl_duplicate_headers`.
        return Err(ItemFailure::reader("CSV headers cannot contain duplicates."));
    }
    let order = hash_map_order(&headers);
    let mut rows = Vec::new();
    for record in records.take(max_items) {
        let record = record.map_err(unreadable)?;
        let row: Map<String, Value> = order
            .iter()
            .map(|column| (headers[*column].clone(), record.get(*column).unwrap_or("").into()))
            .collect();
        rows.push(Value::Object(row));
    }
    Ok(rows)
}

fn unreadable(error: csv::Error) -> ItemFailure {
    ItemFailure::reader(format!("The CSV file could not be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, headers: CsvHeaders) -> Value {
        rows(text.as_bytes(), b',', &headers, usize::MAX).expect("is CSV").into()
    }

    /// Recording `map_item_reader_base_csv_headers_first_line`.
    #[test]
    fn uneven_rows() {
        let text = "Col1,Col2,Col3\nValue1,Value2,Value3\n,,,\nNull,None,\n   \n";
        assert_eq!(
            read(text, CsvHeaders::FirstRow),
            serde_json::json!([
                {"Col1": "Value1", "Col2": "Value2", "Col3": "Value3"},
                {"Col1": "", "Col2": "", "Col3": ""},
                {"Col1": "Null", "Col2": "None", "Col3": ""},
                {"Col1": "   ", "Col2": "", "Col3": ""},
            ])
        );
    }

    #[test]
    fn given_headers_drop_extra_columns() {
        let headers = CsvHeaders::Given(vec!["H1".into()]);
        assert_eq!(read("a,b\nc\n", headers), serde_json::json!([{"H1": "a"}, {"H1": "c"}]));
    }

    #[test]
    fn quotes_and_other_delimiters() {
        let rows = rows(b"a;b\n\"x;\ny\";2\n", b';', &CsvHeaders::FirstRow, 9).expect("is CSV");
        assert_eq!(rows, [serde_json::json!({"a": "x;\ny", "b": "2"})]);
    }
}
