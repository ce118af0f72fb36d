//! The published JSON Schemas are those of the types.

use std::path::Path;

use serde_json::Value;

/// `published` is relative to this crate.
fn assert_current(published: &str, schema: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(published);
    let current = format!("{schema:#}\n");
    if std::fs::read_to_string(&path).unwrap_or_default() != current {
        let name = path.file_name().expect("it names a file");
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&fresh, current).expect("the folder for test files is writable");
        panic!("{} is not current: {} is", path.display(), fresh.display());
    }
}

#[test]
fn the_schema_of_a_case_is_current() {
    assert_current("../corpus/case.schema.json", &stepclock_conformance::case::json_schema());
}

#[test]
fn the_schema_of_the_engine_protocol_is_current() {
    let schema = stepclock_conformance::engine::stdio::protocol::json_schema();
    assert_current("protocol.schema.json", &schema);
}
