//! `stepclock record`: cases run on AWS or another endpoint, and what came out is written down.

use std::path::Path;

use stepclock_conformance::case::{Case, find, load};
use stepclock_conformance::engine::{Budget, EndpointEngine, EndpointSettings, Ran};

use crate::args::RecordArgs;
use crate::error::CliError;
use crate::{engines, print_text};

pub(crate) fn record(args: &RecordArgs) -> Result<bool, CliError> {
    let given = engines::settings();
    let settings = EndpointSettings {
        region: args.region.clone().or(given.region),
        role_arn: args.role_arn.clone().or(given.role_arn),
        ..given
    };
    let engine = EndpointEngine::connect(&args.endpoint, settings)
        .map_err(|error| CliError::Engine(error.into()))?;
    let budget =
        Budget { wall_ms: args.timeout_seconds.saturating_mul(1_000), ..Budget::default() };
    let mut all_recorded = true;
    for path in &args.cases {
        for file in find(path)? {
            let case = load(&file)?;
            match engine.record(&case, &budget) {
                Ok(recorded) => {
                    let written = write(&args.output, &file, &recorded)?;
                    print_text(&format!("{written}\n"))?;
                }
                Err(ran) => {
                    all_recorded = false;
                    eprintln!("{}: {}", file.display(), reason(&ran));
                }
            }
        }
    }
    Ok(all_recorded)
}

fn reason(ran: &Ran) -> &str {
    match ran {
        Ran::Skipped(reason) | Ran::Errored(reason) => reason,
        Ran::TimedOut => "it did not end in time (--timeout-seconds)",
        Ran::Ran(_) => "it is no execution",
    }
}

fn write(folder: &Path, file: &Path, recorded: &Case) -> Result<String, CliError> {
    let path = folder.join(file.file_name().unwrap_or_default());
    let failed = |source| CliError::Write { path: path.clone(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    std::fs::write(&path, recorded.to_text()).map_err(failed)?;
    Ok(path.display().to_string())
}
