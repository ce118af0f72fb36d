//! CreateStateMachine, UpdateStateMachine, DeleteStateMachine, DescribeStateMachine, ListStateMachines.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use stepclock_engine::asl::{WorkflowType, variable_references};

use super::page::{List, Page};
use super::request::{add, empty, read, seconds};
use super::tags::{Tag, collect};
use super::{configuration, name, validate};
use crate::error::ApiError;
use crate::hub::Handle;
use crate::registry::{
    self, Arn, CreatedWith, Machine, MachineChange, NewMachine, Revision, Settings, Version,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    name: String,
    definition: Arc<str>,
    role_arn: String,
    #[serde(default, rename = "type")]
    workflow_type: WorkflowType,
    logging_configuration: Option<Value>,
    tracing_configuration: Option<Value>,
    encryption_configuration: Option<Value>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    publish: bool,
    version_description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    state_machine_arn: String,
    definition: Option<Arc<str>>,
    role_arn: Option<String>,
    logging_configuration: Option<Value>,
    tracing_configuration: Option<Value>,
    encryption_configuration: Option<Value>,
    #[serde(default)]
    publish: bool,
    version_description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    state_machine_arn: String,
    included_data: Option<String>,
}

pub(super) async fn create(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let request: Create = read(request)?;
    name::check(&request.name)?;
    check_role(&request.role_arn)?;
    check_description(request.publish, request.version_description.as_deref())?;
    let settings = Settings {
        definition: validate::definition(&request.definition, request.workflow_type)?,
        text: request.definition,
        role_arn: request.role_arn,
        logging: configuration::logging(request.logging_configuration)?,
        tracing: configuration::tracing(request.tracing_configuration),
        encryption: configuration::encryption(request.encryption_configuration)?,
    };
    let new = NewMachine {
        name: request.name,
        workflow_type: request.workflow_type,
        settings,
        tags: collect(request.tags),
        created_with: CreatedWith {
            publish: request.publish,
            version_description: request.version_description,
        },
    };
    hub.call(move |hub| {
        let created = registry::create_machine(hub, new)?;
        if let Some(revision) = hub.registry.revision(&created.machine.revision) {
            hub.warn_of_unanswered(&revision);
        }
        let mut answer = json!({
            "stateMachineArn": created.machine.arn,
            "creationDate": seconds(created.machine.created),
        });
        add(&mut answer, "stateMachineVersionArn", created.version.map(|version| version.arn));
        Ok(answer)
    })
    .await
}

pub(super) async fn update(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let request: Update = read(request)?;
    Arn::whole_machine(&request.state_machine_arn)?;
    let nothing = request.definition.is_none()
        && request.role_arn.is_none()
        && request.logging_configuration.is_none()
        && request.tracing_configuration.is_none()
        && request.encryption_configuration.is_none();
    if nothing {
        let message = "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified";
        return Err(ApiError::new("MissingRequiredParameter", message));
    }
    request.role_arn.as_deref().map_or(Ok(()), check_role)?;
    check_description(request.publish, request.version_description.as_deref())?;
    let arn = request.state_machine_arn;
    let found = arn.clone();
    // A definition is compiled here, where it keeps nobody waiting; what it may say depends on the machine's type.
    let workflow_type = hub
        .call(move |hub| {
            let machine = hub.registry.machine(&found);
            machine.map(|had| had.workflow_type).ok_or_else(|| registry::no_machine(&found))
        })
        .await?;
    let definition = match request.definition {
        Some(text) => Some((text.clone(), validate::definition(&text, workflow_type)?)),
        None => None,
    };
    let change = MachineChange {
        definition,
        role_arn: request.role_arn,
        logging: request
            .logging_configuration
            .map(|given| configuration::logging(Some(given)))
            .transpose()?,
        tracing: request.tracing_configuration.map(|given| configuration::tracing(Some(given))),
        encryption: request
            .encryption_configuration
            .map(|given| configuration::encryption(Some(given)))
            .transpose()?,
        publish: request.publish,
        version_description: request.version_description,
    };
    hub.call(move |hub| {
        let updated = registry::update_machine(hub, &arn, change)?;
        hub.warn_of_unanswered(&updated.revision);
        let mut answer = json!({"updateDate": seconds(updated.revision.updated)});
        add(&mut answer, "revisionId", updated.revision.id.as_deref());
        add(&mut answer, "stateMachineVersionArn", updated.version.map(|version| version.arn));
        Ok(answer)
    })
    .await
}

