//! Thousands of random requests of all operations, right and wrong ones: each is answered or refused, never with an
//! error of ours, and every answer has the shape that the service model gives it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use stepclock_engine::data::{RandomStream, Timestamp};
use stepclock_server::config::{ClockMode, ServerConfig};
use stepclock_server::hub::{self, Answerers, Handle};
use stepclock_server::protocol::{self, Kind, Operation, ShapeId, model};
use stepclock_server::{api, store};

const REQUESTS: usize = 5_000;

/// Draws requests; remembers the ARNs and tokens of answers, so that later requests meet something.
struct Requests {
    random: RandomStream,
    known: BTreeMap<String, Vec<String>>,
}

impl Requests {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.below(bound as u64)).expect("fits")
    }

    fn pick(&mut self, from: &[&str]) -> String {
        from[self.below(from.len())].to_owned()
    }

    fn request(&mut self, operation: &Operation) -> Value {
        let mut request = self.value(operation.input, "");
        // One in eight is spoilt.
        if self.below(8) == 0
            && let Some(members) = request.as_object_mut()
            && !members.is_empty()
        {
            let index = self.below(members.len());
            let spoilt = [Value::Null, json!(-1), json!("x"), json!([]), json!({}), json!(true)];
            let spoilt = spoilt[self.below(spoilt.len())].clone();
            members.values_mut().nth(index).map(|member| std::mem::replace(member, spoilt));
        }
        request
    }

    fn value(&mut self, shape: ShapeId, name: &str) -> Value {
        match &model().shape(shape).kind {
            Kind::Structure { members } => {
                let mut drawn = Map::new();
                for (name, member) in members {
                    if member.required || self.below(6) == 0 {
                        drawn.insert(name.clone(), self.value(member.shape, name));
                    }
                }
                drawn.into()
            }
            Kind::List { element, .. } => {
                (0..self.below(3)).map(|_| self.value(*element, name)).collect()
            }
            Kind::Map { .. } => json!({}),
            Kind::Boolean => json!(self.below(2) == 0),
            Kind::Integer(_) | Kind::Long(_) => {
                json!([0, 1, 2, 50, 100, 1_000, -1, 2_000_000_000][self.below(8)])
            }
            Kind::Float(_) | Kind::Double(_) => json!([0.0, 0.5, 100.0, 101.0][self.below(4)]),
            Kind::Timestamp => json!(1_767_225_600.5),
            Kind::String { values, .. } if !values.is_empty() => {
                json!(values[self.below(values.len())])
            }
            Kind::String { .. } => json!(self.text(name)),
        }
    }

    fn text(&mut self, name: &str) -> String {
        if self.below(20) == 0 {
            return self.pick(&["", " ", "ä", "\u{0}", "x:y", "{", "null", "#", "arn:aws:states"]);
        }
        // Mostly what has been answered under this name; sometimes what has been answered under another.
        let same = if name == "resourceArn" { "stateMachineArn" } else { name };
        let (other, index) = (self.below(6) == 0, self.below(8));
        let known = if other { self.known.values().nth(index) } else { self.known.get(same) };
        let named = name.ends_with("Arn") || name.ends_with("Token");
        if let Some(known) = known.filter(|_| named).cloned() {
            return known[self.below(known.len())].clone();
        }
        match name {
            "definition" => self.pick(&[
                r#"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#,
                r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}"#,
                r#"{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E"}}}"#,
                r#"{"StartAt":"A","States":{"A":{"Type":"Task","End":true,
                    "Resource":"arn:aws:states:us-east-1:123456789012:activity:one"}}}"#,
                r#"{"Type":"Pass","End":true}"#,
                r#"{"StartAt":"P"}"#,
            ]),
            "input" | "output" | "variables" | "context" => self.pick(&["{}", "1", "[1, 2]", "x"]),
            "roleArn" => "arn:aws:iam::123456789012:role/r".to_owned(),
            "stateMachineArn" => {
                "arn:aws:states:us-east-1:123456789012:stateMachine:one".to_owned()
            }
            "activityArn" => "arn:aws:states:us-east-1:123456789012:activity:one".to_owned(),
            _ => self.pick(&["one", "two", "three", "four", "five"]),
        }
    }

    fn remember(&mut self, answer: &Value) {
        match answer {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if name.ends_with("Arn") || name.ends_with("Token") => {
                            let known = self.known.entry(name.clone()).or_default();
                            if known.len() == 8 {
                                known.remove(0);
                            }
                            known.push(text.clone());
                        }
                        value => self.remember(value),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.remember(item)),
            _ => {}
        }
    }
}

fn start() -> Handle {
    let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: false };
    let config = ServerConfig { clock, ..ServerConfig::default() };
    let store = Arc::new(store::MemoryStore::default());
    hub::start(config, store, Answerers::default()).expect("starts")
}

#[tokio::test]
async fn any_request_is_answered_or_refused() {
    let hub = start();
    let operations: Vec<_> = model().operations().collect();
    let mut requests =
        Requests { random: RandomStream::new(1, "requests"), known: BTreeMap::new() };
    let (mut answered, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for _ in 0..REQUESTS {
        let operation = operations[requests.below(operations.len())];
        let request = requests.request(operation);
        let called = async {
            let read = protocol::read(operation, request.to_string().as_bytes())?;
            api::call(&hub, &operation.name, read).await
        };
        // These wait for others: for a task, for simulated time that stands still while a worker has a task.
        let waits = matches!(&*operation.name, "GetActivityTask" | "StartSyncExecution");
        let within = Duration::from_millis(if waits { 20 } else { 60_000 });
        let Ok(end) = tokio::time::timeout(within, called).await else {
            assert!(waits, "{} {request} hangs", operation.name);
            continue;
        };
        match end {
            Ok(answer) => {
                let misfit = operation.output.and_then(|out| protocol::conforms(out, &answer));
                assert_eq!(misfit, None, "{} {request}: {answer}", operation.name);
                requests.remember(&answer);
                *answered.entry(&*operation.name).or_insert(0) += 1;
            }
            Err(error) => {
                assert!(error.status < 500, "{} {request}: {error}", operation.name);
                let known = operation.errors.iter().any(|code| *code == error.code)
                    || matches!(&*error.code, "SerializationException" | "ValidationException")
                    || error.code.ends_with("#ValidationException");
                let missing = error.code == "UnknownOperationException";
                assert!(known || missing, "{} {request}: {error}", operation.name);
                *refused.entry(error.code.into_owned()).or_insert(0) += 1;
            }
        }
    }
    println!("{answered:#?}\n{refused:#?}");
    assert!(answered.len() > 25, "too little was answered: {answered:?}");
    assert!(refused.len() > 10, "too little was refused: {refused:?}");
}
