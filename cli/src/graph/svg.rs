//! A picture, laid out by a library.
pub(super) fn draw(_model: &super::model::Model) -> Result<String, crate::error::CliError> {
    Err(crate::error::CliError::Draw("SVG comes next".to_owned()))
}
