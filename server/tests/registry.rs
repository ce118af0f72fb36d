//! What is created, from inside the process: machines, versions, aliases, activities, tags, and what a restart keeps.

use std::sync::Arc;

use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;
use stepclock_server::config::{ClockMode, ServerConfig};
use stepclock_server::error::ApiError;
use stepclock_server::hub::{Answerers, Handle, start};
use stepclock_server::store::{MemoryStore, Store};
use stepclock_server::{api, protocol};

const ROLE: &str = "arn:aws:iam::123456789012:role/r";
const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:m";

/// A server that can be started again on what it has kept.
struct Server {
    store: Arc<MemoryStore>,
    hub: Handle,
}

impl Server {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        Self { hub: run(store.clone()), store }
    }

    fn restart(&mut self) {
        self.hub = run(self.store.clone());
    }

    /// As a client would: the request is checked, and the answer has the shape that the model gives it.
    async fn try_call(&self, operation: &str, request: Value) -> Result<Value, ApiError> {
        let operation = protocol::model().operation(operation).expect("is one of the 37");
        let request = protocol::read(operation, request.to_string().as_bytes())?;
        let answer = api::call(&self.hub, &operation.name, request).await?;
        let wrong = operation.output.and_then(|shape| protocol::conforms(shape, &answer));
        assert_eq!(wrong, None, "{}", operation.name);
        Ok(answer)
    }

    async fn call(&self, operation: &str, request: Value) -> Value {
        self.try_call(operation, request).await.expect(operation)
    }

    async fn refused(&self, operation: &str, request: Value) -> String {
        let error = self.try_call(operation, request).await.expect_err(operation);
        error.to_string()
    }

    async fn create(&self, name: &str, result: u64, more: Value) -> Value {
        self.call("CreateStateMachine", create(name, result, more)).await
    }

    /// Publishes another definition.
    async fn publish(&self, result: u64) -> Value {
        let request =
            json!({"stateMachineArn": MACHINE, "definition": pass(result), "publish": true});
        self.call("UpdateStateMachine", request).await
    }
}

fn run(store: Arc<dyn Store>) -> Handle {
    let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: false };
    let config = ServerConfig { clock, ..ServerConfig::default() };
    start(config, store, Answerers::default()).expect("the store can be read")
}

fn pass(result: u64) -> String {
    json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": result, "End": true}}})
        .to_string()
}

fn create(name: &str, result: u64, more: Value) -> Value {
    let mut request = json!({"name": name, "roleArn": ROLE, "definition": pass(result)});
    for (key, value) in more.as_object().into_iter().flatten() {
        request[key] = value.clone();
    }
    request
}

fn version(number: u64) -> String {
    format!("{MACHINE}:{number}")
}

fn routes(routes: &[(u64, u64)]) -> Value {
    let route = |(number, weight): &(u64, u64)| json!({"stateMachineVersionArn": version(*number), "weight": weight});
    routes.iter().map(route).collect()
}

#[tokio::test]
async fn creating_again_is_idempotent_but_for_role_and_tags() {
    let server = Server::new();
    let first = server.create("m", 1, json!({"tags": [{"key": "a", "value": "1"}]})).await;
    let other = json!({"roleArn": "arn:aws:iam::123456789012:role/other", "tags": []});
    assert_eq!(server.create("m", 1, other).await, first);
    let described = server.call("DescribeStateMachine", json!({"stateMachineArn": MACHINE})).await;
    assert_eq!(described["roleArn"], ROLE, "an equal request changes nothing");
    for different in [
        create("m", 2, json!({})),
        create("m", 1, json!({"type": "EXPRESS"})),
        create("m", 1, json!({"tracingConfiguration": {"enabled": true}})),
        create("m", 1, json!({"publish": true})),
    ] {
        let refused = server.refused("CreateStateMachine", different).await;
        let expected =
            format!("StateMachineAlreadyExists: State Machine Already Exists: '{MACHINE}'");
        assert_eq!(refused, expected);
    }
}

