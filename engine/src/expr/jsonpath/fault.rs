//! Why a path finds nothing, in the words of Jayway, which AWS passes on.

use serde_json::Value;

use super::Segment;
use crate::expr::java;
use crate::limits;

/// Why an evaluation fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Something on the way is not there.
    NotFound(String),
    /// The path does not suit the data: Jayway calls it invalid, and AWS shows its words even where it has
    /// a text of its own for what is not found.
    Invalid(String),
    /// The evaluation goes through more values than it may.
    TooMuch,
}

/// What AWS keeps JSON in while Jayway walks it. It shows in two ways only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Library {
    /// Jackson's nodes, for paths on their own. Past the end of an array there is `null` (measured by the
    /// floci project: a template's `$.items[5]` on two items gives `null`).
    Nodes,
    /// Java's maps and lists, for the arguments of intrinsic functions. Past the end of an array there is
    /// nothing (measured by the floci project), and `States.Format` prints an object as Java prints a map
    /// (recording `context_json_path`).
    Maps,
}

impl Fault {
    /// What to say about it.
    pub(super) fn text(self) -> String {
        match self {
            Self::NotFound(text) | Self::Invalid(text) => text,
            // Our own words: AWS's limit is not known.
            Self::TooMuch => {
                format!("the path goes through more than {} values", limits::JSONPATH_VALUES_MAX)
            }
        }
    }
}

/// A path as Jayway prints it: `$['a'][0]`.
pub(super) fn printed(segments: &[Segment]) -> String {
    segments.iter().fold("$".to_owned(), |text, segment| text + &segment.to_string())
}

/// The Java class a value has.
pub(super) fn class(value: &Value, library: Library) -> &'static str {
    match (library, value) {
        (_, Value::Null) => "null",
        (Library::Nodes, Value::Bool(_)) => "com.fasterxml.jackson.databind.node.BooleanNode",
        (Library::Nodes, Value::Number(number)) => match java::number_kind(number) {
            java::NumberKind::Int => "com.fasterxml.jackson.databind.node.IntNode",
            java::NumberKind::Long => "com.fasterxml.jackson.databind.node.LongNode",
            java::NumberKind::BigInteger => "com.fasterxml.jackson.databind.node.BigIntegerNode",
            java::NumberKind::Double => "com.fasterxml.jackson.databind.node.DoubleNode",
        },
        (Library::Nodes, Value::String(_)) => "com.fasterxml.jackson.databind.node.TextNode",
        (Library::Nodes, Value::Array(_)) => "com.fasterxml.jackson.databind.node.ArrayNode",
        (Library::Nodes, Value::Object(_)) => "com.fasterxml.jackson.databind.node.ObjectNode",
        (Library::Maps, Value::Bool(_)) => "java.lang.Boolean",
        (Library::Maps, Value::Number(number)) => match java::number_kind(number) {
            java::NumberKind::Int => "java.lang.Integer",
            java::NumberKind::Long => "java.lang.Long",
            java::NumberKind::BigInteger => "java.math.BigInteger",
            java::NumberKind::Double => "java.lang.Double",
        },
        (Library::Maps, Value::String(_)) => "java.lang.String",
        (Library::Maps, Value::Array(_)) => "java.util.ArrayList",
        (Library::Maps, Value::Object(_)) => "java.util.LinkedHashMap",
    }
}

pub(super) fn not_an_object(
    segment: &Segment,
    here: &str,
    class: &str,
    library: Library,
) -> String {
    let provider = match library {
        Library::Nodes => "JacksonJsonNodeJsonProvider",
        Library::Maps => "JacksonJsonProvider",
    };
    format!(
        "Expected to find an object with property {segment} in path {here} but found '{class}'. This is \
         not a json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.{provider}'."
    )
}

/// The text for an integer was measured by the floci project: "Filter: [0] can only be applied to arrays.
/// Current context is: 1".
pub(super) fn not_an_array(rest: &[Segment], here: &str, value: &Value, library: Library) -> Fault {
    if value.is_null() {
        return Fault::NotFound(format!("The path {here} is null"));
    }
    let rest: String = rest.iter().map(ToString::to_string).collect();
    let context = match library {
        Library::Nodes => value.to_string(),
        Library::Maps => java::text(value),
    };
    let only = match rest.starts_with("[?]") {
        true => "can not be applied to primitives",
        false => "can only be applied to arrays",
    };
    Fault::Invalid(format!("Filter: {rest} {only}. Current context is: {context}"))
}
