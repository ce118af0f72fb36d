//! The library behind JSONata. Only this folder names it, so that another can take its place.

mod analysis;

use jlens_core as jlens;

use super::{JsonataSyntaxError, References};

/// Parses an expression and lists what it refers to.
pub(super) fn parse(source: &str) -> Result<References, JsonataSyntaxError> {
    let ast = jlens::parse(source).map_err(|error| syntax_error(&error))?;
    analysis::newer_operator(&ast.root).map_or_else(|| Ok(analysis::references(&ast.root)), Err)
}

fn syntax_error(error: &jlens::Error) -> JsonataSyntaxError {
    JsonataSyntaxError {
        code: error.code().to_owned(),
        message: error.message(),
        offset: error.span().map_or(0, |span| span.start),
    }
}
