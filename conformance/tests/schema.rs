//! The published JSON Schema of a case is that of the types.

use std::path::Path;

#[test]
fn the_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/case.schema.json");
    let current = format!("{:#}\n", stepclock_conformance::case::json_schema());
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    if published != current {
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("case.schema.json");
        std::fs::write(&fresh, current).expect("the folder for test files is writable");
        panic!("{} is not current: {} is", path.display(), fresh.display());
    }
}
