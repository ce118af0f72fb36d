//! One state: its fields, query language, data flow and transition.

use super::context::{Compiler, Phase, Scope};
use super::cursor::At;
use super::fields::{Fields, In};
use super::jsonata_check::Offers;
use crate::asl::{
    DataFlow, DiagnosticCode, PathField, QueryLanguage, ResultPath, State, StateKind, Transition,
};
use crate::limits;

/// Fields of every state.
const COMMON: &Fields = &[("Type", In::Both), ("Comment", In::Both), ("QueryLanguage", In::Both)];

/// Fields of states that go on or end.
pub(super) const TRANSITION: &Fields = &[("Next", In::Both), ("End", In::Both)];

/// The values of `Type`, in the order AWS lists them.
const TYPES: [(&str, &[&Fields]); 8] = [
    ("Task", &[COMMON, TRANSITION, super::task::FIELDS]),
    ("Wait", &[COMMON, TRANSITION, super::simple::WAIT]),
    ("Pass", &[COMMON, TRANSITION, super::simple::PASS]),
    ("Succeed", &[COMMON, super::simple::SUCCEED]),
    ("Fail", &[COMMON, super::simple::FAIL]),
    ("Choice", &[COMMON, super::choice::FIELDS]),
    ("Parallel", &[COMMON, TRANSITION, super::parallel::FIELDS]),
    ("Map", &[COMMON, TRANSITION, super::map::FIELDS]),
];

impl Compiler {
    /// Compiles one state of a `States` object.
    pub(super) fn state(&mut self, at: &At<'_>, name: &str, scope: &Scope<'_>) -> Option<State> {
        self.state_name(at, name);
        self.object(at)?;
        let Some(kind) = at.get("Type") else {
            // Which fields a state has depends on its type; AWS words such fields in the singular.
            self.schema_object(at, "The field 'Type' is required");
            return None;
        };
        let kind_name = self.string(&kind)?;
        let Some(&(kind_name, tables)) = TYPES.iter().find(|(name, _)| *name == kind_name) else {
            let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
            let message =
                format!("The field 'Type' should have one of these values: [{}]", names.join(", "));
            self.schema(&kind, message);
            return None;
        };
        let (language, checked) = self.state_language(at);
        self.check_fields(at, tables, checked);
        let scope = Scope { language, ..*scope };
        let compiled = match kind_name {
            "Task" => self.task(at, &scope).map(|state| StateKind::Task(Box::new(state))),
            "Wait" => self.wait(at, &scope).map(|state| StateKind::Wait(Box::new(state))),
            "Pass" => self.pass(at, &scope).map(|state| StateKind::Pass(Box::new(state))),
            "Succeed" => self.succeed(at, &scope).map(|state| StateKind::Succeed(Box::new(state))),
            "Fail" => self.fail(at, &scope).map(|state| StateKind::Fail(Box::new(state))),
            "Choice" => self.choice(at, &scope).map(|state| StateKind::Choice(Box::new(state))),
            "Parallel" => {
                self.parallel(at, &scope).map(|state| StateKind::Parallel(Box::new(state)))
            }
            _ => self.map(at, &scope).map(|state| StateKind::Map(Box::new(state))),
        };
        if let Some(value) = at.get("QueryLanguage") {
            self.one_of(&value, &["JSONPath", "JSONata"]);
        }
        let comment = self.comment(at).map(Into::into);
        Some(State {
            name: name.into(),
            comment,
            query_language: language,
            kind: compiled?,
            span: at.span(),
        })
    }

    fn state_name(&mut self, at: &At<'_>, name: &str) {
        let span = at.name_span();
        if name.chars().count() > limits::STATE_NAME_CHARS_MAX {
            let message = format!(
                "Invalid State name: State '{name}' exceeds the {}-character limit allowed by the service",
                limits::STATE_NAME_CHARS_MAX
            );
            let code = DiagnosticCode::InvalidStateName;
            self.report(Phase::Names, code, at, span.clone(), message);
        }
        if !self.state_names.insert(name.to_owned()) {
            let message = format!("Duplicate State name: {name}");
            self.report(Phase::Names, DiagnosticCode::DuplicateStateName, at, span, message);
        }
    }

