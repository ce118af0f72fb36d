//! `stepclock explore`: a workflow through many simulated runs.

mod command;
mod html;
mod numbers;
mod setup;
mod text;

use std::collections::BTreeMap;

use stepclock_conformance::case::Case;
use stepclock_conformance::engine::{Budget, Engine, Observation, Ran, ReferenceEngine};
use stepclock_conformance::explore::{
    Expectations, Explorer, Part, Report, Setup, SweepError, sweep,
};
use stepclock_engine::asl::{WorkflowType, compile};
use stepclock_engine::sim::{ExecutionKey, World};

use crate::args::{ExploreArgs, ExploreFormat, RunFormat};
use crate::error::CliError;
use crate::graph::Model;
use crate::style::Palette;
use crate::{load, pool, print_text, run};

/// What a report is shown with.
struct Shown<'a> {
    args: &'a ExploreArgs,
    setup: &'a Setup,
    report: &'a Report,
    labels: Labels,
}

/// What is written beside the ways of a graph: conditions of rules. By machine, unless it is the explored one, state and
/// part.
type Labels = BTreeMap<(Option<String>, String, Part), String>;

pub(crate) fn explore(args: &ExploreArgs) -> Result<bool, CliError> {
    let setup = setup::setup(args)?;
    let explorer = Explorer::new(&setup);
    let expectations = match &args.expect {
        None => Expectations::default(),
        Some(path) => Expectations::parse(&load::text(path)?, explorer.machine())
            .map_err(|error| CliError::Expectations { path: path.clone(), error })?,
    };
    if let Some(seed) = args.seed {
        return one(args, &explorer, &expectations, seed);
    }
    let end = args.first_seed.checked_add(args.seeds).ok_or_else(|| CliError::Option {
        option: "first-seed",
        message: "there are no seeds beyond 18446744073709551615".to_owned(),
    })?;
    let jobs = args.jobs.map_or_else(pool::cores, Into::into);
    let bar = pool::bar(args.seeds, "runs", args.json);
    let engine = ReferenceEngine::new();
    let seeds = args.first_seed..end;
    let swept = sweep(&explorer, &expectations, &engine, seeds, jobs, &|done| bar.inc(done));
    bar.finish_and_clear();
    let report = swept?;
    let definition = load::definition(&args.definition, args.workflow_type.into())?;
    let mut labels = Labels::new();
    collect_labels(None, &Model::of(&definition), &mut labels);
    for (name, machine) in &setup.machines {
        let compiled = compile(&machine.to_string(), WorkflowType::Standard);
        if let Some(definition) = compiled.definition {
            collect_labels(Some(name), &Model::of(&definition), &mut labels);
        }
    }
    let shown = Shown { args, setup: &setup, report: &report, labels };
    if let Some(path) = &args.html {
        std::fs::write(path, html::page(&shown)?)
            .map_err(|source| CliError::Write { path: path.clone(), source })?;
    }
    if args.json {
        print_text(&format!("{}\n", serde_json::to_string_pretty(&report).unwrap_or_default()))?;
    } else {
        print_text(&text::show(&shown, Palette::for_stdout()))?;
    }
    Ok(report.holds())
}

fn collect_labels(machine: Option<&str>, model: &Model, labels: &mut Labels) {
    for edge in &model.edges {
        let state = model.nodes[edge.from].name.clone();
        labels.insert((machine.map(str::to_owned), state, edge.part), edge.label.clone());
    }
    for (_, inner) in model.nodes.iter().flat_map(|node| &node.inner) {
        collect_labels(machine, inner, labels);
    }
}

/// Shows the run of one seed, and what it violates.
fn one(
    args: &ExploreArgs,
    explorer: &Explorer<'_>,
    expectations: &Expectations,
    seed: u64,
) -> Result<bool, CliError> {
    let engine = ReferenceEngine::new();
    let case = explorer.case(seed);
    let format = match args.format {
        ExploreFormat::Timeline => RunFormat::Timeline,
        ExploreFormat::History => RunFormat::History,
        ExploreFormat::Result => RunFormat::Result,
        ExploreFormat::Case => {
            print_text(&pinned(explorer, seed, &case, &engine)?)?;
            return Ok(true);
        }
    };
    let (world, key) = simulate(&engine, &case, seed)?;
    let mut shown = run::show(&world, key, format);
    let report = sweep(explorer, expectations, &engine, seed..seed + 1, 1, &|_| ())?;
    if format == RunFormat::Timeline {
        shown.push_str(&text::verdicts(&report, Palette::for_stdout()));
    }
    print_text(&shown)?;
    Ok(report.holds())
}

fn simulate(
    engine: &ReferenceEngine,
    case: &Case,
    seed: u64,
) -> Result<(World, ExecutionKey), CliError> {
    match engine.simulate(case, &Budget::default()) {
        Ok(simulated) => Ok((simulated.world, simulated.key)),
        Err(ran) => Err(not_run(ran, seed)),
    }
}

/// The case of a seed, with what came out of it.
fn pinned(
    explorer: &Explorer<'_>,
    seed: u64,
    case: &Case,
    engine: &ReferenceEngine,
) -> Result<String, CliError> {
    match engine.run(case, &Budget::default()) {
        Ran::Ran(Observation::Execution(seen)) => Ok(explorer.pinned(seed, &seen).to_text()),
        ran => Err(not_run(ran, seed)),
    }
}

fn not_run(ran: Ran, seed: u64) -> CliError {
    let message = match ran {
        Ran::Skipped(reason) | Ran::Errored(reason) => reason,
        _ => "the run does not come to an end".to_owned(),
    };
    SweepError::Run { seed, message }.into()
}
