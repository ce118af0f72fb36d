//! Choice states and their rules.

use super::context::{Compiler, Scope};
use super::cursor::At;
use super::fields::{Fields, In};
use super::jsonata_check::Offers;
use super::operators;
use super::template::JsonataText;
use crate::asl::syntax::Value;
use crate::asl::{ChoiceRule, ChoiceState, Condition, QueryLanguage};

pub(super) const FIELDS: &Fields = &[
    ("InputPath", In::Path),
    ("OutputPath", In::Path),
    ("Output", In::Jsonata),
    ("Assign", In::Both),
    ("Choices", In::Both),
    ("Default", In::Both),
];

/// Fields of a rule of the `Choices` array.
const RULE: &Fields = &[
    ("Next", In::Both),
    ("Assign", In::Both),
    ("Output", In::Jsonata),
    ("Condition", In::Jsonata),
];

/// Fields of every rule, also of one inside another.
const TEST: &Fields = &[
    ("And", In::Path),
    ("Or", In::Path),
    ("Not", In::Path),
    ("Variable", In::Path),
    ("Comment", In::Both),
];

/// What a rule tests.
const TESTS: [&str; 5] = ["And", "Or", "Not", "Variable", "Condition"];

impl Compiler {
    /// A Choice state.
    pub(super) fn choice(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<ChoiceState> {
        self.require(at, &["Choices"]);
        let choices = at.get("Choices").and_then(|choices| {
            self.array(&choices, true)?;
            let rules: Vec<_> =
                choices.elements().map(|rule| self.choice_rule(&rule, scope)).collect();
            rules.into_iter().collect::<Option<Vec<_>>>()
        });
        let default = match at.get("Default") {
            Some(default) => self.target(&default, scope).map(Some),
            None => Some(None),
        };
        let flow = self.data_flow(at, scope, FIELDS, Offers::Input)?;
        Some(ChoiceState { flow, choices: choices?, default: default? })
    }

    fn choice_rule(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<ChoiceRule> {
        self.object(at)?;
        self.check_fields(at, &[RULE, TEST, operators::FIELDS], Some(scope.language));
        self.require(at, &["Next"]);
        let condition = self.condition(at, scope);
        let next = at.get("Next").and_then(|next| self.target(&next, scope));
        let assign = match at.get("Assign") {
            Some(value) => Some(self.assign(&value, scope, Offers::Input)?),
            None => None,
        };
        let output = match at.get("Output") {
            Some(value) if scope.is_jsonata() => {
                Some(self.template(&value, scope, Offers::Input)?)
            }
            _ => None,
        };
        Some(ChoiceRule { condition: condition?, next: next?, assign, output })
    }

    fn condition(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<Condition> {
        self.comment(at);
        let tests: Vec<&str> = TESTS.into_iter().filter(|test| at.has(test)).collect();
        let &[test] = tests.as_slice() else {
            let message = format!(
                "The object must have only one of the following fields, [{}]",
                TESTS.join(", ")
            );
            self.schema_object(at, message);
            return None;
        };
        let value = at.get(test)?;
        match (test, scope.language) {
            ("Condition", QueryLanguage::Jsonata) => self.jsonata_condition(&value),
            ("And", QueryLanguage::JsonPath) => self.conditions(&value, scope).map(Condition::And),
            ("Or", QueryLanguage::JsonPath) => self.conditions(&value, scope).map(Condition::Or),
            ("Not", QueryLanguage::JsonPath) => {
                let inner = self.nested_condition(&value, scope)?;
                Some(Condition::Not(Box::new(inner)))
            }
            ("Variable", QueryLanguage::JsonPath) => self.comparison(at, &value, scope),
            // The wrong query language was reported with the fields.
            _ => None,
        }
    }

    fn conditions(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<Vec<Condition>> {
        self.array(at, true)?;
        let conditions: Vec<_> =
            at.elements().map(|rule| self.nested_condition(&rule, scope)).collect();
        conditions.into_iter().collect()
    }

    fn nested_condition(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<Condition> {
        self.object(at)?;
        self.check_fields(at, &[TEST, operators::FIELDS], Some(scope.language));
        self.condition(at, scope)
    }

    fn jsonata_condition(&mut self, at: &At<'_>) -> Option<Condition> {
        if let Value::Bool(flag) = at.node.value {
            return Some(Condition::Literal(flag));
        }
        self.string(at)?;
        match self.jsonata_text(at, Offers::Input) {
            JsonataText::Expression(expression) => Some(Condition::Expression(expression)),
            JsonataText::Broken => None,
            JsonataText::Plain => {
                self.schema(at, "JSONata string must start with {% and end with %}");
                None
            }
        }
    }

    fn comparison(
        &mut self,
        at: &At<'_>,
        variable: &At<'_>,
        scope: &Scope<'_>,
    ) -> Option<Condition> {
        let variable = self.variable_path(variable);
        let mut present = operators::FIELDS.iter().filter(|(name, _)| at.has(name));
        let (first, second) = (present.next(), present.next());
        let Some((operator, _)) = first else {
            let message = format!(
                "This object should have only one of the following fields: [{}]",
                operators::names()
            );
            self.schema_object(at, message);
            return None;
        };
        if second.is_some() {
            let message = format!(
                "There should only be one of the following fields: [{}]",
                operators::names()
            );
            self.schema_object(at, message);
            return None;
        }
        let operand = at.get(operator)?;
        let comparison = self.operator(operator, &operand, scope)?;
        Some(Condition::Compare { variable: variable?, comparison })
    }
}
