//! `stepclock test-state`: one state by itself, as the operation `TestState` tries it.

use std::path::Path;

use serde_json::{Map, Value};
use stepclock_engine::asl::yaml_to_json;
use stepclock_engine::data::Timestamp;
use stepclock_engine::test_state::{TestStateSettings, test_state};

use crate::args::TestStateArgs;
use crate::error::CliError;
use crate::{load, print_text};

/// Members of the answer that are no JSON text.
const PLAIN: [&str; 4] = ["error", "cause", "nextState", "status"];

pub(crate) fn run(args: &TestStateArgs) -> Result<bool, CliError> {
    let settings = TestStateSettings {
        now: Timestamp::DEFAULT_EPOCH,
        seed: args.seed,
        region: "us-east-1".into(),
        account: "123456789012".into(),
    };
    let answer = test_state(&request(args)?, &settings, &mut |_| None)?;
    match args.json {
        true => print_text(&format!("{answer}\n"))?,
        false => print_text(&format!("{:#}\n", readable(&answer)))?,
    }
    Ok(matches!(answer["status"].as_str(), Some("SUCCEEDED" | "CAUGHT_ERROR")))
}

/// The request of the operation.
fn request(args: &TestStateArgs) -> Result<Value, CliError> {
    let mut request = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            request.insert(name.to_owned(), value);
        }
    };
    set("definition", Some(definition(&args.definition)?.into()));
    set("stateName", args.state_name.as_deref().map(Value::from));
    set("roleArn", args.role_arn.as_deref().map(Value::from));
    set("inspectionLevel", Some(args.inspection_level.name().into()));
    set("input", Some(load::input(&args.input)?.text().into()));
    let json = |option: &'static str, given: &Option<String>| {
        given.as_deref().map(|given| load::json(option, given)).transpose()
    };
    let text = |value: Value| Value::from(value.to_string());
    set("variables", json("variables", &args.variables)?.map(text));
    set("context", json("context", &args.context)?.map(text));
    set("stateConfiguration", json("state-configuration", &args.state_configuration)?);
    let mut mock = json("mock", &args.mock)?;
    // A result may be written as it is; the operation takes its text.
    if let Some(result) = mock.as_mut().and_then(|mock| mock.get_mut("result"))
        && !result.is_string()
    {
        *result = result.to_string().into();
    }
    set("mock", mock);
    Ok(Value::Object(request))
}

fn definition(path: &Path) -> Result<String, CliError> {
    let text = load::text(path)?;
    if !load::is_yaml(path) {
        return Ok(text);
    }
    let script = |message| CliError::Script { path: path.to_owned(), message };
    yaml_to_json(&text).map(|value| value.to_string()).map_err(script)
}

/// The answer with its JSON texts as what they say.
fn readable(answer: &Value) -> Value {
    let Value::Object(object) = answer else { return answer.clone() };
    let read = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) if !PLAIN.contains(&name.as_str()) => {
                serde_json::from_str(text).unwrap_or_else(|_| value.clone())
            }
            other => readable(other),
        };
        (name.clone(), value)
    };
    Value::Object(object.iter().map(read).collect())
}
