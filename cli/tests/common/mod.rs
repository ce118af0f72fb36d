//! Running the command in tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run of the command left behind.
pub(crate) struct Ran {
    /// Its exit code.
    pub(crate) code: i32,
    /// Its output.
    pub(crate) out: String,
    /// Its messages.
    pub(crate) err: String,
}

/// Runs the command in the root of the repository.
pub(crate) fn stepclock(arguments: &[&str]) -> Ran {
    stepclock_with(arguments, "")
}

/// The same with something on standard input.
pub(crate) fn stepclock_with(arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stepclock"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    // The command may end without reading what it does not need.
    let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("the command ends");
    Ran {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).expect("output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of this test run.
pub(crate) fn file(name: &str, text: impl AsRef<[u8]>) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("is in a folder")).expect("is writable");
    std::fs::write(&path, text).expect("is writable");
    path.display().to_string()
}