#[tokio::test]
async fn what_a_create_request_may_not_say() {
    let server = Server::new();
    let refused =
        async |more: Value| server.refused("CreateStateMachine", create("m", 1, more)).await;
    assert_eq!(refused(json!({"name": "a b"})).await, "InvalidName: Invalid Name: 'a b'");
    assert_eq!(refused(json!({"roleArn": "r"})).await, "InvalidArn: Invalid Role Arn: 'r'");
    assert_eq!(
        refused(json!({"versionDescription": "d"})).await,
        "ValidationException: Version description can only be set when publish is true"
    );
    assert!(refused(json!({"definition": "{}"})).await.starts_with("InvalidDefinition: "));
    assert_eq!(
        refused(json!({"loggingConfiguration": {"level": "ALL"}})).await,
        "InvalidLoggingConfiguration: Invalid Logging Configuration: Must specify exactly one Log Destination."
    );
    let tags: Vec<Value> =
        (0..51).map(|tag| json!({"key": tag.to_string(), "value": ""})).collect();
    assert!(refused(json!({"tags": tags})).await.starts_with("TooManyTags: "));
    let listed = server.call("ListStateMachines", json!({})).await;
    assert_eq!(listed, json!({"stateMachines": []}), "nothing was created");
}

#[tokio::test]
async fn versions_are_numbered_from_one_and_never_again() {
    let mut server = Server::new();
    let created = server.create("m", 1, json!({"publish": true})).await;
    assert_eq!(created["stateMachineVersionArn"], version(1));
    let publish = json!({"stateMachineArn": MACHINE});
    let again = server.call("PublishStateMachineVersion", publish.clone()).await;
    assert_eq!(again["stateMachineVersionArn"], version(1), "the revision has a version");
    let updated = server.publish(2).await;
    assert_eq!(updated["stateMachineVersionArn"], version(2));
    let stale = json!({"stateMachineArn": MACHINE, "revisionId": "INITIAL"});
    let refused = server.refused("PublishStateMachineVersion", stale).await;
    assert!(refused.starts_with("ConflictException: "), "{refused}");
    let current = json!({"stateMachineArn": MACHINE, "revisionId": updated["revisionId"]});
    let found = server.call("PublishStateMachineVersion", current).await;
    assert_eq!(found["stateMachineVersionArn"], version(2));
    let delete = json!({"stateMachineVersionArn": version(2)});
    server.call("DeleteStateMachineVersion", delete.clone()).await;
    server.call("DeleteStateMachineVersion", delete).await;
    server.restart();
    let next = server.call("PublishStateMachineVersion", publish).await;
    assert_eq!(next["stateMachineVersionArn"], version(3));
    let listed = server.call("ListStateMachineVersions", json!({"stateMachineArn": MACHINE})).await;
    let arns: Vec<&Value> = listed["stateMachineVersions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|version| &version["stateMachineVersionArn"])
        .collect();
    assert_eq!(arns, [&json!(version(3)), &json!(version(1))], "newest first");
}

#[tokio::test]
async fn a_version_keeps_its_definition_when_the_machine_changes() {
    let server = Server::new();
    server.create("m", 1, json!({"publish": true, "versionDescription": "first"})).await;
    server.publish(2).await;
    let describe = async |arn: String| {
        server.call("DescribeStateMachine", json!({"stateMachineArn": arn})).await
    };
    let first = describe(version(1)).await;
    assert_eq!((&first["definition"], &first["description"]), (&json!(pass(1)), &json!("first")));
    assert_eq!((&first["name"], &first["stateMachineArn"]), (&json!("m"), &json!(version(1))));
    assert!(first.get("revisionId").is_none(), "the first revision has no id");
    let current = describe(MACHINE.to_owned()).await;
    assert_eq!(current["definition"], pass(2));
    assert!(current["revisionId"].is_string());
    let refused =
        server.refused("DescribeStateMachine", json!({"stateMachineArn": version(3)})).await;
    let expected =
        format!("StateMachineDoesNotExist: State Machine Does Not Exist: '{}'", version(3));
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn a_change_that_changes_nothing_gives_no_revision() {
    let server = Server::new();
    server.create("m", 1, json!({})).await;
    let update = async |more: Value| {
        let mut request = json!({"stateMachineArn": MACHINE});
        request.as_object_mut().expect("is one").extend(more.as_object().expect("is one").clone());
        server.call("UpdateStateMachine", request).await
    };
    assert!(update(json!({"definition": pass(1)})).await.get("revisionId").is_none());
    let first = update(json!({"definition": pass(2)})).await;
    assert_eq!(update(json!({"roleArn": ROLE})).await["revisionId"], first["revisionId"]);
    let second = update(json!({"tracingConfiguration": {"enabled": true}})).await;
    assert_ne!(second["revisionId"], first["revisionId"]);
}

#[tokio::test]
async fn aliases() {
    let mut server = Server::new();
    server.create("m", 1, json!({"publish": true})).await;
    server.publish(2).await;
    let create = |routing: Value| json!({"name": "live", "routingConfiguration": routing});
    let created = server.call("CreateStateMachineAlias", create(routes(&[(1, 100)]))).await;
    let arn = format!("{MACHINE}:live");
    assert_eq!(created["stateMachineAliasArn"], arn);
    let again = server.call("CreateStateMachineAlias", create(routes(&[(1, 100)]))).await;
    assert_eq!(again, created);
    let refused = server.refused("CreateStateMachineAlias", create(routes(&[(2, 100)]))).await;
    assert!(refused.starts_with("ConflictException: Failed to create alias because "), "{refused}");
    let missing = server.refused("CreateStateMachineAlias", create(routes(&[(9, 100)]))).await;
    assert!(missing.starts_with("ResourceNotFound: "), "{missing}");
    let used = json!({"stateMachineVersionArn": version(1)});
    let refused = server.refused("DeleteStateMachineVersion", used.clone()).await;
    assert!(refused.ends_with("Current list of aliases referencing this version: [live]"));

    let routing = routes(&[(1, 30), (2, 70)]);
    let update = json!({"stateMachineAliasArn": arn, "routingConfiguration": routing});
    server.call("UpdateStateMachineAlias", update).await;
    server.restart();
    let described =
        server.call("DescribeStateMachineAlias", json!({"stateMachineAliasArn": arn})).await;
    assert_eq!(
        (&described["routingConfiguration"], &described["name"]),
        (&routing, &json!("live"))
    );
    for (of, expected) in [(MACHINE.to_owned(), 1), (version(2), 1), (version(1), 1)] {
        let listed = server.call("ListStateMachineAliases", json!({"stateMachineArn": of})).await;
        assert_eq!(listed["stateMachineAliases"].as_array().map(Vec::len), Some(expected), "{of}");
    }

    server.call("DeleteStateMachineAlias", json!({"stateMachineAliasArn": arn})).await;
    server.call("DeleteStateMachineVersion", used).await;
    let listed = server.call("ListStateMachineAliases", json!({"stateMachineArn": MACHINE})).await;
    assert_eq!(listed, json!({"stateMachineAliases": []}));
}

#[tokio::test]
async fn executions_of_an_alias_know_both_arns() {
    let server = Server::new();
    server.create("m", 1, json!({"publish": true})).await;
    server.publish(2).await;
    let alias = json!({"name": "live", "routingConfiguration": routes(&[(1, 0), (2, 100)])});
    server.call("CreateStateMachineAlias", alias).await;
    let arn = format!("{MACHINE}:live");
    let started = server.call("StartExecution", json!({"stateMachineArn": arn})).await;
    let execution = json!({"executionArn": started["executionArn"]});
    let described = server.call("DescribeExecution", execution.clone()).await;
    assert_eq!(described["stateMachineArn"], MACHINE);
    assert_eq!(described["stateMachineVersionArn"], version(2));
    assert_eq!(described["stateMachineAliasArn"], arn);
    assert_eq!(described["output"], "2");
    let ran = server.call("DescribeStateMachineForExecution", execution).await;
    assert_eq!((&ran["definition"], &ran["stateMachineArn"]), (&json!(pass(2)), &json!(MACHINE)));
    for (of, expected) in [(MACHINE.to_owned(), 1), (arn, 1), (version(2), 1), (version(1), 0)] {
        let listed = server.call("ListExecutions", json!({"stateMachineArn": of})).await;
        assert_eq!(listed["executions"].as_array().map(Vec::len), Some(expected), "{of}");
    }
}

#[tokio::test]
async fn a_machine_with_running_executions_is_deleting_until_they_end() {
    let mut server = Server::new();
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}});
    server.create("m", 1, json!({"definition": wait.to_string()})).await;
    server.hub.call(|hub| hub.freeze(true)).await.expect("the clock is simulated");
    let start = json!({"stateMachineArn": MACHINE});
    let started = server.call("StartExecution", start.clone()).await;
    server.call("DeleteStateMachine", json!({"stateMachineArn": MACHINE})).await;
    let described = server.call("DescribeStateMachine", json!({"stateMachineArn": MACHINE})).await;
    assert_eq!(described["status"], "DELETING");
    let refused = server.refused("StartExecution", start).await;
    assert!(refused.starts_with("StateMachineDeleting: "), "{refused}");
    server.call("StopExecution", json!({"executionArn": started["executionArn"]})).await;
    let refused = server.refused("DescribeStateMachine", json!({"stateMachineArn": MACHINE})).await;
    assert!(refused.starts_with("StateMachineDoesNotExist: "), "{refused}");
    server.restart();
    let listed = server.call("ListStateMachines", json!({})).await;
    assert_eq!(listed, json!({"stateMachines": []}));
    // The name is free again; what ran before still says what it ran.
    server.create("m", 2, json!({})).await;
    let execution = json!({"executionArn": started["executionArn"]});
    let ran = server.call("DescribeStateMachineForExecution", execution).await;
    assert_eq!(ran["definition"], wait.to_string());
}

