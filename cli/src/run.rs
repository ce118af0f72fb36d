//! `stepclock run`: one execution under the simulated clock.

use std::path::Path;
use std::sync::Arc;

use stepclock_engine::asl::WorkflowType;
use stepclock_engine::data::Timestamp;
use stepclock_engine::execution::Outcome;
use stepclock_engine::sim::{ExecutionKey, MockConfig, StartRequest, Workers, World, WorldConfig};

use crate::args::{RunArgs, RunFormat};
use crate::error::CliError;
use crate::style::Palette;
use crate::timeline::{elapsed, timeline};
use crate::{load, print_text};

pub(crate) fn run(args: &RunArgs) -> Result<bool, CliError> {
    let mut world = world(args)?;
    let workflow_type: WorkflowType = args.workflow_type.into();
    let name = args.name.clone().unwrap_or_else(|| machine_name(&args.definition));
    world.register(&name, load::definition(&args.definition, workflow_type)?, workflow_type);
    for machine in &args.machine {
        let (name, file) = machine.split_once('=').ok_or_else(|| CliError::Option {
            option: "machine",
            message: format!("`{machine}` is not of the form NAME=FILE"),
        })?;
        let definition = load::definition(Path::new(file), WorkflowType::Standard)?;
        world.register(name, definition, WorkflowType::Standard);
    }
    add_workers(&mut world, args, &name)?;
    let before = world.objects.clone();
    let input = load::input(&args.input)?;
    let key = world.start(StartRequest::new(name, input))?;
    let ran = world.run(key);
    // What has happened up to an unanswered task is worth seeing.
    if ran.is_ok() || args.format == RunFormat::Timeline {
        print_text(&show(&world, key, args.format))?;
    }
    if let Some(folder) = &args.objects {
        load::save_objects(folder, &before, &world.objects)?;
    }
    ran?;
    Ok(matches!(world.execution(key).outcome(), Some(Outcome::Succeeded { .. })))
}

fn world(args: &RunArgs) -> Result<World, CliError> {
    let start_time = match &args.start_time {
        None => Timestamp::DEFAULT_EPOCH,
        Some(text) => Timestamp::parse_rfc3339(text).map_err(|error| CliError::Option {
            option: "start-time",
            message: error.to_string(),
        })?,
    };
    let mut world =
        World::new(WorldConfig { start_time, seed: args.seed, ..WorldConfig::default() });
    if let Some(folder) = &args.objects {
        world.objects = load::objects(folder, start_time)?;
    }
    Ok(world)
}

fn add_workers(world: &mut World, args: &RunArgs, machine: &str) -> Result<(), CliError> {
    let script = |path: &Path, message: String| CliError::Script { path: path.to_owned(), message };
    if let (Some(path), Some(case)) = (&args.mock, &args.case) {
        let config = MockConfig::parse(&load::text(path)?)
            .map_err(|error| script(path, error.to_string()))?;
        let worker = config.case(machine, case).map_err(|error| script(path, error.to_string()))?;
        world.add_worker(worker);
    }
    if let Some(path) = &args.workers {
        let text = load::text(path)?;
        let workers =
            if load::is_yaml(path) { Workers::parse_yaml(&text) } else { Workers::parse(&text) };
        world.add_worker(workers.map_err(|error| script(path, error.to_string()))?);
    }
    Ok(())
}

/// The file's name without its extensions: `order.asl.json` is `order`.
pub(crate) fn machine_name(path: &Path) -> String {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("machine");
    name.split('.').next().filter(|name| !name.is_empty()).unwrap_or("machine").to_owned()
}

pub(crate) fn show(world: &World, key: ExecutionKey, format: RunFormat) -> String {
    let record = world.execution(key);
    match format {
        RunFormat::History => format!("{:#}\n", record.history_json()),
        RunFormat::Result => format!("{:#}\n", record.describe()),
        RunFormat::Timeline => {
            let palette = Palette::for_stdout();
            let mut shown = timeline(record.history(), palette);
            // Children of Map Runs and nested executions have histories of their own.
            for (other, nested) in world.executions() {
                if other != key {
                    let arn: &Arc<str> = &nested.config().execution_arn;
                    shown.push_str(&format!("\n{}\n", palette.bold(arn)));
                    shown.push_str(&timeline(nested.history(), palette));
                }
            }
            let stopped = record.stopped().unwrap_or(world.now());
            let duration = elapsed(stopped.as_millis() - record.started().as_millis());
            shown.push_str(&format!(
                "\n{} after {} of simulated time, {} events\n",
                record.status(),
                duration.trim_start_matches('+'),
                record.history().len(),
            ));
            shown
        }
    }
}
