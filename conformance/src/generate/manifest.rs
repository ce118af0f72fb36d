//! Item readers of manifests: objects that name the files with the items.

use serde_json::{Map, Value, json};

use super::distributed::BUCKET;
use super::generator::Generator;
use super::graph::Site;
use super::shape::Shape;

impl Generator<'_, '_, '_> {
    /// `ItemReader` of a manifest; the shape of an item, and how many there are.
    pub(super) fn manifest_reader(
        &mut self,
        site: &Site<'_>,
        fields: &mut Map<String, Value>,
    ) -> (Shape, usize) {
        let (files, rows) = (1 + self.draw.below(2), 1 + self.draw.below(2));
        let mut config = Map::new();
        let (body, item) = match self.draw.chance(1, 2) {
            true => self.inventory(files, rows, &mut config),
            false => self.athena_data(files, rows, &mut config),
        };
        if self.draw.chance(1, 6) {
            config.insert("MaxItems".into(), (1 + self.draw.below(3)).into());
        }
        self.object_reader(site, fields, config, body);
        (item, files * rows)
    }

    /// The manifest of an S3 inventory, and its files: CSV without a header row.
    fn inventory(
        &mut self,
        files: usize,
        rows: usize,
        config: &mut Map<String, Value>,
    ) -> (String, Shape) {
        config.insert("InputType".into(), "MANIFEST".into());
        if self.draw.chance(1, 2) {
            config.insert("ManifestType".into(), "S3_INVENTORY".into());
        }
        // AWS's inventories have quotes.
        let quote = if self.draw.chance(1, 4) { "\"" } else { "" };
        let cell = |text: String| format!("{quote}{text}{quote}");
        let mut named = Vec::with_capacity(files);
        for file in 0..files {
            let row = |row: usize| {
                let cells = [BUCKET.to_owned(), format!("k{file}{row}"), row.to_string()];
                cells.map(cell).join(",") + "\n"
            };
            let key = format!("inventory{}/{file}.csv", self.graphs);
            self.put_object(&key, (0..rows).map(row).collect());
            named.push(json!({"key": key, "size": 1}));
        }
        let manifest = json!({
            "sourceBucket": BUCKET,
            "fileFormat": "CSV",
            "fileSchema": "Bucket, Key, Size",
            "files": named,
        });
        let columns = ["Bucket", "Key", "Size"].map(|column| (column, Shape::Text));
        (manifest.to_string(), Shape::Object(columns.into()))
    }

    /// The manifest of an Athena query, and its files: CSV or lines of JSON.
    fn athena_data(
        &mut self,
        files: usize,
        rows: usize,
        config: &mut Map<String, Value>,
    ) -> (String, Shape) {
        config.insert("ManifestType".into(), "ATHENA_DATA".into());
        let lines_of_json = self.draw.chance(1, 2);
        config.insert("InputType".into(), if lines_of_json { "JSONL" } else { "CSV" }.into());
        if !lines_of_json {
            config.insert("CSVHeaderLocation".into(), "FIRST_ROW".into());
        }
        let mut manifest = String::new();
        for file in 0..files {
            let body: String = match lines_of_json {
                true => {
                    (0..rows).map(|row| format!("{{\"n\":{row},\"s\":\"x{file}\"}}\n")).collect()
                }
                false => std::iter::once("n,s\n".to_owned())
                    .chain((0..rows).map(|row| format!("{row},x{file}\n")))
                    .collect(),
            };
            let key = format!("athena{}/{file}", self.graphs);
            self.put_object(&key, body);
            manifest.push_str(&format!("s3://{BUCKET}/{key}\n"));
        }
        let number = if lines_of_json { Shape::Int } else { Shape::Text };
        (manifest, Shape::Object(vec![("n", number), ("s", Shape::Text)]))
    }
}
