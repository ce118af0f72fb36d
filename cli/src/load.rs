//! Reading what the user names: definitions, inputs, objects.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use stepclock_engine::asl::{Compiled, Definition, Severity, WorkflowType, compile, compile_yaml};
use stepclock_engine::data::{Payload, Timestamp, parse_json};
use stepclock_engine::sim::ObjectStore;
use stepclock_server::outside::object_path;

use crate::error::CliError;
use crate::validate::render;

/// The bytes of a file.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|source| CliError::Read { path: path.to_owned(), source })
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> Result<String, CliError> {
    String::from_utf8(bytes(path)?).map_err(|error| CliError::Utf8 {
        path: path.to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })
}

/// Whether a file is YAML, by its name.
pub(crate) fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// A definition's text, compiled.
pub(crate) fn compiled(
    path: &Path,
    workflow_type: WorkflowType,
) -> Result<(String, Compiled), CliError> {
    let text = text(path)?;
    let compiled = match is_yaml(path) {
        true => compile_yaml(&text, workflow_type),
        false => compile(&text, workflow_type),
    };
    Ok((text, compiled))
}

/// A definition that must be valid.
pub(crate) fn definition(
    path: &Path,
    workflow_type: WorkflowType,
) -> Result<Arc<Definition>, CliError> {
    let (text, compiled) = compiled(path, workflow_type)?;
    let errors = compiled.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    match compiled.definition {
        Some(definition) => Ok(definition),
        None => Err(CliError::Invalid {
            path: path.to_owned(),
            errors,
            shown: render(path, &text, &compiled.diagnostics),
        }),
    }
}

/// `--input`.
pub(crate) fn input(given: &str) -> Result<Payload, CliError> {
    let (what, text) = if given == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|source| CliError::Read { path: "-".into(), source })?;
        ("standard input".to_owned(), text)
    } else if let Some(path) = given.strip_prefix('@') {
        (path.to_owned(), text(Path::new(path))?)
    } else {
        ("--input".to_owned(), given.to_owned())
    };
    Payload::parse(text.trim()).map_err(|error| CliError::Json { what, message: error.to_string() })
}

/// The JSON of an option: text, or `@` and a file.
pub(crate) fn json(option: &'static str, given: &str) -> Result<serde_json::Value, CliError> {
    let (what, text) = match given.strip_prefix('@') {
        Some(path) => (path.to_owned(), text(Path::new(path))?),
        None => (format!("--{option}"), given.to_owned()),
    };
    parse_json(text.trim()).map_err(|error| CliError::Json { what, message: error.to_string() })
}

/// `--objects`: a folder of buckets, each a folder of objects.
pub(crate) fn objects(folder: &Path, now: Timestamp) -> Result<ObjectStore, CliError> {
    let mut store = ObjectStore::default();
    for bucket in entries(folder)? {
        let Some(name) = bucket.file_name().and_then(|name| name.to_str()) else { continue };
        if bucket.is_dir() {
            store.create_bucket(name);
            bucket_objects(&mut store, name, &bucket, "", now)?;
        }
    }
    Ok(store)
}

fn bucket_objects(
    store: &mut ObjectStore,
    bucket: &str,
    folder: &Path,
    prefix: &str,
    now: Timestamp,
) -> Result<(), CliError> {
    for entry in entries(folder)? {
        let Some(name) = entry.file_name().and_then(|name| name.to_str()) else { continue };
        let key = format!("{prefix}{name}");
        if entry.is_dir() {
            bucket_objects(store, bucket, &entry, &format!("{key}/"), now)?;
        } else {
            let body = std::fs::read(&entry)
                .map_err(|source| CliError::Read { path: entry.clone(), source })?;
            store.put(bucket, &key, body, now);
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, CliError> {
    let read = |source| CliError::Read { path: folder.to_owned(), source };
    let mut paths = std::fs::read_dir(folder)
        .map_err(read)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(read)?;
    paths.sort();
    Ok(paths)
}

/// Writes the objects that a run has made back into the folder they were read from.
pub(crate) fn save_objects(
    folder: &Path,
    before: &ObjectStore,
    after: &ObjectStore,
) -> Result<(), CliError> {
    for (bucket, key, object) in after.iter() {
        if before.get(bucket, key).is_ok_and(|old| old == object) {
            continue;
        }
        // A key may hold anything; only one that stays inside its bucket becomes a file.
        let Some(path) = object_path(folder, bucket, key) else { continue };
        let write = |source| CliError::Write { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(write)?;
        }
        std::fs::write(&path, &object.body).map_err(write)?;
    }
    Ok(())
}
