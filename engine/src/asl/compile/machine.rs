//! The top level of a definition.

use std::sync::Arc;

use super::context::{Compiler, Phase};
use super::cursor::At;
use super::fields::{Fields, In};
use crate::asl::syntax::Duplicate;
use crate::asl::{Definition, Diagnostic, DiagnosticCode, QueryLanguage, Severity};
use crate::limits;

const MACHINE: &Fields = &[
    ("Comment", In::Both),
    ("QueryLanguage", In::Both),
    ("StartAt", In::Both),
    ("States", In::Both),
    ("TimeoutSeconds", In::Both),
    ("Version", In::Both),
];

impl Compiler {
    /// The whole definition; its `source` is left empty.
    pub(super) fn machine(&mut self, at: &At<'_>) -> Option<Definition> {
        self.check_fields(at, &[MACHINE], None);
        if let Some(value) = at.get("QueryLanguage") {
            // As with states: whatever is not exactly `JSONPath` means JSONata.
            if value.node.as_str() != Some("JSONPath") {
                self.machine_language = QueryLanguage::Jsonata;
            }
            self.one_of(&value, &["JSONPath", "JSONata"]);
        }
        let comment = self.comment(at).map(Arc::from);
        if let Some(value) = at.get("Version") {
            self.one_of(&value, &["1.0"]);
        }
        let timeout_seconds =
            at.get("TimeoutSeconds").and_then(|value| self.integer(&value, 0, limits::SECONDS_MAX));
        let graph = self.graph(at, true)?;
        Some(Definition {
            comment,
            query_language: self.machine_language,
            timeout_seconds,
            graph: Arc::new(graph),
            source: "".into(),
        })
    }

    /// Warns of a key that one object has twice. What AWS says is not known; Jackson keeps the later one.
    pub(super) fn duplicate_key(&mut self, duplicate: &Duplicate<'_>) {
        let diagnostic = Diagnostic {
            severity: Severity::Warning,
            code: DiagnosticCode::InvalidJsonDescription,
            message: format!("Duplicate field '{}': the last one counts", duplicate.key),
            location: None,
            span: Some(duplicate.span.clone()),
        };
        self.push(Phase::Schema, diagnostic);
    }
}
