//! Reading what an exploration is made of.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use stepclock_conformance::case::WorkflowTypeName;
use stepclock_conformance::explore::Setup;
use stepclock_conformance::fault::Profile;
use stepclock_engine::asl::{WorkflowType, yaml_to_json};
use stepclock_engine::data::Timestamp;
use stepclock_engine::sim::Workers;

use crate::args::{ExploreArgs, FaultsArg, TypeArg};
use crate::error::CliError;
use crate::load;
use crate::run::machine_name;

pub(super) fn setup(args: &ExploreArgs) -> Result<Setup, CliError> {
    let mut machines = BTreeMap::new();
    for machine in &args.machine {
        let (name, file) = machine.split_once('=').ok_or_else(|| CliError::Option {
            option: "machine",
            message: format!("`{machine}` is not of the form NAME=FILE"),
        })?;
        machines.insert(name.to_owned(), definition(Path::new(file), WorkflowType::Standard)?);
    }
    Ok(Setup {
        name: machine_name(&args.definition),
        definition: definition(&args.definition, args.workflow_type.into())?,
        workflow_type: match args.workflow_type {
            TypeArg::Standard => None,
            TypeArg::Express => Some(WorkflowTypeName::Express),
        },
        inputs: inputs(args)?,
        workers: args.workers.as_deref().map(workers).transpose()?,
        machines,
        objects: args.objects.as_deref().map_or_else(|| Ok(BTreeMap::new()), objects)?,
        profile: match args.faults {
            FaultsArg::Swarm => Profile::Swarm,
            FaultsArg::Lite => Profile::Lite,
            FaultsArg::Calm => Profile::Calm,
        },
    })
}

/// A definition that must be valid, as JSON.
fn definition(path: &Path, workflow_type: WorkflowType) -> Result<Value, CliError> {
    let definition = load::definition(path, workflow_type)?;
    serde_json::from_str(&definition.source).map_err(|error| json(&path.display(), &error))
}

fn inputs(args: &ExploreArgs) -> Result<Vec<Value>, CliError> {
    let mut inputs = Vec::new();
    for given in &args.input {
        inputs.push(load::input(given)?.value().clone());
    }
    if let Some(path) = &args.inputs {
        let text = load::text(path)?;
        let list: Vec<Value> =
            serde_json::from_str(&text).map_err(|error| json(&path.display(), &error))?;
        inputs.extend(list);
    }
    Ok(inputs)
}

/// A script of workers; it must be one that `stepclock run` takes.
fn workers(path: &Path) -> Result<Value, CliError> {
    let script = |message: String| CliError::Script { path: path.to_owned(), message };
    let text = load::text(path)?;
    let value = match load::is_yaml(path) {
        true => yaml_to_json(&text).map_err(script)?,
        false => serde_json::from_str(&text).map_err(|error| script(error.to_string()))?,
    };
    Workers::from_value(&value).map_err(|error| script(error.to_string()))?;
    Ok(value)
}

/// A folder of buckets. Objects that are no text are left out.
fn objects(folder: &Path) -> Result<BTreeMap<String, BTreeMap<String, String>>, CliError> {
    let store = load::objects(folder, Timestamp::DEFAULT_EPOCH)?;
    let mut buckets: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (bucket, key, object) in store.iter() {
        if let Ok(body) = std::str::from_utf8(&object.body) {
            buckets.entry(bucket.to_owned()).or_default().insert(key.to_owned(), body.to_owned());
        }
    }
    Ok(buckets)
}

fn json(what: &dyn std::fmt::Display, error: &serde_json::Error) -> CliError {
    CliError::Json { what: what.to_string(), message: error.to_string() }
}
