//! `Assign`: which names variables may have, and what they become.

use std::sync::Arc;

use super::context::{Compiler, Scope};
use super::cursor::At;
use super::jsonata_check::Offers;
use crate::asl::DiagnosticCode;
use crate::asl::syntax::Object;
use crate::expr::{Assign, Template};
use crate::limits;

/// The name both query languages keep for themselves.
const RESERVED: &str = "states";

impl Compiler {
    /// Compiles an `Assign` object.
    pub(super) fn assign(
        &mut self,
        at: &At<'_>,
        scope: &Scope<'_>,
        offers: Offers,
    ) -> Option<Assign> {
        self.object(at)?;
        let mut whole = true;
        for (key, member) in at.members() {
            whole &= self.variable_name(&member, variable(key, scope.is_jsonata()));
        }
        let variables = match self.template(at, scope, offers)? {
            Template::Object(variables) => variables,
            Template::Literal(serde_json::Value::Object(map)) => map
                .into_iter()
                .map(|(name, value)| (Arc::from(name), Template::Literal(value)))
                .collect(),
            _ => return None,
        };
        whole.then_some(Assign { variables })
    }

    fn variable_name(&mut self, at: &At<'_>, name: &str) -> bool {
        let (code, message) = if name == RESERVED {
            let message = format!("Cannot assign to reserved variable '${name}'.");
            (DiagnosticCode::ReservedVariableName, message)
        } else if !is_variable_name(name) {
            let message = format!(
                "Invalid variable name '{name}': the variable name contains invalid characters."
            );
            (DiagnosticCode::InvalidVariableName, message)
        } else if name.chars().count() > limits::VARIABLE_NAME_CHARS_MAX {
            let message = format!(
                "Invalid variable name '{name}': the variable name exceeds the {}-character limit allowed by the service.",
                limits::VARIABLE_NAME_CHARS_MAX
            );
            (DiagnosticCode::InvalidVariableName, message)
        } else if self.is_outer_variable(name) {
            // Measured by tiny-asl-machine, without the code.
            let message =
                format!("The variable name '{name}' was already defined in a parent scope.");
            (DiagnosticCode::DuplicateVariableName, message)
        } else {
            return true;
        };
        let span = at.name_span();
        self.report(super::context::Phase::Schema, code, at, span, message);
        false
    }
}

/// The variable that a key of `Assign` names.
pub(super) fn variable(key: &str, jsonata: bool) -> &str {
    if jsonata { key } else { key.strip_suffix(".$").unwrap_or(key) }
}

/// An identifier of Unicode Annex 31, as the specification asks.
fn is_variable_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(unicode_ident::is_xid_start)
        && chars.all(unicode_ident::is_xid_continue)
}

/// Calls `visit` with every key of every `Assign` of the states.
pub(super) fn assigned_keys<'t>(
    states: &'t Object<'_>,
    visit: &mut impl FnMut(&'t Object<'_>, &'t str),
) {
    for state in states.iter().filter_map(|member| member.value.as_object()) {
        let rules = ["Choices", "Catch"]
            .into_iter()
            .filter_map(|field| state.get(field)?.value.as_array())
            .flatten()
            .filter_map(|rule| rule.as_object());
        for holder in std::iter::once(state).chain(rules) {
            let assign = holder.get("Assign").and_then(|member| member.value.as_object());
            for member in assign.into_iter().flat_map(Object::iter) {
                visit(state, &member.key);
            }
        }
    }
}
