//! Our JSONata against jsonata-js 2.0.6, the version AWS documents: `data/jsonata_2_0_6.json` holds what
//! Node.js answered to each expression.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use stepclock_engine::data::{RandomStream, Timestamp};
use stepclock_engine::expr::{ExprError, Jsonata, Scope};

const FACTS: &str = include_str!("data/jsonata_2_0_6.json");

/// Where we differ: the expression, what we answer, and why. An entry that no longer differs fails the test.
const KNOWN_DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "function($x){1} ? \"y\" : \"n\"",
        "\"n\"",
        "the library follows later versions, where a function is false; no one asks this of a function",
    ),
    (
        "$formatNumber(1, 'x')",
        "error D3086: The sub-picture must not contain a passive character that is preceded by an active character and that is followed by another active character",
        "jsonata-js breaks inside; AWS answers as we do (measured by the floci project)",
    ),
    ("$eval(\"1+1\")", "error T1006: Attempted to invoke a non-function", "AWS has no $eval"),
    (
        "$parseInteger(\"abc\", \"0\")",
        "null",
        "the library writes NaN as null; AWS answers \"NaN\" (measured by the floci project)",
    ),
];

#[test]
fn answers_are_those_of_jsonata_js() {
    let facts: Value = serde_json::from_str(FACTS).expect("is JSON");
    let cases = facts["cases"].as_array().expect("is an array");
    let known: BTreeMap<_, _> =
        KNOWN_DIFFERENCES.iter().map(|(source, answer, _)| (*source, *answer)).collect();
    let mut seen = Vec::new();
    let mut wrong = Vec::new();
    for case in cases {
        let source = case["expression"].as_str().expect("is text");
        let expected = expected(case);
        let actual = actual(source, &facts["input"]);
        match known.get(source) {
            Some(answer) => {
                seen.push(source);
                if actual == expected {
                    wrong.push(format!("{source}\n    no longer differs"));
                } else if actual != *answer {
                    wrong.push(format!("{source}\n    known as {answer}\n    now      {actual}"));
                }
            }
            None if actual != expected => {
                wrong.push(format!("{source}\n    jsonata-js {expected}\n    we         {actual}"));
            }
            None => {}
        }
    }
    let unused = known
        .keys()
        .filter(|source| !seen.contains(*source))
        .map(|source| format!("{source}\n    is no case"));
    wrong.extend(unused);
    assert!(cases.len() > 350);
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn expected(case: &Value) -> String {
    let error = |kind: &str, error: &Value| {
        let part = |name: &str| error[name].as_str().expect("is text").to_owned();
        format!("{kind} {}: {}", part("code"), part("message"))
    };
    let case = case.as_object().expect("is an object");
    if let Some(result) = case.get("result") {
        return normal(result).to_string();
    }
    if case.contains_key("undefined") {
        return "nothing".to_owned();
    }
    if case.contains_key("function") {
        return "function".to_owned();
    }
    match (case.get("error"), case.get("syntax_error"), case.get("internal_error")) {
        (Some(thrown), _, _) => error("error", thrown),
        (_, Some(syntax), _) => error("syntax error", syntax),
        (_, _, Some(_)) => "internal error".to_owned(),
        _ => panic!("a case without an answer: {case:?}"),
    }
}

fn actual(source: &str, input: &Value) -> String {
    let expression = match Jsonata::compile(source) {
        Ok(expression) => expression,
        Err(error) => return format!("syntax error {error}"),
    };
    match evaluate(&expression, input) {
        Ok(value) => normal(&value).to_string(),
        Err(error) if error.cause.ends_with(" returned nothing (undefined).") => {
            "nothing".to_owned()
        }
        Err(error) if error.cause.ends_with(" returned an unsupported result type.") => {
            "function".to_owned()
        }
        Err(error) => {
            let (_, tail) =
                error.cause.split_once("threw an error during evaluation").expect("threw");
            format!("error {}", tail.trim_start_matches(". "))
        }
    }
}

fn evaluate(expression: &Jsonata, input: &Value) -> Result<Value, ExprError> {
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
    expression.evaluate(&scope, &Arc::from("Output"))
}

/// Numbers as doubles: `1e21` and `1000000000000000000000` are one number.
fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, field)| (key.clone(), normal(field))).collect()
        }
        other => other.clone(),
    }
}
