//! CreateStateMachineAlias, UpdateStateMachineAlias, DeleteStateMachineAlias, DescribeStateMachineAlias,
//! ListStateMachineAliases.

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::{List, Page};
use super::request::{add, empty, read, seconds};
use crate::error::ApiError;
use crate::hub::Handle;
use crate::registry::{self, Alias, AliasChange, Arn, NewAlias, Route};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    name: String,
    description: Option<String>,
    routing_configuration: Vec<Route>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    state_machine_alias_arn: String,
    description: Option<String>,
    routing_configuration: Option<Vec<Route>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    state_machine_alias_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListAliases {
    state_machine_arn: String,
    #[serde(flatten)]
    page: Page,
}

pub(super) async fn create(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Create { name, description, routing_configuration } = read(request)?;
    let new = NewAlias { name, description, routing: routing_configuration };
    hub.call(move |hub| {
        let alias = registry::create_alias(hub, new)?;
        Ok(entry(&alias))
    })
    .await
}

pub(super) async fn update(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Update { state_machine_alias_arn, description, routing_configuration } = read(request)?;
    Arn::machine(&state_machine_alias_arn)?;
    if description.is_none() && routing_configuration.is_none() {
        // Not recorded; the API reference asks for one of them.
        let message = "Either the description or the routing configuration must be specified";
        let error = ApiError::validation(message);
        return Err(error.with("reason", "MISSING_REQUIRED_PARAMETER"));
    }
    let change = AliasChange { description, routing: routing_configuration };
    hub.call(move |hub| {
        let alias = registry::update_alias(hub, &state_machine_alias_arn, change)?;
        Ok(json!({"updateDate": seconds(alias.updated)}))
    })
    .await
}

pub(super) async fn delete(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Named { state_machine_alias_arn } = read(request)?;
    hub.call(move |hub| registry::delete_alias(hub, &state_machine_alias_arn).map(|()| empty()))
        .await
}

pub(super) async fn describe(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Named { state_machine_alias_arn } = read(request)?;
    hub.call(move |hub| {
        let alias = registry::find_alias(hub, &state_machine_alias_arn)?;
        let mut answer = entry(alias);
        add(&mut answer, "name", Some(alias.name.as_str()));
        add(&mut answer, "description", alias.description.as_deref());
        add(&mut answer, "routingConfiguration", Some(json!(alias.routing)));
        add(&mut answer, "updateDate", Some(seconds(alias.updated)));
        Ok(answer)
    })
    .await
}

/// Those of a machine, or those that point to a version.
pub(super) async fn list(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let ListAliases { state_machine_arn, page } = read(request)?;
    let parsed = Arn::machine(&state_machine_arn)?;
    let (base, version) = (parsed.base().to_owned(), parsed.version().is_some());
    let seed = hub.config().seed;
    hub.call(move |hub| {
        let of = format!("ListStateMachineAliases {state_machine_arn}");
        let list = List { seed, of, now: hub.now() };
        let after = page.place(&list)?;
        let machine = hub.registry.machine(&base);
        let machine = machine.ok_or_else(|| registry::no_machine(&state_machine_arn))?;
        let points_there = |alias: &&Alias| {
            let mut routes = alias.routing.iter();
            !version || routes.any(|route| route.state_machine_version_arn == state_machine_arn)
        };
        let mut aliases: Vec<&Alias> = machine.aliases.values().filter(points_there).collect();
        aliases.sort_by_key(|alias| alias.sequence);
        let rest = aliases.into_iter().filter(|alias| alias.sequence > after);
        let (aliases, token) = page.cut(&list, rest, |last| last.sequence.to_string());
        let aliases: Vec<Value> = aliases.into_iter().map(entry).collect();
        let mut answer = json!({"stateMachineAliases": aliases});
        add(&mut answer, "nextToken", token);
        Ok(answer)
    })
    .await
}

fn entry(alias: &Alias) -> Value {
    json!({"stateMachineAliasArn": alias.arn, "creationDate": seconds(alias.created)})
}
