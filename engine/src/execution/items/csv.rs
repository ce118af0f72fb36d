//! Delimited text: the rules of the developer guide's page "How Step Functions parses input CSV files".
//!
//! They are not those of RFC 4180: a doubled quotation mark stands for one outside of quotes too, and a
//! backslash escapes. That is why the records are split here and not by a library.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::ItemFailure;
use super::content::text;
use super::java_order::hash_map_order;
use crate::asl::CsvHeaders;
use crate::limits;

/// Reads rows: one object a row, with every value a string.
///
/// Columns without a header are dropped, missing cells are empty (recording
/// `map_item_reader_base_csv_headers_first_line`).
pub(super) fn rows(
    bytes: &[u8],
    delimiter: u8,
    headers: &CsvHeaders,
    max_items: usize,
) -> Result<Vec<Value>, ItemFailure> {
    let mut records = Records { text: text(bytes)?, at: 0, delimiter };
    let names: Vec<String> = match headers {
        CsvHeaders::Given(names) => names.iter().map(ToString::to_string).collect(),
        CsvHeaders::FirstRow => records.next().transpose()?.unwrap_or_default(),
    };
    check_headers(&names)?;
    let order = hash_map_order(&names);
    let mut rows = Vec::new();
    while rows.len() < max_items {
        let Some(record) = records.next() else { break };
        let mut cells = record?;
        cells.resize(names.len(), String::new());
        let row: Map<String, Value> = order
            .iter()
            .map(|column| {
                (names[*column].clone(), Value::String(std::mem::take(&mut cells[*column])))
            })
            .collect();
        rows.push(Value::Object(row));
    }
    if rows.is_empty() && max_items > 0 && *headers == CsvHeaders::FirstRow {
        // Users' code catches this failure and looks for the words "only CSV headers"; the rest of the
        // sentence, and whether an empty file fails alike, a recording would settle.
        return Err(ItemFailure::reader("The CSV file contains only CSV headers."));
    }
    Ok(rows)
}

fn check_headers(names: &[String]) -> Result<(), ItemFailure> {
    if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
        // Recording `map_item_reader_csv_headers_decl_duplicate_headers`.
        return Err(ItemFailure::reader("CSV headers cannot contain duplicates."));
    }
    // The guide gives the limit, not the message.
    let bytes: usize = names.iter().map(|name| name.len() + 1).sum();
    if bytes > limits::CSV_HEADER_BYTES_MAX {
        return Err(ItemFailure::reader(format!(
            "CSV headers of {bytes} bytes exceed the limit of {} bytes",
            limits::CSV_HEADER_BYTES_MAX
        )));
    }
    Ok(())
}

/// Splits a text into records, each a list of fields.
///
/// An empty line is a record with one empty field; whether AWS skips it is not recorded.
struct Records<'a> {
    text: &'a str,
    at: usize,
    delimiter: u8,
}

impl Iterator for Records<'_> {
    type Item = Result<Vec<String>, ItemFailure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        Some(self.record())
    }
}