pub(super) async fn delete(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Named { state_machine_arn, .. } = read(request)?;
    Arn::whole_machine(&state_machine_arn)?;
    hub.call(move |hub| {
        registry::delete_machine(hub, &state_machine_arn);
        Ok(empty())
    })
    .await
}

pub(super) async fn describe(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Named { state_machine_arn, included_data } = read(request)?;
    let base = Arn::machine(&state_machine_arn)?.base().to_owned();
    hub.call(move |hub| {
        registry::finish_deleting(hub, &base);
        let missing = || registry::no_machine(&state_machine_arn);
        let machine = hub.registry.machine(&base).ok_or_else(missing)?;
        let version = machine.version(&state_machine_arn);
        if version.is_none() && base != state_machine_arn {
            return Err(missing());
        }
        let key = version.map_or(&machine.revision, |version| &version.revision);
        let revision = hub.registry.revision(key).ok_or_else(missing)?;
        Ok(description(machine, &revision, version, included_data.as_deref()))
    })
    .await
}

pub(super) async fn list(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let page: Page = read(request)?;
    let seed = hub.config().seed;
    hub.call(move |hub| {
        let list = List { seed, of: "ListStateMachines".to_owned(), now: hub.now() };
        let after = page.place(&list)?;
        let rest = hub.registry.machines_after(after);
        let (machines, token) = page.cut(&list, rest, |last| last.sequence.to_string());
        let entry = |machine: &Arc<Machine>| {
            json!({
                "stateMachineArn": machine.arn,
                "name": machine.name,
                "type": machine.workflow_type,
                "creationDate": seconds(machine.created),
            })
        };
        let machines: Vec<Value> = machines.into_iter().map(entry).collect();
        let mut answer = json!({"stateMachines": machines});
        add(&mut answer, "nextToken", token);
        Ok(answer)
    })
    .await
}

/// What DescribeStateMachine says of a machine, or of one of its versions.
fn description(
    machine: &Machine,
    revision: &Revision,
    version: Option<&Version>,
    included_data: Option<&str>,
) -> Value {
    let mut answer = revision_members(revision, included_data);
    let arn = version.map_or(&machine.arn, |version| &version.arn);
    let created = version.map_or(machine.created, |version| version.created);
    let status = if machine.deleting { "DELETING" } else { "ACTIVE" };
    add(&mut answer, "stateMachineArn", Some(arn.as_str()));
    add(&mut answer, "name", Some(machine.name.as_str()));
    add(&mut answer, "status", Some(status));
    add(&mut answer, "type", Some(json!(machine.workflow_type)));
    add(&mut answer, "creationDate", Some(seconds(created)));
    let description = version.and_then(|version| version.description.as_deref());
    add(&mut answer, "description", description);
    answer
}

/// The members of a description that come from the revision. The definition is empty when only metadata is asked for.
pub(super) fn revision_members(revision: &Revision, included_data: Option<&str>) -> Value {
    let metadata_only = included_data == Some("METADATA_ONLY");
    let mut answer = json!({
        "definition": if metadata_only { "{}" } else { &*revision.text },
        "roleArn": revision.role_arn,
        "loggingConfiguration": revision.logging,
        "tracingConfiguration": revision.tracing,
        "encryptionConfiguration": revision.encryption,
    });
    add(&mut answer, "revisionId", revision.id.as_deref());
    let references =
        revision.definition().map(|found| variable_references(found)).unwrap_or_default();
    add(
        &mut answer,
        "variableReferences",
        (!metadata_only && !references.is_empty()).then(|| json!(references)),
    );
    answer
}

fn check_role(arn: &str) -> Result<(), ApiError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let is_role = matches!(
        parts.as_slice(),
        ["arn", partition, "iam", "", _, role] if partition.starts_with("aws") && role.starts_with("role/")
    );
    if is_role {
        return Ok(());
    }
    Err(ApiError::new("InvalidArn", format!("Invalid Role Arn: '{arn}'")))
}

fn check_description(publish: bool, description: Option<&str>) -> Result<(), ApiError> {
    if description.is_none() || publish {
        return Ok(());
    }
    let message = "Version description can only be set when publish is true";
    Err(ApiError::validation(message))
}
