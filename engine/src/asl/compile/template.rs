//! Payload templates and single expressions of both query languages.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::{Compiler, Scope};
use super::cursor::At;
use super::jsonata_check::{self, Offers};
use crate::asl::syntax::Value;
use crate::asl::{Computed, DiagnosticCode, PathField, ResultPath};
use crate::expr::jsonpath::PathRoot;
use crate::expr::{Expression, Intrinsic, JsonPath, Jsonata, Located, ReferencePath, Template};

/// AWS's message for a path that may name several places, or starts where a state cannot write.
const NOT_A_REFERENCE: &str = "Value is not a Reference Path";

/// What a string of a JSONata state is.
pub(super) enum JsonataText {
    /// Plain text.
    Plain,
    /// An expression.
    Expression(Located<Expression>),
    /// An expression with an error, which was reported.
    Broken,
}

/// AWS puts what is literal first, then what a path finds, then what an intrinsic function gives (recordings
/// `map_state_config_distributed_reentrant`, `map_item_reader_base_json_with_items_path`). The order shows
/// where the template's value is printed.
fn in_order_of_evaluation(mut parts: Vec<(Arc<str>, Template)>) -> Vec<(Arc<str>, Template)> {
    parts.sort_by_key(|(_, part)| match part {
        Template::Expression(Located { item: Expression::Path(_), .. }) => 1,
        Template::Expression(_) => 2,
        _ => 0,
    });
    parts
}

impl Compiler {
    /// A template in the state's query language.
    pub(super) fn template(
        &mut self,
        at: &At<'_>,
        scope: &Scope<'_>,
        offers: Offers,
    ) -> Option<Template> {
        if scope.is_jsonata() { self.jsonata_template(at, offers) } else { self.path_template(at) }
    }

    /// JSON in which keys ending in `.$` are computed.
    pub(super) fn path_template(&mut self, at: &At<'_>) -> Option<Template> {
        match &at.node.value {
            Value::Array(_) => {
                let parts: Vec<_> = at.elements().map(|item| self.path_template(&item)).collect();
                Some(array(parts.into_iter().collect::<Option<_>>()?))
            }
            Value::Object(_) => {
                let parts: Vec<_> =
                    at.members().map(|(key, member)| self.path_member(at, key, &member)).collect();
                let parts: Vec<_> = parts.into_iter().collect::<Option<_>>()?;
                let unique = self.check_template_names(at, &parts);
                unique.then(|| object(in_order_of_evaluation(parts)))
            }
            _ => Some(Template::Literal(at.node.to_json())),
        }
    }

    /// Reports a name that is given both as `name` and as `name.$`, which would be one field twice.
    fn check_template_names(&mut self, at: &At<'_>, parts: &[(Arc<str>, Template)]) -> bool {
        let mut seen = BTreeSet::new();
        let Some((twice, _)) = parts.iter().find(|(name, _)| !seen.insert(name)) else {
            return true;
        };
        let span = at.member_span(&format!("{twice}.$")).unwrap_or_else(|| at.name_span());
        // The rule is the specification's; AWS's words for it are not known.
        self.schema_at(at, span, format!("The field '{twice}' is given twice"));
        false
    }

    fn path_member(
        &mut self,
        at: &At<'_>,
        key: &str,
        member: &At<'_>,
    ) -> Option<(Arc<str>, Template)> {
        let Some(name) = key.strip_suffix(".$") else {
            if looks_computed(member) {
                let message =
                    format!("Field '{key}' looks computed, but its name does not end in '.$'");
                self.warning(DiagnosticCode::NoDollar, member, message);
            }
            return Some((key.into(), self.path_template(member)?));
        };
        let expression = member.node.as_str().and_then(|text| self.path_expression(text));
        let Some(item) = expression else {
            let message = format!(
                "The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
            );
            self.schema_at(at, member.span(), message);
            return None;
        };
        let field: Arc<str> = key.into();
        Some((name.into(), Template::Expression(Located { field, item })))
    }