impl Records<'_> {
    fn record(&mut self) -> Result<Vec<String>, ItemFailure> {
        let start = self.at;
        let mut fields = Vec::new();
        let mut field = String::new();
        let mut quoted = false;
        loop {
            self.copy_plain(&mut field);
            let bytes = self.text.as_bytes();
            let Some(&byte) = bytes.get(self.at) else {
                if quoted {
                    return Err(self.unterminated(start));
                }
                break;
            };
            let next = bytes.get(self.at + 1).copied();
            self.at += 1;
            match byte {
                b'\\' => {
                    // Before anything else than these a backslash is dropped.
                    if let Some(escaped) = next.filter(|next| self.is_escapable(*next)) {
                        field.push(char::from(escaped));
                        self.at += 1;
                    }
                }
                b'"' if next == Some(b'"') && (quoted || !field.is_empty()) => {
                    field.push('"');
                    self.at += 1;
                }
                b'"' if quoted => quoted = false,
                b'"' if field.is_empty() => quoted = true,
                b'"' => field.push('"'),
                _ if quoted => field.push(char::from(byte)),
                b'\r' | b'\n' => {
                    if byte == b'\r' && next == Some(b'\n') {
                        self.at += 1;
                    }
                    break;
                }
                _ => fields.push(std::mem::take(&mut field)),
            }
        }
        fields.push(field);
        Ok(fields)
    }

    /// Copies up to the next byte that may mean something. All of those are ASCII, so it is a boundary.
    fn copy_plain(&mut self, field: &mut String) {
        let rest = &self.text[self.at..];
        let special =
            |byte: &u8| matches!(byte, b'\\' | b'"' | b'\r' | b'\n') || *byte == self.delimiter;
        let length = rest.as_bytes().iter().position(special).unwrap_or(rest.len());
        field.push_str(&rest[..length]);
        self.at += length;
    }

    fn is_escapable(&self, byte: u8) -> bool {
        matches!(byte, b'\\' | b'"') || byte == self.delimiter
    }

    fn unterminated(&self, start: usize) -> ItemFailure {
        let line = self.text[..start].bytes().filter(|byte| *byte == b'\n').count() + 1;
        ItemFailure::reader(format!(
            "The CSV file has a quotation mark that is never closed, in the record that starts in line {line}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str, headers: CsvHeaders) -> Value {
        rows(text.as_bytes(), b',', &headers, usize::MAX).expect("is CSV").into()
    }

    fn given(names: &[&str]) -> CsvHeaders {
        CsvHeaders::Given(names.iter().map(|name| (*name).into()).collect())
    }

    fn cause(text: &str, headers: &CsvHeaders) -> String {
        rows(text.as_bytes(), b',', headers, usize::MAX).expect_err("is refused").cause
    }

    /// Recording `map_item_reader_base_csv_headers_first_line`.
    #[test]
    fn uneven_rows() {
        let text = "Col1,Col2,Col3\nValue1,Value2,Value3\n,,,\nNull,None,\n   \n";
        assert_eq!(
            read(text, CsvHeaders::FirstRow),
            json!([
                {"Col1": "Value1", "Col2": "Value2", "Col3": "Value3"},
                {"Col1": "", "Col2": "", "Col3": ""},
                {"Col1": "Null", "Col2": "None", "Col3": ""},
                {"Col1": "   ", "Col2": "", "Col3": ""},
            ])
        );
    }

    #[test]
    fn given_headers_drop_extra_columns() {
        assert_eq!(read("a,b\nc\n", given(&["H1"])), json!([{"H1": "a"}, {"H1": "c"}]));
    }

    #[test]
    fn all_delimiters() {
        for delimiter in [b',', b'|', b';', b' ', b'\t'] {
            let separator = char::from(delimiter);
            let text = format!("a{separator}b\n\"x{separator}\ny\"{separator}2\n");
            let rows = rows(text.as_bytes(), delimiter, &CsvHeaders::FirstRow, 9).expect("is CSV");
            assert_eq!(rows, [json!({"a": format!("x{separator}\ny"), "b": "2"})]);
        }
    }

    /// The guide's example file, with a doubled quotation mark inside and outside of quotes.
    #[test]
    fn doubled_quotation_marks() {
        let text =
            "abc,\"commas, quotes (\"\"), and a newline (\n)\",{\"\"k\"\":\"\"v\"\"},\"[1,2,3]\"";
        assert_eq!(
            read(text, given(&["a", "b", "c", "d"])),
            json!([{
                "a": "abc",
                "b": "commas, quotes (\"), and a newline (\n)",
                "c": "{\"k\":\"v\"}",
                "d": "[1,2,3]",
            }])
        );
        assert_eq!(read("\"\",\"\"\"\"", given(&["a", "b"])), json!([{"a": "", "b": "\""}]));
    }

    /// "C:\\Program Files" is the guide's own example.
    #[test]
    fn backslashes() {
        let text = r#"C:\\Program Files\\App.exe,a\,b,\x,"\"q\"",end\"#;
        assert_eq!(
            read(text, given(&["a", "b", "c", "d", "e"])),
            json!([{"a": r"C:\Program Files\App.exe", "b": "a,b", "c": "x", "d": "\"q\"", "e": "end"}])
        );
    }

    #[test]
    fn line_ends_and_a_byte_order_mark() {
        let text = "\u{feff}a,b\r\n1,ü\r\n3,4";
        assert_eq!(
            read(text, CsvHeaders::FirstRow),
            json!([{"a": "1", "b": "ü"}, {"a": "3", "b": "4"}])
        );
    }

    #[test]
    fn what_is_refused() {
        assert_eq!(
            cause("x,y\n1,2\n", &given(&["H1", "H1"])),
            "CSV headers cannot contain duplicates."
        );
        assert!(cause("a,b\n", &CsvHeaders::FirstRow).contains("only CSV headers"));
        assert!(cause("a\n\"never closed\n", &CsvHeaders::FirstRow).contains("line 2"));
        assert!(cause(&"h".repeat(10_241), &CsvHeaders::FirstRow).contains("10240 bytes"));
        assert!(rows(b"a\n\xff\n", b',', &CsvHeaders::FirstRow, 9).is_err());
    }

    #[test]
    fn the_limit_stops_the_reading() {
        let limited = rows(b"a\n1\n2\n\"", b',', &CsvHeaders::FirstRow, 2).expect("reads two");
        assert_eq!(limited, [json!({"a": "1"}), json!({"a": "2"})]);
    }
}
