//! The table of operations and shapes agrees with the service model that botocore ships.

use std::path::Path;
use std::process::Command;

/// The script's exit code when there is nothing to compare with.
const NOTHING_TO_COMPARE: i32 = 3;

#[test]
#[expect(clippy::disallowed_methods, reason = "tests read where Python is from the environment")]
fn the_table_agrees_with_botocore() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("model/generate.py");
    let python = std::env::var("STEPCLOCK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let required = std::env::var_os("STEPCLOCK_REQUIRE_PYTHON").is_some();
    let output = match Command::new(&python).arg(&script).arg("--check").output() {
        Ok(output) => output,
        Err(error) => {
            assert!(!required, "{python}: {error}");
            println!("skipped: {python}: {error}");
            return;
        }
    };
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(NOTHING_TO_COMPARE) {
        assert!(!required, "{said}");
        println!("skipped: {said}");
        return;
    }
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
