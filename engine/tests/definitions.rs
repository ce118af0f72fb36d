//! Compiles definitions that lie outside the repository: measured validator answers, recorded runs and
//! real-world definitions. Each test reads a folder named by an environment variable and says so when it
//! is not set.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use stepclock_engine::asl::{
    Compiled, Severity, StateKind, WorkflowType, compile, definition_error, validation_answer,
};
use stepclock_engine::data::Timestamp;
use stepclock_engine::test_state::{TestStateSettings, test_state};

/// The folder an environment variable names.
#[expect(clippy::disallowed_methods, reason = "a test entry point")]
fn folder(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from);
    if found.is_none() {
        eprintln!("skipped: {variable} is not set");
    }
    found
}

fn read_json(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("is readable");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json_lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("is readable");
    text.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect()
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("is a folder")
        .map(|entry| entry.expect("is readable").path())
        .flat_map(|path| if path.is_dir() { json_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

fn workflow_type(value: &Value) -> WorkflowType {
    match value.as_str() {
        Some("EXPRESS") => WorkflowType::Express,
        _ => WorkflowType::Standard,
    }
}

fn errors(compiled: &Compiled) -> String {
    let lines: Vec<String> = compiled
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    lines.join("; ")
}

/// Severity, code, message and location of each diagnostic.
fn shape(diagnostics: &Value) -> Vec<[String; 4]> {
    let field = |entry: &Value, name: &str| entry[name].as_str().unwrap_or("null").to_owned();
    diagnostics
        .as_array()
        .expect("is an array")
        .iter()
        .map(|entry| ["severity", "code", "message", "location"].map(|name| field(entry, name)))
        .collect()
}

#[test]
fn answers_of_the_measured_validator() {
    let Some(folder) = folder("STEPCLOCK_VALIDATION") else { return };
    let entries = json_lines(&folder.join("index.jsonl"));
    let mut wrong = Vec::new();
    for entry in &entries {
        let file = entry["file"].as_str().expect("is a name");
        let text = fs::read_to_string(folder.join(file)).expect("is readable");
        let compiled = compile(&text, workflow_type(&entry["type"]));
        let answer = validation_answer(&compiled, 100, Severity::Error);
        let (ours, theirs) = (shape(&answer["diagnostics"]), shape(&entry["diagnostics"]));
        if answer["result"] != entry["result"] || ours != theirs {
            wrong.push(format!("{file}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), entries.len(), wrong.join("\n"));
}

#[test]
fn recorded_validations() {
    let Some(folder) = folder("STEPCLOCK_RECORDED") else { return };
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in json_files(&folder) {
        let case = read_json(&path);
        if case["kind"] != "validate" {
            continue;
        }
        let text = case["definition_text"].as_str().expect("is a text");
        let compiled = compile(text, workflow_type(&case["type"]));
        let expected = &case["expect"];
        let (ours, theirs) = if case["op"] == "validate_state_machine_definition" {
            (validation_answer(&compiled, 100, Severity::Error), expected["response"].clone())
        } else {
            // An error is recorded as `error.message`, or within a text of the client.
            let message = expected["error"]["message"]
                .as_str()
                .or_else(|| {
                    expected["response"].as_str()?.split_once("operation: ").map(|(_, m)| m)
                })
                .expect("has a message");
            if !message.starts_with("Invalid State Machine Definition") {
                continue;
            }
            (json!(definition_error(&compiled)), json!(message))
        };
        seen += 1;
        if ours != theirs {
            wrong.push(format!("{}\n  ours   {ours}\n  theirs {theirs}", path.display()));
        }
    }
    assert!(seen > 0, "no validation was recorded in {}", folder.display());
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn definitions_of_recorded_runs_are_accepted() {
    let Some(folder) = folder("STEPCLOCK_RECORDED") else { return };
    let mut refused = Vec::new();
    let mut seen = 0;
    for path in json_files(&folder) {
        let case = read_json(&path);
        let runs = ["history", "result", "sync", "express_async", "eventbridge"];
        if !runs.iter().any(|kind| case["kind"] == *kind) {
            continue;
        }
        seen += 1;
        let compiled = compile(&case["definition"].to_string(), workflow_type(&case["type"]));
        if compiled.definition.is_none() {
            refused.push(format!("{}: {}", path.display(), errors(&compiled)));
        }
    }
    assert!(refused.is_empty(), "{} of {seen}:\n{}", refused.len(), refused.join("\n"));
}

#[test]
fn most_real_definitions_are_accepted() {
    /// Share of samples that must be accepted. The others have mistakes AWS refuses as well: a transition
    /// to a state that is missing, `Arguments` on a Map state.
    const ACCEPTED_PERCENT_MIN: usize = 97;
    let Some(folder) = folder("STEPCLOCK_DEFINITIONS") else { return };
    let mut refused = BTreeMap::new();
    let mut samples = 0;
    for entry in json_lines(&folder.join("index.jsonl")) {
        let file = entry["file"].as_str().expect("is a name");
        let text = fs::read_to_string(folder.join(file)).expect("is readable");
        let compiled = compile(&text, WorkflowType::Standard);
        if entry["class"] == "sample" && entry["has_substitution"] == false {
            samples += 1;
            if compiled.definition.is_none() {
                refused.insert(file.to_owned(), errors(&compiled));
            }
        }
    }
    for (file, errors) in &refused {
        eprintln!("{file}: {errors}");
    }
    let accepted = samples - refused.len();
    eprintln!("{accepted} of {samples} samples accepted");
    assert!(accepted * 100 >= samples * ACCEPTED_PERCENT_MIN);
}

/// Every state of every machine can be tested by itself, or is refused with a reason.
#[test]
fn states_of_the_public_definitions_are_tested() {
    let Some(folder) = folder("STEPCLOCK_DEFINITIONS") else { return };
    let settings = TestStateSettings {
        now: Timestamp::DEFAULT_EPOCH,
        seed: 1,
        region: "us-east-1".into(),
        account: "123456789012".into(),
    };
    let mut tested = BTreeMap::new();
    for file in json_files(&folder) {
        let text = fs::read_to_string(&file).expect("is readable");
        let Some(definition) = compile(&text, WorkflowType::Standard).definition else { continue };
        for state in &definition.graph.states {
            let mut request = json!({"definition": text, "stateName": *state.name,
                "inspectionLevel": "TRACE"});
            if matches!(state.kind, StateKind::Task(_) | StateKind::Map(_) | StateKind::Parallel(_))
            {
                request["mock"] = json!({"errorOutput": {"error": "States.TaskFailed"}});
            }
            let status = match test_state(&request, &settings, &mut |_| None) {
                Ok(answer) => answer["status"].as_str().unwrap_or_default().to_owned(),
                Err(error) => {
                    let file = file.display();
                    let expected = error.message.starts_with("ItemReader data must be specified");
                    assert!(expected, "{file}, {}: {error}", state.name);
                    error.code.to_owned()
                }
            };
            *tested.entry(status).or_insert(0_u64) += 1;
        }
    }
    eprintln!("{tested:?}");
    assert!(tested.get("CAUGHT_ERROR").is_some_and(|count| *count > 0), "{tested:?}");
}
