//! Expressions of runs recorded on AWS. `STEPCLOCK_RECORDED` names the folder with the recordings; without
//! it nothing is tested.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use stepclock_engine::data::{RandomStream, Timestamp};
use stepclock_engine::expr::jsonata::ResultType;
use stepclock_engine::expr::{ExprError, Jsonata, Scope};

#[test]
fn single_states_answer_as_recorded() {
    #[expect(clippy::disallowed_methods, reason = "the recordings lie outside the repository")]
    let Ok(folder) = std::env::var("STEPCLOCK_RECORDED") else {
        eprintln!("skipped: STEPCLOCK_RECORDED is not set");
        return;
    };
    let mut tested = 0;
    let mut wrong = Vec::new();
    for path in json_files(Path::new(&folder)) {
        let text = std::fs::read_to_string(&path).expect("is readable");
        let case: Value = serde_json::from_str(&text).expect("is JSON");
        if let Some(differences) = compare(&case) {
            tested += 1;
            wrong.extend(differences.map(|difference| format!("{}: {difference}", path.display())));
        }
    }
    assert!(tested >= 20, "only {tested} recordings fit this test");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn json_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("is a folder") {
        let path = entry.expect("is readable").path();
        if path.is_dir() {
            files.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// `None` when the recording is of another kind, else what differs.
fn compare(case: &Value) -> Option<Option<String>> {
    let states = case["definition"]["States"].as_object()?;
    let start = case["definition"]["StartAt"].as_str()?;
    let state = &states[start];
    let language = state.get("QueryLanguage").unwrap_or(&case["definition"]["QueryLanguage"]);
    if language != "JSONata" || case["expect"].get("status").is_none() {
        return None;
    }
    let cause = case["expect"]["cause"].as_str().unwrap_or_default();
    let failed_here =
        cause.starts_with(&format!("An error occurred while executing the state '{start}'"));
    let input = &case["input"];
    let (field, result) = match state["Type"].as_str()? {
        "Pass" | "Succeed" if states.len() == 1 && state.get("Output").is_some() => {
            ("Output", template(&state["Output"], input, "Output"))
        }
        "Map" if failed_here && state.get("Items").is_some() => {
            ("Items", expression(state["Items"].as_str()?, input, "Items"))
        }
        _ => return None,
    };
    let expected = if failed_here {
        cause.split_once("). ").map(|(_, tail)| json!({ "cause": tail }))?
    } else {
        json!({ "value": output(&case["expect"]) })
    };
    let actual = match result {
        Ok(value) => json!({ "value": value }),
        Err(error) => json!({ "cause": error.cause }),
    };
    Some((actual != expected).then(|| format!("{field}: recorded {expected}, we {actual}")))
}

/// Outputs were recorded as text, or parsed where the text is an object.
fn output(expect: &Value) -> Value {
    match &expect["output"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        other => other.clone(),
    }
}

fn template(template: &Value, input: &Value, field: &str) -> Result<Value, ExprError> {
    match template {
        Value::String(text) if text.starts_with("{%") => expression(text, input, field),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, item)| self::template(item, input, &format!("{field}[{index}]")))
                .collect()
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, item)| {
                Ok((key.clone(), self::template(item, input, &format!("{field}/{key}"))?))
            });
            fields.collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

fn expression(text: &str, input: &Value, field: &str) -> Result<Value, ExprError> {
    let source = text.trim_start_matches("{%").trim_end_matches("%}");
    let random = RefCell::new(RandomStream::new(1, "test"));
    let scope = Scope {
        input,
        context: &Value::Null,
        variables: &Map::new(),
        result: None,
        error_output: None,
        now: Timestamp::DEFAULT_EPOCH,
        random: &random,
    };
    let expression = Jsonata::compile(source).expect("AWS accepted it");
    let field = Arc::from(field);
    if &*field == "Items" {
        return expression.evaluate_as(ResultType::Array, &scope, &field);
    }
    expression.evaluate(&scope, &field)
}
