//! Reading case files.

use std::path::{Path, PathBuf};

use super::Case;

/// Why a case could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file or folder could not be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a case.
    #[error("{path} is not a case: {message}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
}

/// Reads a case file.
///
/// # Errors
/// When it cannot be read or is not a case.
pub fn load(path: &Path) -> Result<Case, LoadError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| LoadError::Io { path: path.to_owned(), source })?;
    serde_json::from_str(&text)
        .map_err(|error| LoadError::Format { path: path.to_owned(), message: error.to_string() })
}

/// The case files in a folder and the folders below it, sorted; a file is itself.
///
/// # Errors
/// When a folder cannot be read.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let io = |source| LoadError::Io { path: path.to_owned(), source };
    if !path.is_dir() {
        std::fs::metadata(path).map_err(io)?;
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let entry = entry.map_err(io)?.path();
        if entry.is_dir() {
            found.extend(find(&entry)?);
        } else if entry.extension().is_some_and(|extension| extension == "json") {
            found.push(entry);
        }
    }
    found.sort();
    Ok(found)
}
