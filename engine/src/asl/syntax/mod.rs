//! The syntax tree of a definition: JSON with the bytes of the text every value stands in, whether the
//! text was JSON or YAML.

mod jackson;
mod json;
mod tree;
mod yaml;

pub(super) use json::parse as parse_json;
pub(super) use tree::{Duplicate, Node, Object, SyntaxError, Tree, Value};
pub(super) use yaml::parse as parse_yaml;

/// Why a text is not JSON, as AWS words it at run time: the source is not shown, and an unexpected character
/// is reported where it stands, not after it (measured on `States.StringToJson` by tiny-asl-machine).
pub(crate) fn explain_json(text: &str) -> Option<String> {
    let error = parse_json(text).err()?;
    let start = jackson::location(text, 0);
    let (shown, _) = start.rsplit_once("; line: ")?;
    let hidden = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
    let message = error.message.replace(shown, hidden);
    if !message.starts_with("Unexpected character") {
        return Some(message);
    }
    let (before, column) = message.strip_suffix(']')?.rsplit_once("column: ")?;
    let column: usize = column.parse().ok()?;
    Some(format!("{before}column: {}]", column.saturating_sub(1)))
}

/// What is wrong with a text that is not JSON, as AWS words it where it refuses an input: without the place.
#[must_use]
pub fn json_fault(text: &str) -> Option<String> {
    let error = parse_json(text).err()?;
    let (message, _) = error.message.split_once("\n at ").unwrap_or((&error.message, ""));
    Some(message.to_owned())
}
