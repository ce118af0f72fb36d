//! Definitions, in JSON and in YAML: parse, validate, compile, and run what is accepted.

use stepclock_engine::asl::{
    Compiled, Severity, StateGraph, StateKind, WorkflowType, compile, compile_yaml,
    definition_error, validation_answer, yaml_to_json,
};

use crate::run::run_definition;

const KINDS: [WorkflowType; 2] = [WorkflowType::Standard, WorkflowType::Express];

/// Events of a STANDARD execution from which on it does not also run as EXPRESS, which has no such limit.
const EVENTS_MAX: usize = 5_000;

/// A definition in JSON.
///
/// # Panics
/// When the compiler breaks a rule.
pub fn definition(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut events = 0;
    for kind in KINDS {
        let compiled = compile(text, kind);
        check(text, &compiled);
        let again = compile(text, kind);
        assert_eq!(compiled.diagnostics, again.diagnostics, "two verdicts on one text");
        if let Some(definition) = &compiled.definition {
            assert_eq!(&*definition.source, text, "the source is the text");
            // An endless loop is long as STANDARD, and takes seconds as EXPRESS.
            if events < EVENTS_MAX {
                events = run_definition(definition, kind);
            }
        }
    }
}

/// A definition in YAML, and its twin in JSON.
///
/// # Panics
/// When the compiler breaks a rule, or the twins differ.
pub fn definition_yaml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let compiled = compile_yaml(text, WorkflowType::Standard);
    check(text, &compiled);
    if let Some(definition) = &compiled.definition {
        run_definition(definition, WorkflowType::Standard);
        let twin = compile(&definition.source, WorkflowType::Standard);
        assert_eq!(told(&compiled), told(&twin), "YAML and JSON are judged alike");
        assert!(twin.definition.is_some(), "the JSON of an accepted definition is refused");
    }
    // JSON is YAML: the same value in flow style is judged alike.
    if let Ok(value) = yaml_to_json(text)
        && value.is_object()
    {
        let json = value.to_string();
        let (as_json, as_yaml) =
            (compile(&json, WorkflowType::Standard), compile_yaml(&json, WorkflowType::Standard));
        if yaml_to_json(&json).as_ref() == Ok(&value) {
            assert_eq!(told(&as_json), told(&as_yaml), "{json}");
        }
    }
}

/// What a verdict says, without its place in the text, and without repeated keys, which a twin does not have.
fn told(compiled: &Compiled) -> Vec<String> {
    let texts = compiled.diagnostics.iter().map(ToString::to_string);
    texts.filter(|text| !text.contains("Duplicate field")).collect()
}

/// Findings have a message and a place in the text; errors refuse, and nothing else does; what is accepted
/// names only states that are there.
fn check(text: &str, compiled: &Compiled) {
    for found in &compiled.diagnostics {
        assert!(!found.message.is_empty(), "{found:?}");
        if let Some(span) = &found.span {
            assert!(
                text.get(span.clone()).is_some(),
                "{found:?} in a text of {} bytes",
                text.len()
            );
        }
    }
    let refused = compiled.diagnostics.iter().any(|found| found.severity == Severity::Error);
    assert_eq!(refused, compiled.definition.is_none(), "{:?}", compiled.diagnostics);
    assert_eq!(refused, definition_error(compiled).is_some());
    let answer = validation_answer(compiled, 0, Severity::Warning);
    assert_eq!(answer["result"], if refused { "FAIL" } else { "OK" });
    if let Some(definition) = &compiled.definition {
        check_graph(text, &definition.graph);
    }
}

fn check_graph(text: &str, graph: &StateGraph) {
    let start = graph.state(graph.start_at);
    assert!(graph.find(&start.name).is_some());
    for state in &graph.states {
        assert!(text.get(state.span.clone()).is_some(), "{} stands nowhere", state.name);
        match &state.kind {
            StateKind::Parallel(parallel) => {
                parallel.branches.iter().for_each(|branch| check_graph(text, branch));
            }
            StateKind::Map(map) => check_graph(text, &map.processor),
            _ => {}
        }
    }
}
