//! The AWS SDK for Rust against the server: its types, errors, pages and host prefixes.

use aws_sdk_sfn::Client;
use aws_sdk_sfn::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_sfn::config::{ConfigBag, Credentials, Intercept, Region, RuntimeComponents};
use aws_sdk_sfn::error::{BoxError, ProvideErrorMetadata};
use aws_sdk_sfn::types::{
    ExecutionStatus, HistoryEventType, RoutingConfigurationListItem, StateMachineType,
    SyncExecutionStatus, Tag,
};
use stepclock_engine::data::Timestamp;
use stepclock_server::config::ClockMode;
use stepclock_server::{HttpConfig, Server, ServerConfig};

const ROLE: &str = "arn:aws:iam::123456789012:role/example";
const KEY: (&str, &str) = ("AKIDEXAMPLE", "example/secret+key");

/// Sends requests for `sync-localhost`, which the SDK makes of `localhost`, to this machine, as a resolver of names
/// would.
#[derive(Debug)]
struct Here;

impl Intercept for Here {
    fn name(&self) -> &'static str {
        "Here"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let uri = request.uri().to_owned();
        let host = uri.trim_start_matches("http://").trim_end_matches('/').to_owned();
        request.set_uri(uri.replace("sync-localhost", "localhost"))?;
        request.headers_mut().insert("host", host);
        Ok(())
    }
}

/// A client of a server of its own, which asks for signatures.
async fn client() -> Client {
    let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: false };
    let mut http = HttpConfig { address: ([127, 0, 0, 1], 0).into(), ..HttpConfig::default() };
    http.keys.add(&format!("{}={}", KEY.0, KEY.1)).expect("a key");
    let config = ServerConfig { clock, ..ServerConfig::default() };
    let server = Server::bind(config, http).await.expect("starts");
    let port = server.address().port();
    tokio::spawn(server.run(std::future::pending()));
    let http_client = aws_smithy_http_client::Builder::new().build_http();
    Client::from_conf(
        aws_sdk_sfn::Config::builder()
            .endpoint_url(format!("http://localhost:{port}"))
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new(KEY.0, KEY.1, None, None, "test"))
            .http_client(http_client)
            .interceptor(Here)
            .build(),
    )
}

async fn create(client: &Client, name: &str, definition: serde_json::Value) -> String {
    let created = client
        .create_state_machine()
        .name(name)
        .role_arn(ROLE)
        .definition(definition.to_string())
        .send();
    created.await.expect("is created").state_machine_arn
}

fn wait_then_pass() -> serde_json::Value {
    serde_json::json!({
        "StartAt": "W",
        "States": {
            "W": {"Type": "Wait", "Seconds": 3600, "Next": "P"},
            "P": {"Type": "Pass", "Result": {"done": true}, "End": true}
        }
    })
}