    /// The state's query language, and the one its fields are checked against.
    fn state_language(&mut self, at: &At<'_>) -> (QueryLanguage, Option<QueryLanguage>) {
        let machine = self.machine_language;
        let Some(value) = at.get("QueryLanguage") else { return (machine, Some(machine)) };
        if value.node.as_str() != Some("JSONPath") {
            // Whatever is not exactly `JSONPath` makes the state JSONata, also a wrong value.
            return (QueryLanguage::Jsonata, Some(QueryLanguage::Jsonata));
        }
        if machine == QueryLanguage::Jsonata {
            let message =
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
            self.schema_at(at, value.span(), message);
            return (QueryLanguage::JsonPath, None);
        }
        (QueryLanguage::JsonPath, Some(QueryLanguage::JsonPath))
    }

    /// `Next` or `End`.
    pub(super) fn transition(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<Transition> {
        let end = match at.get("End") {
            Some(end) => self.boolean(&end)?,
            None => false,
        };
        // `"End": false` is as good as none; whether AWS takes it beside `Next` is not measured.
        let fields = ["Next", "End"];
        match (at.get("Next"), end) {
            (Some(next), false) => self.target(&next, scope).map(Transition::Next),
            (None, true) => Some(Transition::End),
            (Some(next), true) => {
                self.at_most_one(at, &fields);
                self.string(&next);
                None
            }
            (None, false) => {
                let message =
                    "This object should have only one of the following fields: [Next, End]";
                self.schema_object(at, message);
                None
            }
        }
    }

    /// The state a transition names; a name that does not exist is reported with the graph.
    pub(super) fn target(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<crate::asl::StateId> {
        let name = self.string(at)?;
        scope.ids.get(name).copied()
    }

    /// The data flow fields that a type of state has, in its query language.
    pub(super) fn data_flow(
        &mut self,
        at: &At<'_>,
        scope: &Scope<'_>,
        fields: &Fields,
        offers: Offers,
    ) -> Option<DataFlow> {
        let language = if scope.is_jsonata() { In::Jsonata } else { In::Path };
        let field = |name: &'static str| {
            let known = fields
                .iter()
                .any(|(field, only)| *field == name && (*only == In::Both || *only == language));
            if known { at.get(name) } else { None }
        };
        let mut flow = DataFlow::default();
        let mut whole = true;
        let mut keep = |ok: bool| whole &= ok;
        if let Some(at) = field("InputPath") {
            flow.input_path = self.path_field(&at).unwrap_or_else(|| {
                keep(false);
                PathField::Whole
            });
        }
        if let Some(at) = field("Parameters") {
            flow.parameters = self.template(&at, scope, Offers::Input);
            keep(flow.parameters.is_some());
        }
        if let Some(at) = field("Arguments") {
            flow.arguments = self.template(&at, scope, Offers::Input);
            keep(flow.arguments.is_some());
        }
        if let Some(at) = field("ResultSelector") {
            keep(self.object(&at).is_some());
            flow.result_selector = self.template(&at, scope, offers);
            keep(flow.result_selector.is_some());
        }
        if let Some(at) = field("ResultPath") {
            flow.result_path = self.result_path(&at).unwrap_or_else(|| {
                keep(false);
                ResultPath::Replace
            });
        }
        if let Some(at) = field("OutputPath") {
            flow.output_path = self.path_field(&at).unwrap_or_else(|| {
                keep(false);
                PathField::Whole
            });
        }
        if let Some(at) = field("Output") {
            flow.output = self.template(&at, scope, offers);
            keep(flow.output.is_some());
        }
        if let Some(at) = field("Assign") {
            flow.assign = self.assign(&at, scope, offers);
            keep(flow.assign.is_some());
        }
        whole.then_some(flow)
    }
}