/// An execution goes on in the state it is in and ends where it would enter the next one, also after a restart
/// (knowledge center, "stuck in the DELETING status": the words of the cause).
#[tokio::test]
async fn executions_of_a_deleted_machine_end_at_the_next_transition() {
    for restarts in [false, true] {
        let mut server = Server::new();
        let wait = |next: Value| {
            let mut state = json!({"Type": "Wait", "Seconds": 60});
            state
                .as_object_mut()
                .expect("an object")
                .extend(next.as_object().expect("one").clone());
            state
        };
        let states = json!({"V": wait(json!({"Next": "W"})), "W": wait(json!({"End": true}))});
        let definition = json!({"StartAt": "V", "States": states}).to_string();
        server.create("m", 1, json!({"definition": definition})).await;
        server.hub.call(|hub| hub.freeze(true)).await.expect("the clock is simulated");
        let start = |name: &str| json!({"stateMachineArn": MACHINE, "name": name});
        let early = server.call("StartExecution", start("early")).await;
        let moment = Timestamp::DEFAULT_EPOCH + 61_000;
        server.hub.advance_to(moment).await.expect("the clock is simulated");
        let late = server.call("StartExecution", start("late")).await;
        server.call("DeleteStateMachine", json!({"stateMachineArn": MACHINE})).await;
        if restarts {
            server.restart();
        }
        server.hub.run_until_idle().await.expect("the clock is simulated");
        let describe = async |started: &Value| {
            let request = json!({"executionArn": started["executionArn"]});
            server.call("DescribeExecution", request).await
        };
        // It was in its last state.
        assert_eq!(describe(&early).await["status"], "SUCCEEDED");
        let ended = describe(&late).await;
        assert_eq!(
            (&ended["status"], &ended["error"]),
            (&json!("FAILED"), &json!("States.Runtime"))
        );
        assert_eq!(ended["cause"], "State machine m has been deleted.");
        let request = json!({"executionArn": late["executionArn"]});
        let history = server.call("GetExecutionHistory", request).await;
        let events = history["events"].as_array().expect("has events").iter();
        let types: Vec<_> =
            events.map(|event| event["type"].as_str().unwrap_or_default()).collect();
        let expected =
            ["ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionFailed"];
        assert_eq!(types, expected);
        let described = json!({"stateMachineArn": MACHINE});
        let refused = server.refused("DescribeStateMachine", described).await;
        assert!(refused.starts_with("StateMachineDoesNotExist: "), "{refused}");
    }
}

