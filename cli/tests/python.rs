//! The server, driven by boto3 and the AWS CLI: runs the tests of `server/tests/python`.
//!
//! They need a Python with what `requirements.txt` there names; `STEPCLOCK_PYTHON` says which one. Without it they
//! are skipped, unless `STEPCLOCK_REQUIRE_PYTHON` is set.
#![expect(clippy::disallowed_methods, reason = "tests read where Python is from the environment")]

use std::env;
use std::path::Path;
use std::process::Command;

#[test]
fn boto3_and_the_aws_cli_work_unchanged() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/tests/python");
    let python = env::var("STEPCLOCK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_all = Command::new(&python).args(["-c", "import awscli, boto3, pytest"]).output();
    if !has_all.is_ok_and(|output| output.status.success()) {
        assert!(
            env::var_os("STEPCLOCK_REQUIRE_PYTHON").is_none(),
            "{python} is missing, or has no awscli, boto3 and pytest; install {}",
            tests.join("requirements.txt").display()
        );
        println!("skipped: {python} is missing, or has no awscli, boto3 and pytest");
        return;
    }
    let status = Command::new(&python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"])
        .arg(&tests)
        .env("STEPCLOCK_BIN", env!("CARGO_BIN_EXE_stepclock"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .status()
        .expect("runs");
    assert!(status.success(), "the tests in {} failed", tests.display());
}
