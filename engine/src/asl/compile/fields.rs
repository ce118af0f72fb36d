//! Which fields an object may, must and must not have, and the plain values they hold.

use super::context::Compiler;
use super::cursor::At;
use crate::asl::QueryLanguage;
use crate::asl::syntax::Value;

/// The query language a field belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum In {
    /// Either.
    Both,
    /// JSONPath only.
    Path,
    /// JSONata only.
    Jsonata,
}

/// Fields with the query language they belong to.
pub(super) type Fields = [(&'static str, In)];

impl Compiler {
    /// Reports fields that the object does not have, or not in this query language. With `language` `None`
    /// the query language is not looked at.
    pub(super) fn check_fields(
        &mut self,
        at: &At<'_>,
        tables: &[&Fields],
        language: Option<QueryLanguage>,
    ) {
        let Some(object) = at.node.as_object() else { return };
        for member in object.iter() {
            let known = tables
                .iter()
                .find_map(|table| table.iter().find(|(name, _)| *name == member.key.as_ref()));
            let span = member.key_span.clone();
            match (known, language) {
                (None, _) => {
                    self.schema_at(at, span, format!("Field '{}' is not supported", member.key));
                }
                (Some((field, In::Path)), Some(QueryLanguage::Jsonata)) => {
                    self.schema_at(at, span, wrong_language(field, "JSONata", "JSONPath"));
                }
                (Some((field, In::Jsonata)), Some(QueryLanguage::JsonPath)) => {
                    self.schema_at(at, span, wrong_language(field, "JSONPath", "JSONata"));
                }
                _ => {}
            }
        }
    }

    /// Reports the fields that are missing, in one message.
    pub(super) fn require(&mut self, at: &At<'_>, fields: &[&str]) -> bool {
        let missing: Vec<&str> = fields.iter().copied().filter(|field| !at.has(field)).collect();
        if !missing.is_empty() {
            let message = format!("These fields are required: [{}]", missing.join(", "));
            self.schema_object(at, message);
        }
        missing.is_empty()
    }

    /// Reports when the object has more than one of the fields.
    pub(super) fn at_most_one(&mut self, at: &At<'_>, fields: &[&str]) -> bool {
        let mut present = fields.iter().filter(|field| at.has(field));
        let (first, second) = (present.next(), present.next());
        if let (Some(_), Some(second)) = (first, second) {
            let message = format!(
                "There should only be one of the following fields: [{}]",
                fields.join(", ")
            );
            let span = at.member_span(second).unwrap_or_else(|| at.name_span());
            self.schema_at(at, span, message);
            return false;
        }
        true
    }

    /// Reports when the object has none of the fields, or more than one.
    pub(super) fn exactly_one(&mut self, at: &At<'_>, fields: &[&str]) -> bool {
        if fields.iter().any(|field| at.has(field)) {
            return self.at_most_one(at, fields);
        }
        let message = format!(
            "This object should have only one of the following fields: [{}]",
            fields.join(", ")
        );
        self.schema_object(at, message);
        false
    }

    /// Reports a value that is not an object.
    pub(super) fn object(&mut self, at: &At<'_>) -> Option<()> {
        if at.node.as_object().is_some() {
            return Some(());
        }
        self.schema(at, "Expected value of type [OBJECT]");
        None
    }

    /// An array; with `filled`, not an empty one.
    pub(super) fn array(&mut self, at: &At<'_>, filled: bool) -> Option<usize> {
        let Some(items) = at.node.as_array() else {
            self.schema(at, "Expected value of type [ARRAY]");
            return None;
        };
        if filled && items.is_empty() {
            self.schema(at, "Value cannot be empty");
            return None;
        }
        Some(items.len())
    }

    /// A string.
    pub(super) fn string<'a>(&mut self, at: &At<'a>) -> Option<&'a str> {
        let text = at.node.as_str();
        if text.is_none() {
            self.schema(at, "Expected value of type [STRING]");
        }
        text
    }

    /// A boolean.
    pub(super) fn boolean(&mut self, at: &At<'_>) -> Option<bool> {
        if let Value::Bool(flag) = at.node.value {
            return Some(flag);
        }
        self.schema(at, "Expected value of type [BOOLEAN]");
        None
    }

    /// One of a few strings.
    pub(super) fn one_of(&mut self, at: &At<'_>, choices: &[&'static str]) -> Option<&'static str> {
        let text = self.string(at)?;
        let found = choices.iter().find(|choice| **choice == text).copied();
        if found.is_none() {
            let message = format!("Value should be one of the following: [{}]", choices.join(", "));
            self.schema(at, message);
        }
        found
    }

    /// A whole number within the bounds.
    pub(super) fn integer(&mut self, at: &At<'_>, min: i64, max: u64) -> Option<u64> {
        let Some(value) = whole_number(at) else {
            self.schema(at, "Expected value of type Integer");
            return None;
        };
        if value < i128::from(min) {
            self.schema(at, format!("Minimum value is {min}"));
            return None;
        }
        if value > i128::from(max) {
            self.schema(at, format!("Maximum value is {max}"));
            return None;
        }
        u64::try_from(value).ok()
    }

    /// Any number within the bounds.
    pub(super) fn number(&mut self, at: &At<'_>, min: f64, max: f64) -> Option<f64> {
        let number = match &at.node.value {
            Value::Number(text) => text.parse::<f64>().ok(),
            _ => None,
        };
        // The type's name in this message is not measured; "Minimum value is 0.0" is.
        let Some(number) = number else {
            self.schema(at, "Expected value of type Double");
            return None;
        };
        if number < min {
            self.schema(at, format!("Minimum value is {min:?}"));
            return None;
        }
        if number > max {
            self.schema(at, format!("Maximum value is {max:?}"));
            return None;
        }
        Some(number)
    }

    /// The `Comment` of any object.
    pub(super) fn comment<'a>(&mut self, at: &'a At<'_>) -> Option<&'a str> {
        let comment = at.get("Comment")?;
        match comment.node.as_str() {
            Some(_) => at.text("Comment"),
            None => {
                self.schema(&comment, "Expected value of type [STRING]");
                None
            }
        }
    }
}

fn wrong_language(field: &str, set: &str, needed: &str) -> String {
    format!(
        "The QueryLanguage is set to '{set}', but field '{field}' is only supported for the '{needed}' QueryLanguage"
    )
}

/// The value of a number without fraction; one beyond 64 bits is as good as the largest.
fn whole_number(at: &At<'_>) -> Option<i128> {
    let Value::Number(text) = &at.node.value else { return None };
    if text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        return None;
    }
    let limit = if text.starts_with('-') { i128::MIN } else { i128::MAX };
    Some(text.parse().unwrap_or(limit))
}
