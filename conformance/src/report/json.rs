//! JSON: the report itself.

use std::path::{Path, PathBuf};

use super::{FORMAT, Report};

/// Why a report could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file could not be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a report.
    #[error("{path} is not a report: {message}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
}

/// A report as JSON text.
#[must_use]
pub fn to_json(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads a report.
///
/// # Errors
/// When the file cannot be read, is not a report, or is one of another version.
pub fn read(path: &Path) -> Result<Report, ReportError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ReportError::Io { path: path.to_owned(), source })?;
    let wrong = |message| ReportError::Format { path: path.to_owned(), message };
    let report: Report = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if report.format != FORMAT {
        return Err(wrong(format!("its format is {}, not {FORMAT}", report.format)));
    }
    Ok(report)
}
