//! Bundles: everything about a failure in one folder, to be read, replayed and reported.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::report::Failure;
use crate::engine::{Budget, Engine, Observation, Ran, ReferenceEngine};

/// Why a bundle could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}: {source}")]
pub struct BundleError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

/// Writes a failure to a folder of its own below `folder`, and gives its path.
///
/// It holds `case.json` and `shrunk.json`, `verdict.json`, the histories the engine and the reference engine
/// show for the shrunk case, a `timeline.txt` of it, and `README.md` with the commands that replay it.
///
/// # Errors
/// When a file cannot be written.
pub fn write_bundle(
    folder: &Path,
    failure: &Failure,
    engine: &dyn Engine,
    budget: &Budget,
) -> Result<PathBuf, BundleError> {
    let name = format!("{}-{}", failure.seed, failure.violation.kind().replace('/', "-"));
    let folder = folder.join(engine.info().name.replace([':', '/', ' '], "-")).join(name);
    let write = |file: &str, text: String| {
        let path = folder.join(file);
        std::fs::write(&path, text).map_err(|source| BundleError { path, source })
    };
    std::fs::create_dir_all(&folder)
        .map_err(|source| BundleError { path: folder.clone(), source })?;
    let shrunk = failure.shrunk.as_ref().unwrap_or(&failure.case);
    let fitted = engine.fitted(shrunk);
    let observed = engine.run(&fitted, budget);
    write("case.json", failure.case.to_text())?;
    write("shrunk.json", shrunk.to_text())?;
    write(
        "verdict.json",
        pretty(&json!({
            "engine": engine.info(),
            "seed": failure.seed,
            "violation": failure.violation,
            "shrinkTries": failure.shrink_tries,
        })),
    )?;
    write("observed.json", pretty(&json!(observed)))?;
    write("reference.json", pretty(&json!(ReferenceEngine::new().run(&fitted, budget))))?;
    write("timeline.txt", timeline(&observed))?;
    let file = folder.join("shrunk.json");
    write(
        "README.md",
        format!(
            "# {}\n\n{}\n\nReplay the case of the seed, or the shrunk one:\n\n```sh\n{}\n{}\n```\n",
            failure.violation.kind(),
            failure.violation.message,
            replay_seed(failure.seed, &engine.info().name),
            replay_file(&file, &engine.info().name),
        ),
    )?;
    Ok(folder)
}

/// The command that replays the case of a seed.
#[must_use]
pub fn replay_seed(seed: u64, engine: &str) -> String {
    format!("cargo run --release -- replay --seed {seed} --engine {}", quoted(engine))
}

/// The command that replays a case file.
#[must_use]
pub fn replay_file(file: &Path, engine: &str) -> String {
    let file = quoted(&file.to_string_lossy());
    format!("cargo run --release -- replay {file} --engine {}", quoted(engine))
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The events of an execution, a line each: when, which one, from which, what.
fn timeline(ran: &Ran) -> String {
    let Ran::Ran(Observation::Execution(seen)) = ran else { return format!("{ran:?}\n") };
    let mut text = format!("{} {}\n", seen.status, seen.error.as_deref().unwrap_or_default());
    let Some(start) = seen.history.first().and_then(|event| event["timestamp"].as_f64()) else {
        return text;
    };
    for event in &seen.history {
        let at = event["timestamp"].as_f64().unwrap_or(start) - start;
        let kind = event["type"].as_str().unwrap_or_default();
        let name = event
            .as_object()
            .and_then(|map| map.iter().find(|(key, _)| key.ends_with("EventDetails")))
            .map(|(_, details)| details);
        let what = name.and_then(|details| {
            ["name", "error", "output"].iter().find_map(|key| details[*key].as_str())
        });
        text.push_str(&format!(
            "{at:>14.3} s  {:>4} ← {:<4} {kind} {}\n",
            event["id"],
            event["previousEventId"].to_string(),
            what.unwrap_or_default()
        ));
    }
    text
}
