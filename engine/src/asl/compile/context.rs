//! What the compilation carries along: settings, names already seen, and everything found.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::cursor::At;
use crate::asl::{Diagnostic, DiagnosticCode, QueryLanguage, Severity, StateId, WorkflowType};
use crate::limits;

/// The compiler's state. Every method that compiles a part returns `None` when it cannot, having reported
/// why; the walk goes on, so that all diagnostics of a definition come at once.
pub(super) struct Compiler {
    /// What the states run in: the machine's type, or a Distributed Map's execution type.
    pub(super) workflow_type: WorkflowType,
    /// The machine's query language.
    pub(super) machine_language: QueryLanguage,
    /// Names of all states seen so far, of all scopes.
    pub(super) state_names: BTreeSet<String>,
    /// Labels of all Map states seen so far.
    pub(super) labels: BTreeSet<String>,
    /// Variables that the scopes assign, from the outermost to the one being compiled.
    pub(super) scopes: Vec<BTreeSet<String>>,
    found: Vec<(Phase, Diagnostic)>,
    /// Bytes of text in `found`.
    found_bytes: usize,
    /// Whether `found` has an error.
    refused: bool,
    /// Regular expressions that the paths so far may hold.
    patterns: usize,
}

/// The order in which AWS looks for problems, as far as measured: the fields of all states first, then
/// dangling transitions, then `MISSING_END_STATE` or else unreachable states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Schema,
    Names,
    Targets,
    Reachability,
}

/// The scope a state is compiled in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The states of the same graph.
    pub(super) ids: &'a BTreeMap<&'a str, StateId>,
    /// The state's query language.
    pub(super) language: QueryLanguage,
}

impl Scope<'_> {
    pub(super) fn is_jsonata(&self) -> bool {
        self.language == QueryLanguage::Jsonata
    }
}

impl Compiler {
    pub(super) fn new(workflow_type: WorkflowType) -> Self {
        Self {
            workflow_type,
            machine_language: QueryLanguage::JsonPath,
            state_names: BTreeSet::new(),
            labels: BTreeSet::new(),
            scopes: Vec::new(),
            found: Vec::new(),
            found_bytes: 0,
            refused: false,
            patterns: 0,
        }
    }

    /// Whether a path, or a call with paths, may be parsed: compiling regular expressions takes long, and a
    /// text of a megabyte has room for tens of thousands.
    pub(super) fn has_room_for(&mut self, path: &str) -> bool {
        self.patterns += path.matches("=~").count();
        self.patterns <= limits::DEFINITION_PATTERNS_MAX
    }

    /// Whether a scope around the one being compiled assigns the variable.
    pub(super) fn is_outer_variable(&self, name: &str) -> bool {
        self.scopes
            .split_last()
            .is_some_and(|(_, outer)| outer.iter().any(|scope| scope.contains(name)))
    }

    /// Reports a machine that can never end.
    pub(super) fn no_end_state(&mut self) {
        // AWS then says nothing of unreachable states.
        self.found.retain(|(phase, _)| *phase != Phase::Reachability);
        let diagnostic = Diagnostic {
            severity: Severity::Error,
            code: DiagnosticCode::MissingEndState,
            message: "Workflow has no terminal state".to_owned(),
            location: None,
            span: None,
        };
        self.push(Phase::Reachability, diagnostic);
    }

    /// Everything found, in AWS's order.
    pub(super) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(phase, _)| *phase);
        self.found.into_iter().map(|(_, diagnostic)| diagnostic).collect()
    }

    pub(super) fn push(&mut self, phase: Phase, diagnostic: Diagnostic) {
        let location = diagnostic.location.as_ref().map_or(0, String::len);
        self.found_bytes += diagnostic.message.len() + location;
        self.refused |= diagnostic.severity == Severity::Error;
        self.found.push((phase, diagnostic));
    }

    /// Whether no more is told: a long name in many locations would take more memory than the text itself.
    /// The first error always is, since it refuses the definition.
    fn is_full(&self, severity: Severity) -> bool {
        self.found_bytes > limits::DIAGNOSTICS_BYTES_MAX
            && (severity == Severity::Warning || self.refused)
    }

    /// A `SCHEMA_VALIDATION_FAILED` about a value.
    pub(super) fn schema(&mut self, at: &At<'_>, message: impl Into<String>) {
        self.error(DiagnosticCode::SchemaValidationFailed, at, message);
    }

    /// A `SCHEMA_VALIDATION_FAILED` about an object as a whole.
    pub(super) fn schema_object(&mut self, at: &At<'_>, message: impl Into<String>) {
        self.schema_at(at, at.name_span(), message);
    }

    /// A `SCHEMA_VALIDATION_FAILED` whose bytes are not those of its location.
    pub(super) fn schema_at(
        &mut self,
        at: &At<'_>,
        span: Range<usize>,
        message: impl Into<String>,
    ) {
        self.report(Phase::Schema, DiagnosticCode::SchemaValidationFailed, at, span, message);
    }

    /// An error about a value.
    pub(super) fn error(&mut self, code: DiagnosticCode, at: &At<'_>, message: impl Into<String>) {
        self.report(Phase::Schema, code, at, at.span(), message);
    }

    /// A warning about a value.
    pub(super) fn warning(
        &mut self,
        code: DiagnosticCode,
        at: &At<'_>,
        message: impl Into<String>,
    ) {
        if self.is_full(Severity::Warning) {
            return;
        }
        let diagnostic = Diagnostic {
            severity: Severity::Warning,
            code,
            message: message.into(),
            location: Some(at.location()),
            span: Some(at.span()),
        };
        self.push(Phase::Schema, diagnostic);
    }

    /// An error with everything spelled out.
    pub(super) fn report(
        &mut self,
        phase: Phase,
        code: DiagnosticCode,
        at: &At<'_>,
        span: Range<usize>,
        message: impl Into<String>,
    ) {
        if self.is_full(Severity::Error) {
            return;
        }
        let diagnostic = Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            location: Some(at.location()),
            span: Some(span),
        };
        self.push(phase, diagnostic);
    }
}
