//! Pass, Wait, Succeed and Fail states.

use std::sync::Arc;

use super::context::{Compiler, Scope};
use super::cursor::At;
use super::fields::{Fields, In};
use super::jsonata_check::Offers;
use super::template::looks_computed;
use crate::asl::syntax::{Node, Value};
use crate::asl::{
    Computed, DiagnosticCode, FailState, PassState, SucceedState, WaitState, WaitUntil,
};
use crate::data::Timestamp;
use crate::expr::Located;
use crate::limits;

pub(super) const PASS: &Fields = &[
    ("InputPath", In::Path),
    ("Parameters", In::Path),
    ("Result", In::Path),
    ("ResultPath", In::Path),
    ("OutputPath", In::Path),
    ("Output", In::Jsonata),
    ("Assign", In::Both),
];

pub(super) const WAIT: &Fields = &[
    ("InputPath", In::Path),
    ("OutputPath", In::Path),
    ("Output", In::Jsonata),
    ("Assign", In::Both),
    ("Seconds", In::Both),
    ("SecondsPath", In::Path),
    ("Timestamp", In::Both),
    ("TimestampPath", In::Path),
];

pub(super) const SUCCEED: &Fields =
    &[("InputPath", In::Path), ("OutputPath", In::Path), ("Output", In::Jsonata)];

pub(super) const FAIL: &Fields =
    &[("Error", In::Both), ("ErrorPath", In::Path), ("Cause", In::Both), ("CausePath", In::Path)];

impl Compiler {
    /// A Pass state.
    pub(super) fn pass(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<PassState> {
        let transition = self.transition(at, scope);
        let result = match at.get("Result") {
            Some(value) if !scope.is_jsonata() => {
                self.warn_of_static_paths(&value, 0);
                Some(value.node.to_json())
            }
            _ => None,
        };
        let flow = self.data_flow(at, scope, PASS, Offers::Input)?;
        Some(PassState { flow, result, transition: transition? })
    }

    /// Warns of paths in a `Result`, where nothing is computed.
    fn warn_of_static_paths(&mut self, at: &At<'_>, depth: usize) {
        if looks_computed(at) {
            let message = "The Result of a Pass state is static; use Parameters to compute it";
            self.warning(DiagnosticCode::PassResultIsStatic, at, message);
        }
        if depth < limits::NESTING_DEPTH_MAX && holds_values(at.node) {
            for (_, member) in at.members() {
                self.warn_of_static_paths(&member, depth + 1);
            }
            for item in at.elements() {
                self.warn_of_static_paths(&item, depth + 1);
            }
        }
    }

    /// A Wait state.
    pub(super) fn wait(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<WaitState> {
        let fields = ["SecondsPath", "Seconds", "TimestampPath", "Timestamp"];
        let one = self.exactly_one(at, &fields);
        let transition = self.transition(at, scope);
        let seconds = at
            .get("Seconds")
            .and_then(|value| self.computed_integer(&value, scope, (0, limits::SECONDS_MAX)));
        let seconds =
            seconds.or(self.computed_path(at, scope, "SecondsPath").map(Computed::Expression));
        let timestamp = at.get("Timestamp").and_then(|value| self.timestamp(&value, scope));
        let timestamp =
            timestamp.or(self.computed_path(at, scope, "TimestampPath").map(Computed::Expression));
        let flow = self.data_flow(at, scope, WAIT, Offers::Input)?;
        let until = match (seconds, timestamp) {
            (Some(seconds), None) => WaitUntil::Seconds(seconds),
            (None, Some(timestamp)) => WaitUntil::Timestamp(timestamp),
            _ => return None,
        };
        one.then_some(WaitState { flow, until, transition: transition? })
    }

    fn timestamp(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<Computed<Timestamp>> {
        if let Some(computed) = self.computed(at, scope) {
            return computed.map(Computed::Expression);
        }
        let text = self.string(at)?;
        let Ok(timestamp) = Timestamp::parse_rfc3339(text) else {
            self.schema(at, "String does not match RFC3339 timestamp");
            return None;
        };
        Some(Computed::Literal(timestamp))
    }

    /// A Succeed state.
    pub(super) fn succeed(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<SucceedState> {
        Some(SucceedState { flow: self.data_flow(at, scope, SUCCEED, Offers::Input)? })
    }

    /// A Fail state.
    pub(super) fn fail(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<FailState> {
        let error = self.text_or_path(at, scope, ["Error", "ErrorPath"]);
        let cause = self.text_or_path(at, scope, ["Cause", "CausePath"]);
        Some(FailState { error: error?, cause: cause? })
    }

    /// A text, or computed; the outer `None` when it is broken.
    #[expect(clippy::option_option, reason = "broken, absent, present")]
    fn text_or_path(
        &mut self,
        at: &At<'_>,
        scope: &Scope<'_>,
        [field, path_field]: [&'static str; 2],
    ) -> Option<Option<Computed<Arc<str>>>> {
        self.at_most_one(at, &[field, path_field]);
        if let Some(value) = at.get(field) {
            if let Some(computed) = self.computed(&value, scope) {
                return Some(Some(Computed::Expression(computed?)));
            }
            self.warn_of_path(&value, scope);
            return Some(Some(Computed::Literal(self.string(&value)?.into())));
        }
        match at.get(path_field) {
            Some(value) if !scope.is_jsonata() => {
                let item = self.path_or_intrinsic(&value)?;
                Some(Some(Computed::Expression(Located { field: path_field.into(), item })))
            }
            _ => Some(None),
        }
    }
}

impl Compiler {
    /// Warns of a literal that looks like a path, in a field that has a `…Path` form.
    pub(super) fn warn_of_path(&mut self, at: &At<'_>, scope: &Scope<'_>) {
        if !scope.is_jsonata() && looks_computed(at) {
            let message =
                "Value looks like a path, but the name of its field does not end in 'Path'";
            self.warning(DiagnosticCode::NoPath, at, message);
        }
    }
}

fn holds_values(node: &Node<'_>) -> bool {
    matches!(node.value, Value::Array(_) | Value::Object(_))
}