#[tokio::test]
async fn an_execution_from_start_to_history() {
    let client = client().await;
    let machine = create(&client, "Order", wait_then_pass()).await;
    let started = client.start_execution().state_machine_arn(&machine).name("one").input("{}");
    let arn = started.send().await.expect("starts").execution_arn;
    let described = client.describe_execution().execution_arn(&arn).send().await.expect("is known");
    assert_eq!(described.status, ExecutionStatus::Succeeded);
    assert_eq!(described.output.as_deref(), Some(r#"{"done":true}"#));
    let stopped = described.stop_date.expect("has ended");
    assert_eq!(stopped.secs() - described.start_date.secs(), 3_600);
    let mut pages =
        client.get_execution_history().execution_arn(&arn).max_results(2).into_paginator().send();
    let mut types = Vec::new();
    while let Some(page) = pages.next().await {
        types.extend(page.expect("a page").events.into_iter().map(|event| event.r#type));
    }
    assert_eq!(
        types,
        [
            HistoryEventType::ExecutionStarted,
            HistoryEventType::WaitStateEntered,
            HistoryEventType::WaitStateExited,
            HistoryEventType::PassStateEntered,
            HistoryEventType::PassStateExited,
            HistoryEventType::ExecutionSucceeded,
        ]
    );
}

#[tokio::test]
async fn errors_have_their_types() {
    let client = client().await;
    let machine = create(&client, "Errors", wait_then_pass()).await;
    let missing = format!("{}:missing", machine.replace("stateMachine", "execution"));
    let error = client.describe_execution().execution_arn(missing).send().await;
    assert!(error.expect_err("does not exist").into_service_error().is_execution_does_not_exist());
    let error = client.start_execution().state_machine_arn("nonsense").send().await;
    let error = error.expect_err("is no ARN").into_service_error();
    assert!(error.is_invalid_arn());
    assert_eq!(error.message(), Some("Invalid Arn: 'Invalid ARN prefix: nonsense'"));
    let error = client.list_executions().state_machine_arn(machine).max_results(1_001).send().await;
    let error = error.expect_err("is too many").into_service_error();
    assert!(error.is_validation_exception());
    assert!(error.message().is_some_and(|message| message.contains("at 'maxResults'")));
    let error = client.send_task_success().task_token("no token").output("{}").send().await;
    assert!(error.expect_err("is no token").into_service_error().is_invalid_token());
}

#[tokio::test]
async fn express_answers_under_the_host_prefix() {
    let client = client().await;
    let definition = serde_json::json!({
        "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}
    });
    let created = client
        .create_state_machine()
        .name("Sync")
        .role_arn(ROLE)
        .r#type(StateMachineType::Express)
        .definition(definition.to_string())
        .send();
    let machine = created.await.expect("is created").state_machine_arn;
    let answer = client.start_sync_execution().state_machine_arn(machine).input("[1]").send().await;
    let answer = answer.expect("answers");
    assert_eq!(answer.status, SyncExecutionStatus::Succeeded);
    assert_eq!(answer.output.as_deref(), Some("[1]"));
    assert!(answer.billing_details.is_some());
}

#[tokio::test]
async fn an_activity_is_worked_on() {
    let client = client().await;
    let activity = client.create_activity().name("work").send().await.expect("is created");
    let task = serde_json::json!({"Type": "Task", "Resource": activity.activity_arn, "End": true});
    let definition = serde_json::json!({"StartAt": "T", "States": {"T": task}});
    let machine = create(&client, "Works", definition).await;
    let worker = {
        let (client, arn) = (client.clone(), activity.activity_arn.clone());
        tokio::spawn(async move {
            let task = client.get_activity_task().activity_arn(arn).worker_name("w").send().await;
            let task = task.expect("a task");
            let token = task.task_token.expect("has a token");
            client.send_task_heartbeat().task_token(&token).send().await.expect("beats");
            let input = task.input.expect("has an input");
            client.send_task_success().task_token(token).output(input).send().await.expect("ends");
        })
    };
    let started = client.start_execution().state_machine_arn(machine).input("42").send().await;
    let arn = started.expect("starts").execution_arn;
    worker.await.expect("works");
    let described = client.describe_execution().execution_arn(arn).send().await.expect("is known");
    assert_eq!(described.output.as_deref(), Some("42"));
}

#[tokio::test]
async fn versions_aliases_tags_and_stopping() {
    let client = client().await;
    let activity = client.create_activity().name("held").send().await.expect("is created");
    let task = serde_json::json!({"Type": "Task", "Resource": activity.activity_arn, "End": true});
    let definition = serde_json::json!({"StartAt": "T", "States": {"T": task}});
    let machine = create(&client, "Aliased", definition).await;
    let published = client.publish_state_machine_version().state_machine_arn(&machine).send().await;
    let version = published.expect("is published").state_machine_version_arn;
    let route = RoutingConfigurationListItem::builder()
        .state_machine_version_arn(&version)
        .weight(100)
        .build()
        .expect("a route");
    let alias = client.create_state_machine_alias().name("live").routing_configuration(route);
    let alias = alias.send().await.expect("is created").state_machine_alias_arn;
    let started = client.start_execution().state_machine_arn(&alias).send().await;
    let arn = started.expect("starts").execution_arn;
    let stop = client.stop_execution().execution_arn(&arn).error("Enough").cause("of it").send();
    stop.await.expect("stops");
    let described = client.describe_execution().execution_arn(arn).send().await.expect("is known");
    assert_eq!(described.status, ExecutionStatus::Aborted);
    assert_eq!(described.state_machine_alias_arn, Some(alias));
    assert_eq!(described.state_machine_version_arn, Some(version));
    let tag = Tag::builder().key("team").value("orders").build();
    let tagging = client.tag_resource().resource_arn(&machine).tags(tag.clone()).send();
    tagging.await.expect("is tagged");
    let tags =
        client.list_tags_for_resource().resource_arn(machine).send().await.expect("has tags");
    assert_eq!(tags.tags(), [tag]);
}