    /// JSON in which strings between `{%` and `%}` are computed.
    pub(super) fn jsonata_template(&mut self, at: &At<'_>, offers: Offers) -> Option<Template> {
        match &at.node.value {
            Value::Array(_) => {
                let parts: Vec<_> =
                    at.elements().map(|item| self.jsonata_template(&item, offers)).collect();
                Some(array(parts.into_iter().collect::<Option<_>>()?))
            }
            Value::Object(_) => {
                let parts: Vec<_> = at
                    .members()
                    .map(|(key, member)| {
                        Some((Arc::from(key), self.jsonata_template(&member, offers)?))
                    })
                    .collect();
                Some(object(parts.into_iter().collect::<Option<_>>()?))
            }
            Value::String(_) => match self.jsonata_text(at, offers) {
                JsonataText::Plain => Some(Template::Literal(at.node.to_json())),
                JsonataText::Expression(expression) => Some(Template::Expression(expression)),
                JsonataText::Broken => None,
            },
            _ => Some(Template::Literal(at.node.to_json())),
        }
    }

    /// A string of a JSONata state.
    pub(super) fn jsonata_text(&mut self, at: &At<'_>, offers: Offers) -> JsonataText {
        let Some(text) = at.node.as_str() else { return JsonataText::Plain };
        let inner = match (text.strip_prefix("{%"), text.ends_with("%}")) {
            (None, false) => return JsonataText::Plain,
            (Some(rest), true) => rest.strip_suffix("%}"),
            _ => None,
        };
        let Some(inner) = inner else {
            self.schema(at, "JSONata string must start with {% and end with %}");
            return JsonataText::Broken;
        };
        let expression = match Jsonata::compile(inner) {
            Ok(expression) => expression,
            Err(error) => {
                self.error(DiagnosticCode::InvalidJsonataExpression, at, error.message);
                return JsonataText::Broken;
            }
        };
        let problems = jsonata_check::unsupported(&expression, offers);
        if problems.is_empty() {
            let item = Expression::Jsonata(expression);
            return JsonataText::Expression(Located { field: at.field().into(), item });
        }
        for message in problems {
            self.error(DiagnosticCode::UnsupportedJsonataExpression, at, message);
        }
        JsonataText::Broken
    }

    /// A whole number, or in JSONata states an expression.
    pub(super) fn computed_integer(
        &mut self,
        at: &At<'_>,
        scope: &Scope<'_>,
        (min, max): (i64, u64),
    ) -> Option<Computed<u64>> {
        if let Some(computed) = self.computed(at, scope) {
            return computed.map(Computed::Expression);
        }
        self.integer(at, min, max).map(Computed::Literal)
    }

    /// The expression of a JSONata state's field: `None` when it is none, `Some(None)` when it is broken.
    #[expect(clippy::option_option, reason = "no expression, a broken one, and a good one")]
    pub(super) fn computed(
        &mut self,
        at: &At<'_>,
        scope: &Scope<'_>,
    ) -> Option<Option<Located<Expression>>> {
        if !scope.is_jsonata() {
            return None;
        }
        match self.jsonata_text(at, Offers::Input) {
            JsonataText::Plain => None,
            JsonataText::Expression(expression) => Some(Some(expression)),
            JsonataText::Broken => Some(None),
        }
    }