#[tokio::test]
async fn activities_and_tags_survive_a_restart() {
    let mut server = Server::new();
    let create = json!({"name": "a", "tags": [{"key": "k", "value": "v"}]});
    let created = server.call("CreateActivity", create).await;
    let arn = created["activityArn"].clone();
    let tag = json!({"resourceArn": arn, "tags": [{"key": "l", "value": ""}, {"key": "k", "value": "w"}]});
    server.call("TagResource", tag).await;
    server.restart();
    assert_eq!(server.call("CreateActivity", json!({"name": "a"})).await, created);
    let tags = async || server.call("ListTagsForResource", json!({"resourceArn": arn})).await;
    let expected = json!({"tags": [{"key": "k", "value": "w"}, {"key": "l", "value": ""}]});
    assert_eq!(tags().await, expected);
    server.call("UntagResource", json!({"resourceArn": arn, "tagKeys": ["k", "x"]})).await;
    assert_eq!(tags().await, json!({"tags": [{"key": "l", "value": ""}]}));
    server.call("DeleteActivity", json!({"activityArn": arn})).await;
    let refused = server.refused("DescribeActivity", json!({"activityArn": arn})).await;
    assert!(refused.starts_with("ActivityDoesNotExist: Activity Does Not Exist: '"), "{refused}");
    let refused = server.refused("ListTagsForResource", json!({"resourceArn": arn})).await;
    assert!(refused.starts_with("ResourceNotFound: Resource not found: '"), "{refused}");
}

