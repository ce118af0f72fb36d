//! JSONata as AWS runs it: `$states`, variables, AWS's functions, results, failures and limits.
//!
//! What is marked "measured" comes from the floci project's published measurements on AWS; the rest says
//! where it is from.

mod functions;
mod limits;
mod matching;
mod states;

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use stepclock_engine::data::{RandomStream, Timestamp};
use stepclock_engine::expr::{ErrorName, ExprError, Jsonata, Scope};

/// The data expressions are evaluated against here.
struct World {
    input: Value,
    context: Value,
    result: Option<Value>,
    variables: Map<String, Value>,
    random: RefCell<RandomStream>,
}

impl World {
    fn new(input: Value) -> Self {
        Self {
            input,
            context: json!({"State": {"Name": "S"}}),
            result: None,
            variables: Map::new(),
            random: RefCell::new(RandomStream::new(1, "test")),
        }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.variables.insert(name.to_owned(), value);
        self
    }

    fn run(&self, source: &str) -> Result<Value, ExprError> {
        let scope = Scope {
            input: &self.input,
            context: &self.context,
            variables: &self.variables,
            result: self.result.as_ref(),
            error_output: None,
            now: Timestamp::DEFAULT_EPOCH,
            random: &self.random,
        };
        Jsonata::compile(source).expect("is JSONata").evaluate(&scope, &Arc::from("Output/r"))
    }
}

fn run(source: &str) -> Result<Value, ExprError> {
    World::new(json!({})).run(source)
}

fn value(source: &str) -> Value {
    run(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// What follows "… specified for the field 'Output/r'" in the cause.
fn failure(source: &str) -> String {
    let error = run(source).expect_err(source);
    assert_eq!(error.name, ErrorName::QueryEvaluation);
    assert_eq!(error.location.as_deref(), Some("Output/r"));
    let head = format!("The JSONata expression '{source}' specified for the field 'Output/r' ");
    error.cause.strip_prefix(&head).unwrap_or_else(|| panic!("{}", error.cause)).to_owned()
}

fn thrown(source: &str) -> String {
    let failure = failure(source);
    failure
        .strip_prefix("threw an error during evaluation")
        .unwrap_or_else(|| panic!("{failure}"))
        .to_owned()
}

const NOTHING: &str = "returned nothing (undefined).";
const MEMORY: &str =
    ": Expression evaluation memory limit exceeded: Check for excessive memory usage";
const DEPTH: &str = ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive";
const TIMEOUT: &str = ": Expression evaluation timeout: Check for infinite loop";