    /// A whole number in `field`, or computed by `{field}Path`.
    pub(super) fn integer_or_path(
        &mut self,
        at: &At<'_>,
        scope: &Scope<'_>,
        [field, path_field]: [&'static str; 2],
        bounds: (i64, u64),
    ) -> Option<Computed<u64>> {
        self.at_most_one(at, &[field, path_field]);
        let literal = at.get(field).and_then(|value| self.computed_integer(&value, scope, bounds));
        let path = self.computed_path(at, scope, path_field);
        literal.or(path.map(Computed::Expression))
    }

    /// The path in a `…Path` field of a JSONPath state.
    pub(super) fn computed_path(
        &mut self,
        at: &At<'_>,
        scope: &Scope<'_>,
        field: &'static str,
    ) -> Option<Located<Expression>> {
        let at = at.get(field)?;
        if scope.is_jsonata() {
            return None;
        }
        let path = self.reference(&at)?;
        if *path.root() == PathRoot::Context {
            // Measured for the number fields of Map states; AWS's page on the context object names no
            // other `…Path` field than `ItemsPath` among those that can read it.
            self.schema(&at, NOT_A_REFERENCE);
            return None;
        }
        Some(Located { field: field.into(), item: Expression::Path(path) })
    }

    /// A path that names one place, to read from.
    pub(super) fn reference(&mut self, at: &At<'_>) -> Option<JsonPath> {
        let path = self.path(at)?;
        if path.is_definite() && !path.has_function() {
            return Some(path);
        }
        self.schema(at, NOT_A_REFERENCE);
        None
    }

    /// A path.
    pub(super) fn path(&mut self, at: &At<'_>) -> Option<JsonPath> {
        let text = self.string(at)?;
        let path = if self.has_room_for(text) { JsonPath::parse(text).ok() } else { None };
        if path.is_none() {
            self.schema(at, "Value must be a valid JSONPath.");
        }
        path
    }

    /// A path or an intrinsic call, for `ErrorPath` and `CausePath`.
    pub(super) fn path_or_intrinsic(&mut self, at: &At<'_>) -> Option<Expression> {
        let text = self.string(at)?;
        let expression = self.path_expression(text);
        if expression.is_none() {
            self.schema(at, "Value must be a valid JSONPath or a valid intrinsic function call");
        }
        expression
    }

    /// `InputPath`, `OutputPath`.
    pub(super) fn path_field(&mut self, at: &At<'_>) -> Option<PathField> {
        if let Value::Null = at.node.value {
            return Some(PathField::Empty);
        }
        let path = self.path(at)?;
        Some(if at.node.as_str() == Some("$") { PathField::Whole } else { PathField::Path(path) })
    }

    /// `ResultPath`.
    pub(super) fn result_path(&mut self, at: &At<'_>) -> Option<ResultPath> {
        if let Value::Null = at.node.value {
            return Some(ResultPath::Discard);
        }
        let text = self.string(at)?;
        if !text.starts_with('$') {
            self.schema(at, "Value must be a valid JSONPath.");
            return None;
        }
        let path = if self.has_room_for(text) { ReferencePath::parse(text).ok() } else { None };
        match path {
            Some(_) if text == "$" => Some(ResultPath::Replace),
            Some(path) => Some(ResultPath::Into(path)),
            None => {
                self.schema(at, NOT_A_REFERENCE);
                None
            }
        }
    }

    /// A path or an intrinsic call.
    fn path_expression(&mut self, text: &str) -> Option<Expression> {
        if !self.has_room_for(text) {
            return None;
        }
        if text.starts_with('$') {
            return JsonPath::parse(text).ok().map(Expression::Path);
        }
        Intrinsic::parse(text).ok().map(Expression::Intrinsic)
    }
}

/// Whether a plain value looks like a path or an intrinsic call somebody forgot `.$` for.
pub(super) fn looks_computed(at: &At<'_>) -> bool {
    at.node.as_str().is_some_and(|text| {
        let path = text == "$" || text.starts_with("$.") || text.starts_with("$$.");
        path || (text.starts_with("States.") && text.ends_with(')'))
    })
}

/// An array template, or the literal it comes down to.
fn array(parts: Vec<Template>) -> Template {
    if parts.iter().any(|part| !matches!(part, Template::Literal(_))) {
        return Template::Array(parts);
    }
    Template::Literal(parts.into_iter().filter_map(literal).collect())
}

/// An object template, or the literal it comes down to.
fn object(parts: Vec<(Arc<str>, Template)>) -> Template {
    if parts.iter().any(|(_, part)| !matches!(part, Template::Literal(_))) {
        return Template::Object(parts);
    }
    let members =
        parts.into_iter().filter_map(|(key, part)| Some((key.to_string(), literal(part)?)));
    Template::Literal(serde_json::Value::Object(members.collect()))
}

fn literal(part: Template) -> Option<serde_json::Value> {
    match part {
        Template::Literal(value) => Some(value),
        _ => None,
    }
}