#[tokio::test]
async fn lists_come_in_pages_in_the_order_of_creation() {
    let mut server = Server::new();
    for name in ["c", "a", "b"] {
        server.create(name, 1, json!({})).await;
    }
    server.restart();
    let (mut names, mut request) = (Vec::new(), json!({"maxResults": 2}));
    loop {
        let page = server.call("ListStateMachines", request.clone()).await;
        let machines = page["stateMachines"].as_array().into_iter().flatten();
        names.extend(machines.map(|machine| machine["name"].clone()));
        let Some(token) = page.get("nextToken") else { break };
        request["nextToken"] = token.clone();
    }
    assert_eq!(names, ["c", "a", "b"]);
    let foreign = json!({"nextToken": "x"});
    let refused = server.refused("ListActivities", foreign).await;
    assert_eq!(refused, "InvalidToken: Invalid Token: 'Invalid token'");
}

#[tokio::test]
async fn a_map_state_of_a_machine_is_refused_where_only_a_machine_will_do() {
    let server = Server::new();
    let arn = json!({"stateMachineArn": format!("{MACHINE}/label")});
    let update = json!({"stateMachineArn": format!("{MACHINE}/label"), "roleArn": ROLE});
    for (operation, request) in [
        ("StartExecution", arn.clone()),
        ("UpdateStateMachine", update),
        ("DeleteStateMachine", arn.clone()),
        ("PublishStateMachineVersion", arn.clone()),
        ("ListStateMachineVersions", arn),
    ] {
        let refused = server.refused(operation, request).await;
        assert!(refused.starts_with("ValidationException: "), "{operation}: {refused}");
    }
}
