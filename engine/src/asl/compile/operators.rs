//! The comparison operators of JSONPath Choice rules.

use super::context::{Compiler, Scope};
use super::cursor::At;
use super::fields::{Fields, In};
use crate::asl::syntax::Value;
use crate::asl::{Comparison, Operand, OperandType, Relation, TypeTest, WildcardPattern};
use crate::data::Timestamp;
use crate::expr::JsonPath;

/// Every operator, in the order AWS lists them (measured by tiny-asl-machine).
pub(super) const FIELDS: &Fields = &[
    ("StringEquals", In::Path),
    ("IsBoolean", In::Path),
    ("StringLessThan", In::Path),
    ("IsNumeric", In::Path),
    ("BooleanEquals", In::Path),
    ("StringLessThanEqualsPath", In::Path),
    ("NumericLessThan", In::Path),
    ("NumericGreaterThan", In::Path),
    ("NumericLessThanPath", In::Path),
    ("StringMatches", In::Path),
    ("TimestampLessThanEqualsPath", In::Path),
    ("NumericEquals", In::Path),
    ("TimestampGreaterThan", In::Path),
    ("StringGreaterThanEqualsPath", In::Path),
    ("TimestampGreaterThanEqualsPath", In::Path),
    ("TimestampLessThanEquals", In::Path),
    ("NumericLessThanEqualsPath", In::Path),
    ("TimestampEquals", In::Path),
    ("BooleanEqualsPath", In::Path),
    ("IsTimestamp", In::Path),
    ("StringLessThanEquals", In::Path),
    ("NumericLessThanEquals", In::Path),
    ("StringLessThanPath", In::Path),
    ("TimestampGreaterThanPath", In::Path),
    ("StringGreaterThan", In::Path),
    ("StringGreaterThanPath", In::Path),
    ("IsString", In::Path),
    ("StringEqualsPath", In::Path),
    ("TimestampEqualsPath", In::Path),
    ("TimestampLessThan", In::Path),
    ("StringGreaterThanEquals", In::Path),
    ("NumericGreaterThanPath", In::Path),
    ("NumericGreaterThanEquals", In::Path),
    ("NumericEqualsPath", In::Path),
    ("TimestampLessThanPath", In::Path),
    ("IsNull", In::Path),
    ("IsPresent", In::Path),
    ("TimestampGreaterThanEquals", In::Path),
    ("NumericGreaterThanEqualsPath", In::Path),
];

/// The names of all operators, for messages.
pub(super) fn names() -> String {
    FIELDS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

impl Compiler {
    /// An operator of this name with its operand.
    pub(super) fn operator(
        &mut self,
        name: &str,
        at: &At<'_>,
        scope: &Scope<'_>,
    ) -> Option<Comparison> {
        if let Some(test) = name.strip_prefix("Is") {
            return Some(Comparison::Is(type_test(test)?, self.boolean(at)?));
        }
        if name == "StringMatches" {
            return self.pattern(at).map(Comparison::StringMatches);
        }
        let (name, is_path) = match name.strip_suffix("Path") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let path = if is_path { Some(Operand::Path(self.variable_path(at)?)) } else { None };
        if name == "BooleanEquals" {
            let operand = match path {
                Some(path) => path,
                None => Operand::Literal(self.boolean(at)?.into()),
            };
            return Some(Comparison::BooleanEquals(operand));
        }
        let (operand_type, relation) = ordered(name)?;
        if !is_path {
            self.warn_of_path(at, scope);
        }
        let operand = match path {
            Some(path) => path,
            None => self.literal_operand(at, operand_type)?,
        };
        Some(Comparison::Ordered { operand_type, relation, operand })
    }

    fn literal_operand(&mut self, at: &At<'_>, operand_type: OperandType) -> Option<Operand> {
        match operand_type {
            OperandType::String => {
                self.string(at)?;
            }
            OperandType::Numeric => {
                self.number(at, f64::MIN, f64::MAX)?;
            }
            OperandType::Timestamp => {
                let text = self.string(at)?;
                if Timestamp::parse_rfc3339(text).is_err() {
                    self.schema(at, "String does not match RFC3339 timestamp");
                    return None;
                }
            }
        }
        Some(Operand::Literal(at.node.to_json()))
    }

    /// `Variable`, or the value of a `…Path` operator.
    pub(super) fn variable_path(&mut self, at: &At<'_>) -> Option<JsonPath> {
        let text = self.string(at)?;
        if !text.starts_with('$') {
            self.schema(at, "Value is not a Reference Path: Reference path didn't start with '$'");
            return None;
        }
        let path = if self.has_room_for(text) { JsonPath::parse(text).ok() } else { None };
        if path.is_none() {
            self.schema(at, "Value is not a Reference Path");
        }
        path
    }

    /// The pattern of `StringMatches`: `*` stands for anything; `\*` and `\\` for themselves.
    fn pattern(&mut self, at: &At<'_>) -> Option<WildcardPattern> {
        let Value::String(text) = &at.node.value else {
            self.string(at)?;
            return None;
        };
        let mut parts = Vec::new();
        let mut part = String::new();
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            match char {
                '*' => parts.push(std::mem::take(&mut part).into()),
                '\\' => match chars.next() {
                    Some(escaped @ ('*' | '\\')) => part.push(escaped),
                    _ => {
                        self.schema(
                            at,
                            "Only '*' and '\\' can be escaped in a StringMatches pattern",
                        );
                        return None;
                    }
                },
                _ => part.push(char),
            }
        }
        parts.push(part.into());
        Some(WildcardPattern { parts })
    }
}

fn type_test(name: &str) -> Option<TypeTest> {
    Some(match name {
        "Null" => TypeTest::Null,
        "Present" => TypeTest::Present,
        "Numeric" => TypeTest::Numeric,
        "String" => TypeTest::String,
        "Boolean" => TypeTest::Boolean,
        "Timestamp" => TypeTest::Timestamp,
        _ => return None,
    })
}

fn ordered(name: &str) -> Option<(OperandType, Relation)> {
    let types = [
        ("String", OperandType::String),
        ("Numeric", OperandType::Numeric),
        ("Timestamp", OperandType::Timestamp),
    ];
    let (relation, operand_type) =
        types.into_iter().find_map(|(prefix, kind)| Some((name.strip_prefix(prefix)?, kind)))?;
    let relation = match relation {
        "Equals" => Relation::Equals,
        "LessThan" => Relation::LessThan,
        "GreaterThan" => Relation::GreaterThan,
        "LessThanEquals" => Relation::LessThanEquals,
        "GreaterThanEquals" => Relation::GreaterThanEquals,
        _ => return None,
    };
    Some((operand_type, relation))
}
