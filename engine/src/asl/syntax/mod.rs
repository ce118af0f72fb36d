//! The syntax tree of a definition: JSON with the bytes of the text every value stands in, whether the
//! text was JSON or YAML.

mod jackson;
mod json;
mod tree;
mod yaml;

pub(super) use json::parse as parse_json;
pub(super) use tree::{Duplicate, Node, Object, SyntaxError, Tree, Value};
pub(super) use yaml::parse as parse_yaml;
